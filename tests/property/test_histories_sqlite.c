#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target.h"

/* A folder of its own per history, in memory where there is such a place: thousands of commits wait
 * for the disk otherwise. */
struct database {
    char folder[64];
    char url_text[128];
    struct url url;
    struct table_name table;
    struct sink_config config;
};

static void *create(uint64_t seed)
{
    (void)seed;
    struct database *database = calloc(1, sizeof(*database));
    snprintf(database->folder, sizeof(database->folder), "%s/lorry-property-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(database->folder))
        abort();
    snprintf(database->url_text, sizeof(database->url_text), "sqlite:///%s/sink.db",
             database->folder);
    if (url_parse(view_str(database->url_text), &database->url, NULL) < 0 ||
        table_name_parse(VIEW("items"), &database->table, NULL) < 0)
        abort();
    database->config = (struct sink_config){.url = &database->url,
                                            .table = database->table,
                                            .create_table = true,
                                            .clock = &clock_system};
    return database;
}

static struct sink *open_sink(void *state, uint64_t seed)
{
    (void)seed;
    struct database *database = state;
    struct sink *sink;
    struct error err;
    if (sink_open(&database->config, &sink, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    return sink;
}

/* Columns whose text is JSON become that JSON; SQLite knows no boolean. */
static json_t *rows(void *state)
{
    struct sink *sink = open_sink(state, 0);
    json_t *rows = query_rows(sink, "SELECT pk, data, aux, version, sequence, deleted FROM items",
                              false),
           *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        static const char *const json_columns[] = {"pk", "data", "aux"};
        for (size_t c = 0; c < 3; c++) {
            json_t *text = json_object_get(row, json_columns[c]);
            if (json_is_string(text))
                json_object_set_new(
                    row, json_columns[c],
                    json_loads(json_string_value(text), JSON_REJECT_DUPLICATES, NULL));
        }
        json_object_set_new(row, "deleted",
                            json_boolean(json_integer_value(json_object_get(row, "deleted"))));
    }
    sink_close(sink);
    return rows;
}

static json_t *dead_letters(void *state)
{
    struct sink *sink = open_sink(state, 0);
    json_t *letters = query_rows(sink, "SELECT sequence FROM items_dead_letters", true);
    json_t *sequences = column_set(letters, "sequence");
    json_decref(letters);
    sink_close(sink);
    return sequences;
}

static void destroy(void *state)
{
    struct database *database = state;
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/sink.db%s", database->folder, suffixes[i]);
        unlink(path);
    }
    rmdir(database->folder);
    url_release(&database->url);
    table_name_release(&database->table);
    free(database);
}

static const struct target sqlite_target = {.create = create,
                                            .open = open_sink,
                                            .rows = rows,
                                            .dead_letters = dead_letters,
                                            .destroy = destroy};

int main(void)
{
    size_t count = choose_count(1500);
    uint64_t seed = choose_seed();
    size_t right = run_histories(&sqlite_target, seed, count, false);
    printf("%zu of %zu histories ended as the model says\n", right, count);
    size_t replayed = run_replays(&sqlite_target, seed, count / 2);
    printf("%zu of %zu were mended by replaying\n", replayed, count / 2);
    return right == count && replayed == count / 2 ? 0 : 1;
}
