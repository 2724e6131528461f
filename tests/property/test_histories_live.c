/* Random histories against a real CrateDB, when LORRY_TEST_CRATEDB_URL names one: tables of their
 * own, dropped afterwards. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/http_event.h"
#include "target.h"

#define EXIT_SKIPPED 77
#define CLIENTS_MAX 4096

struct database {
    struct url url;
    char table_text[64];
    struct table_name table;
    pthread_mutex_t lock;
    struct http_client *clients[CLIENTS_MAX]; /* they outlive their sinks */
    size_t client_count;
};

static void *create(uint64_t seed)
{
    static unsigned number;
    struct database *database = calloc(1, sizeof(*database));
    struct error err;
    (void)seed;
    snprintf(database->table_text, sizeof(database->table_text), "lorry_property_%d_%u",
             (int)getpid(), number++);
    pthread_mutex_init(&database->lock, NULL);
    if (url_parse(view_str(getenv("LORRY_TEST_CRATEDB_URL")), &database->url, &err) < 0 ||
        table_name_parse(view_str(database->table_text), &database->table, &err) < 0) {
        fprintf(stderr, "LORRY_TEST_CRATEDB_URL: %s\n", err.message);
        abort();
    }
    return database;
}

static struct http_client *new_client(struct database *database)
{
    struct http_client *client = http_event_new();
    pthread_mutex_lock(&database->lock);
    if (database->client_count == CLIENTS_MAX)
        abort();
    database->clients[database->client_count++] = client;
    pthread_mutex_unlock(&database->lock);
    return client;
}

static struct sink *open_sink(void *state, uint64_t seed)
{
    struct database *database = state;
    struct sink_config config = {.url = &database->url,
                                 .table = database->table,
                                 .create_table = true,
                                 .http = new_client(database),
                                 .clock = &clock_system};
    struct sink *sink;
    struct error err;
    (void)seed;
    if (sink_open(&config, &sink, &err) < 0) {
        fprintf(stderr, "LORRY_TEST_CRATEDB_URL: %s\n", err.message);
        abort();
    }
    return sink;
}

/* Rows of a statement: `head`, the name of the table with `suffix`, `tail`. */
static json_t *ask(struct database *database, const char *head, const char *suffix,
                   const char *tail, bool optional)
{
    char statement[256];
    struct sink *sink = open_sink(database, 0);
    snprintf(statement, sizeof(statement), "%s \"%s%s\" %s", head, database->table_text, suffix,
             tail);
    json_t *rows = query_rows(sink, statement, optional);
    sink_close(sink);
    return rows;
}

static json_t *rows(void *state)
{
    json_decref(ask(state, "REFRESH TABLE", "", "", false));
    return ask(state, "SELECT pk, data, aux, version, sequence, deleted FROM", "", "LIMIT 10000",
               false);
}

static json_t *dead_letters(void *state)
{
    json_decref(ask(state, "REFRESH TABLE", "_dead_letters", "", true));
    json_t *letters = ask(state, "SELECT sequence FROM", "_dead_letters", "LIMIT 10000", true);
    json_t *sequences = column_set(letters, "sequence");
    json_decref(letters);
    return sequences;
}

static void destroy(void *state)
{
    struct database *database = state;
    struct sink *sink = open_sink(database, 0);
    struct error err;
    if (sink->ops->drop(sink, true, &err) < 0)
        fprintf(stderr, "%s is left behind: %s\n", database->table_text, err.message);
    sink_close(sink);
    for (size_t i = 0; i < database->client_count; i++)
        http_client_free(database->clients[i]);
    url_release(&database->url);
    table_name_release(&database->table);
    free(database);
}

static const struct target live_target = {
    .options = {.inexact_keys = true},
    .create = create,
    .open = open_sink,
    .rows = rows,
    .dead_letters = dead_letters,
    .destroy = destroy,
};

int main(void)
{
    if (!getenv("LORRY_TEST_CRATEDB_URL")) {
        puts("skipped: LORRY_TEST_CRATEDB_URL is not set");
        return EXIT_SKIPPED;
    }
    size_t count = choose_count(40);
    uint64_t seed = choose_seed();
    size_t right = run_histories(&live_target, seed, count, false);
    printf("%zu of %zu histories ended as the model says\n", right, count);
    size_t replayed = run_replays(&live_target, seed, count / 2);
    printf("%zu of %zu were mended by replaying\n", replayed, count / 2);
    return right == count && replayed == count / 2 ? 0 : 1;
}
