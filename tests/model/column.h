/* The columns of a table of the model, as a tree: types, what a value becomes in a column, and what
 * new keys do to an OBJECT(DYNAMIC). The measured behaviour is that of the recordings in
 * cratedb-wire, 0200 to 0469 above all. */
#ifndef LORRY_TESTS_MODEL_COLUMN_H
#define LORRY_TESTS_MODEL_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/view.h"
#include "model/datum.h"

enum base_type {
    TYPE_UNDEFINED, /* of an empty array, or one of nulls */
    TYPE_TEXT,
    TYPE_BIGINT,
    TYPE_DOUBLE,
    TYPE_BOOLEAN,
    TYPE_NUMERIC,
    TYPE_TIMESTAMP,
    TYPE_OBJECT,
};

enum policy { POLICY_STRICT, POLICY_DYNAMIC, POLICY_IGNORED };

struct type {
    enum base_type base;
    unsigned dims; /* of arrays around it */
    int precision; /* of NUMERIC */
    int scale;
};

struct column {
    struct view name; /* owned */
    struct type type;
    enum policy policy; /* of an object */
    struct column *parent;
    struct map children; /* name -> struct column *, in order of creation */
    int oid;             /* position in the table, from 1 */
    uint64_t born;       /* the request that added it or gave it its type */
    size_t top;          /* index of the top-level column it belongs to */
    bool primary_key;
    size_t key_at; /* its place in the primary key */
    bool not_null;
    bool index_off;
    bool columnstore_off;
    bool without_time_zone;
    struct view default_value; /* owned source text; empty without one */
    struct view generated;
};

struct column *column_new(struct column *parent, struct view name, struct type type);
void column_free(struct column *column);
struct column *column_child(const struct column *column, struct view name);
size_t column_child_count(const struct column *column);
struct column *column_child_at(const struct column *column, size_t index);

/* Levels below the top-level column. */
size_t column_depth(const struct column *column);

/* pk['device'] */
void column_path(struct buf *out, const struct column *column);

/* "bigint_array", "timestamp with time zone"; with `precise`, "numeric(38,0)". */
void column_type_name(struct buf *out, const struct column *column, bool precise);

/* What `value` becomes when it is sent for a column that is known: silent conversions included.
 * NULL and 4000 when there is none. Keys of objects that are not known stay as they are. */
struct datum *column_cast(const struct column *column, struct datum *value, struct error *err);

/* The same for columns that the very request (`request`) has added: only numbers give way to each
 * other. */
struct datum *column_conform(const struct column *column, struct datum *value, uint64_t request,
                             struct error *err);

/* Whether the bytes fit: the range of BIGINT, the length of indexed texts, integers beyond 64 bits
 * in OBJECT(IGNORED). Called when a row is stored. */
int column_check(const struct column *column, const struct datum *value, struct error *err);

/* Gives the value of an expression a type by name (?::BIGINT). Error 4000. */
struct datum *cast_to_named(struct view type, struct datum *value, struct error *err);

/* Types by name; false if there is no such type. */
bool type_by_name(struct view name, struct type *type);

#endif
