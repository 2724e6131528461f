#include <stdlib.h>

#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_private.h"
#include "json/reader.h"
#include "json/scan.h"
#include "json/writer.h"

#define LAYOUT_TEXT_MAX ((size_t)4 << 20)

/* Deeper paths are not looked at: nothing would be put there. */
#define PATH_MAX_NAMES 128

/* A row of information_schema.columns. */
struct column {
    struct view name; /* of the top-level column */
    struct view path[PATH_MAX_NAMES];
    size_t path_count;
    struct view type;
    bool nullable, generated, defaulted;
    enum crate_policy policy;
    bool policy_known;
};

/* What the columns say, before it is judged. */
struct findings {
    bool is_there, is_view;
    bool has_pk, has_data, has_aux;
    size_t key_members;   /* of pk, not null */
    size_t key_columns;   /* of the primary key, wherever they are */
    bool key_elsewhere;   /* one of them is not in pk */
    struct view unfilled; /* a column that must not be null, and that nothing is written to */
};

void crate_layout_release(struct crate_layout *layout)
{
    crate_types_release(&layout->types);
    buf_release(&layout->columns);
    buf_release(&layout->problem);
    buf_release(&layout->insert);
    buf_release(&layout->upsert);
    buf_release(&layout->remove);
    arena_release(&layout->arena);
    *layout = (struct crate_layout){0};
}

static void layout_init(struct crate_layout *layout)
{
    *layout = (struct crate_layout){
        .columns = BUF_INIT(LAYOUT_TEXT_MAX),
        .problem = BUF_INIT(BUF_TEXT_CAP),
        .insert = BUF_INIT(BUF_TEXT_CAP),
        .upsert = BUF_INIT(BUF_TEXT_CAP),
        .remove = BUF_INIT(BUF_TEXT_CAP),
    };
    crate_types_init(&layout->types);
}

const char *crate_layout_name(const struct crate_layout *layout)
{
    static const char *const names[] = {[CRATE_MISSING] = "",
                                        [CRATE_LORRY] = "lorry",
                                        [CRATE_LORRYSTREAM] = "lorrystream",
                                        [CRATE_DOCUMENT] = "document",
                                        [CRATE_FOREIGN] = "foreign"};
    return names[layout->kind];
}

