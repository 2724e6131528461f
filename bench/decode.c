/* Decoding alone: from the bytes of an event to the rows that the CrateDB sink would send, all of
 * it validated, on one core.
 *
 *     decode [--seconds S] [--decoded FILE] EVENT
 *
 * Prints one JSON object: bytes and records of the event, bytes of the rows, and the best rate, in
 * bytes of the event per second of CPU time. Nothing is folded: every record becomes a row.
 * `--decoded` writes the records as they are without envelope and base64, one a line, which is what
 * simdjson_peer parses.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/memory.h"
#include "cdc/batch.h"
#include "json/reader.h"

#define EVENT_MAX ((size_t)64 << 20)
#define ROUNDS_MIN 5

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- rows, as sink/crate_rows.c writes them where no attribute has to move ---- */

static void append_item(struct buf *out, const struct change *change)
{
    bool any = false;
    buf_append_view(out, change->attributes_json);
    for (size_t i = 0; i < change->attribute_count; i++) {
        const struct attribute *attribute = &change->attributes[i];
        if (!attribute->exact.len)
            continue;
        buf_append_str(out, any ? "," : ",{");
        buf_append_view(out, attribute->label);
        buf_append_char(out, ':');
        buf_append_view(out, attribute->exact);
        any = true;
    }
    buf_append_str(out, any ? "}" : ",null");
}

static void append_row(struct buf *out, const struct change *change)
{
    bool removed = change->operation == CHANGE_REMOVE;
    buf_append_str(out, out->len ? ",[" : "[");
    buf_append_view(out, change->key.json);
    buf_append_char(out, ',');
    if (removed)
        buf_append_str(out, "null,null");
    else
        append_item(out, change);
    buf_printf(out, ",%lld,\"%s\",%s]", (long long)change->version, change->sequence,
               removed ? "true" : "false");
}

static int decode(struct batch *batch, struct view event, struct buf *rows, struct error *err)
{
    batch_reset(batch);
    buf_clear(rows);
    if (batch_add_event(batch, event, err) < 0)
        return -1;
    for (size_t i = 0; i < batch->count; i++) {
        if (!batch->records[i].change)
            return error_set(err, ERROR_INPUT, 0, "record %zu: %s", i, batch->records[i].reason);
        append_row(rows, batch->records[i].change);
    }
    return 0;
}

static int measure(struct view event, double seconds, struct error *err)
{
    struct batch batch;
    cleanup_buf struct buf rows = BUF_INIT(4 * EVENT_MAX);
    double best = 0, start = cpu_seconds();
    int result = 0;
    batch_init(&batch, (struct change_hook){0});
    for (int round = 0; result == 0 && (round < ROUNDS_MIN || cpu_seconds() - start < seconds);
         round++) {
        double begin = cpu_seconds();
        result = decode(&batch, event, &rows, err);
        double took = cpu_seconds() - begin;
        best = round == 0 || took < best ? took : best;
    }
    if (result == 0)
        printf("{\"event_bytes\": %zu, \"records\": %zu, \"row_bytes\": %zu, "
               "\"bytes_per_second\": %.0f}\n",
               event.len, batch.count, rows.len, (double)event.len / best);
    batch_release(&batch);
    return result;
}

/* ---- the same without the envelope ---- */

static int write_decoded(struct view event, const char *path, struct error *err)
{
    FILE *out = fopen(path, "we");
    if (!out)
        return error_errno(err, "%s", path);
    cleanup_free char *text = xmalloc(event.len + BASE64_SLACK);
    struct json_reader reader;
    bool is_data = false;
    json_reader_init(&reader, event);
    for (enum json_token token; (token = json_next(&reader)) > JSON_END;) {
        ssize_t len = -1;
        if (token == JSON_STRING && is_data)
            len = base64_decode(reader.text, text);
        if (len >= 0)
            fprintf(out, "%.*s\n", (int)len, text);
        is_data = token == JSON_NAME && json_text_is(&reader, "data");
    }
    return fclose(out) == 0 ? 0 : error_errno(err, "%s", path);
}

int main(int argc, char **argv)
{
    double seconds = 1;
    const char *path = NULL, *decoded = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--decoded") == 0 && i + 1 < argc)
            decoded = argv[++i];
        else
            path = argv[i];
    }
    if (!path)
        return fprintf(stderr, "usage: decode [--seconds S] [--decoded FILE] EVENT\n"), 2;
    struct error err;
    cleanup_buf struct buf event = BUF_INIT(EVENT_MAX);
    if (buf_read_file(&event, path, &err) < 0 ||
        (decoded && write_decoded(buf_view(&event), decoded, &err) < 0) ||
        measure(buf_view(&event), seconds, &err) < 0)
        return fprintf(stderr, "decode: %s\n", err.message), 1;
    return 0;
}
