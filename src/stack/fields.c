#include "stack/fields.h"

#include <inttypes.h>

#include "base/memory.h"
#include "base/suggest.h"

const struct field *field_find(struct view path)
{
    for (size_t i = 0; i < field_count; i++)
        if (view_equal(view_str(fields[i].path), path))
            return &fields[i];
    return NULL;
}

const char *field_name(const struct field *field)
{
    const char *dot = strrchr(field->path, '.');
    return dot ? dot + 1 : field->path;
}

bool field_is_in(const struct field *field, struct view group)
{
    struct view path = view_str(field->path);
    size_t above = path.len - strlen(field_name(field));
    return view_equal(group, view_of(path.ptr, above ? above - 1 : 0));
}

void field_put_span(const struct field *field, int value, struct buf *out)
{
    static const struct {
        int64_t s;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    int64_t span_s = (int64_t)value * field->unit_s;
    size_t i = 0;
    while (units[i].s > field->unit_s && (span_s % units[i].s || span_s / units[i].s < 2))
        i++;
    buf_printf(out, "%" PRId64 "%c", span_s / units[i].s, units[i].unit);
}

void field_put_values(const struct field *field, struct buf *out)
{
    for (const int *value = field->values; *value; value++) {
        buf_append_str(out, value == field->values ? "" : ", ");
        field_put_span(field, *value, out);
    }
}

/* The group that a key belongs to which was written elsewhere, if it is the only one. */
static struct view belongs_to(struct view key)
{
    struct view found = VIEW("");
    for (size_t i = 0; i < field_count; i++) {
        struct view name = view_str(field_name(&fields[i]));
        if (!view_equal(name, key))
            continue;
        if (found.len)
            return VIEW("");
        size_t path_len = strlen(fields[i].path);
        found = view_of(fields[i].path, path_len > name.len ? path_len - name.len - 1 : 0);
    }
    return found;
}

static const char *closest(struct view group, struct view key, struct arena *arena)
{
    const char **names = arena_calloc(arena, field_count, sizeof(*names));
    size_t count = 0;
    for (size_t i = 0; i < field_count; i++)
        if (field_is_in(&fields[i], group))
            names[count++] = field_name(&fields[i]);
    return suggest(key, names, count);
}

static void report_unknown(const struct expansion *expansion, struct view group,
                           const struct yaml_member *member)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct view key = member->key, home = belongs_to(key);
    const char *meant = closest(group, key, expansion->arena);
    buf_printf(&text, "unknown key \"%.*s\"", VIEW_ARG(key));
    if (group.len)
        buf_printf(&text, " in \"%.*s\"", VIEW_ARG(group));
    if (home.len)
        buf_printf(&text, " (it belongs to \"%.*s\")", VIEW_ARG(home));
    else if (meant)
        buf_printf(&text, " (did you mean \"%s\"?)", meant);
    findings_error(expansion->findings, member->mark, "%s", buf_str(&text));
}

static void check_keys(const struct expansion *expansion, struct view group,
                       const struct yaml_node *node)
{
    for (size_t i = 0; node->kind == YAML_MAPPING && i < node->count; i++) {
        const struct yaml_member *member = &node->members[i];
        cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&path, "%.*s%s%.*s", VIEW_ARG(group), group.len ? "." : "",
                   VIEW_ARG(member->key));
        const struct field *field = field_find(buf_view(&path));
        /* "source.dynamodb" as one key is none. */
        if (!field || memchr(member->key.ptr, '.', member->key.len))
            report_unknown(expansion, group, member);
        else if (field->kind == FIELD_GROUP)
            check_keys(expansion, buf_view(&path), member->value);
    }
}

/* The default, as if it stood where the field would. */
static void read_default(const struct expansion *expansion, const struct field *field,
                         struct mark mark, struct stack *stack)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (!field->standard || !expand_default(expansion, field->standard, &text))
        return;
    const char *copy = arena_copy(expansion->arena, buf_view(&text)).ptr;
    struct yaml_node node = {
        .kind = YAML_SCALAR, .mark = mark, .text = copy, .source = copy, .standard = true};
    field_read(expansion, field, &node, stack);
}

static void read_field(const struct expansion *expansion, const struct field *field,
                       const struct yaml_node *root, struct stack *stack)
{
    struct yaml_place place = yaml_find(root, field->path);
    if (place.node && yaml_is_null(place.node) && field->kind != FIELD_GROUP &&
        field->kind != FIELD_PAIRS)
        findings_error(expansion->findings, place.mark,
                       "\"%s\" has no value: write one, or leave the key out", field->path);
    else if (place.node && !place.node->unknown && !yaml_is_null(place.node))
        field_read(expansion, field, place.node, stack);
    else if (!place.node && field->required && !place.blocked)
        findings_error(expansion->findings, place.mark, "\"%s\" is missing", field->path);
    else if (!place.node)
        read_default(expansion, field, place.mark, stack);
}

void fields_read(const struct expansion *expansion, const struct yaml_node *root,
                 struct stack *stack)
{
    stack->processor.reserved_concurrency = -1;
    check_keys(expansion, VIEW(""), root);
    for (size_t i = 0; i < field_count; i++)
        read_field(expansion, &fields[i], root, stack);
}
