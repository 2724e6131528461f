/* Rows on their way: a chunk is filled from a group of rows, and its results become their states,
 * or work for the next round (crate_write.c). Private to the write of the CrateDB sink. */
#ifndef LORRY_SINK_CRATE_LOAD_H
#define LORRY_SINK_CRATE_LOAD_H

#include "sink/crate_private.h"

/* Rows (by their numbers) that are sent together, as far as the bounds of a chunk allow. */
struct crate_group {
    const size_t *rows; /* in the scratch arena */
    size_t count;
    enum crate_plan plan;
};

struct crate_groups {
    struct crate_group *list;
    size_t count, size;
};

struct crate_row_list {
    size_t *list;
    size_t count, size;
};

/* One call of crate_write(). */
struct crate_writing {
    struct crate *crate;
    struct sink_row *rows; /* those of the call */
    size_t count;
    int64_t deadline;
    struct crate_groups queue, next;
    struct crate_row_list alone[CRATE_PLANS]; /* for the next round, to be put together */
    size_t chunk_rows;
    struct crate_claim **claims; /* of each row, as it was sent last */
    bool refreshed;              /* the types were looked up since the call began */
    bool failed;
    struct error error; /* the first one */
};

/* A row in a chunk. */
struct crate_load_row {
    size_t number;
    size_t begin, end; /* of its parameters in the body */
};

/* A chunk on its way. */
struct crate_load {
    struct crate_chunk chunk;
    struct crate_load_row *rows;
    size_t count;
    enum crate_plan plan;
};

void crate_push_row(struct crate_row_list *rows, size_t number);

/* Appends a group; nothing if `count` is 0. `rows` last until the end of the write, as the next
 * function makes them. */
void crate_push_rows(struct crate_groups *groups, const size_t *rows, size_t count,
                     enum crate_plan plan);

/* A copy in the scratch arena. */
const size_t *crate_keep_rows(struct crate_writing *w, const struct crate_row_list *rows);

/* The plan beyond which there is none: rows that are refused then are ROW_REFUSED. */
enum crate_plan crate_last_plan(const struct crate_writing *w);

/* Moves rows from the front of the group into a chunk of their own; those that the layout has no
 * place for go elsewhere, so that the chunk may be empty. Initialises `load`. */
void crate_load_fill(struct crate_writing *w, struct crate_load *load, struct crate_group *group);

/* Fills a chunk with the rows that are there already, for the second step, in the same order; their
 * parameters are what was sent in the first. Initialises `again`. */
void crate_load_again(struct crate_writing *w, struct crate_load *again,
                      const struct crate_load *load, const bool *existing);

/* Takes the results of a chunk. `existing` (NULL: there is no second step) is set for the rows that
 * the first step found there already; returns how many. Errors go to w->error. */
size_t crate_load_take(struct crate_writing *w, const struct crate_load *load, bool *existing);

void crate_load_release(struct crate_load *load);

#endif
