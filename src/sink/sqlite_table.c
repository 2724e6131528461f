/* The SQLite sink: what `lorry table` does. */
#include "base/memory.h"
#include "sink/sqlite_private.h"

/* One piece of work on the tables, in a transaction of its own. */
struct work {
    int (*run)(struct sqlite_sink *s, const struct work *work, struct error *err);
    const struct key *key;
    bool flag; /* upgrade: replace an empty table; drop: dead letters too */
};

static int run_in_transaction(struct sink *sink, bool may_create, const struct work *work,
                              struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    sqlite_set_deadline(s, 0);
    if (sqlite_connect(s, may_create, err) < 0 || sqlite_exec(s, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    if (sqlite_look(s, err) == 0 && work->run(s, work, err) == 0 &&
        sqlite_exec(s, "COMMIT", err) == 0)
        return 0;
    s->sink.ops->rollback(&s->sink);
    return -1;
}

static int create_around(struct sqlite_sink *s, struct error *err)
{
    return sqlite_create_companions(s, err) < 0 ? -1 : sqlite_create_dead(s, err);
}

/* A table whose keys are known takes none of another shape. */
static int check_key(struct sqlite_sink *s, const struct key *key, struct error *err)
{
    char reason[REASON_MAX];
    bool found;
    if (sqlite_learn_shape(s, &found, err) < 0)
        return -1;
    if (!found || !key || !key->count || key_shape_fits(&s->shape, key, reason, sizeof(reason)))
        return 0;
    return error_set(err, ERROR_SINK, 0, "table \"%s\" in \"%s\" is there with other keys: %s",
                     s->config.table.table, s->path, reason);
}

static int create(struct sqlite_sink *s, const struct work *work, struct error *err)
{
    const char *name = s->config.table.table;
    switch (s->layout) {
    case LAYOUT_MISSING:
        return sqlite_create_table(s, work->key, err) < 0 ? -1 : create_around(s, err);
    case LAYOUT_LORRY: return check_key(s, work->key, err) < 0 ? -1 : create_around(s, err);
    case LAYOUT_FOREIGN:
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\" in \"%s\" is there already and %s: name another table", name,
                         s->path, buf_str(&s->problem));
    default:
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\" in \"%s\" is there already in an older layout: see `lorry "
                         "table show` and `lorry table upgrade`",
                         name, s->path);
    }
}

int sqlite_create(struct sink *sink, const struct key *key, struct error *err)
{
    return run_in_transaction(sink, true, &(struct work){.run = create, .key = key}, err);
}

static int add_missing_columns(struct sqlite_sink *s, struct error *err)
{
    static const char *const columns[][2] = {
        {"version", "ALTER TABLE %t ADD COLUMN version INTEGER"},
        {"sequence", "ALTER TABLE %t ADD COLUMN sequence TEXT"},
        {"deleted", "ALTER TABLE %t ADD COLUMN deleted INTEGER"},
    };
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        cleanup_statement sqlite3_stmt *statement = sqlite_prepare(
            s, "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2 COLLATE NOCASE", err);
        if (!statement)
            return -1;
        sqlite_bind(statement, 1, view_str(s->config.table.table));
        sqlite_bind(statement, 2, view_str(columns[i][0]));
        int code = sqlite3_step(statement);
        if (code == SQLITE_ROW)
            continue;
        if (code != SQLITE_DONE)
            return sqlite_error(s, "cannot look at the table", err);
        sqlite3_reset(statement);
        if (sqlite_exec(s, columns[i][1], err) < 0)
            return -1;
    }
    return create_around(s, err);
}

static int replace_document(struct sqlite_sink *s, const struct work *work, struct error *err)
{
    int64_t rows;
    if (sqlite_query_int(s, "SELECT count(*) FROM %t", &rows, err) < 0)
        return -1;
    if (rows)
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\" in \"%s\" holds %lld rows without a key and without the "
                         "time of their last change, which cannot be made up: let lorry make "
                         "another table, and fill that from the source",
                         s->config.table.table, s->path, (long long)rows);
    if (!work->flag)
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\" in \"%s\" is empty and can only be upgraded by replacing "
                         "it, which has to be confirmed",
                         s->config.table.table, s->path);
    if (sqlite_exec(s, "DROP TABLE %t", err) < 0 || sqlite_create_table(s, work->key, err) < 0)
        return -1;
    return create_around(s, err);
}

static int upgrade(struct sqlite_sink *s, const struct work *work, struct error *err)
{
    const char *name = s->config.table.table;
    switch (s->layout) {
    case LAYOUT_LORRY: return create_around(s, err);
    case LAYOUT_LORRYSTREAM: return add_missing_columns(s, err);
    case LAYOUT_DOCUMENT: return replace_document(s, work, err);
    case LAYOUT_FOREIGN:
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\" in \"%s\" %s: it was not made for this, name another one",
                         name, s->path, buf_str(&s->problem));
    default:
        return error_set(err, ERROR_SINK, 0,
                         "there is no table \"%s\" in \"%s\": make it with `lorry table create`",
                         name, s->path);
    }
}

int sqlite_upgrade(struct sink *sink, const struct key *key, bool replace_empty, struct error *err)
{
    struct work work = {.run = upgrade, .key = key, .flag = replace_empty};
    return run_in_transaction(sink, false, &work, err);
}

