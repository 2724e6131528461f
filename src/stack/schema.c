#include "stack/schema.h"

#include <jansson.h>

#include "base/memory.h"
#include "stack/fields.h"

/* `changes`: the fields as a stage may change them. Nothing is required there, and null takes a
 * value away. */
static json_t *group(struct view path, bool changes);

static void put(json_t *object, const char *name, json_t *value)
{
    if (!value || json_object_set_new(object, name, value) < 0)
        memory_exhausted();
}

static json_t *list(json_t *first, json_t *second, json_t *third)
{
    json_t *array = json_array();
    if (!array)
        memory_exhausted();
    if (first)
        json_array_append_new(array, first);
    if (second)
        json_array_append_new(array, second);
    if (third)
        json_array_append_new(array, third);
    return array;
}

static json_t *of_type(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

/* Something that ${NAME} stands in can become anything. */
static json_t *expansion(void)
{
    return json_pack("{s:s}", "$ref", "#/definitions/expansion");
}

static json_t *scalar_types(void)
{
    return json_pack("[s, s, s]", "string", "number", "boolean");
}

static json_t *choices(const struct field *field)
{
    json_t *values = json_array();
    for (const char *const *choice = field->choices; *choice; choice++)
        json_array_append_new(values, json_string(*choice));
    return json_pack("{s:o}", "enum", values);
}

static json_t *text(const struct field *field)
{
    json_t *schema = json_object();
    put(schema, "type", scalar_types());
    if (field->kind == FIELD_TEXT && field->min)
        put(schema, "minLength", json_integer(field->min));
    if (field->kind == FIELD_TEXT && field->max)
        put(schema, "maxLength", json_integer(field->max));
    if (field->pattern)
        put(schema, "pattern", json_string(field->pattern));
    return schema;
}

static json_t *element(const struct field *field)
{
    return json_pack("{s:o}", "anyOf",
                     list(field->choices ? choices(field) : text(field), expansion(), NULL));
}

static json_t *integer(const struct field *field)
{
    return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", field->min, "maximum",
                     field->max);
}

/* The limits are in the description: a pattern would not be one that people can read. */
static json_t *duration(const struct field *field)
{
    cleanup_buf struct buf pattern = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&pattern, "^[0-9]+(d|h|m|s|ms)?$");
    if (field->word)
        buf_printf(&pattern, "|^%s$", field->word);
    bool number = field->word && field->word_value < 0;
    return json_pack("{s:[s, s], s:i, s:s}", "type", "string", "integer", "minimum",
                     number ? field->word_value : 0, "pattern", buf_str(&pattern));
}

static json_t *mapping(const struct field *field, json_t *values)
{
    json_t *schema = json_object();
    put(schema, "type", json_string("object"));
    if (field->min)
        put(schema, "minProperties", json_integer(field->min));
    put(schema, "maxProperties", json_integer(field->max));
    if (field->pattern)
        put(schema, "propertyNames", json_pack("{s:s}", "pattern", field->pattern));
    put(schema, "additionalProperties", values);
    return schema;
}

static json_t *sequence(const struct field *field)
{
    return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", field->min, "maxItems",
                     field->max, "items", element(field));
}

/* The value as the file would write it. */
static json_t *value_of(const struct field *field)
{
    switch (field->kind) {
    case FIELD_TEXT: return field->choices ? choices(field) : text(field);
    case FIELD_CHOICE: return choices(field);
    case FIELD_INTEGER: return integer(field);
    case FIELD_DURATION: return duration(field);
    case FIELD_BOOL: return of_type("boolean");
    case FIELD_LIST: return sequence(field);
    case FIELD_PAIRS: return mapping(field, json_pack("{s:o}", "type", scalar_types()));
    case FIELD_KEYS: return mapping(field, element(field));
    case FIELD_STAGES: return mapping(field, json_pack("{s:s}", "$ref", "#/definitions/stage"));
    case FIELD_GROUP: break;
    }
    return group(view_str(field->path), false);
}

