/* The cases of JSONTestSuite against both ways of reading: json_scan_value() and json_reader. */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>

#include "base/buf.h"
#include "exact.h"
#include "json/reader.h"

/* What the standard leaves open, and what we make of it. */
static const struct {
    const char *name;
    bool accept;
} decisions[] = {
    /* Numbers are text here: any size is well-formed. What the value means is number.h's. */
    {"i_number_double_huge_neg_exp.json", true},
    {"i_number_huge_exp.json", true},
    {"i_number_pos_double_huge_exp.json", true},
    {"i_number_real_neg_overflow.json", true},
    {"i_number_real_underflow.json", true},
    {"i_number_too_big_neg_int.json", true},
    {"i_number_very_big_negative_int.json", true},
    /* Half a surrogate pair: no UTF-8 text can hold it, so it could not be stored. */
    {"i_object_key_lone_2nd_surrogate.json", false},
    {"i_string_1st_valid_surrogate_2nd_invalid.json", false},
    {"i_string_UTF8_surrogate_U+D800.json", false},
    {"i_string_incomplete_surrogate_and_escape_valid.json", false},
    {"i_string_incomplete_surrogates_escape_valid.json", false},
    {"i_string_invalid_lonely_surrogate.json", false},
    {"i_string_inverted_surrogates_U+1D11E.json", false},
    {"i_string_lone_second_surrogate.json", false},
    /* Not UTF-8, or with a byte order mark: RFC 8259 section 8.1 forbids both to who sends. */
    {"i_string_UTF-16LE_with_BOM.json", false},
    {"i_string_invalid_utf-8.json", false},
    {"i_string_lone_utf8_continuation_byte.json", false},
    {"i_string_overlong_sequence_2_bytes.json", false},
    {"i_string_overlong_sequence_6_bytes.json", false},
    {"i_string_truncated-utf-8.json", false},
    {"i_string_utf16BE_no_BOM.json", false},
    {"i_structure_UTF-8_BOM_empty_object.json", false},
    /* Below JSON_DEPTH_MAX. */
    {"i_structure_500_nested_arrays.json", true},
};

static bool expected(const char *name)
{
    if (name[0] != 'i')
        return name[0] == 'y';
    for (size_t i = 0; i < ARRAY_LEN(decisions); i++)
        if (strcmp(decisions[i].name, name) == 0)
            return decisions[i].accept;
    fail_msg("%s: not decided", name);
    return false;
}

static bool scan_accepts(struct view text)
{
    const char *end = text.ptr + text.len;
    const char *p = json_scan_value(json_skip_space(text.ptr, end), end, JSON_DEPTH_MAX);
    return p && json_skip_space(p, end) == end;
}

static bool reader_accepts(struct view text)
{
    struct json_reader r;
    json_reader_init(&r, text);
    enum json_token token;
    while ((token = json_next(&r)) > JSON_END)
        ;
    return token == JSON_END;
}

static size_t check_files(const char *folder)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *name = entry->d_name;
        if (!strstr(name, ".json"))
            continue;
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", folder, name);
        cleanup_buf struct buf file = BUF_INIT(1 << 20);
        assert_int_equal(buf_read_file(&file, path, NULL), 0);
        struct view text = exact_copy(buf_view(&file));
        if (scan_accepts(text) != expected(name) || reader_accepts(text) != expected(name))
            fail_msg("%s: %s expected, scan %d, reader %d", name,
                     expected(name) ? "acceptance" : "refusal", scan_accepts(text),
                     reader_accepts(text));
        exact_free(text);
        count++;
    }
    closedir(dir);
    return count;
}

static void every_case_is_decided_as_it_should(void **state)
{
    (void)state;
    const char *shared = getenv("LORRY_SHARED");
    char folder[2048];
    snprintf(folder, sizeof(folder), "%s/json-suite", shared ? shared : "");
    if (!shared || access(folder, R_OK) != 0) {
        print_message("skipped: LORRY_SHARED has no json-suite\n");
        skip();
    }
    assert_true(check_files(folder) > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_is_decided_as_it_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
