/* Reading what CrateDB answers with status 200. Private to the CrateDB sink. */
#ifndef LORRY_SINK_CRATE_ANSWER_H
#define LORRY_SINK_CRATE_ANSWER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"
#include "sink/sink.h"

/* What became of one row of a bulk call. */
struct crate_result {
    int64_t rowcount;   /* -2: it failed, the others are stored */
    int code;           /* of a failed one; 0 where the server left it out: it names the causes of
                           the first ten per shard only [wire 0983] */
    const char *reason; /* of a failed one: a few words without any value; constant */
};

/* Reads {"results":[{"rowcount":1},...]} into `results`, which has room for `count`. Error
 * (ERROR_SINK): it is not that, or there are more or fewer. */
int crate_read_bulk(struct view answer, struct crate_result *results, size_t count,
                    struct error *err);

/* Reads {"cols":[...],"rows":[[...]],"rowcount":1} into `result`, which is initialised by the call
 * and copies all it keeps. A statement without columns has no rows, but `affected`. */
int crate_read_table(struct view answer, struct query_result *result, struct error *err);

/* The value of a JSON number as an integer, or `fallback` if it is none. */
int64_t crate_integer(struct view number, int64_t fallback);

/* The cell as plain text, in `arena`: a JSON string unescaped, null as the empty view, anything
 * else as it stands. */
struct view crate_cell_text(struct arena *arena, struct view cell);

/* The member at a path of an object: crate_member(cell, "mapping", "depth", NULL). The empty view
 * if it is not there. */
struct view crate_member(struct view json, ...) __attribute__((sentinel));

#endif