static json_t *default_of(const struct field *field)
{
    if (field->kind == FIELD_INTEGER)
        return json_integer(strtol(field->standard, NULL, 10));
    if (field->kind == FIELD_BOOL)
        return json_boolean(strcmp(field->standard, "true") == 0);
    return json_string(field->standard);
}

static void put_limits(const struct field *field, struct buf *out)
{
    if (field->values) {
        field_put_values(field, out);
        return;
    }
    field_put_span(field, field->min, out);
    buf_append_str(out, " to ");
    field_put_span(field, field->max, out);
}

/* With what a schema cannot say, or not to people. */
static json_t *description(const struct field *field)
{
    cleanup_buf struct buf words = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&words, field->help);
    if (field->shape)
        buf_printf(&words, " (%s)", field->shape);
    if (field->kind == FIELD_DURATION) {
        buf_append_str(&words, " (");
        put_limits(field, &words);
        buf_append_str(&words, ")");
    }
    return json_string(buf_str(&words));
}

static bool is_mapping(const struct field *field)
{
    return field->kind == FIELD_GROUP || field->kind == FIELD_PAIRS || field->kind == FIELD_STAGES;
}

static bool is_required(const struct field *field)
{
    struct view path = view_str(field->path);
    for (size_t i = 0; i < field_count; i++) {
        struct view below = view_str(fields[i].path);
        if (fields[i].required && view_starts_with(below, path) &&
            (below.len == path.len || below.ptr[path.len] == '.'))
            return true;
    }
    return false;
}

static json_t *property(const struct field *field, bool changes)
{
    json_t *schema = json_object();
    bool null = changes || !is_required(field);
    put(schema, "description", description(field));
    if (field->standard && !changes)
        put(schema, "default", default_of(field));
    if (!is_mapping(field)) {
        put(schema, "anyOf", list(value_of(field), expansion(), changes ? of_type("null") : NULL));
        return schema;
    }
    json_t *value =
        field->kind == FIELD_GROUP ? group(view_str(field->path), changes) : value_of(field);
    json_object_update(schema, value);
    json_decref(value);
    if (null)
        put(schema, "type", json_pack("[s, s]", "object", "null"));
    return schema;
}

static bool is_fixed(const struct field *field)
{
    return strcmp(field->path, "project") == 0 || strcmp(field->path, "stage") == 0 ||
           strcmp(field->path, "stages") == 0;
}

static json_t *group(struct view path, bool changes)
{
    json_t *schema = of_type("object"), *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < field_count; i++) {
        if (!field_is_in(&fields[i], path) || (changes && is_fixed(&fields[i])))
            continue;
        put(properties, field_name(&fields[i]), property(&fields[i], changes));
        if (!changes && is_required(&fields[i]))
            json_array_append_new(required, json_string(field_name(&fields[i])));
    }
    put(schema, "properties", properties);
    put(schema, "required", required);
    put(schema, "additionalProperties", json_false());
    return schema;
}

static int append(const char *bytes, size_t len, void *out)
{
    buf_append(out, bytes, len);
    return 0;
}

void stack_schema(struct buf *out)
{
    json_t *schema = json_object(), *definitions = json_object();
    put(schema, "$schema", json_string("http://json-schema.org/draft-07/schema#"));
    put(schema, "title", json_string("A pipeline of lorry: pipeline.yaml"));
    json_t *root = group(VIEW(""), false);
    json_object_update(schema, root);
    json_decref(root);
    put(definitions, "expansion", json_pack("{s:s, s:s}", "type", "string", "pattern", "[$][{]"));
    json_t *stage = group(VIEW(""), true);
    put(stage, "type", json_pack("[s, s]", "object", "null"));
    put(definitions, "stage", stage);
    put(schema, "definitions", definitions);
    json_dump_callback(schema, append, out, JSON_INDENT(1));
    json_decref(schema);
    buf_append_char(out, '\n');
}
