/* What `lorry replay` prints: a table of what is set aside, ranges of a queue, and in the end what
 * became of it; or one JSON value (docs/json.md). */
#ifndef LORRY_CLI_REPLAY_REPORT_H
#define LORRY_CLI_REPLAY_REPORT_H

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "pipeline/replay.h"
#include "pipeline/replay_queue.h"
#include "json/writer.h"

enum replay_mode { REPLAY_MODE_APPLY, REPLAY_MODE_DRY_RUN, REPLAY_MODE_LIST };

/* More is cut: nobody reads it, and memory has an end. The counts have all of it. */
#define REPLAY_SHOWN_MAX 10000

struct replay_report {
    const struct cli *cli;
    enum replay_mode mode;
    const char *public_url; /* of the sink, without a password */
    const struct table_name *table;
    struct replay_totals totals;
    uint64_t ranges;
    bool more_ranges;
    bool stopped;
    const char *failure; /* NULL: none */

    /* Private. */
    struct progress progress;
    struct query_result rows; /* one an item, as they are printed */
    struct view *cells;
    size_t item_count, items_left_out, size;
    struct buf items, range_items; /* JSON: what stands between the brackets */
    struct buf range_text;
};

void replay_report_init(struct replay_report *report, const struct cli *cli);
void replay_report_release(struct replay_report *report);

/* For struct replay_run and struct replay_queue; `user` is the report. */
void replay_report_item(void *user, const struct replay_item *item);
void replay_report_range(void *user, const struct replay_range *range);
void replay_report_batch(void *user);

/* Prints everything; with --quiet, no summary. Error: the table cannot be printed. */
int replay_report_end(struct replay_report *report, struct error *err);

#endif
