#include "lambda/emulate_log.h"

#include <errno.h>
#include <unistd.h>

#include "base/memory.h"

/* CloudWatch Logs cuts longer ones, too [CloudWatch Logs User Guide "Quotas"]. */
#define LINE_MAX_BYTES ((size_t)256 << 10)
enum { CHUNK = 1 << 16 };

static void end_line(struct emulate_log *log)
{
    if (log->line.len)
        log->take(log->user, buf_view(&log->line));
    buf_clear(&log->line);
}

static void add(struct emulate_log *log, struct view text)
{
    log->line.cap = LINE_MAX_BYTES;
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) : text.len;
        size_t room = LINE_MAX_BYTES - log->line.len;
        size_t taken = len < room ? len : room;
        buf_append(&log->line, text.ptr, taken);
        bool whole = taken == len && end;
        if (whole || log->line.len == LINE_MAX_BYTES)
            end_line(log);
        text = view_skip(text, taken + whole);
    }
}

static void keep(struct emulate_log *log, struct view text)
{
    if (log->full)
        return;
    size_t room = log->whole->cap - log->whole->len;
    log->full = text.len > room;
    struct view kept = view_of(text.ptr, log->full ? room : text.len);
    buf_append_view(log->whole, kept);
    add(log, kept);
    if (log->full) {
        end_line(log);
        log->take(log->user, VIEW("the log is longer: the rest is left out"));
    }
}

bool emulate_log_read(struct emulate_log *log, int from)
{
    char chunk[CHUNK];
    ssize_t len = read(from, chunk, sizeof(chunk));
    if (len < 0)
        return errno == EAGAIN || errno == EINTR;
    keep(log, view_of(chunk, (size_t)len));
    return len > 0;
}

void emulate_log_end(struct emulate_log *log)
{
    end_line(log);
    buf_release(&log->line);
}
