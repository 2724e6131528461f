#include "cli/replay_report.h"

#include <inttypes.h>

#include "base/memory.h"
#include "base/plural.h"
#include "base/printable.h"
#include "cli/counts.h"
#include "cli/rows.h"
#include "cli/table_print.h"

#define OUTPUT_CAP ((size_t)256 << 20)
#define CELL_CAP ((size_t)1 << 20)
/* Of a sequence number of 56 digits, the end tells one from another. */
#define SEQUENCE_SHOWN 8
/* What is no longer than this is shown whole: that of a line is its number and a hash. */
#define SEQUENCE_WHOLE 24

void replay_report_init(struct replay_report *report, const struct cli *cli)
{
    *report = (struct replay_report){
        .cli = cli,
        .items = BUF_INIT(OUTPUT_CAP),
        .range_items = BUF_INIT(OUTPUT_CAP),
        .range_text = BUF_INIT(OUTPUT_CAP),
    };
    progress_begin(&report->progress, cli);
}

void replay_report_release(struct replay_report *report)
{
    free(report->cells);
    arena_release(&report->rows.arena);
    buf_release(&report->items);
    buf_release(&report->range_items);
    buf_release(&report->range_text);
}

/* ---- items ---- */

static void put_time(struct json_writer *json, const char *name, int64_t us)
{
    char text[32] = "";
    if (us > 0)
        clock_format_us(us, text);
    json_member_text(json, name, view_str(text));
}

static void append_item(const struct replay_item *item, bool listed, struct buf *out)
{
    struct json_writer json;
    buf_append_str(out, out->len ? "," : "");
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_member_string(&json, "source", view_str(item->source));
    json_member_text(&json, "place", view_str(item->place));
    put_time(&json, "set_aside", item->set_aside_us);
    json_member_string(&json, "stream", item->stream);
    json_member_string(&json, "shard", item->shard);
    json_member_string(&json, "sequence", item->sequence);
    json_member_text(&json, "last_sequence", item->last);
    json_member_int(&json, "records", (int64_t)item->records);
    json_member_int(&json, "bytes", (int64_t)item->bytes);
    json_member_string(&json, "reason", item->reason);
    json_member_text(&json, "verdict", view_str(listed ? "" : replay_verdict_name(item->verdict)));
    json_member_text(&json, "problem", view_str(item->problem));
    json_end_object(&json);
}

