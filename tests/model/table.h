/* A table of the model: columns, and rows in shards. A row has two states, the newest one, which a
 * look-up by primary key sees, and the one of the last refresh, which everything else sees. */
#ifndef LORRY_TESTS_MODEL_TABLE_H
#define LORRY_TESTS_MODEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "model/column.h"

#define PRIMARY_KEY_MAX 8
#define SHARDS_MAX 64

/* One state of a row; shared between "newest" and "as of the refresh", never changed. */
struct doc {
    unsigned refs;
    struct datum **values; /* by top-level column; those added later are missing */
    size_t count;
    int64_t seq_no;
    int64_t version;
};

struct row {
    struct view id; /* owned */
    size_t shard;
    struct doc *live; /* NULL: deleted */
    struct doc *seen; /* NULL: not there as of the last refresh */
    bool dirty;
};

struct table {
    char *schema;
    char *name;
    char *view_source;  /* of a view: its SELECT; else NULL */
    char *view_schema;  /* that of names in it without one */
    struct column root; /* its children are the columns */
    struct column *key[PRIMARY_KEY_MAX];
    size_t key_count;
    int last_oid;
    size_t columns_max;
    size_t shard_count;
    int64_t next_seq_no[SHARDS_MAX];
    struct map rows; /* id -> struct row *, deleted ones included */
    struct row **dirty;
    size_t dirty_count;
    uint64_t next_id; /* of rows without a key */
    bool write_blocked;
    bool read_only;
    bool closed;
};

struct table *table_new(struct view schema, struct view name);
void table_free(struct table *table);

/* The columns of the tree in order of their oids; the caller frees the array. */
struct column **table_columns(const struct table *table, size_t *count);

/* Gives the column (and those below) its place in the table, as ALTER TABLE does. */
void table_adopt(struct table *table, struct column *column, uint64_t request);

/* The value under a path of names in a top-level value; NULL if there is none. */
struct datum *datum_at(struct datum *value, const struct view *path, size_t len);

/* The value of a column in a document, null if missing: borrowed, or NULL. */
struct datum *doc_get(const struct doc *doc, const struct column *column);

/* The id of a row with these values (one per column of the key, cast already). */
struct view table_id(struct table *table, struct datum *const *key, struct arena *arena);

/* The row with this id, made without any document if there is none. */
struct row *table_row(struct table *table, struct view id);
struct row *table_find_row(const struct table *table, struct view id);

/* A document for `row`, numbered, from values that are taken over. */
struct doc *doc_new(struct table *table, const struct row *row, struct datum **values);

/* Makes `doc` (taken over; NULL: deletes) the newest state. */
void table_store(struct table *table, struct row *row, struct doc *doc);

/* Makes all that was stored visible. */
void table_refresh(struct table *table);

/* Where the server puts a row: murmur3 of the id, as Elasticsearch routes. */
size_t shard_of(struct view id, size_t shards);

#endif
