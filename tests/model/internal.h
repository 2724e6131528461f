/* What the files of the model share, and nobody else includes. */
#ifndef LORRY_TESTS_MODEL_INTERNAL_H
#define LORRY_TESTS_MODEL_INTERNAL_H

#include <pthread.h>

#include "base/arena.h"
#include "model/cratedb_model.h"
#include "model/sql.h"
#include "model/table.h"

struct user {
    char *name;
    char *password;
    bool super; /* needs no grants */
};

struct grant {
    char *user;
    char *privilege; /* dql, dml, ddl */
    char *schema;
    char *table; /* NULL: all of the schema */
};

struct cratedb_model {
    pthread_mutex_t lock;
    struct table **tables; /* views among them */
    size_t table_count;
    struct user *users;
    size_t user_count;
    struct grant *grants;
    size_t grant_count;
    bool password_wanted; /* no trust for user crate */
    size_t shards;
    uint64_t requests;
    const char *version;
};

/* Whether the server is older than that: 602 is 6.2. */
bool model_is_before(const struct cratedb_model *model, int version);

/* One statement and what it is answered with. */
struct call {
    struct cratedb_model *model;
    struct view user;
    struct view schema; /* of names without one */
    struct arena *arena;
    struct sql sql;
    struct datum *literals;
    struct datum *args; /* array, or NULL */
    struct datum *bulk; /* array of arrays, or NULL */
    uint64_t request;
    struct datum *answer; /* object; cols, rows, rowcount or results are set by the statement */
};

/* Where an expression takes its columns from. */
struct scope {
    const struct row *row;
    const struct doc *doc;
    const struct doc *excluded;
    struct datum *record; /* a row of information_schema: an object */
    struct datum *params;
    struct view user;
    const char *version; /* of the server; where version() can stand */
};

/* What a condition says about the primary key. */
struct lookup {
    struct datum *key[PRIMARY_KEY_MAX];
    struct datum *seq_no;
    struct datum *primary_term;
    bool other; /* it says more than that */
};

/* Expressions. expr_bind() finds the columns (4043 if unknown; `table` NULL: a catalogue);
 * expr_eval() gives an owned value, or NULL and an error. */
struct expr *call_expr(struct call *call, struct error *err);
int expr_bind(struct expr *expr, const struct table *table, struct error *err);
struct datum *expr_eval(const struct expr *expr, const struct scope *scope, struct error *err);
/* 1: true, 0: false or null, -1: error. A missing condition is true. */
int expr_holds(const struct expr *condition, const struct scope *scope, struct error *err);
/* Takes the key apart that a condition demands; complete only if it names all of it. */
int lookup_read(struct lookup *lookup, const struct expr *condition, const struct scope *scope,
                struct error *err);
bool lookup_complete(const struct lookup *lookup, const struct table *table);
void lookup_release(struct lookup *lookup);

/* Tables. Errors of find: 4041, 4045. */
struct table *model_find(struct cratedb_model *model, struct view schema, struct view name);
struct table *call_table(struct call *call, bool write, const char *operation, struct error *err);
void model_add(struct cratedb_model *model, struct table *table);
void model_drop(struct cratedb_model *model, struct table *table);
/* Error 4011 if the user lacks the privilege ("dql", "dml", "ddl"; NULL: any), 4045 if he has none
 * there at all. */
int call_demand(const struct call *call, const char *privilege, struct view schema,
                const struct table *table, struct error *err);

/* Users. login: false, and the plain text of a 401, unless the header (may be empty) lets in. */
struct user *model_add_user(struct cratedb_model *model, struct view name, struct view password);
bool model_login(const struct cratedb_model *model, struct view authorization, struct arena *arena,
                 struct view *name, struct buf *answer);
void model_release_users(struct cratedb_model *model);

/* Writing rows. `fresh` says what the request has added so far, by top-level column and shard:
 * where that is set, the server loses the object of a row that it updates afterwards. */
struct writing {
    struct call *call;
    struct table *table;
    bool *fresh; /* [column * SHARDS_MAX + shard] */
    size_t errors[SHARDS_MAX];
};
struct update {
    struct expr *target;
    struct expr *value;
};
void writing_init(struct writing *w, struct call *call, struct table *table);
/* Takes the keys of the values (cast already) into the table, and gives them the types of these.
 * `own` (by top-level column) is set where this row brought something new. */
int writing_grow(struct writing *w, struct datum **values, bool *own, struct error *err);
/* Whether a row may be stored: NOT NULL, sizes, ranges. */
int writing_check(const struct writing *w, struct datum *const *values, struct error *err);
void writing_note(struct writing *w, size_t shard, const bool *own);
bool writing_is_fresh(const struct writing *w, size_t shard, size_t column);
/* Adds the result of a failed row; only the first 10 of a shard say why. */
void writing_refuse(struct writing *w, size_t shard, struct datum *results,
                    const struct error *err);
/* The list behind SET, bound to the table. The count, or -1. */
ssize_t read_updates(struct call *call, const struct table *table, struct update *updates,
                     size_t max, struct error *err);
/* The value of SET: put into a copy of the old one where the target is data['x']. */
struct datum *updated_value(const struct update *update, const struct scope *scope,
                            struct error *err);
struct datum **copy_values(const struct table *table, const struct doc *doc);
void free_values(struct datum **values, size_t count);

/* Answers. */
void answer_count(struct call *call, int64_t rowcount);
struct datum *result_count(int64_t rowcount);

/* Statements: 0, or -1 and an error with the server's code. The first words are behind them. */
int run_create_table(struct call *call, struct error *err);
int run_create_view(struct call *call, bool replace, struct error *err);
int run_create_user(struct call *call, struct error *err);
int run_alter_user(struct call *call, struct error *err);
int run_grant(struct call *call, struct error *err);
int run_drop(struct call *call, bool view, struct error *err);
int run_alter_table(struct call *call, struct error *err);
int run_refresh(struct call *call, struct error *err);
int run_insert(struct call *call, struct error *err);
int run_update(struct call *call, struct error *err);
int run_delete(struct call *call, struct error *err);
int run_select(struct call *call, struct error *err);

/* The rows of a table of information_schema or sys, as objects; NULL if there is no such table. */
struct datum *catalogue_rows(struct call *call, struct view schema, struct view name);

#endif
