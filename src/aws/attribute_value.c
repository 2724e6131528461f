#include "aws/attribute_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "json/number.h"

static bool write_text(const json_t *value, struct json_writer *json)
{
    if (!json_is_string(value))
        return false;
    json_put_string(json, view_of(json_string_value(value), json_string_length(value)));
    return true;
}

static bool write_number(const json_t *value, struct json_writer *json)
{
    char text[NUMBER_TEXT_MAX];
    size_t len =
        json_is_string(value) ? number_canonical(view_str(json_string_value(value)), text) : 0;
    json_put_raw(json, view_of(text, len));
    return len > 0;
}

static bool write_bool(const json_t *value, struct json_writer *json)
{
    json_put_bool(json, json_is_true(value));
    return json_is_boolean(value);
}

static bool write_null(const json_t *value, struct json_writer *json)
{
    json_put_null(json);
    return json_is_true(value);
}

static bool write_array(const json_t *array, struct json_writer *json,
                        bool (*write)(const json_t *value, struct json_writer *json))
{
    bool good = json_is_array(array);
    json_begin_array(json);
    for (size_t i = 0; good && i < json_array_size(array); i++)
        good = write(json_array_get(array, i), json);
    json_end_array(json);
    return good;
}

static bool write_list(const json_t *value, struct json_writer *json)
{
    return write_array(value, json, attribute_value_write);
}

static bool write_texts(const json_t *value, struct json_writer *json)
{
    return write_array(value, json, write_text);
}

static bool write_numbers(const json_t *value, struct json_writer *json)
{
    return write_array(value, json, write_number);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* AWS gives them in any order, another one each time. */
bool attribute_value_write_item(const json_t *item, struct json_writer *json)
{
    size_t size = json_object_size(item), count = 0;
    cleanup_free const char **names = xcalloc(size + 1, sizeof(*names));
    for (void *i = json_object_iter((json_t *)item); i;
         i = json_object_iter_next((json_t *)item, i))
        names[count++] = json_object_iter_key(i);
    qsort(names, count, sizeof(*names), compare_names);
    bool good = json_is_object(item);
    json_begin_object(json);
    for (size_t i = 0; good && i < count; i++) {
        json_put_name(json, view_str(names[i]));
        good = attribute_value_write(json_object_get(item, names[i]), json);
    }
    json_end_object(json);
    return good;
}

bool attribute_value_write(const json_t *typed, struct json_writer *json)
{
    static const struct {
        const char *type;
        bool (*write)(const json_t *value, struct json_writer *json);
    } types[] = {
        {"S", write_text},    {"N", write_number}, {"BOOL", write_bool},
        {"NULL", write_null}, {"L", write_list},   {"M", attribute_value_write_item},
        {"B", write_text},    {"SS", write_texts}, {"NS", write_numbers},
        {"BS", write_texts},
    };
    if (json_object_size(typed) != 1)
        return false;
    void *member = json_object_iter((json_t *)typed);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(json_object_iter_key(member), types[i].type) == 0)
            return types[i].write(json_object_iter_value(member), json);
    return false;
}
