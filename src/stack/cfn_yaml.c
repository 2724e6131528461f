#include "stack/cfn_yaml.h"

#include "base/memory.h"
#include "base/utf8.h"

#define INDENT 2

/* YAML 1.1 takes these for booleans and null, in any case of letters [yaml.org/type/bool]. */
static const char *const words[] = {"y", "n", "yes", "no", "true", "false", "on", "off", "null"};

static bool is_word(struct view text)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i]) == text.len && strncasecmp(words[i], text.ptr, text.len) == 0)
            return true;
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the text stands for itself without quotes. Numbers, dates and indicators all begin with
 * something other than these. */
static bool is_plain(struct view text)
{
    if (!text.len || !(is_letter(*text.ptr) || *text.ptr == '/' || *text.ptr == '$'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i], next = i + 1 < text.len ? text.ptr[i + 1] : ' ';
        if (c < ' ' || c > '~' || (c == ':' && next == ' ') || (c == ' ' && next == '#'))
            return false;
    }
    return text.ptr[text.len - 1] != ' ' && !is_word(text);
}

/* What a reader of YAML need not accept as it is, or takes for the end of a line. */
static bool is_printable(uint32_t c)
{
    return c >= 0x20 && !(c >= 0x7F && c < 0xA0) && c != 0x2028 && c != 0x2029 && c != 0xFEFF &&
           c != 0xFFFE && c != 0xFFFF;
}

static uint32_t decode(const char *p, size_t len)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = (unsigned char)*p & lead[len];
    for (size_t i = 1; i < len; i++)
        c = c << 6 | ((unsigned char)p[i] & 0x3F);
    return c;
}

/* The texts of a tree are valid UTF-8: jansson takes no others. */
static void append_quoted(struct buf *out, struct view text)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    buf_append_char(out, '"');
    while (p < end) {
        size_t len = utf8_sequence(p, end);
        uint32_t c = decode(p, len);
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", *p);
        else if (c == '\n')
            buf_append_str(out, "\\n");
        else if (is_printable(c))
            buf_append(out, p, len);
        else
            buf_printf(out, "\\u%04X", c);
        p += len;
    }
    buf_append_char(out, '"');
}

static void append_text(struct buf *out, struct view text)
{
    if (is_plain(text))
        buf_append_view(out, text);
    else
        append_quoted(out, text);
}

static struct view text_of(const json_t *value)
{
    return view_of(json_string_value(value), json_string_length(value));
}

/* Appends a space and the short form if the value is a function that has one. */
static bool append_function(struct buf *out, const json_t *value)
{
    const json_t *ref = json_object_get(value, "Ref"), *sub = json_object_get(value, "Fn::Sub"),
                 *get_att = json_object_get(value, "Fn::GetAtt");
    if (json_object_size(value) != 1)
        return false;
    if (json_is_string(ref) || json_is_string(sub)) {
        buf_append_str(out, ref ? " !Ref " : " !Sub ");
        append_text(out, text_of(ref ? ref : sub));
        return true;
    }
    if (json_array_size(get_att) == 2) {
        buf_printf(out, " !GetAtt %s.%s", json_string_value(json_array_get(get_att, 0)),
                   json_string_value(json_array_get(get_att, 1)));
        return true;
    }
    return false;
}

static void append_scalar(struct buf *out, const json_t *value)
{
    buf_append_char(out, ' ');
    if (json_is_string(value))
        append_text(out, text_of(value));
    else if (json_is_boolean(value))
        buf_append_str(out, json_is_true(value) ? "true" : "false");
    else
        buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

/* A block is appended with its first line already indented, and ends with a newline. */
static void append_block(struct buf *out, const json_t *value, int indent);

static bool is_block(const json_t *value)
{
    return json_object_size(value) > 0 || json_array_size(value) > 0;
}

/* What fits on the line; false if that is nothing. */
static bool append_on_line(struct buf *out, const json_t *value)
{
    if (append_function(out, value))
        return true;
    if (is_block(value))
        return false;
    if (json_is_object(value) || json_is_array(value))
        buf_append_str(out, json_is_object(value) ? " {}" : " []");
    else
        append_scalar(out, value);
    return true;
}

static void append_list(struct buf *out, const json_t *list, int indent)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        buf_printf(out, "%*s-", i ? indent : 0, "");
        if (append_on_line(out, value)) {
            buf_append_char(out, '\n');
        } else {
            buf_append_char(out, ' ');
            append_block(out, value, indent + INDENT);
        }
    }
}

/* Sections stand apart, and so do resources. */
static bool stands_apart(const json_t *value, int indent)
{
    return indent == 0 ? is_block(value) : indent == INDENT && json_object_get(value, "Type");
}

static void append_object(struct buf *out, const json_t *object, int indent)
{
    void *at = json_object_iter((json_t *)object);
    for (bool first = true; at; first = false) {
        const json_t *value = json_object_iter_value(at);
        if (!first && stands_apart(value, indent))
            buf_append_char(out, '\n');
        buf_printf(out, "%*s", first ? 0 : indent, "");
        append_text(out, view_str(json_object_iter_key(at)));
        buf_append_char(out, ':');
        if (append_on_line(out, value)) {
            buf_append_char(out, '\n');
        } else {
            buf_printf(out, "\n%*s", indent + INDENT, "");
            append_block(out, value, indent + INDENT);
        }
        at = json_object_iter_next((json_t *)object, at);
    }
}

static void append_block(struct buf *out, const json_t *value, int indent)
{
    if (json_is_array(value))
        append_list(out, value, indent);
    else
        append_object(out, value, indent);
}

void cfn_yaml_append(struct buf *out, const json_t *tree)
{
    append_block(out, tree, 0);
}
