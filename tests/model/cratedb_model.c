#include "model/cratedb_model.h"

#include <stdlib.h>

#include "base/memory.h"
#include "model/internal.h"

struct cratedb_model *cratedb_model_new(void)
{
    struct cratedb_model *model = xcalloc(1, sizeof(*model));
    pthread_mutex_init(&model->lock, NULL);
    model->shards = 4;
    model->version = "6.4.3";
    return model;
}

void cratedb_model_free(struct cratedb_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < model->table_count; i++)
        table_free(model->tables[i]);
    free(model->tables);
    model_release_users(model);
    pthread_mutex_destroy(&model->lock);
    free(model);
}

void cratedb_model_set_version(struct cratedb_model *model, const char *version)
{
    model->version = version;
}

bool model_is_before(const struct cratedb_model *model, int version)
{
    char *rest;
    int major = (int)strtol(model->version, &rest, 10);
    return 100 * major + atoi(rest + 1) < version;
}

void cratedb_model_set_shards(struct cratedb_model *model, size_t shards)
{
    pthread_mutex_lock(&model->lock);
    model->shards = shards < 1 ? 1 : shards > SHARDS_MAX ? SHARDS_MAX : shards;
    pthread_mutex_unlock(&model->lock);
}

void cratedb_model_set_password(struct cratedb_model *model, const char *user, const char *password)
{
    pthread_mutex_lock(&model->lock);
    model_add_user(model, view_str(user), view_str(password))->super = true;
    model->password_wanted = true;
    pthread_mutex_unlock(&model->lock);
}

void cratedb_model_refresh(struct cratedb_model *model)
{
    pthread_mutex_lock(&model->lock);
    for (size_t i = 0; i < model->table_count; i++)
        table_refresh(model->tables[i]);
    pthread_mutex_unlock(&model->lock);
}

struct table *model_find(struct cratedb_model *model, struct view schema, struct view name)
{
    for (size_t i = 0; i < model->table_count; i++)
        if (view_equal(view_str(model->tables[i]->name), name) &&
            view_equal(view_str(model->tables[i]->schema), schema))
            return model->tables[i];
    return NULL;
}

void model_add(struct cratedb_model *model, struct table *table)
{
    model->tables = xreallocarray(model->tables, model->table_count + 1, sizeof(*model->tables));
    model->tables[model->table_count++] = table;
}

void model_drop(struct cratedb_model *model, struct table *table)
{
    size_t at = 0;
    while (model->tables[at] != table)
        at++;
    model->tables[at] = model->tables[--model->table_count];
    table_free(table);
}

static bool schema_exists(const struct cratedb_model *model, struct view schema)
{
    if (view_equal(schema, VIEW("doc")) || view_equal(schema, VIEW("sys")))
        return true;
    for (size_t i = 0; i < model->table_count; i++)
        if (view_equal(view_str(model->tables[i]->schema), schema))
            return true;
    return false;
}

static int inaccessible(struct view schema, struct view name, const char *operation,
                        const char *why, struct error *err)
{
    return error_set(err, ERROR_SINK, 4007,
                     "OperationOnInaccessibleRelationException[The relation \"%.*s.%.*s\" doesn't "
                     "support or allow %s operations%s]",
                     VIEW_ARG(schema), VIEW_ARG(name), operation, why);
}

struct table *call_table(struct call *call, bool write, const char *operation, struct error *err)
{
    struct view none = {0}, schema = none, name;
    if (!sql_table(&call->sql, &schema, &name)) {
        sql_unknown(&call->sql, err);
        return NULL;
    }
    bool qualified = schema.ptr != none.ptr;
    if (!qualified)
        schema = call->schema;
    if (call_demand(call, write ? "dml" : NULL, schema, model_find(call->model, schema, name),
                    err) < 0)
        return NULL;
    if (write && view_equal(schema, VIEW("sys"))) {
        inaccessible(schema, name, operation, "", err);
        return NULL;
    }
    struct table *table = model_find(call->model, schema, name);
    if (!table && qualified && !schema_exists(call->model, schema))
        error_set(err, ERROR_SINK, 4045, "SchemaUnknownException[Schema '%.*s' unknown]",
                  VIEW_ARG(schema));
    else if (!table)
        error_set(err, ERROR_SINK, 4041, "RelationUnknown[Relation '%.*s%s%.*s' unknown]",
                  VIEW_ARG(qualified ? schema : VIEW("")), qualified ? "." : "", VIEW_ARG(name));
    else if (write && (table->view_source || table->write_blocked || table->read_only))
        inaccessible(schema, name, operation, "", err);
    else if (write && table->closed)
        inaccessible(schema, name, operation, ", as it is currently closed.", err);
    return err->domain ? NULL : table;
}

