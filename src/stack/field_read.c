#include <inttypes.h>
#include <regex.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "stack/fields.h"

#define QUOTED_MAX 60
#define KEY_NAME_MAX 255 /* bytes of an attribute that is a key [DynamoDB, "Limits"] */

struct reading {
    const struct expansion *expansion;
    const struct field *field;
    const struct yaml_node *node;
    struct stack *stack;
};

static void *slot(const struct reading *reading, size_t offset)
{
    return (char *)reading->stack + offset;
}

/* Says what is wrong at `node`, which is the value of the field or within it. */
__attribute__((format(printf, 3, 4))) static void
complain(const struct reading *reading, const struct yaml_node *node, const char *format, ...)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text, "%s\"%s\" ", node->standard ? "the default of " : "", reading->field->path);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    findings_error(reading->expansion->findings, node->mark, "%s%s", buf_str(&text),
                   node->standard ? ": set it" : "");
}

/* Appends ` is "<value>"`, as it stands in the file: an expanded one may be a secret. */
static void put_value(const struct reading *reading, const struct yaml_node *node, struct buf *out)
{
    struct view source = view_str(node->source);
    if (reading->field->hidden)
        return;
    size_t len = 0;
    while (len < source.len && len < QUOTED_MAX)
        len += utf8_sequence(source.ptr + len, source.ptr + source.len);
    buf_printf(out, "is \"%.*s%s\", but ", (int)len, source.ptr, len < source.len ? "..." : "");
}

__attribute__((format(printf, 3, 4))) static void
must(const struct reading *reading, const struct yaml_node *node, const char *format, ...)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    put_value(reading, node, &text);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    complain(reading, node, "%s", buf_str(&text));
}

static bool matches(const char *pattern, const char *text)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool found = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return found;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += (*text & 0xC0) != 0x80;
    return count;
}

static bool is_scalar(const struct reading *reading, const struct yaml_node *node)
{
    bool scalar = node->kind == YAML_SCALAR && !yaml_is_null(node);
    if (!scalar)
        complain(reading, node, "must be a text");
    return scalar;
}

static const char *keep(const struct reading *reading, const char *text)
{
    return arena_copy(&reading->stack->arena, view_str(text)).ptr;
}

/* Whether it is one of the choices, and which; says so if not. */
static bool choose(const struct reading *reading, int *index)
{
    const char *const *choices = reading->field->choices;
    size_t count = 0;
    for (; choices[count]; count++) {
        if (strcmp(choices[count], reading->node->text) == 0) {
            *index = (int)count;
            return true;
        }
    }
    struct view word = view_str(reading->node->text);
    const char *meant = word.len > 2 ? suggest(word, choices, count) : NULL;
    cleanup_buf struct buf list = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < count; i++)
        buf_printf(&list, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", choices[i]);
    if (meant)
        must(reading, reading->node, "must be %s (did you mean \"%s\"?)", buf_str(&list), meant);
    else
        must(reading, reading->node, "must be %s", buf_str(&list));
    return false;
}

static void read_text(const struct reading *reading)
{
    const struct field *field = reading->field;
    const struct yaml_node *node = reading->node;
    int index;
    if (!is_scalar(reading, node) || (field->choices && !choose(reading, &index)))
        return;
    size_t len = characters(node->text);
    if (len == 0 && field->min > 0)
        complain(reading, node, "is empty");
    else if (field->max && (len < (size_t)field->min || len > (size_t)field->max))
        complain(reading, node, "has %zu characters, but must have %d to %d", len, field->min,
                 field->max);
    else if (field->pattern && !matches(field->pattern, node->text))
        must(reading, node, "must be %s", field->shape);
    else
        *(const char **)slot(reading, field->offset) = keep(reading, node->text);
}

static void read_choice(const struct reading *reading)
{
    int index;
    if (!is_scalar(reading, reading->node) || !choose(reading, &index))
        return;
    if (reading->field->offset != FIELD_NOWHERE)
        memcpy(slot(reading, reading->field->offset), &index, sizeof(index));
}

