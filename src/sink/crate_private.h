/* The CrateDB sink, as its files share it:
 *
 *     crate.c         the driver: open, begin, close
 *     crate_http.c    statement -> request -> answer
 *     crate_error.c   codes and messages
 *     crate_answer.c  reading answers
 *     crate_layout.c  what the table looks like, from the catalogue
 *     crate_sql.c     the statements that a layout needs
 *     crate_ddl.c     making and changing tables
 *     crate_types.c   the types of the paths in `data`
 *     crate_rows.c    changes -> parameters of statements
 *     crate_bulk.c    chunks of rows, several requests at once
 *     crate_load.c    rows on their way: filling chunks, reading results
 *     crate_write.c   the two-step write, and what follows a refusal
 *     crate_remove.c  rows of layouts without tombstones
 *     crate_dead.c    dead letters, kept
 *     crate_letters.c dead letters, listed and deleted
 *     crate_guard.c   versions and keys
 *     crate_purge.c   tombstones
 *     crate_table.c   create, show, upgrade, drop, query
 */
#ifndef LORRY_SINK_CRATE_PRIVATE_H
#define LORRY_SINK_CRATE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"
#include "sink/crate_http.h"
#include "sink/crate_types.h"
#include "sink/sink.h"

enum crate_layout_kind {
    CRATE_MISSING,
    CRATE_LORRY,       /* pk, data, aux, version, sequence, deleted */
    CRATE_LORRYSTREAM, /* pk, data, aux [FACTS 4 "Table layouts in use"] */
    CRATE_DOCUMENT,    /* data, without a key */
    CRATE_FOREIGN,     /* anything else; `problem` says why */
};

struct crate_result;

struct crate_key_column {
    struct view name; /* owned by the layout's arena */
    enum crate_kind kind;
    char type; /* 'S', 'N' or 'B' as in the first change seen: columns do not tell; 0: none yet */
};

struct crate_layout {
    struct arena arena;
    enum crate_layout_kind kind;
    struct crate_key_column key[KEY_PARTS_MAX]; /* sorted by name */
    size_t key_count;
    bool has_version, has_sequence, has_deleted; /* as columns of the right type */
    bool has_view, has_dead;                     /* <table>_live, <table>_dead_letters */
    struct crate_types types;
    struct buf columns; /* one "name type" a line */
    struct buf problem; /* of FOREIGN */

    /* Statements that this layout needs; empty where it needs none. */
    struct buf insert, upsert, remove;
};

struct crate {
    struct sink sink;
    struct crate_http http;
    struct table_name table; /* owned; the schema is always set */
    const struct column_types *column_types;
    struct clock *clock;
    bool create_table;

    struct crate_layout layout;
    bool looked;       /* `layout` is that of the server... */
    int64_t looked_ms; /* ...as of then (steady) */
    bool view_tried, dead_ready, told_keyless;
    size_t chunk_bytes;   /* bound of a body; shrinks after a 413 */
    struct arena scratch; /* of one call of the vtable */
};

/* ---- crate_layout.c ---- */

void crate_layout_release(struct crate_layout *layout);

/* Asks the catalogue, whatever is known already. */
int crate_look(struct crate *crate, int64_t deadline, struct error *err);

/* -1 and `err` unless rows can be written into the table. */
int crate_check_layout(const struct crate *crate, struct error *err);

/* "lorry", "lorrystream", "document", "foreign"; "" if there is no table. */
const char *crate_layout_name(const struct crate_layout *layout);

/* ---- crate_sql.c ---- */

/* Appends "pk"['device']. */
void crate_append_member(struct buf *out, const char *column, struct view name);

/* Writes the statements that the layout needs. */
void crate_make_statements(struct crate *crate, struct crate_layout *layout);

/* For a table without a key: the key of the changes, from the first that is seen... */
void crate_learn_key(struct crate *crate, const struct key *key);

/* ...its types, those of `data` where it has such columns... */
void crate_resolve_key(struct crate_layout *layout);

/* ...and whether the server knows all of its columns, so that they can stand in a condition. */
bool crate_key_is_known(const struct crate_layout *layout);

/* ---- crate_ddl.c ---- */

/* Runs a statement without parameters. */
int crate_run(struct crate *crate, struct view statement, int64_t deadline, struct error *err);

/* Runs "<verb> <table><suffix>", as in REFRESH TABLE "doc"."t_live". */
int crate_run_on_table(struct crate *crate, const char *verb, const char *suffix, int64_t deadline,
                       struct error *err);

/* Each is fine with what is there already. */
int crate_create_main(struct crate *crate, const struct key *key, int64_t deadline,
                      struct error *err);
int crate_create_view(struct crate *crate, int64_t deadline, struct error *err);
int crate_create_dead(struct crate *crate, int64_t deadline, struct error *err);
int crate_add_columns(struct crate *crate, int64_t deadline, struct error *err);

/* ---- crate_rows.c ---- */

/* How far the attributes of a row are pushed towards `aux`. */
enum crate_plan {
    PLAN_TYPED, /* what is known not to fit */
    PLAN_AGAIN, /* the same, on types just looked up */
    PLAN_KNOWN, /* whatever has a path that the server does not know */
    PLAN_AUX,   /* everything */
};
#define CRATE_PLANS 4