static void set_cell(struct replay_report *report, size_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void set_cell(struct replay_report *report, size_t column, const char *format, ...)
{
    cleanup_buf struct buf text = BUF_INIT(CELL_CAP), cell = BUF_INIT(2 * CELL_CAP);
    struct json_writer json;
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    json_writer_init(&json, &cell);
    json_put_string(&json, buf_view(&text));
    report->cells[report->item_count * report->rows.column_count + column] =
        arena_copy(&report->rows.arena, buf_view(&cell));
}

static void set_columns(struct replay_report *report)
{
    static const struct view names[] = {VIEW("SET ASIDE"), VIEW("WHERE"), VIEW("SEQUENCE"),
                                        VIEW("SIZE"), VIEW("REASON")};
    report->rows.columns = arena_calloc(&report->rows.arena, ARRAY_LEN(names), sizeof(names[0]));
    memcpy(report->rows.columns, names, sizeof(names));
    report->rows.column_count = ARRAY_LEN(names);
}

static void make_room(struct replay_report *report)
{
    if (!report->rows.column_count)
        set_columns(report);
    if (report->item_count < report->size)
        return;
    report->size = report->size ? 2 * report->size : 64;
    report->cells = xreallocarray(report->cells, report->size * report->rows.column_count,
                                  sizeof(*report->cells));
}

/* "2026-01-31 12:00:00", in UTC. */
static const char *moment(int64_t us, char text[32])
{
    if (us <= 0)
        return "-";
    clock_format_us(us, text);
    text[10] = ' ';
    text[19] = '\0';
    return text;
}

/* "shardId-000000000006" is "shard 6". */
static void append_shard(struct buf *out, struct view shard)
{
    static const struct view prefix = VIEW("shardId-");
    struct view number = view_skip(shard, prefix.len);
    if (!view_starts_with(shard, prefix) || !number.len) {
        buf_append_view(out, shard);
        return;
    }
    while (number.len > 1 && *number.ptr == '0')
        number = view_skip(number, 1);
    buf_printf(out, "shard %.*s", VIEW_ARG(number));
}

/* Of an object; its whole name is wider than the screen, and is in --json. */
static const char *last_part(const char *place)
{
    const char *slash = strrchr(place, '/');
    return slash && slash[1] && strncmp(place, "s3://", 5) == 0 ? slash + 1 : place;
}

/* The shard, or else the file; of objects that cannot be read, the object. */
static void set_place(struct replay_report *report, const struct replay_item *item)
{
    cleanup_buf struct buf text = BUF_INIT(CELL_CAP);
    if (item->shard.len) {
        buf_append_str(&text, *item->place ? "s3 " : "");
        append_shard(&text, item->shard);
    } else if (*item->place) {
        buf_append_str(&text, last_part(item->place));
    } else {
        buf_append_view(&text, item->stream);
    }
    set_cell(report, 1, "%s", buf_str(&text));
}

static void append_sequence(struct buf *out, struct view sequence)
{
    bool cut = sequence.len > SEQUENCE_WHOLE;
    struct view shown = cut ? view_skip(sequence, sequence.len - SEQUENCE_SHOWN) : sequence;
    buf_printf(out, "%s%.*s", cut ? ".." : "", VIEW_ARG(shown));
}

static void set_sequence(struct replay_report *report, const struct replay_item *item)
{
    cleanup_buf struct buf text = BUF_INIT(CELL_CAP);
    append_sequence(&text, item->sequence);
    if (item->last.len && !view_equal(item->last, item->sequence)) {
        buf_append_str(&text, " to ");
        append_sequence(&text, item->last);
    }
    set_cell(report, 2, "%s", buf_str(&text));
}

/* What is wrong now says more than what was. */
static void set_reason(struct replay_report *report, const struct replay_item *item)
{
    static const char *const verdicts[REPLAY_HELD + 1] = {[REPLAY_READY] = "ready: ",
                                                          [REPLAY_STALE] = "overtaken: ",
                                                          [REPLAY_REFUSED] = "refused: ",
                                                          [REPLAY_HELD] = "held back: "};
    const char *verdict = verdicts[item->verdict] ? verdicts[item->verdict] : "";
    if (item->problem)
        set_cell(report, 4, "%s%s", verdict, item->problem);
    else if (item->records > 1)
        set_cell(report, 4, "%s%.*s, %" PRIu64 " records", verdict, VIEW_ARG(item->reason),
                 item->records);
    else
        set_cell(report, 4, "%s%.*s", verdict, VIEW_ARG(item->reason));
}

static void add_row(struct replay_report *report, const struct replay_item *item)
{
    char time[32];
    cleanup_buf struct buf size = BUF_INIT(CELL_CAP);
    make_room(report);
    set_cell(report, 0, "%s", moment(item->set_aside_us, time));
    set_place(report, item);
    set_sequence(report, item);
    counts_append_size(&size, item->bytes);
    set_cell(report, 3, "%s", buf_str(&size));
    set_reason(report, item);
}

void replay_report_item(void *user, const struct replay_item *item)
{
    struct replay_report *report = user;
    if (report->item_count >= REPLAY_SHOWN_MAX) {
        report->items_left_out++;
        return;
    }
    if (report->cli->json)
        append_item(item, report->mode == REPLAY_MODE_LIST, &report->items);
    else
        add_row(report, item);
    report->item_count++;
}

/* ---- ranges ---- */

/* Seconds until then; 0 if it is over. */
static int64_t left_s(int64_t us)
{
    int64_t left_us = us - clock_system.now_us(&clock_system);
    return us > 0 && left_us > 0 ? left_us / 1000000 : 0;
}

static void append_range_json(const struct replay_range *range, struct buf *out)
{
    const struct invocation_record *record = range->record;
    struct json_writer json;
    buf_append_str(out, out->len ? "," : "");
    json_writer_init(&json, out);
    json_begin_object(&json);
    put_time(&json, "set_aside", record->time_us);
    json_member_string(&json, "reason", record->condition);
    json_member_string(&json, "stream", record->stream);
    json_member_string(&json, "shard", record->shard);
    json_member_string(&json, "first_sequence", record->first);
    json_member_string(&json, "last_sequence", record->last);
    json_member_int(&json, "records", record->batch_size);
    put_time(&json, "first_arrival", record->first_arrival_us);
    put_time(&json, "last_arrival", record->last_arrival_us);
    json_member_bool(&json, "stream_exists", range->last_forgotten_us >= 0);
    put_time(&json, "forgotten_from", range->first_forgotten_us);
    put_time(&json, "forgotten", range->last_forgotten_us);
    json_member_int(&json, "left_s", left_s(range->first_forgotten_us));
    json_end_object(&json);
}

static void append_left(struct buf *out, const struct replay_range *range)
{
    int64_t first = left_s(range->first_forgotten_us), last = left_s(range->last_forgotten_us);
    int64_t minutes = (first ? first : last) / 60;
    if (range->last_forgotten_us < 0)
        buf_append_str(out, "gone: there is no such stream any more");
    else if (!range->last_forgotten_us)
        buf_append_str(out, "it is not known how long the stream keeps them");
    else if (!last)
        buf_append_str(out, "gone: the stream has forgotten them");
    else
        buf_printf(out, "%s in %" PRId64 " h %02" PRId64 " min",
                   first ? "the stream begins to forget them"
                         : "the first are gone; the stream forgets the last",
                   minutes / 60, minutes % 60);
}

static void append_range_text(const struct replay_range *range, struct buf *out)
{
    const struct invocation_record *record = range->record;
    char first[32], last[32], aside[32];
    buf_printf(out, "%" PRId64 " record%s of ", record->batch_size, plural_s(record->batch_size));
    printable_append(out, record->shard);
    buf_append_str(out, ": ");
    printable_append(out, record->condition);
    buf_append_str(out, "\n  stream     ");
    printable_append(out, record->stream);
    buf_append_str(out, "\n  from       ");
    printable_append(out, record->first);
    buf_append_str(out, "\n  to         ");
    printable_append(out, record->last);
    buf_printf(out, "\n  arrived    %s to %s\n  set aside  %s\n  ",
               moment(record->first_arrival_us, first), moment(record->last_arrival_us, last),
               moment(record->time_us, aside));
    append_left(out, range);
    buf_append_str(out, "\n");
}

void replay_report_range(void *user, const struct replay_range *range)
{
    struct replay_report *report = user;
    if (report->cli->json)
        append_range_json(range, &report->range_items);
    else
        append_range_text(range, &report->range_text);
    report->ranges++;
}

void replay_report_batch(void *user)
{
    struct replay_report *report = user;
    char records[32], text[64];
    snprintf(text, sizeof(text), "%s record%s", counts_group(report->totals.records, records),
             plural_s((int64_t)report->totals.records));
    progress_text(&report->progress, text);
}

/* ---- the end ---- */

static bool is_complete(const struct replay_report *report)
{
    return !report->failure && !report->stopped;
}

static void write_counts(struct json_writer *json, const struct replay_totals *totals)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"records", totals->records},
        {"bytes", totals->bytes},
        {"ready", totals->verdicts[REPLAY_READY]},
        {"written", totals->verdicts[REPLAY_WRITTEN]},
        {"stale", totals->verdicts[REPLAY_STALE]},
        {"duplicates", totals->verdicts[REPLAY_DUPLICATE]},
        {"refused", totals->verdicts[REPLAY_REFUSED]},
        {"held", totals->verdicts[REPLAY_HELD]},
        {"dead_letters", totals->dead_letters},
        {"deleted", totals->deleted},
        {"objects", totals->objects},
        {"objects_deleted", totals->deleted_objects},
        {"objects_unreadable", totals->unreadable_objects},
    };
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        json_member_int(json, counts[i].name, (int64_t)counts[i].count);
}

