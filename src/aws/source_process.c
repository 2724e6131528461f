#include "aws/credentials_json.h"
#include "aws/shell_words.h"
#include "base/memory.h"
#include "base/process.h"
#include "json/reader.h"

/* Long enough for somebody who has to touch a key or type a code at the terminal, which it has. */
#define PROCESS_TIMEOUT_MS 120000

/* Whether the outermost object has "Version": 1. */
static bool is_version_1(struct view json)
{
    struct json_reader reader;
    bool named = false;
    json_reader_init(&reader, json);
    for (enum json_token token; (token = json_next(&reader)) > JSON_END;) {
        if (named)
            return token == JSON_NUMBER && view_equal(reader.text, VIEW("1"));
        named = token == JSON_NAME && reader.depth == 1 && json_text_is(&reader, "Version");
    }
    return false;
}

int source_process(const struct credential_search *search, struct credential_found *found,
                   struct buf *why, struct error *err)
{
    static const struct credentials_names names = {"AccessKeyId", "SecretAccessKey", "SessionToken",
                                                   "Expiration", false};
    cleanup_secret struct buf out = BUF_INIT(CREDENTIALS_JSON_CAP);
    const char *line = profiles_value(search->profiles, search->profile, "credential_process");
    if (!line) {
        buf_printf(why, "not set in profile \"%s\"", search->profile);
        return 0;
    }
    cleanup_free char **words = shell_words(line, err);
    const struct process process = {.words = (const char *const *)words,
                                    .timeout_ms = PROCESS_TIMEOUT_MS,
                                    .clock = search->client->clock,
                                    .output = &out};
    if (!words || process_run(&process, err) < 0)
        return error_prefix(err, "profile \"%s\"", search->profile);
    if (!is_version_1(buf_view(&out)))
        return error_set(err, ERROR_AWS, 0, "profile \"%s\": it printed no JSON of \"Version\" 1",
                         search->profile);
    if (credentials_read_json(buf_view(&out), &names, found, err) < 0)
        return error_prefix(err, "profile \"%s\"", search->profile);
    return 1;
}
