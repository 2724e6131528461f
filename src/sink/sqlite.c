#include "sink/sqlite.h"

#include "base/memory.h"
#include "sink/sqlite_private.h"

static int check_url(const struct url *url, struct error *err)
{
    const char *path = url->path;
    if (*url->host || url->port)
        return error_set(err, ERROR_SETTING, 0,
                         "a SQLite URL names a file: write \"sqlite:///%s%s\", or "
                         "\"sqlite:////...\" for an absolute path",
                         url->host, path);
    if (*url->user || url->password)
        return error_set(err, ERROR_SETTING, 0,
                         "SQLite knows no users: leave the user and the password out of the URL");
    if (*url->query)
        return error_set(err, ERROR_SETTING, 0,
                         "the URL of a SQLite file takes no parameters: leave \"?%s\" out",
                         url->query);
    if (!*path || strcmp(path, "/") == 0 || strcmp(path, "/:memory:") == 0)
        return error_set(err, ERROR_SETTING, 0,
                         "a database in memory would be gone at the end: give a file, as in "
                         "\"sqlite:///transactions.db\"");
    return 0;
}

static int check_table(const struct table_name *name, struct error *err)
{
    if (name->schema && sqlite3_stricmp(name->schema, "main") != 0)
        return error_set(err, ERROR_SETTING, 0,
                         "SQLite has no schemas: write \"%s\" instead of \"%s.%s\"", name->table,
                         name->schema, name->table);
    if (sqlite3_strnicmp(name->table, "sqlite_", 7) == 0)
        return error_set(err, ERROR_SETTING, 0,
                         "table names that begin with \"sqlite_\" are SQLite's own: choose another "
                         "instead of \"%s\"",
                         name->table);
    return 0;
}

static char *quoted_name(const struct table_name *name, const char *suffix)
{
    struct buf out = BUF_INIT(BUF_TEXT_CAP);
    sql_append_table(&out, &(struct table_name){.table = name->table}, suffix);
    return steal(&out.ptr);
}

static int sqlite_open(const struct sink_config *config, struct sink **sink, struct error *err)
{
    if (check_url(config->url, err) < 0 || check_table(&config->table, err) < 0)
        return -1;
    struct sqlite_sink *s = xcalloc(1, sizeof(*s));
    *s = (struct sqlite_sink){
        .sink.ops = &sqlite_sink_ops,
        .config = *config,
        .path = xstrdup(config->url->path + 1), /* the first slash ends the (empty) host */
        .table = quoted_name(&config->table, ""),
        .live = quoted_name(&config->table, "_live"),
        .dead = quoted_name(&config->table, "_dead_letters"),
        .index = quoted_name(&config->table, "_tombstones"),
        .schema_version = -1,
        .problem = BUF_INIT(BUF_TEXT_CAP),
        .data = BUF_INIT(SQLITE_ROW_MAX),
        .aux = BUF_INIT(SQLITE_ROW_MAX),
    };
    *sink = &s->sink;
    return 0;
}

static void sqlite_rollback(struct sink *sink)
{
    struct sqlite_sink *s = sqlite_from(sink);
    if (!s->db || sqlite3_get_autocommit(s->db))
        return;
    if (sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
        s->reconnect = true;
    /* The tables that it made are gone, and the version of the schema will come again. */
    s->schema_version = -1;
}

static int sqlite_begin(struct sink *sink, const struct change *sample, int64_t deadline,
                        struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    sqlite_rollback(sink);
    sqlite_set_deadline(s, deadline);
    if (sqlite_connect(s, s->config.create_table, err) < 0 ||
        sqlite_exec(s, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    if (sqlite_prepare_tables(s, sample, err) == 0)
        return 0;
    sqlite_rollback(sink);
    return -1;
}

static int sqlite_commit(struct sink *sink, int64_t deadline, struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    sqlite_set_deadline(s, deadline);
    if (sqlite_exec(s, "COMMIT", err) < 0)
        return -1;
    /* What went into a file that is deleted already is not kept. */
    if (sqlite_has_moved(s))
        return error_set_retry(err, ERROR_SINK, SQLITE_READONLY,
                               "SQLite file \"%s\" was moved or replaced while it was written",
                               s->path);
    return 0;
}

static int sqlite_purge(struct sink *sink, int64_t before, int64_t deadline, size_t *purged,
                        struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    sqlite_set_deadline(s, deadline);
    if (sqlite_connect(s, false, err) < 0 || sqlite_look(s, err) < 0)
        return -1;
    if (s->layout != LAYOUT_LORRY) {
        *purged = 0;
        return 0;
    }
    sqlite3_stmt *statement = sqlite_statement(s, STATEMENT_PURGE, err);
    if (!statement)
        return -1;
    sqlite3_bind_int64(statement, 1, before);
    int code = sqlite3_step(statement);
    int changes = sqlite3_changes(s->db);
    sqlite_done(statement);
    if (code != SQLITE_DONE)
        return sqlite_error(s, "cannot purge tombstones", err);
    *purged = (size_t)changes;
    return 0;
}

static void sqlite_close(struct sink *sink)
{
    struct sqlite_sink *s = sqlite_from(sink);
    sqlite_rollback(sink);
    sqlite_disconnect(s);
    key_shape_release(&s->shape);
    map_release(&s->written);
    buf_release(&s->problem);
    buf_release(&s->data);
    buf_release(&s->aux);
    free(s->path);
    free(s->table);
    free(s->live);
    free(s->dead);
    free(s->index);
    free(s);
}

static const char *const schemes[] = {"sqlite", NULL};

const struct sink_ops sqlite_sink_ops = {
    .schemes = schemes,
    .transactional = true,
    .open = sqlite_open,
    .begin = sqlite_begin,
    .write = sqlite_write,
    .keep_dead = sqlite_keep_dead,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .purge = sqlite_purge,
    .list_dead = sqlite_list_dead,
    .delete_dead = sqlite_delete_dead,
    .guard = sqlite_guard,
    .find_versions = sqlite_find_versions,
    .create = sqlite_create,
    .show = sqlite_show,
    .upgrade = sqlite_upgrade,
    .drop = sqlite_drop,
    .query = sqlite_query,
    .close = sqlite_close,
};
