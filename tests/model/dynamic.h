/* What a row does to the columns of its table: keys that an OBJECT(DYNAMIC) has not seen become
 * columns, with the type of their first value. */
#ifndef LORRY_TESTS_MODEL_DYNAMIC_H
#define LORRY_TESTS_MODEL_DYNAMIC_H

#include "model/column.h"

struct new_column {
    struct column *parent; /* a column of the table */
    struct column *column; /* not linked to it yet; NULL for an upgrade */
    struct column *upgraded;
    struct type type; /* of the upgrade */
};

/* The columns that a row would add. Zeroed at first. */
struct growth {
    struct new_column *items;
    size_t count;
    size_t columns; /* with those below the new ones */
    size_t depth;   /* of the deepest */
};

/* Adds to `growth` what `value` brings that the object `column` does not have. Errors: names
 * (4008), values without a type (4000, 5000), a key for a strict object (4000). */
int growth_collect(struct growth *growth, struct column *column, const struct datum *value,
                   struct error *err);

/* Makes them columns of the table, born in `request`; oids go on from `*last_oid`. */
void growth_commit(struct growth *growth, uint64_t request, int *last_oid);

/* Forgets (and frees) what was not committed. */
void growth_release(struct growth *growth);

/* Error 4008 if a new key must not have this name. */
int check_key_name(struct view name, struct error *err);

#endif
