#include "cli/items.h"

#include <stdlib.h>

#include "aws/attribute_value.h"

/* Of one value; a whole item of DynamoDB has 400 KB, in which every byte may be escaped. */
#define VALUE_CAP ((size_t)4 << 20)

static int compare_names(const void *a, const void *b)
{
    return view_compare(*(const struct view *)a, *(const struct view *)b);
}

static void set_columns(const json_t *items, struct query_result *result)
{
    json_t *names = json_object(), *value;
    const char *name;
    for (size_t i = 0; i < json_array_size(items); i++)
        json_object_foreach(json_array_get(items, i), name, value)
            json_object_set_new(names, name, json_null());
    result->columns = arena_calloc(&result->arena, json_object_size(names), sizeof(struct view));
    json_object_foreach(names, name, value) result->columns[result->column_count++] =
        arena_copy(&result->arena, view_str(name));
    json_decref(names);
    qsort(result->columns, result->column_count, sizeof(struct view), compare_names);
}

static int set_cell(const json_t *value, struct query_result *result, struct view *cell,
                    struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT(VALUE_CAP);
    struct json_writer json;
    json_writer_init(&json, &text);
    if (!attribute_value_write(value, &json) || text.overflow)
        return error_set(err, ERROR_AWS, 200, "DynamoDB's answer has a value that is none");
    *cell = arena_copy(&result->arena, buf_view(&text));
    return 0;
}

int items_to_rows(const json_t *items, struct query_result *result, struct error *err)
{
    result->affected = -1;
    set_columns(items, result);
    result->row_count = json_array_size(items);
    result->cells =
        arena_calloc(&result->arena, result->row_count * result->column_count, sizeof(struct view));
    struct view *cell = result->cells;
    for (size_t row = 0; row < result->row_count; row++)
        for (size_t i = 0; i < result->column_count; i++, cell++) {
            const json_t *value =
                json_object_get(json_array_get(items, row), result->columns[i].ptr);
            if (value && set_cell(value, result, cell, err) < 0)
                return -1;
        }
    return 0;
}
