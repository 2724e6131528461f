#include "model/sql.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/memory.h"

/* $1 to $65536 */
#define PARAMS_MAX 65536

static const char *const signs[] = {"::", "<=", ">=", "<>", "!=", "(", ")", ",", ".", "[",
                                    "]",  "=",  "<",  ">",  "*",  "/", "+", "-", ";"};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Takes what stands between quotes, a doubled quote being one; false if it is open. */
static bool split_quoted(struct sql *sql, size_t *at, struct view *text)
{
    struct view s = sql->statement;
    char quote = s.ptr[*at];
    char *out = arena_alloc(sql->arena, s.len - *at), *begin = out;
    for (size_t i = *at + 1; i < s.len; i++) {
        if (s.ptr[i] == quote && (i + 1 == s.len || s.ptr[i + 1] != quote)) {
            *at = i + 1;
            *text = view_between(begin, out);
            return true;
        }
        if (s.ptr[i] == quote)
            i++;
        *out++ = s.ptr[i];
    }
    return false;
}

static struct view lower(struct sql *sql, struct view word)
{
    struct view copy = arena_copy(sql->arena, word);
    for (size_t i = 0; i < copy.len; i++)
        ((char *)copy.ptr)[i] = (char)tolower((unsigned char)copy.ptr[i]);
    return copy;
}

static bool split_word(struct sql *sql, size_t *at, struct token *token)
{
    struct view s = sql->statement;
    size_t begin = *at;
    bool number = isdigit((unsigned char)s.ptr[begin]);
    while (*at < s.len && (is_word(s.ptr[*at]) || (number && s.ptr[*at] == '.')))
        ++*at;
    struct view word = view_of(s.ptr + begin, *at - begin);
    if (word.ptr[0] == '$') {
        token->kind = TOKEN_PARAM;
        token->param = strtoul(word.ptr + 1, NULL, 10) - 1;
        return token->param < PARAMS_MAX;
    }
    token->kind = number ? TOKEN_NUMBER : TOKEN_WORD;
    token->text = lower(sql, word);
    return true;
}

static bool split_sign(struct sql *sql, size_t *at, struct token *token)
{
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        struct view sign = view_str(signs[i]);
        if (!view_starts_with(view_skip(sql->statement, *at), sign))
            continue;
        *token = (struct token){.kind = TOKEN_SIGN, .text = sign};
        *at += sign.len;
        return true;
    }
    return false;
}

static bool split_one(struct sql *sql, size_t *at, struct token *token)
{
    char c = sql->statement.ptr[*at];
    if (c == '"' || c == '\'') {
        token->kind = c == '"' ? TOKEN_QUOTED : TOKEN_STRING;
        return split_quoted(sql, at, &token->text);
    }
    if (c == '?') {
        *token = (struct token){.kind = TOKEN_PARAM, .param = sql->params};
        ++*at;
        return true;
    }
    if (is_word(c))
        return split_word(sql, at, token);
    return split_sign(sql, at, token);
}

int sql_init(struct sql *sql, struct view statement, struct arena *arena, struct error *err)
{
    *sql = (struct sql){.statement = statement, .arena = arena};
    sql->tokens = arena_calloc(arena, statement.len + 1, sizeof(*sql->tokens));
    size_t count = 0;
    for (size_t at = 0; at < statement.len;) {
        if (isspace((unsigned char)statement.ptr[at])) {
            at++;
            continue;
        }
        size_t begin = at;
        struct token *token = &sql->tokens[count++];
        if (!split_one(sql, &at, token)) {
            error_set(err, ERROR_SINK, 4000, "ParsingException[model: cannot split: %.*s]",
                      VIEW_ARG(statement));
            return -1;
        }
        token->begin = begin;
        token->end = at;
        if (token->kind == TOKEN_PARAM && token->param >= sql->params)
            sql->params = token->param + 1;
    }
    if (count && view_equal(sql->tokens[count - 1].text, VIEW(";")))
        count--;
    sql->tokens[count] =
        (struct token){.kind = TOKEN_END, .begin = statement.len, .end = statement.len};
    return 0;
}

static bool is(const struct token *token, struct view word)
{
    return (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) &&
           view_equal(token->text, word);
}

bool sql_skip(struct sql *sql, const char *words)
{
    size_t at = sql->at;
    while (*words) {
        size_t len = strcspn(words, " ");
        if (!is(&sql->tokens[at], view_of(words, len)))
            return false;
        at++;
        words += len;
        words += strspn(words, " ");
    }
    sql->at = at;
    return true;
}

bool sql_at_end(const struct sql *sql)
{
    return sql->tokens[sql->at].kind == TOKEN_END;
}

bool sql_name(struct sql *sql, struct view *name)
{
    const struct token *token = &sql->tokens[sql->at];
    if (token->kind != TOKEN_WORD && token->kind != TOKEN_QUOTED)
        return false;
    *name = token->text;
    sql->at++;
    return true;
}

bool sql_number(struct sql *sql, size_t *number)
{
    const struct token *token = &sql->tokens[sql->at];
    if (token->kind != TOKEN_NUMBER)
        return false;
    *number = strtoul(token->text.ptr, NULL, 10);
    sql->at++;
    return true;
}

bool sql_table(struct sql *sql, struct view *schema, struct view *table)
{
    if (!sql_name(sql, table))
        return false;
    if (!sql_skip(sql, "."))
        return true;
    *schema = *table;
    return sql_name(sql, table);
}

int sql_unknown(const struct sql *sql, struct error *err)
{
    return error_set(err, ERROR_SINK, 4000, "ParsingException[model: unknown statement: %.*s]",
                     VIEW_ARG(sql->statement));
}
