/* Random histories of a DynamoDB table, how they are delivered, and what a sink must hold in the
 * end: an independent model. Nothing of src/cdc, src/pipeline or src/sink is used here. */
#ifndef LORRY_TESTS_PROPERTY_HISTORY_H
#define LORRY_TESTS_PROPERTY_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A small deterministic generator: the same seed gives the same history everywhere. */
struct rng {
    uint64_t state;
};

uint64_t rng_next(struct rng *rng);
/* 0 to bound - 1. */
size_t rng_below(struct rng *rng, size_t bound);
/* True in `percent` of 100 cases. */
bool rng_chance(struct rng *rng, unsigned percent);

/* One record as it lies in the stream. */
struct delivery {
    char *payload;     /* the bytes of kinesis.data, before base64 */
    char sequence[64]; /* Kinesis sequence number */
    bool misfit;       /* can never be applied */
    json_t *key;       /* {"device":"x",...} plain; NULL for misfits */
    int64_t version;
    char order[80]; /* zero-padded sequence that orders equal versions */
    json_t *item;   /* typed JSON of the new image; NULL: removed */
};

struct history {
    struct delivery *deliveries; /* in the order of the stream */
    size_t count;
    size_t anchor; /* the first `anchor` deliveries come alone, before everything else */
    bool numeric_key;
};

/* What kinds of misfits a sink can have. */
struct history_options {
    bool inexact_keys; /* keys of type N that do not fit the sink's integer column */
};

void history_make(struct history *history, struct rng *rng, const struct history_options *options);
void history_release(struct history *history);

/* The deliveries begin..end-1 as a Lambda event; free() it. */
char *history_event(const struct history *history, size_t begin, size_t end);

/* What must be there: an array of {"pk": {...}, "version": n, "sequence": "...", "item": typed JSON
 * or null}, one per key. */
json_t *history_expected(const struct history *history);

/* The sequence numbers of all misfits: an object sequence -> true. */
json_t *history_misfits(const struct history *history);

#endif
