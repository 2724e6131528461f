#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "sink/crate_private.h"

/* Bulks of 500 to 2,500 rows are where the server is fastest [FACTS 4 "Speed"]: as many are not
 * worth several requests, and no request has more than that. */
#define ROWS_FEW 1000
#define ROWS_MAX 2500

/* Below this a 413 is none that smaller chunks could mend. */
#define CHUNK_BYTES_MIN ((size_t)16 << 10)

size_t crate_chunk_rows(size_t count)
{
    size_t chunks = (count + ROWS_FEW - 1) / ROWS_FEW;
    if (chunks > CRATE_CONNECTIONS)
        chunks = CRATE_CONNECTIONS;
    size_t rows = chunks ? (count + chunks - 1) / chunks : 1;
    return rows < ROWS_MAX ? rows : ROWS_MAX;
}

void crate_chunk_begin(struct crate_chunk *chunk, struct view statement)
{
    if (!chunk->body.cap)
        chunk->body = BUF_INIT(CRATE_BODY_MAX);
    buf_clear(&chunk->body);
    crate_begin_body(&chunk->body, statement);
    buf_append_str(&chunk->body, ",\"bulk_args\":[");
}

void crate_chunk_end(struct crate_chunk *chunk, struct view statement)
{
    buf_append_str(&chunk->body, "]}");
    chunk->call.statement = statement;
    chunk->call.body = buf_view(&chunk->body);
}

void crate_chunk_release(struct crate_chunk *chunk)
{
    buf_release(&chunk->body);
    crate_call_release(&chunk->call);
}

static void learn_limit(struct crate *crate, const struct crate_call *call)
{
    size_t half = call->body.len / 2;
    if (half >= CHUNK_BYTES_MIN && half < crate->chunk_bytes)
        crate->chunk_bytes = half;
}

static void refuse_oversize(struct crate_call *call)
{
    call->outcome = CRATE_TOO_LARGE;
    error_set(&call->error, ERROR_HTTP, 413, "a request would exceed %zu MB", CRATE_BODY_MAX >> 20);
}

void crate_perform_chunks(struct crate *crate, struct crate_chunk *chunks, size_t count,
                          int64_t deadline)
{
    struct crate_call calls[CRATE_CONNECTIONS];
    size_t sent[CRATE_CONNECTIONS], n = 0;
    for (size_t i = 0; i < count; i++) {
        if (chunks[i].body.overflow) {
            refuse_oversize(&chunks[i].call);
            continue;
        }
        sent[n] = i;
        calls[n++] = chunks[i].call;
    }
    crate_perform(&crate->http, calls, n, deadline);
    for (size_t i = 0; i < n; i++) {
        chunks[sent[i]].call = calls[i];
        if (calls[i].outcome == CRATE_TOO_LARGE)
            learn_limit(crate, &calls[i]);
        if (calls[i].outcome == CRATE_FAILED && crate_code_unknown(calls[i].code))
            crate->looked = false;
    }
}

/* ---- rows of any statement ---- */

struct slice {
    size_t first, count;
};

/* Fills the chunk from row `first` on, up to `end`. */
static struct slice fill(struct crate *crate, const struct crate_bulk *bulk,
                         struct crate_chunk *chunk, size_t first, size_t end)
{
    struct slice slice = {first, 0};
    size_t most = bulk->rows_max ? bulk->rows_max : crate_chunk_rows(bulk->count);
    crate_chunk_begin(chunk, bulk->statement);
    while (first < end && slice.count < most &&
           (slice.count == 0 || chunk->body.len < crate->chunk_bytes)) {
        if (slice.count)
            buf_append_char(&chunk->body, ',');
        bulk->append(bulk->user, first++, &chunk->body);
        slice.count++;
    }
    crate_chunk_end(chunk, bulk->statement);
    return slice;
}

static int take(const struct crate_bulk *bulk, const struct slice *slice,
                const struct crate_call *call, struct error *err)
{
    if (call->outcome != CRATE_DONE) {
        if (err)
            *err = call->error;
        return -1;
    }
    cleanup_free struct crate_result *results = xcalloc(slice->count, sizeof(*results));
    if (crate_read_bulk(call->answer, results, slice->count, err) < 0)
        return -1;
    for (size_t i = 0; i < slice->count; i++)
        if (bulk->take(bulk->user, slice->first + i, &results[i], err) < 0)
            return -1;
    return 0;
}

/* One round of requests, from row `*next` on. */
static int run_wave(struct crate *crate, const struct crate_bulk *bulk, size_t *next,
                    int64_t deadline, struct error *err)
{
    struct crate_chunk chunks[CRATE_CONNECTIONS] = {0};
    struct slice slices[CRATE_CONNECTIONS];
    size_t count = 0, end = *next;
    while (count < CRATE_CONNECTIONS && end < bulk->count) {
        slices[count] = fill(crate, bulk, &chunks[count], end, bulk->count);
        end += slices[count++].count;
    }
    size_t bytes = crate->chunk_bytes;
    crate_perform_chunks(crate, chunks, count, deadline);
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++) {
        if (chunks[i].call.outcome == CRATE_TOO_LARGE && slices[i].count > 1 &&
            crate->chunk_bytes < bytes) {
            end = slices[i].first; /* from here again, in smaller chunks */
            break;
        }
        failed = take(bulk, &slices[i], &chunks[i].call, err);
    }
    for (size_t i = 0; i < count; i++)
        crate_chunk_release(&chunks[i]);
    *next = end;
    return failed;
}

int crate_run_bulk(struct crate *crate, const struct crate_bulk *bulk, int64_t deadline,
                   struct error *err)
{
    for (size_t next = 0; next < bulk->count;)
        if (run_wave(crate, bulk, &next, deadline, err) < 0)
            return -1;
    return 0;
}
