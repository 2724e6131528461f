#include "aws/typed_json.h"

#include "base/memory.h"
#include "json/reader.h"

static void write_value(struct json_reader *reader, enum json_token token,
                        struct json_writer *typed);

static void write_list(struct json_reader *reader, struct json_writer *typed)
{
    json_begin_array(typed);
    for (enum json_token t; (t = json_next(reader)) > JSON_END && t != JSON_ARRAY_END;)
        write_value(reader, t, typed);
    json_end_array(typed);
}

/* The text of a string or a name. */
static void put(const struct json_reader *reader, struct json_writer *typed,
                void (*put_text)(struct json_writer *typed, struct view text))
{
    cleanup_free char *plain = xmalloc(reader->text.len + 1);
    struct view text = reader->text;
    if (reader->escaped)
        text = view_of(plain, json_unescape(text, plain));
    put_text(typed, text);
}

static void write_map(struct json_reader *reader, struct json_writer *typed)
{
    json_begin_object(typed);
    while (json_next(reader) == JSON_NAME) {
        put(reader, typed, json_put_name);
        write_value(reader, json_next(reader), typed);
    }
    json_end_object(typed);
}

/* Broken input shows at the end, in the reader. */
static void write_inside(struct json_reader *reader, enum json_token token,
                         struct json_writer *typed)
{
    switch (token) {
    case JSON_OBJECT: write_map(reader, typed); break;
    case JSON_ARRAY: write_list(reader, typed); break;
    case JSON_STRING: put(reader, typed, json_put_string); break;
    case JSON_NUMBER: json_put_string(typed, reader->text); break;
    default: json_put_bool(typed, token != JSON_FALSE); break;
    }
}

static void write_value(struct json_reader *reader, enum json_token token,
                        struct json_writer *typed)
{
    static const char *const types[] = {
        [JSON_OBJECT] = "M",  [JSON_ARRAY] = "L",    [JSON_STRING] = "S",  [JSON_NUMBER] = "N",
        [JSON_TRUE] = "BOOL", [JSON_FALSE] = "BOOL", [JSON_NULL] = "NULL",
    };
    const char *type = types[token];
    json_begin_object(typed);
    json_put_name(typed, view_str(type));
    write_inside(reader, token, typed);
    json_end_object(typed);
}

int typed_json_write(struct view plain, struct json_writer *typed, struct error *err)
{
    struct json_reader reader;
    json_reader_init(&reader, plain);
    write_value(&reader, json_next(&reader), typed);
    return json_next(&reader) == JSON_END ? 0 : json_reader_error(&reader, err);
}
