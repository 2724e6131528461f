#include "stack/expand.h"

#include <ctype.h>

#include "base/utf8.h"

/* Of one value; the environment may be large. */
#define EXPANDED_MAX ((size_t)64 << 10)

static bool is_name(struct view name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_')
            return false;
    return name.len > 0 && !isdigit((unsigned char)name.ptr[0]);
}

/* NULL: it is one of the two, and not known; that has been said elsewhere. */
static const char *own_value(const struct expansion *expansion, struct view name, bool *own)
{
    bool project = view_equal(name, VIEW("project"));
    *own = project || view_equal(name, VIEW("stage"));
    return project ? expansion->project : expansion->stage;
}

/* NULL: said why. */
static const char *variable(const struct expansion *expansion, struct view name, struct mark mark)
{
    cleanup_buf struct buf text = BUF_INIT(EXPANDED_MAX);
    buf_append_view(&text, name);
    const char *value = is_name(name) ? expansion->environment(buf_str(&text)) : NULL;
    struct findings *findings = expansion->findings;
    if (!is_name(name))
        findings_error(findings, mark,
                       "\"${%s}\" names no variable: it is ${project}, ${stage} or ${VARIABLE}; "
                       "\"$${\" writes \"${\"",
                       buf_str(&text));
    else if (!value)
        findings_add(findings, expansion->unset, mark, "the environment variable \"%s\" is not set",
                     buf_str(&text));
    else if (!utf8_valid(view_str(value)))
        findings_error(findings, mark, "the environment variable \"%s\" is no UTF-8",
                       buf_str(&text));
    else
        return value;
    return NULL;
}

static bool put_value(const struct expansion *expansion, struct view name, struct mark mark,
                      struct buf *out)
{
    bool own;
    const char *value = own_value(expansion, name, &own);
    if (!own)
        value = variable(expansion, name, mark);
    if (value)
        buf_append_str(out, value);
    return value != NULL;
}

/* Appends the text; false if something in it is not known. */
static bool expand(const struct expansion *expansion, const char *text, struct mark mark,
                   struct buf *out)
{
    bool known = true;
    while (*text) {
        const char *next = strchr(text, '$');
        if (!next)
            next = text + strlen(text);
        buf_append(out, text, (size_t)(next - text));
        const char *end = strncmp(next, "${", 2) == 0 ? strchr(next, '}') : NULL;
        if (strncmp(next, "$${", 3) == 0) {
            buf_append_str(out, "${");
            text = next + 3;
        } else if (end) {
            known &= put_value(expansion, view_between(next + 2, end), mark, out);
            text = end + 1;
        } else {
            buf_append(out, next, *next ? 1 : 0);
            text = next + (*next ? 1 : 0);
        }
    }
    return known;
}

static void expand_scalar(const struct expansion *expansion, struct yaml_node *node)
{
    cleanup_secret struct buf out = BUF_INIT(EXPANDED_MAX);
    if (!strstr(node->source, "${"))
        return;
    node->unknown = !expand(expansion, node->source, node->mark, &out);
    node->untyped = true;
    if (out.overflow) {
        findings_error(expansion->findings, node->mark, "longer than %zu bytes when expanded",
                       EXPANDED_MAX);
        node->unknown = true;
    }
    node->text = node->unknown ? "" : arena_copy(expansion->arena, buf_view(&out)).ptr;
}

void expand_node(const struct expansion *expansion, struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR)
        expand_scalar(expansion, node);
    for (size_t i = 0; i < node->count; i++)
        expand_node(expansion, node->members[i].value);
}

bool expand_default(const struct expansion *expansion, const char *text, struct buf *out)
{
    return expand(expansion, text, (struct mark){0}, out);
}
