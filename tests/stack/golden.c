#include "golden.h"

#include "unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT JSON_INDENT(2)

void assert_golden(struct view json, const char *name)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/stack/policies/%s", getenv("LORRY_TESTS"), name);
    json_t *got = json_loadb(json.ptr, json.len, 0, NULL);
    assert_non_null(got);
    if (getenv("LORRY_UPDATE_GOLDEN"))
        assert_int_equal(json_dump_file(got, path, FORMAT), 0);
    json_t *wanted = json_load_file(path, 0, NULL);
    assert_non_null(wanted);
    char *got_text = json_dumps(got, FORMAT), *wanted_text = json_dumps(wanted, FORMAT);
    assert_string_equal(got_text, wanted_text);
    free(got_text);
    free(wanted_text);
    json_decref(got);
    json_decref(wanted);
}
