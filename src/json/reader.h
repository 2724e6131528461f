/* A pull reader for JSON (RFC 8259) in memory: no tree, no allocation. Strict: exactly one value,
 * valid UTF-8, no lone surrogates, nesting at most JSON_DEPTH_MAX. Repeated member names are passed
 * on as they come.
 *
 *     struct json_reader r;
 *     json_reader_init(&r, text);
 *     for (enum json_token t; (t = json_next(&r)) > JSON_END;) ...
 */
#ifndef LORRY_JSON_READER_H
#define LORRY_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/view.h"
#include "json/scan.h"

enum json_token {
    JSON_ERROR, /* not JSON; see json_reader_error(); comes again on every further call */
    JSON_END,   /* the value is complete and nothing but white space follows */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_NAME, /* of a member; `text`, `escaped` as for a string */
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};

struct json_reader {
    const char *begin, *p, *end;
    const char *token;   /* first byte of the last token */
    struct view text;    /* NAME, STRING: the bytes between the quotes; NUMBER: the literal */
    bool escaped;        /* NAME, STRING: `text` has escapes, see json_unescape() */
    const char *problem; /* what is wrong, when JSON_ERROR */
    unsigned depth;
    unsigned char state;
    unsigned char stack[JSON_DEPTH_MAX]; /* JSON_OBJECT or JSON_ARRAY per level */
};

/* Borrows `text`. */
void json_reader_init(struct json_reader *reader, struct view text);

enum json_token json_next(struct json_reader *reader);

/* After OBJECT, ARRAY or any scalar: moves to the end of that value and returns its span in the
 * input; the next token is the one behind it. On malformed input the span is empty and the reader
 * at JSON_ERROR. */
struct view json_span(struct json_reader *reader);

/* After NAME or STRING: whether the text, unescaped, equals `literal`. */
bool json_text_is(const struct json_reader *reader, const char *literal);

/* After JSON_ERROR: fills `err` (ERROR_INPUT) with "<problem> at byte <n>", the first byte being 1;
 * returns -1. */
int json_reader_error(const struct json_reader *reader, struct error *err);

#endif
