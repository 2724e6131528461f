/* DynamoDB's typed JSON to plain JSON, one value at a time: the innermost loop of the program.
 * Private to cdc/. [DynamoDB API Reference, "AttributeValue"] */
#ifndef LORRY_CDC_VALUE_H
#define LORRY_CDC_VALUE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cdc/cursor.h"

/* Output space that the caller reserved; value_write() fails rather than exceed it. */
struct value_out {
    char *p;
    char *end;
    const char
        *problem; /* why it failed, constant; NULL if the input simply is not well-formed JSON */
    struct arena *scratch; /* not the arena that the space is reserved in */
    bool inexact; /* set (never cleared) if a number was written whose value a double does not hold
                   */
};

/* Space that is always enough for the plain form of a typed value, or of an object of them, of
 * `len` bytes: numbers may grow
 * ("1e14" to "100000000000000.0"), nothing else does. */
#define VALUE_OUT_MAX(len) (4 * (len) + 512)

/* {"N":"5"} -> 5.0; {"M":{"a":{"S":"x"}}} -> {"a":"x"}; sets become arrays, B stays base64 text.
 * `depth`: how deep it may still nest. The cursor stands before the value. False: cursor at NULL.
 */
bool value_write(struct cursor *in, struct value_out *out, unsigned depth);

/* Writes the name of a member with its quotes in canonical form, so that equal names have equal
 * bytes. Returns what stands between the quotes, in the output. `flags` as json_scan_string() set
 * them. */
struct view value_write_name(struct value_out *out, struct view name, unsigned flags);

/* What must be laid over the plain form (json/overlay.h): the same shape with only those numbers
 * that a double does not hold, as text, digit by digit. `typed` is a value that value_write()
 * accepted. Appends nothing if there are none. */
void value_write_exact(struct view typed, struct buf *out);

/* Splits a typed value into its type ("S", "NULL", ...) and the JSON inside. False: it is none. */
bool value_split(struct cursor *in, struct view *type, struct view *inside);

#endif