/* The first problem is the one that is told. */
static void add_problem(struct crate_layout *layout, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_problem(struct crate_layout *layout, const char *format, ...)
{
    if (layout->problem.len)
        return;
    va_list args;
    va_start(args, format);
    buf_vprintf(&layout->problem, format, args);
    va_end(args);
}

/* ---- information_schema.tables ---- */

static size_t read_limit(struct view settings, const char *name, size_t fallback)
{
    int64_t limit = crate_integer(crate_member(settings, "mapping", name, "limit", NULL), 0);
    return limit > 0 && limit <= INT32_MAX ? (size_t)limit : fallback;
}

static void read_tables(struct crate *crate, struct crate_layout *layout,
                        const struct query_result *rows, struct findings *found)
{
    struct view table = view_str(crate->table.table);
    for (size_t i = 0; i < rows->row_count && rows->column_count == 3; i++) {
        struct view *row = &rows->cells[3 * i];
        struct view name = crate_cell_text(&layout->arena, row[0]);
        bool is_view = view_equal(row[1], VIEW("\"VIEW\""));
        if (view_equal(name, table)) {
            struct crate_types *types = &layout->types;
            found->is_there = true;
            found->is_view = is_view;
            types->columns_max = read_limit(row[2], "total_fields", types->columns_max);
            types->depth_max = (unsigned)read_limit(row[2], "depth", types->depth_max);
        } else if (name.len == table.len + strlen("_live")) {
            layout->has_view = true;
        } else {
            layout->has_dead = !is_view;
        }
    }
}

/* ---- information_schema.columns ---- */

static bool read_path(struct arena *arena, struct view json, struct column *column)
{
    struct json_reader r;
    json_reader_init(&r, json);
    if (json_next(&r) != JSON_ARRAY)
        return false;
    while (json_next(&r) == JSON_STRING) {
        if (column->path_count == PATH_MAX_NAMES)
            return false;
        char *name = arena_alloc(arena, r.text.len + 1);
        size_t len = json_unescape(r.text, name);
        column->path[column->path_count++] = view_of(name, len);
    }
    return true;
}

static void read_policy(struct view json, struct column *column)
{
    column->policy_known = json.len > 0;
    column->policy = view_equal(json, VIEW("\"strict\""))    ? POLICY_STRICT
                     : view_equal(json, VIEW("\"ignored\"")) ? POLICY_IGNORED
                                                             : POLICY_DYNAMIC;
}

/* is_nullable is a boolean before 6.1.0, 'YES' or 'NO' since (its release notes, "Breaking
 * Changes"). */
static bool is_no(struct view cell)
{
    return view_equal(cell, VIEW("false")) || view_equal(cell, VIEW("\"NO\""));
}

static bool read_column(struct arena *arena, const struct view *row, struct column *column)
{
    *column = (struct column){
        .name = crate_cell_text(arena, crate_member(row[5], "name", NULL)),
        .type = crate_cell_text(arena, row[1]),
        .nullable = !is_no(row[2]),
        .generated = view_equal(row[3], VIEW("\"ALWAYS\"")),
        .defaulted = !view_equal(row[4], VIEW("null")),
    };
    read_policy(crate_member(row[5], "policy", NULL), column);
    return read_path(arena, crate_member(row[5], "path", NULL), column);
}

static void add_key_member(struct crate_layout *layout, const struct column *column,
                           struct findings *found)
{
    if (column->nullable)
        return;
    unsigned char arrays;
    enum crate_kind kind;
    crate_type_parse(column->type, &kind, &arrays);
    size_t n = found->key_members++;
    if (n >= KEY_PARTS_MAX)
        return;
    layout->key[n] =
        (struct crate_key_column){.name = column->path[0], .kind = arrays ? KIND_OTHER : kind};
    layout->key_count = n + 1;
}

static bool is_plain(const struct column *column, enum crate_kind wanted)
{
    enum crate_kind kind;
    unsigned char arrays;
    crate_type_parse(column->type, &kind, &arrays);
    return kind == wanted && !arrays;
}

static void add_own_column(struct crate_layout *layout, const struct column *column,
                           enum crate_kind kind, bool *has)
{
    *has = is_plain(column, kind);
    if (!*has)
        add_problem(layout, "its column \"%.*s\" is %.*s, not %s", VIEW_ARG(column->name),
                    VIEW_ARG(column->type), crate_kind_name(kind));
}

static void add_top_column(struct crate_layout *layout, const struct column *column,
                           struct findings *found)
{
    struct view name = column->name;
    if (view_equal(name, VIEW("pk"))) {
        found->has_pk = is_plain(column, KIND_OBJECT);
    } else if (view_equal(name, VIEW("data"))) {
        add_own_column(layout, column, KIND_OBJECT, &found->has_data);
        crate_types_add(&layout->types, NULL, 0, KIND_OBJECT, 0, column->policy);
    } else if (view_equal(name, VIEW("aux"))) {
        add_own_column(layout, column, KIND_OBJECT, &found->has_aux);
        if (found->has_aux && column->policy_known && column->policy != POLICY_IGNORED)
            add_problem(layout, "its column \"aux\" is not OBJECT(IGNORED)");
    } else if (view_equal(name, VIEW("version"))) {
        add_own_column(layout, column, KIND_BIGINT, &layout->has_version);
    } else if (view_equal(name, VIEW("sequence"))) {
        add_own_column(layout, column, KIND_TEXT, &layout->has_sequence);
    } else if (view_equal(name, VIEW("deleted"))) {
        add_own_column(layout, column, KIND_BOOLEAN, &layout->has_deleted);
    } else if (!column->nullable && !column->generated && !column->defaulted) {
        found->unfilled = name;
    }
}

static void add_column(struct crate_layout *layout, const struct column *column,
                       struct findings *found)
{
    if (column->path_count == 0) {
        add_top_column(layout, column, found);
    } else if (view_equal(column->name, VIEW("pk")) && column->path_count == 1) {
        add_key_member(layout, column, found);
    } else if (view_equal(column->name, VIEW("data"))) {
        enum crate_kind kind;
        unsigned char arrays;
        crate_type_parse(column->type, &kind, &arrays);
        crate_types_add(&layout->types, column->path, column->path_count, kind, arrays,
                        column->policy);
    }
}

static void read_columns(struct crate_layout *layout, const struct query_result *rows,
                         struct findings *found)
{
    layout->types.columns = rows->row_count;
    for (size_t i = 0; i < rows->row_count && rows->column_count == 6; i++) {
        const struct view *row = &rows->cells[6 * i];
        struct column column;
        struct view name = crate_cell_text(&layout->arena, row[0]);
        buf_printf(&layout->columns, "%.*s %.*s\n", VIEW_ARG(name),
                   VIEW_ARG(crate_cell_text(&layout->arena, row[1])));
        if (read_column(&layout->arena, row, &column))
            add_column(layout, &column, found);
    }
}

/* information_schema.key_column_usage: "pk" once for every part [wire 0018]. */
static void read_keys(struct crate_layout *layout, const struct query_result *rows,
                      struct findings *found)
{
    found->key_columns = rows->row_count;
    for (size_t i = 0; i < rows->row_count && rows->column_count == 1; i++) {
        struct view name = crate_cell_text(&layout->arena, rows->cells[i]);
        if (!view_equal(name, VIEW("pk")) && !view_starts_with(name, VIEW("pk[")))
            found->key_elsewhere = true;
    }
}

/* ---- the verdict ---- */

static int compare_names(const void *a, const void *b)
{
    const struct crate_key_column *left = a, *right = b;
    return view_compare(left->name, right->name);
}

static void judge_keyed(struct crate_layout *layout, const struct findings *found)
{
    if (found->key_elsewhere || found->key_members != found->key_columns)
        add_problem(layout, "its primary key is not made of the members of \"pk\" alone");
    else if (layout->key_count == 0 || found->key_members > KEY_PARTS_MAX)
        add_problem(layout, "its key has %zu parts; DynamoDB has one or two", found->key_members);
    else if (!found->has_data || !found->has_aux)
        add_problem(layout, "it has no column \"%s\"", found->has_data ? "aux" : "data");
    qsort(layout->key, layout->key_count, sizeof(layout->key[0]), compare_names);
    layout->kind = layout->has_version && layout->has_sequence && layout->has_deleted
                       ? CRATE_LORRY
                       : CRATE_LORRYSTREAM;
}

static void judge(struct crate_layout *layout, const struct findings *found)
{
    if (!found->is_there) {
        layout->kind = CRATE_MISSING;
        return;
    }
    layout->kind = CRATE_FOREIGN;
    if (found->is_view)
        add_problem(layout, "it is a view");
    else if (found->has_pk)
        judge_keyed(layout, found);
    else if (found->key_columns)
        add_problem(layout, "it has a primary key, but no object \"pk\" that holds it");
    else if (found->has_data)
        layout->kind = CRATE_DOCUMENT;
    else
        add_problem(layout, "it has no column \"data\"");
    if (found->unfilled.len)
        add_problem(layout, "its column \"%.*s\" must not be null, and nothing is written there",
                    VIEW_ARG(found->unfilled));
    if (layout->problem.len)
        layout->kind = CRATE_FOREIGN;
}

/* ---- the look ---- */

static void begin_question(struct buf *body, struct json_writer *w, struct view statement,
                           struct crate *crate)
{
    crate_begin_body(body, statement);
    buf_append_str(body, ",\"args\":");
    json_writer_init(w, body);
    json_begin_array(w);
    json_put_string(w, view_str(crate->table.schema));
    json_put_string(w, view_str(crate->table.table));
}

static void end_question(struct buf *body, struct json_writer *w)
{
    json_end_array(w);
    buf_append_char(body, '}');
}

static const struct view questions[] = {
    VIEW("SELECT table_name, table_type, settings FROM information_schema.tables WHERE "
         "table_schema = ? AND table_name IN (?, ?, ?)"),
    VIEW("SELECT column_name, data_type, is_nullable, is_generated, column_default, "
         "column_details FROM information_schema.columns WHERE table_schema = ? AND table_name = "
         "? ORDER BY ordinal_position"),
    VIEW("SELECT column_name FROM information_schema.key_column_usage WHERE table_schema = ? AND "
         "table_name = ? ORDER BY ordinal_position"),
};
#define QUESTIONS 3

static void write_questions(struct crate *crate, struct buf bodies[QUESTIONS])
{
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct json_writer w;
        begin_question(&bodies[i], &w, questions[i], crate);
        if (i == 0) {
            cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
            buf_printf(&name, "%s_live", crate->table.table);
            json_put_string(&w, buf_view(&name));
            buf_clear(&name);
            buf_printf(&name, "%s_dead_letters", crate->table.table);
            json_put_string(&w, buf_view(&name));
        }
        end_question(&bodies[i], &w);
    }
}

