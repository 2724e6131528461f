#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

#define STREAM "arn:aws:kinesis:eu-central-1:111122223333:stream/dynamodb-cdc"
#define EPOCH_US INT64_C(1720740233012995)

uint64_t rng_next(struct rng *rng)
{
    /* splitmix64 */
    uint64_t z = rng->state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

size_t rng_below(struct rng *rng, size_t bound)
{
    return (size_t)(rng_next(rng) % bound);
}

bool rng_chance(struct rng *rng, unsigned percent)
{
    return rng_below(rng, 100) < percent;
}

#define PICK(rng, array) ((array)[rng_below(rng, sizeof(array) / sizeof((array)[0]))])

/* --- values ------------------------------------------------------------------------------------
 */

static json_t *typed(const char *type, json_t *value)
{
    return json_pack("{s:o}", type, value);
}

static json_t *random_digits(struct rng *rng)
{
    static const char *const special[] = {
        "0",
        "-1",
        "9007199254740992",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551621",
        "0.1",
        "-0.3",
        "1E-130",
        "9.9999999999999999999999999999999999999E+125",
        "0.30000000000000004",
        "123456789012345678",
        "1.00",
        "-0.0",
        "1E+22",
        "4.35",
        "100",
    };
    char text[64];
    if (rng_chance(rng, 25))
        return json_string(PICK(rng, special));
    if (rng_chance(rng, 30)) { /* up to 38 digits with a point somewhere */
        size_t digits = 1 + rng_below(rng, 38), point = rng_below(rng, digits), len = 0;
        for (size_t i = 0; i < digits; i++) {
            text[len++] = (char)('0' + rng_below(rng, 10));
            if (i == point && i + 1 < digits)
                text[len++] = '.';
        }
        text[len] = '\0';
        return json_string(text);
    }
    snprintf(text, sizeof(text), "%d", (int)rng_below(rng, 2000) - 1000);
    return json_string(text);
}

static json_t *random_text(struct rng *rng)
{
    static const char *const words[] = {"",
                                        "a",
                                        "42",
                                        "true",
                                        "größe",
                                        "東京 🚚",
                                        "quote\" back\\slash",
                                        "line\nfeed",
                                        "{\"a\":1}",
                                        "2024-07-12T01:17:42"};
    if (!rng_chance(rng, 1))
        return json_string(PICK(rng, words));
    char *big = malloc(40001);
    memset(big, 'x', 40000);
    big[40000] = '\0';
    json_t *text = json_string(big);
    free(big);
    return text;
}

static const char *const names[] = {"a", "b",   "c",  "d",    "e", "größe",
                                    "A", "a b", "_x", "data", "pk"};
static const char *const odd_names[] = {"a.b", "x[1]", "tab\tname", "", "new\nline", "'", "\"q\""};

static const char *random_name(struct rng *rng)
{
    return rng_chance(rng, 90) ? PICK(rng, names) : PICK(rng, odd_names);
}

static json_t *random_value(struct rng *rng, unsigned depth);

static json_t *random_map(struct rng *rng, unsigned depth)
{
    json_t *map = json_object();
    for (size_t i = rng_below(rng, 4); i-- > 0;)
        json_object_set_new(map, random_name(rng), random_value(rng, depth));
    return map;
}

static json_t *random_list(struct rng *rng, unsigned depth)
{
    json_t *list = json_array();
    bool uniform = rng_chance(rng, 60);
    for (size_t i = rng_below(rng, 4); i-- > 0;)
        json_array_append_new(list,
                              uniform ? typed("N", random_digits(rng)) : random_value(rng, depth));
    return list;
}

static json_t *random_set(struct rng *rng, bool numbers)
{
    json_t *set = json_array();
    for (size_t i = 1 + rng_below(rng, 3); i-- > 0;)
        json_array_append_new(set, numbers ? random_digits(rng) : random_text(rng));
    return set;
}

static json_t *random_value(struct rng *rng, unsigned depth)
{
    switch (rng_below(rng, depth ? 13 : 7)) {
    case 0:
    case 1: return typed("S", random_text(rng));
    case 2:
    case 3:
    case 4: return typed("N", random_digits(rng));
    case 5: return typed("BOOL", json_boolean(rng_chance(rng, 50)));
    case 6:
        return rng_chance(rng, 50) ? typed("NULL", json_true()) : typed("B", json_string("AQID"));
    case 7:
    case 8: return typed("M", random_map(rng, depth - 1));
    case 9:
    case 10: return typed("L", random_list(rng, depth - 1));
    case 11: return typed("NS", random_set(rng, true));
    default: return typed("SS", random_set(rng, false));
    }
}

/* Most attributes keep their type over all items; some do not. */
static json_t *random_item(struct rng *rng)
{
    json_t *item = json_object();
    for (size_t i = rng_below(rng, 6); i-- > 0;) {
        const char *name = random_name(rng);
        json_t *value;
        if (rng_chance(rng, 15))
            value = random_value(rng, 3);
        else if (name[0] == 'a')
            value = typed("N", random_digits(rng));
        else if (name[0] == 'b')
            value = typed("S", random_text(rng));
        else if (name[0] == 'c')
            value = typed("M", json_pack("{s:{s:o},s:{s:o}}", "x", "N", random_digits(rng), "y",
                                         "S", random_text(rng)));
        else if (name[0] == 'd')
            value = typed(
                "L", json_pack("[{s:o},{s:o}]", "N", random_digits(rng), "N", random_digits(rng)));
        else
            value = random_value(rng, 2);
        json_object_set_new(item, name, value);
    }
    return item;
}

/* --- changes -----------------------------------------------------------------------------------
 */

enum key_shape { KEY_S, KEY_SS, KEY_N, KEY_SN, KEY_B, KEY_SHAPES };

/* Spellings of a number that mean the same: they must end in one row. */
static const char *const number_keys[][3] = {
    {"0", "0.0", "-0"},
    {"1", "1.0", "1E0"},
    {"-7", "-7", "-70E-1"},
    {"100", "1E2", "1.00E+2"},
    {"9007199254740993", "9007199254740993", "9007199254740993.0"}};

static json_t *make_keys(struct rng *rng, enum key_shape shape, size_t number, json_t **plain)
{
    char text[32];
    snprintf(text, sizeof(text), "item-%zu\"ü", number);
    const char *digits = PICK(rng, number_keys[number]);
    switch (shape) {
    case KEY_S:
        *plain = json_pack("{s:s}", "id", text);
        return json_pack("{s:{s:s}}", "id", "S", text);
    case KEY_SS:
        *plain = json_pack("{s:s,s:s}", "device", number % 2 ? "x" : "y", "timestamp", text);
        return json_pack("{s:{s:s},s:{s:s}}", "timestamp", "S", text, "device", "S",
                         number % 2 ? "x" : "y");
    case KEY_N:
        *plain = json_pack("{s:I}", "id", (json_int_t)strtoll(number_keys[number][0], NULL, 10));
        return json_pack("{s:{s:s}}", "id", "N", digits);
    case KEY_SN:
        *plain = json_pack("{s:s,s:I}", "Device", "d", "at",
                           (json_int_t)strtoll(number_keys[number][0], NULL, 10));
        return json_pack("{s:{s:s},s:{s:s}}", "Device", "S", "d", "at", "N", digits);
    default:
        snprintf(text, sizeof(text), "AQI%c", "DEFGH"[number]);
        *plain = json_pack("{s:s}", "id", text);
        return json_pack("{s:{s:s}}", "id", "B", text);
    }
}

static json_t *make_record(const char *event, json_t *keys, json_t *item, int64_t version,
                           size_t number)
{
    char id[32];
    snprintf(id, sizeof(id), "event-%zu", number);
    json_t *body =
        json_pack("{s:I,s:O}", "ApproximateCreationDateTime", (json_int_t)version, "Keys", keys);
    if (item) {
        json_t *image = json_deep_copy(item);
        json_object_update(image, keys);
        json_object_set_new(body, "NewImage", image);
    }
    if (number % 3 == 0) { /* the order of members means nothing */
        json_object_del(body, "Keys");
        json_object_set(body, "Keys", keys);
    }
    json_object_set_new(body, "ApproximateCreationDateTimePrecision", json_string("MICROSECOND"));
    return json_pack("{s:s,s:s,s:s,s:n,s:s,s:o}", "eventSource", "aws:dynamodb", "eventID", id,
                     "eventName", event, "userIdentity", "tableName", "t", "dynamodb", body);
}

static char *broken_payload(struct rng *rng, json_t *record, const struct history_options *options,
                            bool anchored, enum key_shape shape)
{
    json_t *body = json_object_get(record, "dynamodb");
    switch (rng_below(rng, 8)) {
    case 0: return strdup("Hello, this is a test.");
    case 1: return strdup("{\"unknown\":\"foo:bar\"}");
    case 2: json_object_set_new(record, "eventName", json_string("UPSERT")); break;
    case 3: json_object_del(body, "Keys"); break;
    case 4:
        json_object_set_new(record, "eventName", json_string("MODIFY"));
        json_object_del(body, "NewImage");
        break;
    case 5:
        json_object_set_new(record, "eventName", json_string("INSERT"));
        json_object_set_new(body, "NewImage", json_pack("{s:{s:s}}", "a", "N", "warm"));
        break;
    case 6:
        if (!anchored)
            return strdup("");
        json_object_set_new(body, "Keys", json_pack("{s:{s:s}}", "stranger", "S", "x"));
        break;
    default:
        if (!options->inexact_keys || shape != KEY_N)
            return strdup("[1,2");
        json_object_set_new(body, "Keys", json_pack("{s:{s:s}}", "id", "N", "1.5"));
    }
    return json_dumps(record, JSON_COMPACT);
}

static void random_order(char *out, size_t size, const char *digits)
{
    size_t len = strlen(digits);
    snprintf(out, size, "%0*d%s", (int)(64 - len), 0, digits);
}

/* Places of the changes in the stream: everything once, some again, not in order. */
static size_t *shuffle(struct rng *rng, size_t changes, size_t anchor, size_t *count)
{
    size_t *order = calloc(changes * 3, sizeof(*order));
    *count = 0;
    for (size_t i = 0; i < changes; i++) {
        order[(*count)++] = i;
        while (i >= anchor && *count < changes * 2 && rng_chance(rng, 20))
            order[(*count)++] = i;
    }
    size_t reach = 1 + rng_below(rng, *count);
    for (size_t i = *count; i-- > anchor + 1;) {
        size_t low = i > anchor + reach ? i - reach : anchor;
        size_t j = low + rng_below(rng, i - low + 1), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    return order;
}

struct made {
    json_t *keys, *plain, *item;
    const char *event;
    int64_t version;
    bool misfit;
};

static void make_changes(struct rng *rng, struct made *made, size_t changes, enum key_shape shape)
{
    bool alive[5] = {false};
    int64_t now = EPOCH_US;
    for (size_t i = 0; i < changes; i++) {
        size_t number = rng_below(rng, 5);
        now += (int64_t)rng_below(rng, 3);
        bool remove = alive[number] && rng_chance(rng, 25);
        made[i].event = remove ? "REMOVE" : alive[number] ? "MODIFY" : "INSERT";
        made[i].version = now;
        made[i].keys = make_keys(rng, shape, number, &made[i].plain);
        made[i].item = remove ? NULL : random_item(rng);
        made[i].misfit = i > 0 && rng_chance(rng, 8);
        alive[number] = !remove;
    }
}

static void deliver(struct history *history, struct rng *rng, const struct made *made, size_t place,
                    size_t number, enum key_shape shape, const struct history_options *options)
{
    struct delivery *delivery = &history->deliveries[place];
    json_t *record = make_record(made->event, made->keys, made->item, made->version, number);
    snprintf(delivery->sequence, sizeof(delivery->sequence),
             "4959033827149025660855969253836157%022zu", place);
    random_order(delivery->order, sizeof(delivery->order), delivery->sequence);
    delivery->misfit = made->misfit;
    if (made->misfit) {
        delivery->payload = broken_payload(rng, record, options, history->anchor > 0, shape);
    } else {
        delivery->payload =
            json_dumps(record, JSON_COMPACT | (rng_chance(rng, 20) ? JSON_ENSURE_ASCII : 0));
        delivery->key = json_incref(made->plain);
        delivery->version = made->version;
        delivery->item = made->item ? json_incref(made->item) : NULL;
    }
    json_decref(record);
}

void history_make(struct history *history, struct rng *rng, const struct history_options *options)
{
    enum key_shape shape = (enum key_shape)rng_below(rng, KEY_SHAPES);
    size_t changes = 1 + rng_below(rng, 50), count;
    struct made *made = calloc(changes, sizeof(*made));
    make_changes(rng, made, changes, shape);
    *history = (struct history){.anchor = rng_chance(rng, 50), .numeric_key = shape == KEY_N};
    size_t *order = shuffle(rng, changes, history->anchor, &count);
    history->count = count;
    history->deliveries = calloc(count, sizeof(*history->deliveries));
    for (size_t i = 0; i < count; i++)
        deliver(history, rng, &made[order[i]], i, order[i], shape, options);
    for (size_t i = 0; i < changes; i++) {
        json_decref(made[i].keys);
        json_decref(made[i].plain);
        json_decref(made[i].item);
    }
    free(order);
    free(made);
}

void history_release(struct history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        free(history->deliveries[i].payload);
        json_decref(history->deliveries[i].key);
        json_decref(history->deliveries[i].item);
    }
    free(history->deliveries);
}

char *history_event(const struct history *history, size_t begin, size_t end)
{
    json_t *records = json_array();
    for (size_t i = begin; i < end; i++) {
        const struct delivery *delivery = &history->deliveries[i];
        size_t len = strlen(delivery->payload);
        char *data = malloc(BASE64_ENCODED_LEN(len) + 1), id[128];
        base64_encode(view_of(delivery->payload, len), data);
        data[BASE64_ENCODED_LEN(len)] = '\0';
        snprintf(id, sizeof(id), "shardId-000000000000:%s", delivery->sequence);
        json_array_append_new(records,
                              json_pack("{s:{s:s,s:s,s:f},s:s,s:s,s:s}", "kinesis",
                                        "sequenceNumber", delivery->sequence, "data", data,
                                        "approximateArrivalTimestamp", 1720740233.25, "eventSource",
                                        "aws:kinesis", "eventID", id, "eventSourceARN", STREAM));
        free(data);
    }
    json_t *event = json_pack("{s:o}", "Records", records);
    char *text = json_dumps(event, JSON_COMPACT);
    json_decref(event);
    return text;
}

json_t *history_expected(const struct history *history)
{
    json_t *best = json_object();
    for (size_t i = 0; i < history->count; i++) {
        const struct delivery *delivery = &history->deliveries[i];
        if (delivery->misfit)
            continue;
        char *key = json_dumps(delivery->key, JSON_COMPACT | JSON_SORT_KEYS);
        json_t *row = json_object_get(best, key);
        json_int_t version = row ? json_integer_value(json_object_get(row, "version")) : -1;
        const char *order = row ? json_string_value(json_object_get(row, "sequence")) : "";
        if (delivery->version > version ||
            (delivery->version == version && strcmp(delivery->order, order) > 0))
            json_object_set_new(best, key,
                                json_pack("{s:O,s:I,s:s,s:O?}", "pk", delivery->key, "version",
                                          (json_int_t)delivery->version, "sequence",
                                          delivery->order, "item", delivery->item));
        free(key);
    }
    json_t *rows = json_array(), *row;
    const char *key;
    json_object_foreach(best, key, row) json_array_append(rows, row);
    json_decref(best);
    return rows;
}

json_t *history_misfits(const struct history *history)
{
    json_t *misfits = json_object();
    for (size_t i = 0; i < history->count; i++)
        if (history->deliveries[i].misfit)
            json_object_set_new(misfits, history->deliveries[i].sequence, json_true());
    return misfits;
}
