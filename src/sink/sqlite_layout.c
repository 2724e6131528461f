/* The SQLite sink: which tables are there, of which layout, and how they are made. */
#include "base/log.h"
#include "base/memory.h"
#include "sink/sqlite_private.h"

enum column { COLUMN_PK, COLUMN_DATA, COLUMN_AUX, COLUMN_VERSION, COLUMN_SEQUENCE, COLUMN_DELETED };

static const char *const column_names[] = {
    [COLUMN_PK] = "pk",           [COLUMN_DATA] = "data",         [COLUMN_AUX] = "aux",
    [COLUMN_VERSION] = "version", [COLUMN_SEQUENCE] = "sequence", [COLUMN_DELETED] = "deleted",
};

#define KEYED_COLUMNS (1u << COLUMN_PK | 1u << COLUMN_DATA | 1u << COLUMN_AUX)
#define ALL_COLUMNS                                                                                \
    (KEYED_COLUMNS | 1u << COLUMN_VERSION | 1u << COLUMN_SEQUENCE | 1u << COLUMN_DELETED)

/* What a look at the columns brings. */
struct columns {
    unsigned ours;         /* bit set of enum column */
    unsigned others;       /* how many are not ours */
    bool version_is_text;  /* versions would be compared as text */
    bool sequence_is_text; /* else 64 digits would become a floating-point number */
};

/* Column affinity by the rules of [sqlite.org/datatype3.html 3.1]: the order matters. */
static bool has_text_affinity(const char *type)
{
    return sqlite3_strlike("%INT%", type, 0) != 0 &&
           (sqlite3_strlike("%CHAR%", type, 0) == 0 || sqlite3_strlike("%CLOB%", type, 0) == 0 ||
            sqlite3_strlike("%TEXT%", type, 0) == 0);
}

static bool keeps_text(const char *type)
{
    return has_text_affinity(type) || !*type || sqlite3_strlike("%BLOB%", type, 0) == 0;
}

static void add_column(struct columns *columns, const char *name, const char *type)
{
    for (unsigned i = 0; i < ARRAY_LEN(column_names); i++) {
        if (sqlite3_stricmp(name, column_names[i]) != 0)
            continue;
        columns->ours |= 1u << i;
        if (i == COLUMN_VERSION)
            columns->version_is_text = has_text_affinity(type);
        if (i == COLUMN_SEQUENCE)
            columns->sequence_is_text = keeps_text(type);
        return;
    }
    columns->others++;
}

static int read_columns(struct sqlite_sink *s, struct columns *columns, struct error *err)
{
    cleanup_statement sqlite3_stmt *statement =
        sqlite_prepare(s, "SELECT name, type FROM pragma_table_info(?1)", err);
    if (!statement)
        return -1;
    sqlite_bind(statement, 1, view_str(s->config.table.table));
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        add_column(columns, (const char *)sqlite3_column_text(statement, 0),
                   (const char *)sqlite3_column_text(statement, 1));
    return code == SQLITE_DONE ? 0 : sqlite_error(s, "cannot look at the table", err);
}

/* Whether `pk` by itself is unique, byte by byte: what ON CONFLICT (pk) needs. */
static int read_uniqueness(struct sqlite_sink *s, bool *unique, struct error *err)
{
    cleanup_statement sqlite3_stmt *statement = sqlite_prepare(
        s,
        "SELECT 1 FROM pragma_index_list(?1) AS i WHERE i.\"unique\""
        " AND NOT i.partial AND (SELECT group_concat(coalesce(lower(name), '') || ' ' || coll)"
        " FROM pragma_index_xinfo(i.name) WHERE key) = 'pk BINARY'",
        err);
    if (!statement)
        return -1;
    sqlite_bind(statement, 1, view_str(s->config.table.table));
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return sqlite_error(s, "cannot look at the table", err);
    *unique = code == SQLITE_ROW;
    return 0;
}

static void name_missing(struct sqlite_sink *s, unsigned missing)
{
    const char *before = "lacks ";
    for (unsigned i = 0; i < ARRAY_LEN(column_names); i++)
        if (missing & 1u << i) {
            buf_printf(&s->problem, "%s%s", before, column_names[i]);
            before = ", ";
        }
}

static enum sqlite_layout judge(struct sqlite_sink *s, const struct columns *columns, bool unique)
{
    if (columns->ours == 1u << COLUMN_DATA && columns->others == 0)
        return LAYOUT_DOCUMENT;
    if ((columns->ours & KEYED_COLUMNS) != KEYED_COLUMNS)
        name_missing(s, ALL_COLUMNS & ~columns->ours);
    else if (!unique)
        buf_append_str(&s->problem, "has a column pk that is not its primary key");
    else if (columns->ours & 1u << COLUMN_VERSION && columns->version_is_text)
        buf_append_str(&s->problem, "has a column version of text instead of INTEGER");
    else if (columns->ours & 1u << COLUMN_SEQUENCE && !columns->sequence_is_text)
        buf_append_str(&s->problem, "has a column sequence that is not TEXT");
    if (s->problem.len)
        return LAYOUT_FOREIGN;
    return columns->ours == ALL_COLUMNS ? LAYOUT_LORRY : LAYOUT_LORRYSTREAM;
}