static int read_answers(struct crate *crate, struct crate_layout *layout,
                        const struct crate_call *calls, struct error *err)
{
    struct query_result rows[QUESTIONS] = {0};
    struct findings found = {0};
    int failed = 0;
    for (size_t i = 0; i < QUESTIONS && !failed; i++)
        failed = crate_read_table(calls[i].answer, &rows[i], err);
    if (!failed) {
        read_tables(crate, layout, &rows[0], &found);
        read_columns(layout, &rows[1], &found);
        read_keys(layout, &rows[2], &found);
        judge(layout, &found);
    }
    for (size_t i = 0; i < QUESTIONS; i++)
        query_result_release(&rows[i]);
    return failed;
}

/* A table without a key keeps that of the changes. */
static void keep_learnt_types(struct crate_layout *layout, const struct crate_layout *before)
{
    for (size_t i = 0; i < layout->key_count && i < before->key_count; i++)
        if (view_equal(layout->key[i].name, before->key[i].name) &&
            layout->key[i].kind == before->key[i].kind)
            layout->key[i].type = before->key[i].type;
}

static void keep_learnt_key(struct crate_layout *layout, const struct crate_layout *before)
{
    if (layout->kind != before->kind)
        return;
    if (layout->kind != CRATE_DOCUMENT) {
        keep_learnt_types(layout, before);
        return;
    }
    layout->key_count = before->key_count;
    for (size_t i = 0; i < before->key_count; i++)
        layout->key[i] = (struct crate_key_column){
            .name = arena_copy(&layout->arena, before->key[i].name), .type = before->key[i].type};
    crate_resolve_key(layout);
}

