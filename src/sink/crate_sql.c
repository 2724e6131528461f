#include "base/memory.h"
#include "sink/crate_private.h"

void crate_append_member(struct buf *out, const char *column, struct view name)
{
    buf_printf(out, "\"%s\"['", column);
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '\'')
            buf_append_char(out, '\'');
        buf_append_char(out, name.ptr[i]);
    }
    buf_append_str(out, "']");
}

/* "x = ? AND y = ?" over the parts of the key. */
static void append_key_condition(struct buf *out, const struct crate_layout *layout,
                                 const char *column)
{
    for (size_t i = 0; i < layout->key_count; i++) {
        buf_append_str(out, i ? " AND " : "");
        crate_append_member(out, column, layout->key[i].name);
        buf_append_str(out, " = ?");
    }
}

/* Existing columns have to be unqualified [wire 0770]; a row without a version loses, since a
 * comparison with NULL takes the ELSE. */
static void append_guarded(struct buf *out, const char *column, bool first)
{
    buf_printf(out,
               "%s\"%s\" = CASE WHEN \"version\" > excluded.\"version\" OR (\"version\" = "
               "excluded.\"version\" AND \"sequence\" > excluded.\"sequence\") THEN \"%s\" ELSE "
               "excluded.\"%s\" END",
               first ? "" : ", ", column, column, column);
}

static void make_insert(struct crate *crate, struct crate_layout *layout, const char *columns,
                        const char *places)
{
    buf_append_str(&layout->insert, "INSERT INTO ");
    sql_append_table(&layout->insert, &crate->table, "");
    buf_printf(&layout->insert, " (%s) VALUES (%s)", columns, places);
}

static void make_upsert(struct crate_layout *layout, bool guarded)
{
    static const char *const columns[] = {"data", "aux", "deleted", "version", "sequence"};
    struct buf *out = &layout->upsert;
    buf_append_view(out, buf_view(&layout->insert));
    buf_append_str(&layout->insert, " ON CONFLICT DO NOTHING");
    buf_append_str(out, " ON CONFLICT (");
    for (size_t i = 0; i < layout->key_count; i++) {
        buf_append_str(out, i ? ", " : "");
        crate_append_member(out, "pk", layout->key[i].name);
    }
    buf_append_str(out, ") DO UPDATE SET ");
    if (!guarded)
        buf_append_str(out, "\"data\" = excluded.\"data\", \"aux\" = excluded.\"aux\"");
    for (size_t i = 0; guarded && i < ARRAY_LEN(columns); i++)
        append_guarded(out, columns[i], i == 0);
}

static void make_remove(struct crate *crate, struct crate_layout *layout, const char *column)
{
    buf_append_str(&layout->remove, "DELETE FROM ");
    sql_append_table(&layout->remove, &crate->table, "");
    buf_append_str(&layout->remove, " WHERE ");
    append_key_condition(&layout->remove, layout, column);
}

void crate_make_statements(struct crate *crate, struct crate_layout *layout)
{
    switch (layout->kind) {
    case CRATE_LORRY:
        make_insert(crate, layout,
                    "\"pk\", \"data\", \"aux\", \"version\", \"sequence\", \"deleted\"",
                    "?, ?, ?, ?, ?, ?");
        make_upsert(layout, true);
        make_remove(crate, layout, "pk");
        break;
    case CRATE_LORRYSTREAM:
        make_insert(crate, layout, "\"pk\", \"data\", \"aux\"", "?, ?, ?");
        make_upsert(layout, false);
        make_remove(crate, layout, "pk");
        break;
    case CRATE_DOCUMENT:
        make_insert(crate, layout, "\"data\"", "?");
        make_remove(crate, layout, "data");
        break;
    case CRATE_MISSING:
    case CRATE_FOREIGN: break;
    }
}

/* ---- the key of a table without one ---- */

void crate_resolve_key(struct crate_layout *layout)
{
    for (size_t i = 0; i < layout->key_count; i++) {
        struct crate_key_column *column = &layout->key[i];
        const struct crate_type *type = crate_types_find(&layout->types, column->name);
        column->kind = column->type == 'N' ? KIND_DOUBLE : KIND_TEXT;
        if (type && (type->kind != KIND_NONE || type->arrays))
            column->kind = type->arrays ? KIND_OTHER : type->kind;
    }
}

void crate_learn_key(struct crate *crate, const struct key *key)
{
    struct crate_layout *layout = &crate->layout;
    if (layout->kind != CRATE_DOCUMENT || layout->key_count)
        return;
    layout->key_count = key->count;
    for (size_t i = 0; i < key->count; i++)
        layout->key[i] = (struct crate_key_column){
            .name = arena_copy(&layout->arena, key->parts[i].name), .type = key->parts[i].type};
    crate_resolve_key(layout);
    buf_clear(&layout->remove);
    make_remove(crate, layout, "data");
}

bool crate_key_is_known(const struct crate_layout *layout)
{
    for (size_t i = 0; i < layout->key_count; i++) {
        const struct crate_type *type = crate_types_find(&layout->types, layout->key[i].name);
        if (!type || !type->known || type->kind == KIND_NONE)
            return false;
    }
    return layout->key_count > 0;
}