static void write_list(struct json_writer *json, const char *name, const struct buf *items)
{
    cleanup_buf struct buf list = BUF_INIT(OUTPUT_CAP);
    json_put_name(json, view_str(name));
    buf_append_char(&list, '[');
    buf_append_view(&list, buf_view(items));
    buf_append_char(&list, ']');
    json_put_raw(json, buf_view(&list));
}

static void print_json(const struct replay_report *report)
{
    static const char *const modes[] = {"apply", "dry-run", "list"};
    cleanup_buf struct buf out = BUF_INIT(2 * OUTPUT_CAP);
    struct json_writer json;
    json_writer_init(&json, &out);
    json_begin_object(&json);
    table_write_name(&json, report->public_url, report->table);
    json_member_string(&json, "mode", view_str(modes[report->mode]));
    write_list(&json, "items", &report->items);
    json_member_int(&json, "items_left_out", (int64_t)report->items_left_out);
    write_list(&json, "ranges", &report->range_items);
    json_member_bool(&json, "more_ranges", report->more_ranges);
    write_counts(&json, &report->totals);
    json_member_int(&json, "elapsed_ms", progress_elapsed_ms(&report->progress));
    json_member_bool(&json, "complete", is_complete(report));
    json_member_text(&json, "error", view_str(report->failure));
    json_end_object(&json);
    cli_put(&out);
}

