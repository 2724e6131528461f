#include "target_crate.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/http_model.h"

#define CLIENTS_MAX 4096

struct database {
    struct cratedb_model *model;
    bool one_step;
    struct url url;
    struct table_name table;
    pthread_mutex_t lock;
    struct http_client *clients[CLIENTS_MAX]; /* they outlive their sinks */
    size_t client_count;
};

/* ---- a client that keeps step one from the server ---- */

struct one_step_client {
    struct http_client client;
    struct http_client *inner;
};

/* Step one of a write into the main table: how many rows; else 0. */
static size_t rows_of_step_one(struct view body)
{
    json_t *request = json_loadb(body.ptr, body.len, 0, NULL);
    const char *statement = json_string_value(json_object_get(request, "stmt"));
    size_t rows = 0;
    if (statement && strstr(statement, "ON CONFLICT DO NOTHING") &&
        !strstr(statement, "_dead_letters"))
        rows = json_array_size(json_object_get(request, "bulk_args"));
    json_decref(request);
    return rows;
}

static void one_step_perform(struct http_client *client, struct http_exchange *exchanges,
                             size_t count)
{
    struct one_step_client *one_step = (struct one_step_client *)client;
    for (size_t i = 0; i < count; i++) {
        size_t rows = rows_of_step_one(exchanges[i].request.body);
        if (!rows) {
            http_perform(one_step->inner, &exchanges[i], 1);
            continue;
        }
        http_release(&exchanges[i]);
        exchanges[i].failed = false;
        exchanges[i].response.status = 200;
        exchanges[i].response.body = BUF_INIT(BUF_TEXT_CAP);
        buf_append_str(&exchanges[i].response.body, "{\"cols\":[],\"duration\":1.0,\"results\":[");
        for (size_t r = 0; r < rows; r++)
            buf_append_str(&exchanges[i].response.body,
                           r ? ",{\"rowcount\":0}" : "{\"rowcount\":0}");
        buf_append_str(&exchanges[i].response.body, "]}");
    }
}

static void one_step_free(struct http_client *client)
{
    http_client_free(((struct one_step_client *)client)->inner);
    free(client);
}

static const struct http_client_ops one_step_ops = {one_step_perform, one_step_free};

static struct http_client *one_step_new(struct http_client *inner)
{
    struct one_step_client *client = calloc(1, sizeof(*client));
    client->client.ops = &one_step_ops;
    client->inner = inner;
    return &client->client;
}

/* ---- the target ---- */

static struct database *create(uint64_t seed, bool one_step)
{
    struct database *database = calloc(1, sizeof(*database));
    database->model = cratedb_model_new();
    cratedb_model_set_shards(database->model, 1 + seed % 4);
    cratedb_model_set_version(database->model, seed % 3 ? "6.4.3" : "5.10.16");
    database->one_step = one_step;
    pthread_mutex_init(&database->lock, NULL);
    if (url_parse(VIEW("crate://crate@localhost:4200/"), &database->url, NULL) < 0 ||
        table_name_parse(VIEW("items"), &database->table, NULL) < 0)
        abort();
    return database;
}

static void *create_two_step(uint64_t seed)
{
    return create(seed, false);
}

static void *create_one_step(uint64_t seed)
{
    return create(seed, true);
}

static struct http_client *new_client(struct database *database, uint64_t seed, bool faults)
{
    struct http_model_options options = {.seed = seed, .clock = &clock_system};
    if (faults)
        options.faults = (struct http_model_faults){.lost_before = 10,
                                                    .lost_after = 10,
                                                    .unavailable = 10,
                                                    .too_many = 5,
                                                    .refreshed = 100};
    struct http_client *client = http_model_new(database->model, &options);
    if (database->one_step)
        client = one_step_new(client);
    pthread_mutex_lock(&database->lock);
    if (database->client_count == CLIENTS_MAX)
        abort();
    database->clients[database->client_count++] = client;
    pthread_mutex_unlock(&database->lock);
    return client;
}

static struct sink *open_client(struct database *database, struct http_client *client)
{
    struct sink_config config = {.url = &database->url,
                                 .table = database->table,
                                 .create_table = true,
                                 .http = client,
                                 .clock = &clock_system};
    struct sink *sink;
    struct error err;
    if (sink_open(&config, &sink, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    return sink;
}

static struct sink *open_sink(void *state, uint64_t seed)
{
    return open_client(state, new_client(state, seed, seed % 3 > 0));
}

static struct sink *open_reader(struct database *database)
{
    cratedb_model_refresh(database->model);
    return open_client(database, new_client(database, 0, false));
}

static json_t *rows(void *state)
{
    struct sink *sink = open_reader(state);
    json_t *rows = query_rows(sink,
                              "SELECT \"pk\", \"data\", \"aux\", \"version\", \"sequence\", "
                              "\"deleted\" FROM \"doc\".\"items\"",
                              false);
    sink_close(sink);
    return rows;
}

static json_t *dead_letters(void *state)
{
    struct sink *sink = open_reader(state);
    json_t *letters =
        query_rows(sink, "SELECT \"sequence\" FROM \"doc\".\"items_dead_letters\"", true);
    json_t *sequences = column_set(letters, "sequence");
    json_decref(letters);
    sink_close(sink);
    return sequences;
}

static void destroy(void *state)
{
    struct database *database = state;
    for (size_t i = 0; i < database->client_count; i++)
        http_client_free(database->clients[i]);
    cratedb_model_free(database->model);
    url_release(&database->url);
    table_name_release(&database->table);
    free(database);
}

const struct target crate_target = {
    .options = {.inexact_keys = true},
    .create = create_two_step,
    .open = open_sink,
    .rows = rows,
    .dead_letters = dead_letters,
    .destroy = destroy,
};

const struct target one_step_target = {
    .options = {.inexact_keys = true},
    .create = create_one_step,
    .open = open_sink,
    .rows = rows,
    .dead_letters = dead_letters,
    .destroy = destroy,
};
