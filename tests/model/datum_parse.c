#include <errno.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "model/datum.h"

/* Measured: 900 levels pass, 1,200 are refused; Jackson's own limit is 1,000. */
#define LEVELS_MAX 1000

struct parser {
    const char *at;
    const char *end;
    int level;
    struct buf text;
};

static void skip_space(struct parser *p)
{
    while (p->at < p->end && strchr(" \t\r\n", *p->at) && *p->at)
        p->at++;
}

static bool take(struct parser *p, char c)
{
    skip_space(p);
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

static bool take_word(struct parser *p, struct view word)
{
    if (!view_starts_with(view_between(p->at, p->end), word))
        return false;
    p->at += word.len;
    return true;
}

static bool digits(const char **at, const char *end)
{
    const char *begin = *at;
    while (*at < end && **at >= '0' && **at <= '9')
        ++*at;
    return *at > begin;
}

static struct datum *parse_number(struct parser *p)
{
    const char *begin = p->at;
    bool whole = true;
    if (p->at < p->end && *p->at == '-')
        p->at++;
    const char *first = p->at;
    if (!digits(&p->at, p->end) || (*first == '0' && p->at - first > 1))
        return NULL;
    if (p->at < p->end && *p->at == '.') {
        whole = false;
        p->at++;
        if (!digits(&p->at, p->end))
            return NULL;
    }
    if (p->at < p->end && (*p->at == 'e' || *p->at == 'E')) {
        whole = false;
        p->at++;
        if (p->at < p->end && (*p->at == '+' || *p->at == '-'))
            p->at++;
        if (!digits(&p->at, p->end))
            return NULL;
    }
    struct view literal = view_between(begin, p->at);
    cleanup_free char *text = xstrndup(literal.ptr, literal.len);
    if (!whole)
        return datum_real(strtod(text, NULL));
    errno = 0;
    long long integer = strtoll(text, NULL, 10);
    return errno ? datum_number_text(DATUM_BIG, literal) : datum_int(integer);
}

static bool parse_hex(struct parser *p, uint32_t *unit)
{
    if (p->end - p->at < 4)
        return false;
    char text[5] = {p->at[0], p->at[1], p->at[2], p->at[3], 0};
    char *rest;
    *unit = (uint32_t)strtoul(text, &rest, 16);
    p->at += 4;
    return rest == text + 4;
}

static bool parse_escape(struct parser *p)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (p->at == p->end)
        return false;
    char c = *p->at++;
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        buf_append_char(&p->text, to[known - from]);
        return true;
    }
    uint32_t unit, low;
    if (c != 'u' || !parse_hex(p, &unit))
        return false;
    const char *after = p->at;
    if (unit >= 0xD800 && unit < 0xDC00 && take_word(p, VIEW("\\u"))) {
        if (!parse_hex(p, &low))
            return false;
        if (low >= 0xDC00 && low < 0xE000)
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        else
            p->at = after;
    }
    char encoded[4];
    buf_append(&p->text, encoded, utf8_encode(unit, encoded));
    return true;
}

static struct datum *parse_text(struct parser *p)
{
    if (!take(p, '"'))
        return NULL;
    buf_clear(&p->text);
    for (;;) {
        const char *begin = p->at;
        while (p->at < p->end && *p->at != '"' && *p->at != '\\' && (unsigned char)*p->at >= 0x20)
            p->at++;
        buf_append_view(&p->text, view_between(begin, p->at));
        if (p->at == p->end || (unsigned char)*p->at < 0x20)
            return NULL;
        if (*p->at++ == '"')
            return datum_text(buf_view(&p->text));
        if (!parse_escape(p))
            return NULL;
    }
}

static struct datum *parse_value(struct parser *p);

static bool parse_items(struct parser *p, struct datum *array)
{
    if (take(p, ']'))
        return true;
    do {
        struct datum *item = parse_value(p);
        if (!item)
            return false;
        datum_add(array, item);
    } while (take(p, ','));
    return take(p, ']');
}

static bool parse_members(struct parser *p, struct datum *object)
{
    if (take(p, '}'))
        return true;
    /* Quadratic look-ups would take seconds for the objects of thousands of members in tests. */
    cleanup_map struct map seen = MAP_INIT;
    do {
        struct datum *key = parse_text(p);
        if (!key)
            return false;
        datum_add(object, NULL);
        object->keys = xreallocarray(object->keys, object->size, sizeof(*object->keys));
        object->keys[object->count - 1] = key;
        void **place = map_at(&seen, key->text);
        if (*place || !take(p, ':'))
            return false;
        *place = object;
        object->items[object->count - 1] = parse_value(p);
        if (!object->items[object->count - 1])
            return false;
    } while (take(p, ','));
    return take(p, '}');
}

static struct datum *parse_container(struct parser *p, bool object)
{
    struct datum *value = object ? datum_object() : datum_array();
    bool fine =
        ++p->level <= LEVELS_MAX && (object ? parse_members(p, value) : parse_items(p, value));
    p->level--;
    if (fine)
        return value;
    datum_free(value);
    return NULL;
}

static struct datum *parse_value(struct parser *p)
{
    skip_space(p);
    if (p->at == p->end)
        return NULL;
    switch (*p->at) {
    case '{': p->at++; return parse_container(p, true);
    case '[': p->at++; return parse_container(p, false);
    case '"': return parse_text(p);
    case 't': return take_word(p, VIEW("true")) ? datum_bool(true) : NULL;
    case 'f': return take_word(p, VIEW("false")) ? datum_bool(false) : NULL;
    case 'n': return take_word(p, VIEW("null")) ? datum_null() : NULL;
    default: return parse_number(p);
    }
}

struct datum *datum_parse(struct view json, struct error *err)
{
    struct parser p = {.at = json.ptr, .end = json.ptr + json.len, .text = BUF_INIT(json.len + 4)};
    cleanup_datum struct datum *value = utf8_valid(json) ? parse_value(&p) : NULL;
    skip_space(&p);
    buf_release(&p.text);
    if (!value || p.at != p.end) {
        error_set(err, ERROR_INPUT, 0, "not JSON");
        return NULL;
    }
    return steal(&value);
}
