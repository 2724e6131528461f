#include "stack/yaml_write.h"

#include <ctype.h>

#define INDENT 2

/* Whether it reads as itself without quotes. */
static bool is_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!isascii((unsigned char)*p) || (!isalnum((unsigned char)*p) && !strchr("_./-", *p)))
            return false;
    bool number = *text == '-' && isdigit((unsigned char)text[1]);
    return number || isalnum((unsigned char)*text) || *text == '/';
}

/* In double quotes [YAML 1.2.2, 5.7 "Escaped Characters"]. */
static void append_quoted(const char *text, struct buf *out)
{
    buf_append_char(out, '"');
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7f)
            buf_printf(out, "\\x%02x", c);
        else if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else
            buf_append_char(out, *p);
    }
    buf_append_char(out, '"');
}

static void append_scalar(const struct yaml_node *node, struct buf *out)
{
    struct yaml_node plain = {.text = node->source};
    if (yaml_is_null(node))
        buf_append_str(out, "null");
    else if (!node->quoted && is_plain(node->source) && !yaml_is_null(&plain))
        buf_append_str(out, node->source);
    else
        append_quoted(node->source, out);
}

static void append_members(const struct yaml_node *node, int indent, struct buf *out);

static void append_value(const struct yaml_node *node, int indent, struct buf *out)
{
    if (node->count) {
        buf_append_char(out, '\n');
        append_members(node, indent + INDENT, out);
        return;
    }
    buf_append_char(out, ' ');
    if (node->kind == YAML_SCALAR)
        append_scalar(node, out);
    else
        buf_append_str(out, node->kind == YAML_MAPPING ? "{}" : "[]");
    buf_append_char(out, '\n');
}

/* Of a sequence or a mapping. */
static void append_members(const struct yaml_node *node, int indent, struct buf *out)
{
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_member *member = &node->members[i];
        const struct yaml_node key = {
            .text = member->key.ptr, .source = member->key.ptr, .untyped = true};
        buf_printf(out, "%*s", indent, "");
        if (node->kind == YAML_SEQUENCE) {
            buf_append_char(out, '-');
        } else {
            append_scalar(&key, out);
            buf_append_char(out, ':');
        }
        append_value(member->value, indent, out);
    }
}

void yaml_append_tree(const struct yaml_node *mapping, struct buf *out)
{
    if (mapping->count)
        append_members(mapping, 0, out);
    else
        buf_append_str(out, "{}\n");
}
