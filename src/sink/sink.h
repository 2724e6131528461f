/* A sink: a database that holds, for every key, the item as of the newest change. One file per
 * database (plus private ones beside it), one line in sink.c's table.
 *
 * A batch is written like this, by pipeline/ and nobody else:
 *
 *     begin     looks at (or makes) the tables; opens a transaction where there are any
 *     write     once or more; rows whose keys all differ, within the call
 *     keep_dead once or more, after the rows
 *     commit or rollback
 *
 * Every call may be repeated after a failure, from `begin` on: applying again changes nothing.
 * Errors carry `retry` where the same may succeed in a moment (connection, 5xx, 429, locked); such
 * ones are repeated by the caller, inside its deadline. An error of any call fails the batch; what
 * is wrong with one row alone is not an error but ROW_REFUSED. All calls may block until the
 * deadline (clock.steady_ms(), 0: none). Single-threaded. */
#ifndef LORRY_SINK_SINK_H
#define LORRY_SINK_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/view.h"
#include "cdc/change.h"
#include "net/http.h"
#include "net/url.h"
#include "sink/column_types.h"
#include "sink/table_name.h"

/* Where the password comes from: the URL, SINK_PASSWORD, a secret. */
struct password_source {
    /* The password (owned by the source, valid until the next call), or NULL and `err`. `refused`:
     * the one given last was not accepted, a newer one is wanted; a source that has none gives the
     * same again. */
    const char *(*get)(struct password_source *source, bool refused, struct error *err);
    /* Where it comes from, for messages: "SINK_PASSWORD", "secret \"x\""; borrowed for its life. */
    const char *origin;
};

struct sink_config {
    const struct url *url;            /* as the user wrote it */
    struct table_name table;          /* borrowed, like everything here, for the life of the sink */
    struct password_source *password; /* NULL: that of the URL, or none */
    const struct column_types *types; /* COLUMN_TYPES; NULL: none */
    bool create_table;                /* make missing tables on first use */
    struct http_client *http;         /* for sinks that need one */
    struct clock *clock;
    int64_t patience_ms; /* for each answer where there is no deadline; 0: minutes; -1: for ever */
};

enum row_state {
    ROW_PENDING, /* not (durably) dealt with */
    ROW_WRITTEN, /* the sink holds this change or a newer one */
    ROW_STALE,   /* the same, and the sink said that it had a newer one */
    ROW_REFUSED, /* this change can never be applied; `reason` says why */
};

#define REASON_MAX 240

struct sink_row {
    const struct change *change;
    enum row_state state;    /* in: ROW_PENDING */
    char reason[REASON_MAX]; /* of ROW_REFUSED; short, no values of the item */
};

struct dead_letter {
    struct view stream; /* ARN of the stream, or the file; may be empty, like the next */
    struct view shard;
    struct view sequence; /* unique within stream and shard */
    struct view reason;   /* short */
    struct view record;   /* the bytes as delivered, of any size, any bytes */
};

/* A dead letter as it is kept. */
struct kept_letter {
    struct dead_letter letter;
    int64_t received_us; /* when it was set aside, since 1970; 0: its row does not say */
    struct view version; /* the sink's own, of this row: see `delete_dead` */
};

/* Some of them. */
struct dead_page {
    struct arena arena; /* owns all of it */
    struct kept_letter *letters;
    size_t count;
};

/* A page ends with the letter that makes it longer than this, if not before. */
#define DEAD_PAGE_BYTES ((size_t)6 << 20)

/* What keeps an older change from overwriting a newer one. */
struct guard_info {
    bool guarded;   /* rows have a version and a sequence, or there is no table yet. If not, every
                       write overwrites what is there */
    int64_t newest; /* the greatest version in the table, microseconds; 0: there is none */
};

/* A table as `lorry table show` prints it. */
struct table_info {
    bool exists;
    const char *layout; /* "lorry", "lorrystream", "document", "foreign", "" if there is none;
                           constant */
    struct buf columns; /* one "name type" a line */
    struct buf key;     /* what is known of the keys, as JSON: {"device":"S","n":"N"}, or
                           "S or B"; empty if nothing is */
    struct buf advice; /* what `table upgrade` would do or why it cannot, sentences; empty if all is
                          well */
    int64_t rows, tombstones, dead_letters; /* -1: unknown */
};