static int look_at_table(struct sqlite_sink *s, enum sqlite_layout *layout, struct error *err)
{
    struct columns columns = {0};
    bool unique = false;
    if (read_columns(s, &columns, err) < 0 || read_uniqueness(s, &unique, err) < 0)
        return -1;
    *layout = judge(s, &columns, unique);
    return 0;
}

/* The longest piece of a comment in messages. */
#define NOTE_SHOWN 60

/* A note that cannot be read (somebody wrote it, or a later lorry) is no reason to guess. */
static void take_note(struct sqlite_sink *s, struct view sql, enum sqlite_layout *layout)
{
    struct view note;
    s->noted = sqlite_find_note(sql, &note);
    if (!s->noted || key_shape_read(&s->shape, note) == 0)
        return;
    s->noted = false;
    if (*layout != LAYOUT_FOREIGN)
        buf_printf(&s->problem,
                   "has a comment \"lorry key:%.*s\" in its definition, which should read like "
                   "{\"device\":\"S\",\"timestamp\":\"N\"}",
                   note.len < NOTE_SHOWN ? (int)note.len : NOTE_SHOWN, note.ptr);
    *layout = LAYOUT_FOREIGN;
}

static int read_note(struct sqlite_sink *s, enum sqlite_layout *layout, struct error *err)
{
    cleanup_statement sqlite3_stmt *statement = sqlite_prepare(
        s, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE", err);
    if (!statement)
        return -1;
    sqlite_bind(statement, 1, view_str(s->config.table.table));
    if (sqlite3_step(statement) != SQLITE_ROW)
        return sqlite_error(s, "cannot look at the table", err);
    take_note(s, sqlite_column(statement, 0), layout);
    return 0;
}

/* Is there a table or view of that name (without quotes)? */
static int find_object(struct sqlite_sink *s, const char *suffix, bool *is_there, bool *is_view,
                       struct error *err)
{
    cleanup_statement sqlite3_stmt *statement =
        sqlite_prepare(s,
                       "SELECT type = 'view' FROM sqlite_schema WHERE type IN ('table', 'view')"
                       " AND name = ?1 || ?2 COLLATE NOCASE",
                       err);
    if (!statement)
        return -1;
    sqlite_bind(statement, 1, view_str(s->config.table.table));
    sqlite_bind(statement, 2, view_str(suffix));
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return sqlite_error(s, "cannot look at its tables", err);
    *is_there = code == SQLITE_ROW;
    *is_view = *is_there && sqlite3_column_int(statement, 0);
    return 0;
}

static int look(struct sqlite_sink *s, struct error *err)
{
    bool has_table = false, is_view = false, any;
    buf_clear(&s->problem);
    if (find_object(s, "", &has_table, &is_view, err) < 0 ||
        find_object(s, "_live", &s->has_live, &any, err) < 0 ||
        find_object(s, "_dead_letters", &s->has_dead, &any, err) < 0)
        return -1;
    s->layout = LAYOUT_MISSING;
    if (s->noted)
        key_shape_release(&s->shape);
    s->noted = false;
    if (is_view) {
        buf_append_str(&s->problem, "is a view");
        s->layout = LAYOUT_FOREIGN;
    } else if (has_table) {
        return look_at_table(s, &s->layout, err) < 0 ? -1 : read_note(s, &s->layout, err);
    }
    return 0;
}

int sqlite_look(struct sqlite_sink *s, struct error *err)
{
    sqlite3_stmt *statement = sqlite_statement(s, STATEMENT_SCHEMA_VERSION, err);
    if (!statement)
        return -1;
    if (sqlite3_step(statement) != SQLITE_ROW) {
        sqlite_error(s, "cannot read its schema", err);
        sqlite_done(statement);
        return -1;
    }
    int64_t version = sqlite3_column_int64(statement, 0);
    sqlite_done(statement);
    if (version == s->schema_version)
        return 0;
    s->schema_version = -1;
    enum sqlite_layout before = s->layout;
    if (look(s, err) < 0)
        return -1;
    /* Another table: its keys are its own. */
    if (!s->noted && s->layout != before)
        key_shape_release(&s->shape);
    s->schema_version = version;
    return 0;
}

int sqlite_create_table(struct sqlite_sink *s, const struct key *key, struct error *err)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    key_shape_release(&s->shape);
    if (key)
        key_shape_set(&s->shape, key);
    sqlite_append_sql(s, "CREATE TABLE %t (pk TEXT NOT NULL PRIMARY KEY", &sql);
    sqlite_append_note(&s->shape, &sql);
    buf_append_str(&sql, ", data TEXT, aux TEXT, version INTEGER, sequence TEXT, deleted INTEGER)");
    if (sqlite_exec_verbatim(s, &sql, err) < 0)
        return -1;
    s->layout = LAYOUT_LORRY;
    s->schema_version = -1;
    return 0;
}

