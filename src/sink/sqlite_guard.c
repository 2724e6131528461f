/* The SQLite sink: what it knows of versions and keys. */
#include "sink/sqlite_private.h"

/* Whether there is a table to be looked at. 1, 0, -1. */
static int open_table(struct sqlite_sink *s, int64_t deadline, struct error *err)
{
    sqlite_set_deadline(s, deadline);
    if (!sqlite_file_exists(s))
        return 0;
    if (sqlite_connect(s, false, err) < 0 || sqlite_look(s, err) < 0)
        return -1;
    return s->layout != LAYOUT_MISSING;
}

int sqlite_guard(struct sink *sink, int64_t deadline, struct guard_info *info, struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    struct guard_info found = {.guarded = true};
    int there = open_table(s, deadline, err);
    if (there < 0)
        return -1;
    if (there)
        found.guarded = s->layout == LAYOUT_LORRY;
    if (there && found.guarded &&
        sqlite_query_int(s, "SELECT coalesce(max(version), 0) FROM %t", &found.newest, err) < 0)
        return -1;
    *info = found;
    return 0;
}

static int find_version(struct sqlite_sink *s, sqlite3_stmt *statement, const struct key *key,
                        int64_t *version, struct error *err)
{
    int code = sqlite_bind(statement, 1, key->json);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *version = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite_done(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? 0
                                                     : sqlite_error(s, "cannot look a key up", err);
}

int sqlite_find_versions(struct sink *sink, const struct key *const *keys, size_t count,
                         int64_t deadline, int64_t *versions, struct error *err)
{
    struct sqlite_sink *s = sqlite_from(sink);
    int there = open_table(s, deadline, err);
    if (there < 0)
        return -1;
    sqlite3_stmt *statement = NULL;
    if (there && s->layout == LAYOUT_LORRY &&
        !(statement = sqlite_statement(s, STATEMENT_FIND_VERSION, err)))
        return -1;
    for (size_t i = 0; i < count; i++) {
        versions[i] = -1;
        /* S and B look alike as JSON. */
        if (s->shape.count && !key_shape_fits(&s->shape, keys[i], NULL, 0))
            continue;
        if (statement && find_version(s, statement, keys[i], &versions[i], err) < 0)
            return -1;
    }
    return 0;
}