static bool is_text(const struct yaml_node *node)
{
    return node->quoted && !node->untyped;
}

/* Decimal digits as YAML 1.2 and JSON have them: 010 would be eight elsewhere. */
static bool is_decimal(const char *text)
{
    text += *text == '-';
    return matches("^(0|[1-9][0-9]*)$", text);
}

static void keep_number(const struct reading *reading, int64_t value)
{
    *(int *)slot(reading, reading->field->offset) = (int)value;
}

static void read_integer(const struct reading *reading)
{
    const struct field *field = reading->field;
    const struct yaml_node *node = reading->node;
    int64_t value = 0;
    if (node->kind != YAML_SCALAR)
        complain(reading, node, "must be a whole number");
    else if (is_text(node))
        must(reading, node, "must be a whole number, without quotes");
    else if (!is_decimal(node->text))
        must(reading, node, "must be a whole number: decimal digits only");
    else if (parse_int64(view_str(node->text), field->min, field->max, &value, NULL) != 0)
        must(reading, node, "must be from %d to %d", field->min, field->max);
    else
        keep_number(reading, value);
}

static void read_bool(const struct reading *reading)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true},   {"True", true},   {"TRUE", true},
                 {"false", false}, {"False", false}, {"FALSE", false}};
    const struct yaml_node *node = reading->node;
    bool value;
    for (size_t i = 0; node->kind == YAML_SCALAR && !is_text(node) && i < ARRAY_LEN(words); i++) {
        if (strcmp(node->text, words[i].word) == 0) {
            *(bool *)slot(reading, reading->field->offset) = words[i].value;
            return;
        }
    }
    if (node->kind == YAML_SCALAR && parse_bool(view_str(node->text), &value, NULL) == 0)
        must(reading, node, "must be true or false: write %s", value ? "true" : "false");
    else
        complain(reading, node, "must be true or false");
}

static bool is_one_of(const int *values, int64_t value)
{
    for (; values && *values; values++)
        if (*values == value)
            return true;
    return !values;
}

static void check_span(const struct reading *reading, int64_t us)
{
    const struct field *field = reading->field;
    int64_t unit_us = (int64_t)field->unit_s * 1000000, value = us / unit_us;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (us % unit_us == 0 && value >= field->min && value <= field->max &&
        is_one_of(field->values, value)) {
        keep_number(reading, value);
        return;
    }
    if (us % unit_us != 0) {
        buf_append_str(&text, "must be a multiple of ");
        field_put_span(field, 1, &text);
    } else if (field->values) {
        buf_append_str(&text, "must be one of ");
        field_put_values(field, &text);
    } else {
        buf_append_str(&text, "must be from ");
        field_put_span(field, field->min, &text);
        buf_append_str(&text, " to ");
        field_put_span(field, field->max, &text);
    }
    if (field->word)
        buf_printf(&text, ", or %s", field->word);
    must(reading, reading->node, "%s", buf_str(&text));
}

static void read_duration(const struct reading *reading)
{
    const struct field *field = reading->field;
    const struct yaml_node *node = reading->node;
    int64_t us;
    if (node->kind != YAML_SCALAR)
        complain(reading, node, "must be a time span, such as 30s, 5m, 24h or 7d");
    else if (field->word && strcmp(node->text, field->word) == 0)
        keep_number(reading, field->word_value);
    else if (parse_duration_us(view_str(node->text), &us, NULL) != 0)
        must(reading, node, "must be a time span, such as 30s, 5m, 24h or 7d");
    else
        check_span(reading, us);
}

/* Whether the number of elements fits. */
static bool check_count(const struct reading *reading, enum yaml_kind kind, const char *what)
{
    const struct field *field = reading->field;
    const struct yaml_node *node = reading->node;
    if (node->kind != kind) {
        complain(reading, node, "must be %s", what);
        return false;
    }
    bool fits = node->count >= (size_t)field->min && node->count <= (size_t)field->max;
    if (!fits)
        complain(reading, node, "has %zu elements, but must have %d to %d", node->count, field->min,
                 field->max);
    return fits;
}