int sqlite_create_companions(struct sqlite_sink *s, struct error *err)
{
    s->schema_version = -1;
    if (sqlite_exec(s, "CREATE INDEX IF NOT EXISTS %i ON %t (version) WHERE deleted = 1", err) < 0)
        return -1;
    return sqlite_exec(
        s, "CREATE VIEW IF NOT EXISTS %l AS SELECT * FROM %t WHERE deleted IS NOT TRUE", err);
}

int sqlite_create_dead(struct sqlite_sink *s, struct error *err)
{
    s->schema_version = -1;
    s->has_dead = true;
    return sqlite_exec(s,
                       "CREATE TABLE IF NOT EXISTS %d (stream TEXT NOT NULL, shard TEXT NOT NULL,"
                       " sequence TEXT NOT NULL, reason TEXT, record, received TEXT,"
                       " PRIMARY KEY (stream, shard, sequence))",
                       err);
}

int sqlite_learn_shape(struct sqlite_sink *s, bool *found, struct error *err)
{
    if (s->noted) {
        *found = true;
        return 0;
    }
    sqlite3_stmt *statement = sqlite_statement(s, STATEMENT_FIRST_KEY, err);
    if (!statement)
        return -1;
    int code = sqlite3_step(statement);
    struct key_shape shape = {0};
    *found = code == SQLITE_ROW && key_shape_set_json(&shape, sqlite_column(statement, 0)) == 0;
    sqlite_done(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return sqlite_error(s, "cannot read its keys", err);
    /* What is known already may say more than the row: S or B. */
    if (*found && !key_shape_agrees(&shape, &s->shape)) {
        key_shape_release(&s->shape);
        s->shape = shape;
    } else {
        key_shape_release(&shape);
    }
    return 0;
}

/* The table decides what keys it takes: by its definition, else by its rows; an empty one leaves it
 * to the first change. */
static int fix_shape(struct sqlite_sink *s, const struct key *key, struct error *err)
{
    if (s->noted)
        return 0;
    bool found = s->layout == LAYOUT_DOCUMENT && s->shape.count;
    if (s->layout != LAYOUT_DOCUMENT && sqlite_learn_shape(s, &found, err) < 0)
        return -1;
    /* The change may say more than the row: S or B. */
    if (!found || key_shape_fits(&s->shape, key, NULL, 0))
        key_shape_set(&s->shape, key);
    return 0;
}

static void tell_about_layout(struct sqlite_sink *s)
{
    if (s->told)
        return;
    s->told = true;
    if (s->layout == LAYOUT_DOCUMENT)
        log_warning("table \"%s\" has only the column data: rows are replaced by key, and the last "
                    "delivery wins, even if it is older; a table made by `lorry table create` has "
                    "keys and never goes back",
                    s->config.table.table);
    if (s->layout == LAYOUT_LORRYSTREAM)
        log_warning("table \"%s\" has no version, sequence and deleted: the last delivery wins, "
                    "even if it is older; `lorry table upgrade` adds them",
                    s->config.table.table);
}

static int prepare_main(struct sqlite_sink *s, const struct key *key, struct error *err)
{
    const char *name = s->config.table.table;
    if (s->layout == LAYOUT_FOREIGN)
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\" in \"%s\" %s: name another table, or let lorry make it",
                         name, s->path, buf_str(&s->problem));
    if (s->layout == LAYOUT_MISSING) {
        if (!s->config.create_table)
            return error_set(
                err, ERROR_SINK, 0,
                "there is no table \"%s\" in \"%s\": make it with `lorry table create`", name,
                s->path);
        if (sqlite_create_table(s, key, err) < 0)
            return -1;
        s->has_live = false;
    }
    if (s->layout == LAYOUT_LORRY && !s->has_live && s->config.create_table &&
        sqlite_create_companions(s, err) < 0)
        return -1;
    tell_about_layout(s);
    return fix_shape(s, key, err);
}

int sqlite_prepare_tables(struct sqlite_sink *s, const struct change *sample, struct error *err)
{
    if (sqlite_look(s, err) < 0)
        return -1;
    if (sample && prepare_main(s, &sample->key, err) < 0)
        return -1;
    /* Without it, and not allowed to make it, only a dead letter is an error. */
    if (!s->has_dead && s->config.create_table)
        return sqlite_create_dead(s, err);
    return 0;
}
