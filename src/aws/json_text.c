#include "aws/json_text.h"

#include "json/reader.h"
#include "json/scan.h"

/* Moves into the value of the member `name` of the object just begun, at whose first token it
 * stops. */
static enum json_token enter_member(struct json_reader *reader, const char *name)
{
    while (json_next(reader) == JSON_NAME) {
        bool found = json_text_is(reader, name);
        enum json_token token = json_next(reader);
        if (found)
            return token;
        json_span(reader);
    }
    return JSON_ERROR;
}

bool aws_json_text(struct view json, const char *const *path, struct buf *out)
{
    struct json_reader reader;
    json_reader_init(&reader, json);
    enum json_token token = json_next(&reader);
    for (; *path; path++)
        token = token == JSON_OBJECT ? enter_member(&reader, *path) : JSON_ERROR;
    if (token != JSON_STRING)
        return false;
    struct view text = reader.text;
    /* The rest has to be JSON as well: half an answer is none. */
    do
        token = json_next(&reader);
    while (token > JSON_END);
    char *to = token == JSON_END ? buf_reserve(out, text.len) : NULL;
    if (!to)
        return false;
    buf_commit(out, json_unescape(text, to));
    return true;
}
