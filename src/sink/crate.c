#include "sink/crate.h"

#include "base/log.h"
#include "base/memory.h"
#include "sink/crate_private.h"

/* CrateDB's schema where none is named. */
#define DEFAULT_SCHEMA "doc"

#define CHUNK_BYTES ((size_t)4 << 20)

/* "Processors look at the layout again every minute" (DESIGN 5). */
#define LOOK_AGAIN_MS 60000

static int crate_open(const struct sink_config *config, struct sink **sink, struct error *err)
{
    struct crate *crate = xcalloc(1, sizeof(*crate));
    if (crate_http_open(&crate->http, config, err) < 0) {
        free(crate);
        return -1;
    }
    const char *schema = config->table.schema ? config->table.schema : crate->http.schema;
    crate->sink.ops = &crate_sink_ops;
    crate->table.schema = xstrdup(schema ? schema : DEFAULT_SCHEMA);
    crate->table.table = xstrdup(config->table.table);
    crate->column_types = config->types;
    crate->clock = config->clock;
    crate->create_table = config->create_table;
    crate->chunk_bytes = CHUNK_BYTES;
    *sink = &crate->sink;
    return 0;
}

static void crate_close(struct sink *sink)
{
    struct crate *crate = (struct crate *)sink;
    crate_layout_release(&crate->layout);
    crate_http_release(&crate->http);
    table_name_release(&crate->table);
    arena_release(&crate->scratch);
    free(crate);
}

static int look_if_due(struct crate *crate, int64_t deadline, struct error *err)
{
    int64_t now = crate->clock->steady_ms(crate->clock);
    if (crate->looked && now - crate->looked_ms < LOOK_AGAIN_MS)
        return 0;
    return crate_look(crate, deadline, err);
}

/* The view is a convenience: rows are written without it, too. Tried once. */
static void offer_view(struct crate *crate, int64_t deadline)
{
    struct error err = {0};
    if (crate->layout.kind != CRATE_LORRY || crate->layout.has_view || crate->view_tried ||
        !crate->create_table)
        return;
    crate->view_tried = true;
    if (crate_create_view(crate, deadline, &err) < 0)
        log_warning("%s", err.message);
}

static void tell_keyless(struct crate *crate)
{
    if (crate->layout.kind != CRATE_DOCUMENT || crate->told_keyless)
        return;
    crate->told_keyless = true;
    log_warning("table \"%s\".\"%s\" has no key: rows are replaced by a search, the last delivery "
                "wins, and values that do not fit are dead letters; a table made by `lorry table "
                "create` has order, exact numbers and a place for every value (`lorry table "
                "upgrade` says how to get there)",
                crate->table.schema, crate->table.table);
}

static int crate_begin(struct sink *sink, const struct change *sample, int64_t deadline,
                       struct error *err)
{
    struct crate *crate = (struct crate *)sink;
    if (!sample)
        return crate_make_sure_of_dead(crate, deadline, err);
    if (look_if_due(crate, deadline, err) < 0)
        return -1;
    if (crate->layout.kind == CRATE_MISSING && crate->create_table) {
        crate->looked = false;
        if (crate_create_main(crate, &sample->key, deadline, err) < 0 ||
            crate_look(crate, deadline, err) < 0)
            return -1;
    }
    if (crate_check_layout(crate, err) < 0) {
        crate->looked = false; /* whoever mends the table need not wait */
        return -1;
    }
    offer_view(crate, deadline);
    tell_keyless(crate);
    return 0;
}

/* Every call is durable when it returns. */
static int crate_commit(struct sink *sink, int64_t deadline, struct error *err)
{
    (void)sink, (void)deadline, (void)err;
    return 0;
}

static void crate_rollback(struct sink *sink)
{
    (void)sink;
}

/* By itself it happens once a second [FACTS 4 "Keys and visibility"]. */
static int crate_refresh(struct sink *sink, int64_t deadline, struct error *err)
{
    return crate_run_on_table((struct crate *)sink, "REFRESH TABLE", "", deadline, err);
}

static const char *const schemes[] = {"crate", NULL};

const struct sink_ops crate_sink_ops = {
    .schemes = schemes,
    .transactional = false,
    .open = crate_open,
    .begin = crate_begin,
    .write = crate_write,
    .keep_dead = crate_keep_dead,
    .commit = crate_commit,
    .rollback = crate_rollback,
    .refresh = crate_refresh,
    .purge = crate_purge,
    .list_dead = crate_list_dead,
    .delete_dead = crate_delete_dead,
    .guard = crate_guard,
    .find_versions = crate_find_versions,
    .create = crate_create,
    .show = crate_show,
    .upgrade = crate_upgrade,
    .drop = crate_drop,
    .query = crate_query,
    .close = crate_close,
};