/* The answer to a query: column names and rows of JSON values. */
struct query_result {
    struct arena arena;   /* owns all of it */
    struct view *columns; /* plain text */
    size_t column_count;
    struct view *cells; /* row_count * column_count JSON values */
    size_t row_count;
    int64_t affected; /* rows changed by a statement that returns none; else -1 */
};

struct sink;

struct sink_ops {
    const char *const *schemes; /* of URLs, NULL-terminated */
    bool transactional; /* until `commit` nothing is durable: after a failure every row counts
                           as pending again */

    /* Checks the configuration, connects to nothing. Error: ERROR_SETTING. */
    int (*open)(const struct sink_config *config, struct sink **sink, struct error *err);

    /* Makes sure that the table is there and known. `sample` is a change of the batch whose keys
     * are those of the table to be made, NULL if the batch has none: then only the dead-letter
     * table is made sure of. */
    int (*begin)(struct sink *sink, const struct change *sample, int64_t deadline,
                 struct error *err);
    int (*write)(struct sink *sink, struct sink_row *rows, size_t count, int64_t deadline,
                 struct error *err);
    int (*keep_dead)(struct sink *sink, const struct dead_letter *letters, size_t count,
                     int64_t deadline, struct error *err);
    int (*commit)(struct sink *sink, int64_t deadline, struct error *err);
    void (*rollback)(struct sink *sink);

    /* Makes what was written visible to every query, where that takes a while by itself; NULL: it
     * is visible at once. No batch needs it; people who look right afterwards do. */
    int (*refresh)(struct sink *sink, int64_t deadline, struct error *err);

    /* Removes tombstones with a version below `before`, at most a few thousand. `*purged` is how
     * many. */
    int (*purge)(struct sink *sink, int64_t before, int64_t deadline, size_t *purged,
                 struct error *err);

    /* Kept letters in the order of their keys (stream, shard, sequence), from the first one behind
     * `after` on (NULL: from the very first), at most `max`. An empty page is the end, also where
     * there is no such table. What is set aside meanwhile may be missed. `page` is initialised by
     * the call. */
    int (*list_dead)(struct sink *sink, const struct dead_letter *after, size_t max,
                     int64_t deadline, struct dead_page *page, struct error *err);

    /* Deletes letters as they were listed, durably, outside of a batch. A row that is gone is fine;
     * one that was deleted and set aside again since it was listed stays, since it may hold other
     * bytes: a key alone is never enough. */
    int (*delete_dead)(struct sink *sink, const struct kept_letter *letters, size_t count,
                       int64_t deadline, struct error *err);

    /* How the table is guarded, with what was written a moment ago. Makes nothing. */
    int (*guard)(struct sink *sink, int64_t deadline, struct guard_info *info, struct error *err);

    /* For each key (of the same names and types), the version of its row, a tombstone's included;
     * 0: it has none; -1: there is no row, also where there is no table, or none that could hold
     * the key. By key, so that what was written a moment ago counts. Only for guarded tables. Makes
     * nothing. */
    int (*find_versions)(struct sink *sink, const struct key *const *keys, size_t count,
                         int64_t deadline, int64_t *versions, struct error *err);

    /* The table by itself. create: `key` has names and types ('S', 'N', 'B'); fine if it is there
     * already in the same shape. upgrade: adds what an older layout lacks; `replace_empty`: may
     * replace an empty keyless table; `key` only for that. drop: also the view and, with
     * `dead_letters`, that table. */
    int (*create)(struct sink *sink, const struct key *key, struct error *err);
    int (*show)(struct sink *sink, struct table_info *info, struct error *err);
    int (*upgrade)(struct sink *sink, const struct key *key, bool replace_empty, struct error *err);
    int (*drop)(struct sink *sink, bool dead_letters, struct error *err);

    /* Any statement; `result` is initialised by the call. */
    int (*query)(struct sink *sink, struct view statement, struct query_result *result,
                 struct error *err);

    void (*close)(struct sink *sink);
};

struct sink {
    const struct sink_ops *ops;
};

/* Picks the driver by the scheme of the URL. Error: ERROR_SETTING; it lists the schemes there are.
 */
int sink_open(const struct sink_config *config, struct sink **sink, struct error *err);

/* NULL is allowed. */
void sink_close(struct sink *sink);

void table_info_release(struct table_info *info);
void query_result_release(struct query_result *result);
void dead_page_release(struct dead_page *page);

#endif
