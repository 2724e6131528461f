/* JSON values for the model of the server: counted references, never changed once they are shared.
 * Integers and reals stay apart, as the server keeps them apart, and an integer beyond 64 bits
 * keeps its digits. Nothing of src/json is used: the model has to be independent of what it
 * judges. */
#ifndef LORRY_TESTS_MODEL_DATUM_H
#define LORRY_TESTS_MODEL_DATUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

enum datum_kind {
    DATUM_NULL,
    DATUM_BOOL,
    DATUM_INT,
    DATUM_BIG,     /* an integer outside 64 bits; `text` has its digits */
    DATUM_REAL,    /* may be infinite */
    DATUM_DECIMAL, /* what a NUMERIC column holds; `text` is how it is written */
    DATUM_TEXT,    /* may hold NUL bytes, and surrogates in three bytes each */
    DATUM_ARRAY,
    DATUM_OBJECT,
};

struct datum {
    unsigned refs;
    enum datum_kind kind;
    bool boolean;
    int64_t integer;
    double real;
    struct view text;     /* owned */
    struct datum **items; /* of an array, or the values of an object */
    struct datum **keys;  /* of an object: texts */
    size_t count;
    size_t size;
};

/* All of these return a reference that the caller owns. */
struct datum *datum_null(void);
struct datum *datum_bool(bool boolean);
struct datum *datum_int(int64_t integer);
struct datum *datum_real(double real);
struct datum *datum_text(struct view text);
struct datum *datum_str(const char *text);
struct datum *datum_number_text(enum datum_kind kind, struct view digits);
struct datum *datum_array(void);
struct datum *datum_object(void);
struct datum *datum_ref(struct datum *value);

/* Gives a reference back. NULL is allowed. */
void datum_free(struct datum *value);
static inline void datum_free_pointer(struct datum **address)
{
    datum_free(*address);
}
#define cleanup_datum __attribute__((cleanup(datum_free_pointer)))

/* Both take over the reference to `item`. Setting a key that is there replaces its value. */
void datum_add(struct datum *array, struct datum *item);
void datum_set(struct datum *object, struct view key, struct datum *item);
void datum_set_str(struct datum *object, const char *key, struct datum *item);

/* A borrowed reference; NULL if there is none, or `object` is no object. */
struct datum *datum_get(const struct datum *object, struct view key);
struct datum *datum_get_str(const struct datum *object, const char *key);

static inline bool datum_is_null(const struct datum *value)
{
    return !value || value->kind == DATUM_NULL;
}

static inline bool datum_is_number(const struct datum *value)
{
    return value->kind == DATUM_INT || value->kind == DATUM_BIG || value->kind == DATUM_REAL ||
           value->kind == DATUM_DECIMAL;
}

double datum_to_double(const struct datum *number);

/* Orders two numbers, texts or booleans; false if they cannot be compared. */
bool datum_order(const struct datum *a, const struct datum *b, int *order);

/* Equal as the answers of the server are compared: numbers by value, members in any order. */
bool datum_equal(const struct datum *a, const struct datum *b);

/* Parses one JSON text as the server does: at most 1,000 levels, no duplicate keys, valid UTF-8.
 * Error: ERROR_INPUT, with no detail. */
struct datum *datum_parse(struct view json, struct error *err);

/* As JSON, the way the server writes it: 7.0, 1.0E21, "Infinity". */
void datum_write(struct buf *out, const struct datum *value);

/* As the server's messages show it: {a=x}, [1, 2], text without quotes. */
void datum_show(struct buf *out, const struct datum *value);

#endif