static void read_list(const struct reading *reading)
{
    const struct field *field = reading->field;
    const struct yaml_node *node = reading->node;
    if (!check_count(reading, YAML_SEQUENCE, "a list: [..., ...]"))
        return;
    const char **texts = arena_calloc(&reading->stack->arena, node->count, sizeof(*texts));
    size_t count = 0;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *element = node->members[i].value;
        if (element->unknown || !is_scalar(reading, element))
            continue;
        if (matches(field->pattern, element->text))
            texts[count++] = keep(reading, element->text);
        else
            must(reading, element, "must be %s", field->shape);
    }
    *(const char ***)slot(reading, field->offset) = texts;
    *(size_t *)slot(reading, field->count_offset) = count;
}

static void read_pairs(const struct reading *reading)
{
    const struct field *field = reading->field;
    const struct yaml_node *node = reading->node;
    if (!check_count(reading, YAML_MAPPING, "a mapping of names to texts"))
        return;
    struct stack_pair *pairs = arena_calloc(&reading->stack->arena, node->count, sizeof(*pairs));
    size_t count = 0;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_member *member = &node->members[i];
        const char *name = member->key.ptr;
        if (field->pattern && !matches(field->pattern, name))
            findings_error(reading->expansion->findings, member->mark,
                           "a name in \"%s\" must be %s", field->path, field->shape);
        else if (!member->value->unknown && is_scalar(reading, member->value))
            pairs[count++] =
                (struct stack_pair){keep(reading, name), keep(reading, member->value->text)};
    }
    *(struct stack_pair **)slot(reading, field->offset) = pairs;
    *(size_t *)slot(reading, field->count_offset) = count;
}

static void read_keys(const struct reading *reading)
{
    const struct yaml_node *node = reading->node;
    struct stack_key keys[2];
    size_t count = 0;
    if (!check_count(reading, YAML_MAPPING, "a mapping of names to S, N or B"))
        return;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_member *member = &node->members[i];
        struct reading type = *reading;
        int index = 0;
        type.node = member->value;
        if (member->key.len == 0 || member->key.len > KEY_NAME_MAX)
            findings_error(reading->expansion->findings, member->mark,
                           "the name of a key must have 1 to %d bytes", KEY_NAME_MAX);
        else if (!member->value->unknown && is_scalar(&type, member->value) &&
                 choose(&type, &index))
            keys[count++] =
                (struct stack_key){keep(reading, member->key.ptr), (enum stack_key_type)index};
    }
    if (count != node->count)
        return;
    memcpy(slot(reading, reading->field->offset), keys, count * sizeof(*keys));
    *(size_t *)slot(reading, reading->field->count_offset) = count;
}

static void read_group(const struct reading *reading)
{
    if (reading->node->kind != YAML_MAPPING)
        complain(reading, reading->node, "must be a mapping");
}

static void read_stages(const struct reading *reading)
{
    check_count(reading, YAML_MAPPING, "a mapping of names of stages to what they change");
}

void field_read(const struct expansion *expansion, const struct field *field,
                const struct yaml_node *node, struct stack *stack)
{
    static void (*const kinds[])(const struct reading *) = {
        [FIELD_GROUP] = read_group,       [FIELD_TEXT] = read_text,
        [FIELD_CHOICE] = read_choice,     [FIELD_INTEGER] = read_integer,
        [FIELD_DURATION] = read_duration, [FIELD_BOOL] = read_bool,
        [FIELD_LIST] = read_list,         [FIELD_PAIRS] = read_pairs,
        [FIELD_KEYS] = read_keys,         [FIELD_STAGES] = read_stages,
    };
    kinds[field->kind](&(struct reading){expansion, field, node, stack});
}