void answer_count(struct call *call, int64_t rowcount)
{
    struct datum *rows = datum_array();
    datum_add(rows, datum_array());
    datum_set_str(call->answer, "rows", rows);
    datum_set_str(call->answer, "rowcount", datum_int(rowcount));
}

struct datum *result_count(int64_t rowcount)
{
    struct datum *result = datum_object();
    datum_set_str(result, "rowcount", datum_int(rowcount));
    return result;
}

static int run_create_or_replace_view(struct call *call, struct error *err)
{
    return run_create_view(call, true, err);
}

static int run_create_new_view(struct call *call, struct error *err)
{
    return run_create_view(call, false, err);
}

static int run_drop_table(struct call *call, struct error *err)
{
    return run_drop(call, false, err);
}

static int run_drop_view(struct call *call, struct error *err)
{
    return run_drop(call, true, err);
}

static const struct statement {
    const char *words;
    int (*run)(struct call *call, struct error *err);
    const char *no_bulk; /* why there is no bulk operation; NULL: there is */
} statements[] = {
    {"insert into", run_insert, NULL},
    {"update", run_update, NULL},
    {"delete from", run_delete, NULL},
    {"select", run_select,
     "Bulk operations for statements that return result sets is not supported"},
    {"create table", run_create_table, "Bulk operation not supported for CreateTablePlan"},
    {"create or replace view", run_create_or_replace_view, "Bulk operation not supported"},
    {"create view", run_create_new_view, "Bulk operation not supported"},
    {"create user", run_create_user, "Bulk operation not supported"},
    {"alter user", run_alter_user, "Bulk operation not supported"},
    {"grant", run_grant, "Bulk operation not supported"},
    {"drop table", run_drop_table, "Bulk operation not supported"},
    {"drop view", run_drop_view, "Bulk operation not supported"},
    {"alter table", run_alter_table, "Bulk operation not supported"},
    {"refresh table", run_refresh, "Bulk operation not supported"},
};

static int check_params(const struct call *call, const struct datum *params, struct error *err)
{
    if (params->count >= call->sql.params)
        return 0;
    return error_set(err, ERROR_SINK, 4000,
                     "SQLParseException[The query contains a parameter placeholder $%zu, but there "
                     "are only %zu parameter values]",
                     params->count + 1, params->count);
}

static int run_statement(struct call *call, struct error *err)
{
    const struct statement *statement = NULL;
    for (size_t i = 0; !statement && i < ARRAY_LEN(statements); i++)
        if (sql_skip(&call->sql, statements[i].words))
            statement = &statements[i];
    if (!statement)
        return sql_unknown(&call->sql, err);
    if (call->bulk && statement->no_bulk)
        return error_set(err, ERROR_SINK, 4004, "UnsupportedFeatureException[%s]",
                         statement->no_bulk);
    for (size_t i = 0; call->bulk && i < call->bulk->count; i++)
        if (check_params(call, call->bulk->items[i], err) < 0)
            return -1;
    if (!call->bulk && check_params(call, call->args, err) < 0)
        return -1;
    return statement->run(call, err);
}

static int cannot_parse(struct view body, struct buf *message)
{
    buf_printf(message,
               "SQLParseException[Can't parse [%.*s]. Expecting payload with `stmt` string and "
               "`args` or `bulk_args` arrays]",
               VIEW_ARG(body));
    return 4000;
}

static bool known_members(const struct datum *body)
{
    static const char *const known[] = {"stmt", "args", "bulk_args"};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        count += datum_get_str(body, known[i]) != NULL;
    return count == body->count;
}