static int look(struct crate *crate, struct crate_layout *layout, int64_t deadline,
                struct error *err)
{
    struct buf bodies[QUESTIONS];
    struct crate_call calls[QUESTIONS] = {0};
    for (size_t i = 0; i < QUESTIONS; i++)
        bodies[i] = BUF_INIT(BUF_TEXT_CAP);
    write_questions(crate, bodies);
    for (size_t i = 0; i < QUESTIONS; i++) {
        calls[i].statement = questions[i];
        calls[i].body = buf_view(&bodies[i]);
    }
    crate_perform(&crate->http, calls, QUESTIONS, deadline);
    int failed = 0;
    for (size_t i = 0; i < QUESTIONS && !failed; i++)
        if (calls[i].outcome != CRATE_DONE) {
            failed = -1;
            if (err)
                *err = calls[i].error;
        }
    if (!failed)
        failed = read_answers(crate, layout, calls, err);
    for (size_t i = 0; i < QUESTIONS; i++) {
        crate_call_release(&calls[i]);
        buf_release(&bodies[i]);
    }
    return failed;
}

int crate_look(struct crate *crate, int64_t deadline, struct error *err)
{
    struct crate_layout fresh;
    layout_init(&fresh);
    crate->looked = false;
    if (look(crate, &fresh, deadline, err) < 0) {
        crate_layout_release(&fresh);
        return -1;
    }
    keep_learnt_key(&fresh, &crate->layout);
    crate_make_statements(crate, &fresh);
    crate_layout_release(&crate->layout);
    crate->layout = fresh;
    crate->looked = true;
    crate->looked_ms = crate->clock->steady_ms(crate->clock);
    return 0;
}

int crate_check_layout(const struct crate *crate, struct error *err)
{
    const struct table_name *table = &crate->table;
    switch (crate->layout.kind) {
    case CRATE_MISSING:
        return error_set(err, ERROR_SINK, 0,
                         "table \"%s\".\"%s\" does not exist: make it with `lorry table create`",
                         table->schema, table->table);
    case CRATE_FOREIGN:
        return error_set(err, ERROR_SINK, 0, "table \"%s\".\"%s\" is none of lorry's: %s",
                         table->schema, table->table, buf_str(&crate->layout.problem));
    default: return 0;
    }
}
