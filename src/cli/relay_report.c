#include "cli/relay_report.h"

#include <inttypes.h>

#include "base/memory.h"
#include "base/plural.h"
#include "cli/counts.h"
#include "cli/table_print.h"

static uint64_t per_second(uint64_t count, int64_t elapsed_ms)
{
    return count * 1000 / (uint64_t)(elapsed_ms > 0 ? elapsed_ms : 1);
}

void relay_report_progress(const struct relay_progress *progress, void *user)
{
    (void)user;
    char records[32], rate[32];
    fprintf(stderr, "\r%s record%s, %s a second", counts_group(progress->records, records),
            plural_s((int64_t)progress->records),
            counts_group(per_second(progress->records, progress->elapsed_ms), rate));
    if (progress->total_bytes > 0)
        fprintf(stderr, ", %d %%",
                (int)((double)progress->bytes * 100 / (double)progress->total_bytes));
    fputs("\033[K", stderr);
    fflush(stderr);
}

static void clear_progress(void)
{
    fputs("\r\033[K", stderr);
}

/* In single quotes for a shell. */
static void append_quoted(struct buf *out, const char *text)
{
    buf_append_char(out, '\'');
    for (; *text; text++)
        buf_append_str(out, *text == '\'' ? "'\\''" : (char[]){*text, '\0'});
    buf_append_char(out, '\'');
}

/* A command that can be pasted. */
static void append_dead_letter_query(struct buf *out, const struct relay_report *report)
{
    cleanup_buf struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&sql, "SELECT stream, shard, sequence, reason FROM ");
    sql_append_table(&sql, report->table, "_dead_letters");
    buf_append_str(out, "To see what was set aside, and why:\n  lorry query --sink ");
    append_quoted(out, report->public_url);
    buf_append_str(out, " ");
    append_quoted(out, buf_str(&sql));
    buf_append_str(out, "\n");
}

static void print_summary(const struct relay_report *report)
{
    const struct report *sum = &report->result.report;
    const struct count_line lines[] = {
        {sum->written, "written"},
        {sum->stale, "overtaken by newer changes"},
        {sum->duplicates, "delivered twice"},
        {sum->dead_letters, "set aside as dead letters"},
        {sum->ignored, "ignored: cannot be applied"},
        {sum->raised, "refused: cannot be applied"},
    };
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    char records[32], rate[32];
    int width = (int)strlen(counts_group(sum->records, records));
    buf_printf(&out, "%s record%s read (", records, plural_s((int64_t)sum->records));
    counts_append_size(&out, sum->bytes);
    buf_printf(&out, ") in %.2f s: %s a second\n", (double)report->result.elapsed_ms / 1e3,
               counts_group(per_second(sum->records, report->result.elapsed_ms), rate));
    counts_append_lines(&out, lines, ARRAY_LEN(lines), width);
    if (sum->dead_letters)
        append_dead_letter_query(&out, report);
    fwrite(out.ptr, 1, out.len, stdout);
}

static void write_sources(struct json_writer *json, const struct relay_report *report)
{
    json_put_name(json, VIEW("sources"));
    json_begin_array(json);
    for (size_t i = 0; i < report->source_count; i++)
        json_put_string(json, view_str(report->sources[i]));
    json_end_array(json);
}

static void write_counts(struct json_writer *json, const struct report *sum)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"records", sum->records},           {"bytes", sum->bytes},
        {"written", sum->written},           {"stale", sum->stale},
        {"duplicates", sum->duplicates},     {"dead_letters", sum->dead_letters},
        {"ignored", sum->ignored},           {"refused", sum->raised},
        {"sink_ms", (uint64_t)sum->sink_ms},
    };
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        json_member_int(json, counts[i].name, (int64_t)counts[i].count);
}

static void print_json(const struct relay_report *report)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP * 16);
    struct json_writer json;
    json_writer_init(&json, &out);
    json_begin_object(&json);
    write_sources(&json, report);
    table_write_name(&json, report->public_url, report->table);
    write_counts(&json, &report->result.report);
    json_member_int(&json, "elapsed_ms", report->result.elapsed_ms);
    json_member_bool(&json, "complete", !report->failure && !report->result.stopped);
    json_member_text(&json, "error", view_str(report->failure));
    json_end_object(&json);
    cli_put(&out);
}

void relay_report_end(const struct relay_report *report)
{
    if (report->on_terminal)
        clear_progress();
    if (report->cli->json)
        print_json(report);
    else if (!report->cli->quiet)
        print_summary(report);
}