static int drop(struct sqlite_sink *s, const struct work *work, struct error *err)
{
    bool drop_dead = work->flag && s->has_dead;
    if (s->layout == LAYOUT_MISSING && !drop_dead)
        return error_set(err, ERROR_SINK, 0, "there is no table \"%s\" in \"%s\"",
                         s->config.table.table, s->path);
    s->schema_version = -1;
    key_shape_release(&s->shape);
    if (s->has_live && sqlite_exec(s, "DROP VIEW IF EXISTS %l", err) < 0)
        return -1;
    if (s->layout != LAYOUT_MISSING && sqlite_exec(s, "DROP TABLE %t", err) < 0)
        return -1;
    return drop_dead ? sqlite_exec(s, "DROP TABLE %d", err) : 0;
}

int sqlite_drop(struct sink *sink, bool dead_letters, struct error *err)
{
    struct work work = {.run = drop, .flag = dead_letters};
    return run_in_transaction(sink, false, &work, err);
}

static const char *const layout_names[LAYOUT_COUNT] = {
    [LAYOUT_MISSING] = "",
    [LAYOUT_LORRY] = "lorry",
    [LAYOUT_LORRYSTREAM] = "lorrystream",
    [LAYOUT_DOCUMENT] = "document",
    [LAYOUT_FOREIGN] = "foreign",
};

static void advise(const struct sqlite_sink *s, struct table_info *info)
{
    switch (s->layout) {
    case LAYOUT_MISSING: buf_append_str(&info->advice, "`lorry table create` makes it."); return;
    case LAYOUT_LORRY:
        if (!s->has_live || !s->has_dead)
            buf_append_str(&info->advice, "`lorry table upgrade` makes the view of live rows and "
                                          "the table of dead letters.");
        return;
    case LAYOUT_LORRYSTREAM:
        buf_append_str(&info->advice,
                       "Rows are written unguarded: the last delivery wins, even if it is older. "
                       "`lorry table upgrade` adds the columns version, sequence and deleted.");
        return;
    case LAYOUT_DOCUMENT:
        buf_append_str(&info->advice, "Rows are replaced by key, and the last delivery wins, even "
                                      "if it is older. ");
        buf_append_str(&info->advice,
                       info->rows ? "Rows without a key and a time cannot be upgraded: let lorry "
                                    "make another table, and fill that from the source."
                                  : "`lorry table upgrade` replaces the empty table.");
        return;
    default:
        buf_printf(&info->advice, "The table %s: lorry cannot write to it.", buf_str(&s->problem));
    }
}

static int list_columns(struct sqlite_sink *s, struct buf *out, struct error *err)
{
    cleanup_statement sqlite3_stmt *statement =
        sqlite_prepare(s, "SELECT trim(name || ' ' || type) FROM pragma_table_info(?1)", err);
    if (!statement)
        return -1;
    sqlite_bind(statement, 1, view_str(s->config.table.table));
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        buf_append_view(out, sqlite_column(statement, 0));
        buf_append_char(out, '\n');
    }
    return code == SQLITE_DONE ? 0 : sqlite_error(s, "cannot look at the table", err);
}

static int name_keys(struct sqlite_sink *s, struct buf *out, struct error *err)
{
    bool found = s->noted;
    bool has_pk = s->layout == LAYOUT_LORRY || s->layout == LAYOUT_LORRYSTREAM;
    if (has_pk && sqlite_learn_shape(s, &found, err) < 0)
        return -1;
    if (found)
        key_shape_write(&s->shape, out);
    return 0;
}

static int count_rows(struct sqlite_sink *s, struct table_info *info, struct error *err)
{
    bool guarded = s->layout == LAYOUT_LORRY;
    if (s->layout != LAYOUT_MISSING &&
        sqlite_query_int(s,
                         guarded ? "SELECT count(*) FROM %t WHERE deleted IS NOT TRUE"
                                 : "SELECT count(*) FROM %t",
                         &info->rows, err) < 0)
        return -1;
    if (guarded && sqlite_query_int(s, "SELECT count(*) FROM %t WHERE deleted IS TRUE",
                                    &info->tombstones, err) < 0)
        return -1;
    if (s->has_dead)
        return sqlite_query_int(s, "SELECT count(*) FROM %d", &info->dead_letters, err);
    return 0;
}

static int fill_info(struct sqlite_sink *s, struct table_info *info, struct error *err)
{
    if (sqlite_look(s, err) < 0 || count_rows(s, info, err) < 0 ||
        list_columns(s, &info->columns, err) < 0 || name_keys(s, &info->key, err) < 0)
        return -1;
    info->exists = s->layout != LAYOUT_MISSING;
    info->layout = layout_names[s->layout];
    if (s->layout == LAYOUT_FOREIGN)
        info->tombstones = -1;
    advise(s, info);
    return 0;
}

int sqlite_show(struct sink *sink, struct table_info *info, struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    struct table_info found = {
        .layout = "",
        .columns = BUF_INIT(BUF_TEXT_CAP),
        .key = BUF_INIT(BUF_TEXT_CAP),
        .advice = BUF_INIT(BUF_TEXT_CAP),
    };
    sqlite_set_deadline(s, 0);
    if (!sqlite_file_exists(s)) {
        buf_append_str(&found.advice, "There is no file yet: `lorry table create` makes it.");
    } else if (sqlite_connect(s, false, err) < 0 || fill_info(s, &found, err) < 0) {
        table_info_release(&found);
        return -1;
    }
    *info = found;
    return 0;
}
