#include "json/reader.h"

#include <string.h>

#include "json/scan.h"

/* What comes next. */
enum state {
    VALUE,         /* a value */
    FIRST_ELEMENT, /* a value or ']' */
    FIRST_MEMBER,  /* a name or '}' */
    BEHIND,        /* ',' or a closing bracket; the end at depth 0 */
    FAILED,
};

void json_reader_init(struct json_reader *reader, struct view text)
{
    /* Not the stack: it is large, and read only where it was written. */
    reader->begin = reader->p = reader->token = text.ptr;
    reader->end = text.ptr + text.len;
    reader->text = view_of(text.ptr, 0);
    reader->escaped = false;
    reader->problem = NULL;
    reader->depth = 0;
    reader->state = VALUE;
}

static enum json_token fail(struct json_reader *r, const char *problem)
{
    r->problem = r->p == r->end ? "unexpected end" : problem;
    r->state = FAILED;
    return JSON_ERROR;
}

static bool is_at(const struct json_reader *r, char c)
{
    return r->p < r->end && *r->p == c;
}

static enum json_token open_container(struct json_reader *r, enum json_token type)
{
    if (r->depth == JSON_DEPTH_MAX)
        return fail(r, "nested too deeply");
    r->stack[r->depth++] = (unsigned char)type;
    r->p++;
    r->state = type == JSON_OBJECT ? FIRST_MEMBER : FIRST_ELEMENT;
    return type;
}

static enum json_token close_container(struct json_reader *r)
{
    r->p++;
    r->state = BEHIND;
    return r->stack[--r->depth] == JSON_OBJECT ? JSON_OBJECT_END : JSON_ARRAY_END;
}

/* The string at the reader, up to behind its closing quote. */
static bool take_string(struct json_reader *r)
{
    unsigned flags = 0;
    const char *behind = json_scan_string(r->p + 1, r->end, &flags);
    if (!behind)
        return false;
    r->text = view_between(r->p + 1, behind - 1);
    r->escaped = flags & JSON_ESCAPES;
    r->p = behind;
    return true;
}

static enum json_token take_number(struct json_reader *r)
{
    const char *behind = json_scan_number(r->p, r->end);
    if (!behind)
        return fail(r, "malformed number");
    r->text = view_between(r->p, behind);
    r->p = behind;
    r->state = BEHIND;
    return JSON_NUMBER;
}

static enum json_token take_word(struct json_reader *r, struct view word, enum json_token type)
{
    if (!view_starts_with(view_between(r->p, r->end), word))
        return fail(r, "unknown word");
    r->p += word.len;
    r->state = BEHIND;
    return type;
}

static enum json_token take_value(struct json_reader *r)
{
    if (r->p == r->end)
        return fail(r, NULL);
    switch (*r->p) {
    case '{': return open_container(r, JSON_OBJECT);
    case '[': return open_container(r, JSON_ARRAY);
    case '"':
        if (!take_string(r))
            return fail(r, "malformed string");
        r->state = BEHIND;
        return JSON_STRING;
    case 't': return take_word(r, VIEW("true"), JSON_TRUE);
    case 'f': return take_word(r, VIEW("false"), JSON_FALSE);
    case 'n': return take_word(r, VIEW("null"), JSON_NULL);
    case '-':
    case '0' ... '9': return take_number(r);
    default: return fail(r, "expected a value");
    }
}

/* A name and its colon. */
static enum json_token take_name(struct json_reader *r)
{
    if (!is_at(r, '"'))
        return fail(r, "expected a name in quotes");
    if (!take_string(r))
        return fail(r, "malformed string");
    r->p = json_skip_space(r->p, r->end);
    if (!is_at(r, ':'))
        return fail(r, "expected ':'");
    r->p++;
    r->state = VALUE;
    return JSON_NAME;
}

static enum json_token take_behind(struct json_reader *r)
{
    if (r->depth == 0)
        return r->p == r->end ? JSON_END : fail(r, "more than one value");
    bool object = r->stack[r->depth - 1] == JSON_OBJECT;
    if (is_at(r, object ? '}' : ']'))
        return close_container(r);
    if (!is_at(r, ','))
        return fail(r, object ? "expected ',' or '}'" : "expected ',' or ']'");
    r->p = r->token = json_skip_space(r->p + 1, r->end);
    return object ? take_name(r) : take_value(r);
}

enum json_token json_next(struct json_reader *r)
{
    if (r->state == FAILED)
        return JSON_ERROR;
    r->p = r->token = json_skip_space(r->p, r->end);
    switch (r->state) {
    case FIRST_ELEMENT: return is_at(r, ']') ? close_container(r) : take_value(r);
    case FIRST_MEMBER: return is_at(r, '}') ? close_container(r) : take_name(r);
    case BEHIND: return take_behind(r);
    default: return take_value(r);
    }
}

struct view json_span(struct json_reader *r)
{
    const char *begin = r->token;
    if (r->state == FIRST_MEMBER || r->state == FIRST_ELEMENT) {
        const char *behind = json_scan_value(begin, r->end, JSON_DEPTH_MAX + 1 - r->depth);
        if (!behind) {
            /* Token by token to what is wrong with it. */
            while (json_next(r) > JSON_END)
                ;
            return view_of(begin, 0);
        }
        r->p = behind;
        r->depth--;
        r->state = BEHIND;
    }
    return view_between(begin, r->p);
}

bool json_text_is(const struct json_reader *reader, const char *literal)
{
    size_t left = strlen(literal);
    if (!reader->escaped)
        return view_equal(reader->text, view_of(literal, left));
    const char *p = reader->text.ptr, *end = p + reader->text.len;
    while (p < end) {
        char c[4];
        size_t len = json_unescape_one(&p, c);
        if (len > left || memcmp(c, literal, len) != 0)
            return false;
        literal += len;
        left -= len;
    }
    return left == 0;
}

int json_reader_error(const struct json_reader *reader, struct error *err)
{
    return error_set(err, ERROR_INPUT, 0, "not JSON: %s at byte %td", reader->problem,
                     reader->p - reader->begin + 1);
}
