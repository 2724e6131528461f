/* The types of the paths in `data`, as the server has them, and whether a value fits: so that what
 * the server would refuse, or silently change (2.5 into BIGINT is stored as 2 [FACTS 4 "Silent
 * changes of value"]), goes to `aux` before it is sent. Private to the CrateDB sink. */
#ifndef LORRY_SINK_CRATE_TYPES_H
#define LORRY_SINK_CRATE_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/view.h"
#include "cdc/change.h"

enum crate_kind {
    KIND_NONE, /* not there; or nothing but null and [] was seen so far */
    KIND_TEXT,
    KIND_BOOLEAN,
    KIND_DOUBLE,
    KIND_REAL,
    KIND_BIGINT,
    KIND_INTEGER,
    KIND_SMALLINT,
    KIND_NUMERIC,
    KIND_OBJECT,
    KIND_OTHER, /* timestamps, ip, geo_point, ...: nothing of an item is put there */
};

enum crate_policy { POLICY_DYNAMIC, POLICY_STRICT, POLICY_IGNORED };

struct crate_type {
    struct map children;         /* of objects: name -> struct crate_type */
    struct view name;            /* among its siblings */
    struct crate_type *last;     /* child looked up last... */
    struct crate_type *follower; /* ...and the sibling that was looked up after this one */
    struct crate_type *next;     /* of all, for releasing */
    enum crate_kind kind;        /* of arrays: of the elements */
    enum crate_policy policy;
    unsigned char arrays; /* how many times _array */
    unsigned short depth; /* names below the column; 0: the column itself */
    bool known;           /* the server said so; else: it will, after what was planned */
};

struct crate_types {
    struct arena arena;
    struct crate_type *all;
    struct crate_type *root;      /* `data` */
    size_t columns;               /* of the whole table, with those planned */
    size_t columns_max;           /* what the server allows */
    unsigned depth_max;           /* of names below the column */
    struct crate_change *undo;    /* private to crate_fit() */
    size_t undo_count, undo_size; /* */
};

/* Forgets everything: an empty, dynamic `data`. */
void crate_types_init(struct crate_types *types);

/* Safe on a zeroed one. */
void crate_types_release(struct crate_types *types);

/* What the catalogue's data_type means ("double precision", "text_array", "undefined"). */
void crate_type_parse(struct view name, enum crate_kind *kind, unsigned char *arrays);

/* The name of a kind as SQL has it; constant. */
const char *crate_kind_name(enum crate_kind kind);

/* Adds what the catalogue says about the path below `data` (`count` names; 0: `data` itself). */
void crate_types_add(struct crate_types *types, const struct view *path, size_t count,
                     enum crate_kind kind, unsigned char arrays, enum crate_policy policy);

/* The type at the name below `data`, or NULL. */
const struct crate_type *crate_types_find(const struct crate_types *types, struct view name);

enum crate_fitting {
    FITS_NOT,
    FITS_IF_NEW, /* if nobody else gives one of its new paths a type first */
    FITS,        /* whatever others do: a type never changes */
};

/* Whether the attribute's plain value can stand in `data` unchanged. If so, paths that are new get
 * the types that the server will give them, so that conflicts between the rows of one call are
 * seen, too. `known_only`: a value with any new path does not fit; a null makes no path. */
enum crate_fitting crate_fit(struct crate_types *types, const struct attribute *attribute,
                             bool known_only);

/* Whether the number, sent as the double that attributes are sent as, stands in a column of this
 * kind without a change of its value, and without being refused for its range. */
bool crate_number_fits(struct view number, enum crate_kind kind);

/* The same for a number sent digit by digit, as keys are, and integer kinds. */
bool crate_integer_fits(struct view number, enum crate_kind kind);

#endif
