/* One change of one item, decoded: what all formats are turned into and all sinks take. */
#ifndef LORRY_CDC_CHANGE_H
#define LORRY_CDC_CHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

enum change_operation { CHANGE_INSERT, CHANGE_MODIFY, CHANGE_REMOVE };

/* Sequence numbers are compared as numbers: kept zero-padded to this many digits. */
#define SEQUENCE_DIGITS 64

/* DynamoDB keys have one part or two [DDG "Core components"]. */
#define KEY_PARTS_MAX 2

struct key_part {
    struct view name; /* plain text, unescaped */
    char type;        /* 'S', 'N' or 'B' */
    struct view
        text; /* S: the text, unescaped; B: base64; N: the canonical decimal (json/number.h) */
};

struct key {
    struct key_part parts[KEY_PARTS_MAX]; /* sorted by name */
    size_t count;
    struct view json; /* {"name":value,...}, compact, canonical escapes, N as a canonical number:
                         equal keys have equal bytes */
};

/* One attribute of the new image, without those of the key. */
struct attribute {
    struct view name;  /* plain text, unescaped */
    struct view label; /* the same as a JSON string, quotes included, canonical */
    struct view plain; /* the value as plain JSON, every number written as a double */
    struct view exact; /* what has to be laid over `plain` (json/overlay.h) for the numbers that a
                          double does not hold: their digits, as text; empty if there are none */
};

struct change {
    enum change_operation operation;
    int64_t version; /* ApproximateCreationDateTime in microseconds since 1970 */
    char sequence[SEQUENCE_DIGITS +
                  1]; /* orders changes of equal time; zero-padded decimal, NUL-terminated */
    struct key key;
    struct attribute *attributes; /* INSERT, MODIFY; in the order of the image */
    size_t attribute_count;
    struct view attributes_json; /* {"a":..,"b":..} of all `plain`s, ready to be used where no
                                    attribute has to move */
    struct view table;           /* name of the source table; empty if the record does not say */
    struct view event_id;        /* equal for the same change delivered twice; may be empty */
    size_t position;             /* of its record in the batch */
};

/* The total order of a key's changes: by version, then sequence. <0, 0, >0. */
int change_compare(const struct change *a, const struct change *b);

/* `digits` (decimal, at most SEQUENCE_DIGITS after leading zeros) zero-padded into `out`; -1 if it
 * is not that. */
int change_set_sequence(struct view digits, char out[SEQUENCE_DIGITS + 1]);

#endif
