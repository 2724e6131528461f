/* A database under test: how to make an empty one, open it, read it. */
#ifndef LORRY_TESTS_PROPERTY_TARGET_H
#define LORRY_TESTS_PROPERTY_TARGET_H

#include "base/clock.h"
#include "history.h"
#include "sink/sink.h"

struct target {
    struct history_options options;
    /* A fresh, empty database; faults inside of it (if it has any of its own) drawn from the seed.
     */
    void *(*create)(uint64_t seed);
    /* A new connection for one writer, closed with sink_close(). Never NULL. */
    struct sink *(*open)(void *database, uint64_t seed);
    /* {"pk","data","aux","version","sequence","deleted"} of every row. */
    json_t *(*rows)(void *database);
    /* Sequence numbers of the dead letters, as keys of an object. */
    json_t *(*dead_letters)(void *database);
    void (*destroy)(void *database);
};

/* Runs `count` histories with seeds from `seed` on. Returns how many ended as the model says; stops
 * at the first that does not if `quiet` is false, having printed its seed. */
size_t run_histories(const struct target *target, uint64_t seed, size_t count, bool quiet);

/* The same for replaying: processors set changes aside for a cause that is mended later, then they
 * are replayed, under faults and crashes, beside processors that deliver again, or after a purge of
 * tombstones. In the end all is as if they had been delivered late, but for what had to be held
 * back. */
size_t run_replays(const struct target *target, uint64_t seed, size_t count);

/* Time in which waiting takes none. */
extern struct clock property_clock;

/* From LORRY_SEED, else the time; printed. */
uint64_t choose_seed(void);
/* From LORRY_HISTORIES, else `normal`. */
size_t choose_count(size_t normal);

/* Rows of a query as an array of objects; cells are JSON. An error means no rows if `optional`,
 * else it fails the test. */
json_t *query_rows(struct sink *sink, const char *statement, bool optional);

/* The values of a text column, as keys of an object. */
json_t *column_set(json_t *rows, const char *column);

#endif