/* Whether the table's key columns hold this key exactly. If not, `reason` (REASON_MAX) says why.
 * In a table without a key every key of exact numbers will do. */
bool crate_key_fits(const struct crate_layout *layout, const struct key *key, char *reason);

/* Notes the types of a key that fits, where none are known: those of another type do not fit from
 * then on, since TEXT would hold both, and their rows would be the same. */
void crate_note_key_types(struct crate_layout *layout, const struct key *key);

/* A value that is sent before the server has told the types of all its paths: what it becomes
 * depends on whose value is the first. */
struct crate_claim {
    const struct attribute *attribute; /* NULL: the key, of a table that has none */
    struct crate_claim *next;
};

/* One row on its way. */
struct crate_sending {
    enum crate_plan plan;
    struct arena *arena;        /* of the claims */
    struct crate_claim *claims; /* out; NULL: none */
    char *reason;               /* out, where the row has no place; REASON_MAX */
};

/* Whether a table without a key, and thus without `aux`, can hold the item. If not, the reason says
 * which attribute it is. */
bool crate_document_fits(struct crate_layout *layout, const struct change *change,
                         struct crate_sending *sending);

/* Appends the parameters of one row for layout->insert and ->upsert: "[...]". False, with a reason
 * and nothing that counts appended, if the layout has no place for one of its values. */
bool crate_append_row(struct crate_layout *layout, const struct change *change,
                      struct crate_sending *sending, struct buf *out);

/* Whether the attributes stand in the table as they were sent, by the types in `layout`, looked up
 * since: a type never changes, so that it is what the row met. */
bool crate_claims_hold(struct crate_layout *layout, const struct crate_claim *claims);

/* Appends the parameters of one row for layout->remove: the parts of the key. */
void crate_append_key(const struct crate_layout *layout, const struct key *key, struct buf *out);

/* ---- crate_bulk.c ---- */

/* Rows of one statement, and one request. */
struct crate_chunk {
    struct buf body;
    struct crate_call call;
};

struct crate_bulk {
    struct view statement;
    size_t count;
    size_t rows_max; /* in one request; 0: as many as are worth it */
    /* Appends the parameters of row `i`: "[...]". */
    void (*append)(void *user, size_t i, struct buf *out);
    /* Takes what became of row `i`; -1 and `err` if that is not acceptable. */
    int (*take)(void *user, size_t i, const struct crate_result *result, struct error *err);
    void *user;
};

/* How many rows go into a chunk, when `count` of them are to be written: even shares. */
size_t crate_chunk_rows(size_t count);

/* Sends rows in chunks, several at once; anything but success of a call is an error, 413 apart:
 * then chunks get smaller. */
int crate_run_bulk(struct crate *crate, const struct crate_bulk *bulk, int64_t deadline,
                   struct error *err);

void crate_chunk_begin(struct crate_chunk *chunk, struct view statement);
void crate_chunk_end(struct crate_chunk *chunk, struct view statement);
void crate_chunk_release(struct crate_chunk *chunk);

/* Performs the calls of up to CRATE_CONNECTIONS chunks. */
void crate_perform_chunks(struct crate *crate, struct crate_chunk *chunks, size_t count,
                          int64_t deadline);

/* ---- crate_remove.c ---- */

/* Some of the rows of a write, by their numbers. */
struct crate_selection {
    struct sink_row *rows;
    const size_t *numbers;
    size_t count;
};

/* Deletes the rows with these keys; those of changes that remove become ROW_WRITTEN. A table
 * without a key makes room for new rows this way, too. */
int crate_remove_rows(struct crate *crate, const struct crate_selection *selection,
                      int64_t deadline, struct error *err);

/* ---- vtable ---- */

int crate_write(struct sink *sink, struct sink_row *rows, size_t count, int64_t deadline,
                struct error *err);
int crate_keep_dead(struct sink *sink, const struct dead_letter *letters, size_t count,
                    int64_t deadline, struct error *err);
int crate_make_sure_of_dead(struct crate *crate, int64_t deadline, struct error *err);
int crate_list_dead(struct sink *sink, const struct dead_letter *after, size_t max,
                    int64_t deadline, struct dead_page *page, struct error *err);
int crate_delete_dead(struct sink *sink, const struct kept_letter *letters, size_t count,
                      int64_t deadline, struct error *err);
int crate_guard(struct sink *sink, int64_t deadline, struct guard_info *info, struct error *err);
int crate_find_versions(struct sink *sink, const struct key *const *keys, size_t count,
                        int64_t deadline, int64_t *versions, struct error *err);
int crate_purge(struct sink *sink, int64_t before, int64_t deadline, size_t *purged,
                struct error *err);
int crate_create(struct sink *sink, const struct key *key, struct error *err);
int crate_show(struct sink *sink, struct table_info *info, struct error *err);
int crate_upgrade(struct sink *sink, const struct key *key, bool replace_empty, struct error *err);
int crate_drop(struct sink *sink, bool dead_letters, struct error *err);
int crate_query(struct sink *sink, struct view statement, struct query_result *result,
                struct error *err);

#endif
