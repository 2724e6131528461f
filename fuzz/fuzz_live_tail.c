/* An update of a live tail, and what becomes of its lines on a terminal: no control characters. */
#include <stdlib.h>

#include "aws/live_tail.h"
#include "stack/log_line.h"

static const char headers[] = "\x0d:message-type\x07\x00\x05"
                              "event"
                              "\x0b:event-type\x07\x00\x0d"
                              "sessionUpdate";

static int started(void *user, struct error *err)
{
    (void)user;
    (void)err;
    abort();
}

static int take(void *user, const struct logs_event *events, size_t count, bool sampled,
                struct error *err)
{
    (void)user;
    (void)sampled;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        cleanup_buf struct buf text = BUF_INIT(3 * LOG_LINE_MAX);
        cleanup_log_line struct log_line line;
        if (i && events[i].time_ms < events[i - 1].time_ms)
            abort();
        log_line_read(events[i].message, events[i].time_ms * 1000, &line);
        log_line_append(&line, false, &text);
        for (size_t j = 0; j + 1 < text.len; j++)
            if ((unsigned char)text.ptr[j] < ' ')
                abort();
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct event_message message = {view_of(headers, sizeof(headers) - 1),
                                          view_of((const char *)data, size)};
    const struct live_tail tail = {.started = started, .update = take};
    live_tail_take(&tail, &message, NULL);
    return 0;
}
