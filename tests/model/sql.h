/* The shapes of the statements that lorry sends, and of those in the recordings: words are matched
 * one after the other, and the few expressions that occur (guards, conditions, casts) are kept as
 * trees. It is not a grammar of SQL: what has another shape is an unknown statement. */
#ifndef LORRY_TESTS_MODEL_SQL_H
#define LORRY_TESTS_MODEL_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"
#include "model/datum.h"

enum token_kind {
    TOKEN_WORD,
    TOKEN_QUOTED,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_PARAM,
    TOKEN_SIGN,
    TOKEN_END
};

struct token {
    enum token_kind kind;
    struct view text; /* words in lower case, quotes undone */
    size_t param;     /* TOKEN_PARAM: 0 is the first */
    size_t begin;     /* where it begins in the statement */
    size_t end;
};

struct sql {
    struct view statement;
    struct token *tokens; /* the last one is TOKEN_END */
    size_t at;
    size_t params;       /* how many parameters the statement needs */
    struct arena *arena; /* owns all that is made from it, expressions included */
};

/* Splits a statement; a trailing semicolon is dropped. Error: 4000, an open quote or a stray byte.
 */
int sql_init(struct sql *sql, struct view statement, struct arena *arena, struct error *err);

/* Goes past the words and signs (separated by spaces) if they come next, all of them. */
bool sql_skip(struct sql *sql, const char *words);
bool sql_at_end(const struct sql *sql);

/* Takes an identifier, quoted or not. */
bool sql_name(struct sql *sql, struct view *name);

/* Takes a whole number. */
bool sql_number(struct sql *sql, size_t *number);

/* Takes `name` or `schema.name`; `schema` stays as it is without one. */
bool sql_table(struct sql *sql, struct view *schema, struct view *table);

/* The answer to every statement that has none of the shapes: 4000. Returns -1. */
int sql_unknown(const struct sql *sql, struct error *err);

enum expr_kind {
    EXPR_LITERAL, /* value */
    EXPR_PARAM,   /* param */
    EXPR_COLUMN,  /* name, path; `excluded` */
    EXPR_CALL,    /* name, args; count(*) has none */
    EXPR_CASE,    /* args: condition, result, ..., else (or NULL) */
    EXPR_CAST,    /* name of the type, args[0] */
    EXPR_COMPARE, /* name: = <> < <= > >= like, args[0], args[1] */
    EXPR_MATHS,   /* name: + - * / */
    EXPR_AND,
    EXPR_OR,
    EXPR_NOT,
    EXPR_IS_NULL,
    EXPR_IN, /* args[0] in the others */
};

#define EXPR_PATH_MAX 8

struct column;

struct expr {
    enum expr_kind kind;
    struct view name;
    struct view source; /* as it was written */
    struct view path[EXPR_PATH_MAX];
    size_t path_len;
    bool excluded;
    size_t param;
    struct datum *value; /* borrowed from the list of literals of the statement */
    struct expr **args;
    size_t arg_count;
    struct column *column; /* EXPR_COLUMN, once bound to a table */
};

/* Takes an expression; literals are added to `literals` (an array), which owns them. NULL if there
 * is none of a known shape. */
struct expr *sql_expr(struct sql *sql, struct datum *literals, struct error *err);

/* The name that a result column gets: data['x'], count, CAST(x AS text). */
void expr_title(struct buf *out, const struct expr *expr);

#endif
