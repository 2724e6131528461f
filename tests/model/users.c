/* Users, passwords and the few privileges of the recordings. */
#include <stdlib.h>

#include "base/base64.h"
#include "base/memory.h"
#include "model/internal.h"

static char *copy_view(struct view v)
{
    return xstrndup(v.ptr, v.len);
}

static struct user *find_user(const struct cratedb_model *model, struct view name)
{
    for (size_t i = 0; i < model->user_count; i++)
        if (view_equal(view_str(model->users[i].name), name))
            return &model->users[i];
    return NULL;
}

struct user *model_add_user(struct cratedb_model *model, struct view name, struct view password)
{
    struct user *user = find_user(model, name);
    if (!user) {
        model->users = xreallocarray(model->users, model->user_count + 1, sizeof(*user));
        user = &model->users[model->user_count++];
        *user = (struct user){.name = copy_view(name)};
    }
    free(user->password);
    user->password = copy_view(password);
    return user;
}

static void refused(struct view user, struct buf *answer)
{
    buf_printf(answer, "password authentication failed for user \"%.*s\"\n", VIEW_ARG(user));
}

static bool check_password(const struct cratedb_model *model, struct view name,
                           struct view password, struct buf *answer)
{
    struct user *user = find_user(model, name);
    if (view_equal(name, VIEW("crate")) && !model->password_wanted)
        return true;
    if (user && !password.len) {
        buf_printf(answer,
                   "No valid auth.host_based.config entry found for host \"127.0.0.1\", user "
                   "\"%.*s\", protocol \"http\". Did you enable TLS in your client?\n",
                   VIEW_ARG(name));
        return false;
    }
    if (user && view_equal(view_str(user->password), password))
        return true;
    refused(name, answer);
    return false;
}

bool model_login(const struct cratedb_model *model, struct view authorization, struct arena *arena,
                 struct view *name, struct buf *answer)
{
    *name = VIEW("crate");
    if (!authorization.len) {
        if (model->password_wanted)
            refused(*name, answer);
        return !model->password_wanted;
    }
    if (!view_starts_with(authorization, VIEW("Basic "))) {
        refused(*name, answer);
        return false;
    }
    struct view encoded = view_skip(authorization, 6);
    char *decoded = arena_alloc(arena, BASE64_DECODED_MAX(encoded.len) + BASE64_SLACK);
    ssize_t len = base64_decode(encoded, decoded);
    char *colon = len > 0 ? memchr(decoded, ':', (size_t)len) : NULL;
    if (!colon) {
        refused(*name, answer);
        return false;
    }
    *name = view_between(decoded, colon);
    return check_password(model, *name, view_between(colon + 1, decoded + len), answer);
}

int run_create_user(struct call *call, struct error *err)
{
    struct view name;
    if (!sql_name(&call->sql, &name) || !sql_skip(&call->sql, "with ( password =") ||
        call->sql.tokens[call->sql.at].kind != TOKEN_STRING)
        return sql_unknown(&call->sql, err);
    model_add_user(call->model, name, call->sql.tokens[call->sql.at].text);
    answer_count(call, 1);
    return 0;
}

/* ALTER USER name SET (password = '...') */
int run_alter_user(struct call *call, struct error *err)
{
    struct view name;
    if (!sql_name(&call->sql, &name) || !sql_skip(&call->sql, "set ( password =") ||
        call->sql.tokens[call->sql.at].kind != TOKEN_STRING || !find_user(call->model, name))
        return sql_unknown(&call->sql, err);
    model_add_user(call->model, name, call->sql.tokens[call->sql.at].text);
    answer_count(call, 1);
    return 0;
}

int run_grant(struct call *call, struct error *err)
{
    struct view privilege, user, schema = call->schema, table = VIEW("");
    bool whole = false;
    if (!sql_name(&call->sql, &privilege) || !sql_skip(&call->sql, "on"))
        return sql_unknown(&call->sql, err);
    if (sql_skip(&call->sql, "schema"))
        whole = sql_name(&call->sql, &schema);
    else if (!sql_skip(&call->sql, "table") || !sql_table(&call->sql, &schema, &table))
        return sql_unknown(&call->sql, err);
    if (!sql_skip(&call->sql, "to") || !sql_name(&call->sql, &user))
        return sql_unknown(&call->sql, err);
    struct cratedb_model *model = call->model;
    model->grants = xreallocarray(model->grants, model->grant_count + 1, sizeof(*model->grants));
    model->grants[model->grant_count++] = (struct grant){
        copy_view(user), copy_view(privilege), copy_view(schema), whole ? NULL : copy_view(table)};
    answer_count(call, 1);
    return 0;
}

static bool fits(const struct grant *grant, struct view schema, const struct table *table)
{
    return view_equal(view_str(grant->schema), schema) &&
           (!grant->table || (table && strcmp(grant->table, table->name) == 0));
}

int call_demand(const struct call *call, const char *privilege, struct view schema,
                const struct table *table, struct error *err)
{
    const struct user *user = find_user(call->model, call->user);
    bool any = false;
    if (!user || user->super)
        return 0;
    for (size_t i = 0; i < call->model->grant_count; i++) {
        const struct grant *grant = &call->model->grants[i];
        if (!view_equal(view_str(grant->user), call->user) || !fits(grant, schema, table))
            continue;
        any = true;
        /* Any privilege will do for REFRESH, which asks for none by name. */
        if (!privilege || strcmp(grant->privilege, privilege) == 0)
            return 0;
    }
    if (!any)
        return error_set(err, ERROR_SINK, 4045, "SchemaUnknownException[Schema '%.*s' unknown]",
                         VIEW_ARG(schema));
    return error_set(err, ERROR_SINK, 4011,
                     "MissingPrivilegeException[Missing '%s' privilege for user '%.*s']",
                     strcmp(privilege, "dml") == 0   ? "DML"
                     : strcmp(privilege, "ddl") == 0 ? "DDL"
                                                     : "DQL",
                     VIEW_ARG(call->user));
}

void model_release_users(struct cratedb_model *model)
{
    for (size_t i = 0; i < model->user_count; i++) {
        free(model->users[i].name);
        free(model->users[i].password);
    }
    for (size_t i = 0; i < model->grant_count; i++) {
        free(model->grants[i].user);
        free(model->grants[i].privilege);
        free(model->grants[i].schema);
        free(model->grants[i].table);
    }
    free(model->users);
    free(model->grants);
}
