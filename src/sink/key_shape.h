/* What the keys of a table look like: names and types. One source table per sink table (DESIGN 5),
 * so that a key of another shape is foreign. */
#ifndef LORRY_SINK_KEY_SHAPE_H
#define LORRY_SINK_KEY_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "cdc/change.h"

/* Type of a key part known only to be text: 'S' or 'B', which JSON does not tell apart. */
#define KEY_TEXT 'T'

struct key_shape_part {
    struct view name; /* owned */
    char type;        /* 'S', 'N', 'B' or KEY_TEXT */
};

struct key_shape {
    struct key_shape_part parts[KEY_PARTS_MAX]; /* sorted by name */
    size_t count;                               /* 0: not known */
};

/* Frees what it holds and makes it unknown. Safe on a zeroed one. */
void key_shape_release(struct key_shape *shape);

/* Replaces the shape by that of a key. */
void key_shape_set(struct key_shape *shape, const struct key *key);

/* Replaces the shape by that of a key in JSON ({"device":"x","n":1}), as a table holds it. -1, and
 * the shape untouched, if it is not an object of one or two strings and numbers. */
int key_shape_set_json(struct key_shape *shape, struct view json);

/* Appends the shape as people and programs read it, JSON: {"device":"S","n":"N"}, sorted by name; a
 * type not known for sure is "S or B". Nothing if the shape is not known. */
void key_shape_write(const struct key_shape *shape, struct buf *out);

/* The other way round, as strict as it gets: an object of one or two names, each with "S", "N" or
 * "B". -1, and the shape untouched, if it is not that. */
int key_shape_read(struct key_shape *shape, struct view json);

/* Whether both have the same names and types; KEY_TEXT equals 'S' and 'B'. */
bool key_shape_agrees(const struct key_shape *a, const struct key_shape *b);

/* Whether the key has this shape (which is known). If not, `reason` says how it differs, cut to
 * `size` (0: nobody asks). */
bool key_shape_fits(const struct key_shape *shape, const struct key *key, char *reason,
                    size_t size);

/* Appends to `out` the key that is found among the members of the JSON object `item`, in the
 * canonical form of key->json. -1 if it is not there whole; `out` holds anything then. */
int key_shape_extract(const struct key_shape *shape, struct view item, struct buf *out);

#endif