static void append_sum(struct buf *out, const struct replay_report *report)
{
    static const char *const done[] = {"replayed", "looked at", "set aside"};
    const struct replay_totals *totals = &report->totals;
    char records[32];
    buf_printf(out, "%s record%s %s (", counts_group(totals->records, records),
               plural_s((int64_t)totals->records), done[report->mode]);
    counts_append_size(out, totals->bytes);
    buf_append_str(out, ")\n");
}

static void append_summary(struct buf *out, const struct replay_report *report)
{
    const struct replay_totals *totals = &report->totals;
    const struct count_line lines[] = {
        {totals->verdicts[REPLAY_READY], "can be applied"},
        {totals->verdicts[REPLAY_WRITTEN], "written"},
        {totals->verdicts[REPLAY_STALE], "overtaken by newer changes"},
        {totals->verdicts[REPLAY_DUPLICATE], "there twice"},
        {totals->verdicts[REPLAY_REFUSED] - totals->dead_letters, "refused: cannot be applied"},
        {totals->dead_letters, "refused: kept as dead letters of the table now"},
        {totals->verdicts[REPLAY_HELD], "held back (--force applies them)"},
        {totals->deleted, "deleted from the dead letters"},

    };
    const struct count_line objects[] = {
        {totals->deleted_objects, "deleted from the bucket"},
        {totals->unreadable_objects, "left there: cannot be read"},
    };
    char widest[32];
    int width = (int)strlen(counts_group(totals->records, widest));
    append_sum(out, report);
    counts_append_lines(out, lines, ARRAY_LEN(lines), width);
    if (!totals->objects && !totals->unreadable_objects)
        return;
    buf_printf(out, "%s object%s looked at\n",
               counts_group(totals->objects + totals->unreadable_objects, widest),
               plural_s((int64_t)(totals->objects + totals->unreadable_objects)));
    counts_append_lines(out, objects, ARRAY_LEN(objects), width);
}

/* What was not looked at is not to be read as nothing. */
static bool has_seen_nothing(const struct replay_report *report)
{
    return report->failure && !report->totals.records && !report->totals.objects &&
           !report->totals.unreadable_objects && !report->ranges;
}

static void append_end(struct buf *out, const struct replay_report *report)
{
    if (has_seen_nothing(report))
        return;
    if (report->item_count || report->ranges)
        buf_append_char(out, '\n');
    append_summary(out, report);
    if (report->more_ranges)
        buf_append_str(out, "the queue may have more messages than those shown\n");
    if (report->ranges)
        buf_append_str(out, "lorry-replay(1) says how to read such records from the stream\n");
}

static int print_text(struct replay_report *report, struct error *err)
{
    cleanup_buf struct buf out = BUF_INIT(OUTPUT_CAP);
    report->rows.cells = report->cells;
    report->rows.row_count = report->item_count;
    if (report->item_count && rows_print_table(report->cli, &report->rows, err) < 0)
        return -1;
    if (report->items_left_out)
        cli_note(report->cli, "%zu more are not shown", report->items_left_out);
    if (report->range_text.len) {
        buf_append_str(&out, report->item_count ? "\n" : "");
        buf_append_view(&out, buf_view(&report->range_text));
    }
    if (!report->cli->quiet)
        append_end(&out, report);
    fputs(buf_str(&out), stdout);
    return 0;
}

int replay_report_end(struct replay_report *report, struct error *err)
{
    progress_end(&report->progress);
    if (!report->cli->json)
        return print_text(report, err);
    print_json(report);
    return 0;
}