/* Looks at the body. Returns 0, or the code of the error whose message is in `message` then: it
 * echoes the body, however long that is. */
static int read_body(struct call *call, struct view text, struct datum *body, struct buf *message)
{
    if (!text.len) {
        buf_append_str(message, "SQLParseException[Missing request body]");
        return 4000;
    }
    if (!body || body->kind != DATUM_OBJECT || !known_members(body))
        return cannot_parse(text, message);
    struct datum *statement = datum_get_str(body, "stmt");
    if (!statement || statement->kind != DATUM_TEXT) {
        buf_append_str(message, "SQLParseSourceException[Field [stmt] is missing]");
        return 5000;
    }
    struct datum *args = datum_get_str(body, "args");
    call->bulk = datum_get_str(body, "bulk_args");
    if (args && call->bulk) {
        buf_append_str(message, "SQLParseException[request body contains args and bulk_args. It's "
                                "forbidden to provide both]");
        return 4000;
    }
    if (args)
        call->args = args;
    for (size_t i = 0; call->bulk && i < call->bulk->count; i++)
        if (call->bulk->items[i]->kind != DATUM_ARRAY) {
            buf_append_str(message, "SQLParseSourceException[`bulk_args` must contain a list of "
                                    "`args` (values list). Got unexpected: START_OBJECT]");
            return 5000;
        }
    return 0;
}

static int status_of(int code)
{
    if (code == 4011)
        return 401;
    if (code == 40411 || (code >= 4041 && code < 4050))
        return 404;
    if (code >= 4091 && code < 4100)
        return 409;
    return code >= 5000 ? 500 : 400;
}

static int answer_error(int code, struct view message, struct buf *answer)
{
    cleanup_datum struct datum *body = datum_object();
    struct datum *error = datum_object();
    datum_set_str(error, "message", datum_text(message));
    datum_set_str(error, "code", datum_int(code));
    datum_set_str(body, "error", error);
    datum_write(answer, body);
    return status_of(code);
}

static int answer_call(struct call *call, struct view body, struct buf *answer)
{
    cleanup_datum struct datum *parsed = datum_parse(body, NULL);
    cleanup_datum struct datum *no_args = datum_array();
    cleanup_datum struct datum *literals = datum_array();
    cleanup_datum struct datum *fields = datum_object();
    cleanup_buf struct buf message = BUF_INIT(body.len + 1024);
    call->args = no_args;
    call->literals = literals;
    call->answer = fields;
    int code = read_body(call, body, parsed, &message);
    if (code)
        return answer_error(code, buf_view(&message), answer);
    struct error err = {0};
    datum_set_str(fields, "cols", datum_array());
    if (sql_init(&call->sql, datum_get_str(parsed, "stmt")->text, call->arena, &err) < 0 ||
        run_statement(call, &err) < 0)
        return answer_error(err.code, view_str(err.message), answer);
    datum_set_str(fields, "duration", datum_real(0.25));
    datum_write(answer, fields);
    return 200;
}

static int answer_root(struct buf *answer)
{
    buf_append_str(answer, "{\"ok\":true,\"status\":200,\"name\":\"model\",\"cluster_name\":"
                           "\"model\",\"version\":{\"number\":\"6.4.3\"}}");
    return 200;
}

int cratedb_model_handle(struct cratedb_model *model, const struct cratedb_request *request,
                         struct buf *answer)
{
    struct arena arena = ARENA_INIT;
    buf_clear(answer);
    pthread_mutex_lock(&model->lock);
    struct call call = {.model = model,
                        .arena = &arena,
                        .request = ++model->requests,
                        .schema = request->default_schema};
    if (!call.schema.len)
        call.schema = VIEW("doc");
    int status = 401;
    if (model_login(model, request->authorization, &arena, &call.user, answer))
        status = view_starts_with(request->path, VIEW("/_sql"))
                     ? answer_call(&call, request->body, answer)
                     : answer_root(answer);
    pthread_mutex_unlock(&model->lock);
    arena_release(&arena);
    return status;
}
