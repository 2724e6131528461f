#include "cli/logs_print.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <unistd.h>

#include "base/clock.h"
#include "stack/log_line.h"

/* Of a page, every byte escaped. */
#define TEXT_CAP ((size_t)64 << 20)

void logs_print_init(struct logs_print *print, const struct cli *cli, enum logs_form form)
{
    *print = (struct logs_print){
        .cli = cli, .form = form, .colored = cli_colored(cli, stdout), .text = BUF_INIT(TEXT_CAP)};
}

void logs_print_release(struct logs_print *print)
{
    buf_release(&print->text);
}

bool logs_print_is_vain(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

void logs_print_give_up(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

static void put_time(struct json_writer *json, const char *name, int64_t ms)
{
    char text[32];
    json_put_name(json, view_str(name));
    if (ms < 0) {
        json_put_null(json);
        return;
    }
    clock_format_us(ms * 1000, text);
    memcpy(strchr(text, '.') + 4, "Z", 2);
    json_put_string(json, view_str(text));
}

void logs_print_begin(struct logs_print *print, const char *group, int64_t from_ms,
                      int64_t until_ms)
{
    struct json_writer *json = &print->json;
    json_writer_init(json, &print->text);
    json_begin_object(json);
    json_member_string(json, "group", view_str(group));
    put_time(json, "since", from_ms);
    put_time(json, "until", until_ms);
    json_put_name(json, VIEW("events"));
    json_begin_array(json);
}

static void put_json(struct json_writer *json, const struct logs_event *event)
{
    json_begin_object(json);
    put_time(json, "time", event->time_ms);
    put_time(json, "ingested", event->ingested_ms);
    json_member_string(json, "stream", event->stream);
    json_member_string(json, "message", event->message);
    json_end_object(json);
}

static void put_line(struct logs_print *print, const struct logs_event *event,
                     const struct log_line *line)
{
    struct json_writer alone;
    switch (print->form) {
    case LOGS_READABLE: log_line_append(line, print->colored, &print->text); return;
    case LOGS_JSON: put_json(&print->json, event); return;
    case LOGS_JSON_LINES:
        json_writer_init(&alone, &print->text);
        put_json(&alone, event);
        break;
    case LOGS_RAW:
        buf_append_view(&print->text, event->message);
        if (event->message.len && event->message.ptr[event->message.len - 1] == '\n')
            return;
        break;
    }
    buf_append_char(&print->text, '\n');
}

static void put_event(struct logs_print *print, const struct logs_event *event)
{
    cleanup_log_line struct log_line line;
    log_line_read(event->message, event->time_ms * 1000, &line);
    if (print->alarming && line.weight == LOG_LINE_PLAIN)
        return;
    put_line(print, event, &line);
    print->count++;
}

static int flush(struct logs_print *print, struct error *err)
{
    errno = 0;
    bool written = fwrite(buf_str(&print->text), 1, print->text.len, stdout) == print->text.len &&
                   fflush(stdout) == 0;
    bool cut = print->text.overflow;
    buf_clear(&print->text);
    if (written && !cut)
        return 0;
    if (errno == EPIPE)
        logs_print_give_up();
    /* cli_finish() has nothing to add. */
    __fpurge(stdout);
    clearerr(stdout);
    return cut ? error_set(err, ERROR_INPUT, 0, "a page of the log is too large")
               : error_errno(err, "cannot write to standard output");
}

int logs_print_events(struct logs_print *print, const struct logs_event *events, size_t count,
                      struct error *err)
{
    for (size_t i = 0; i < count; i++)
        put_event(print, &events[i]);
    return flush(print, err);
}

int logs_print_end(struct logs_print *print, struct error *err)
{
    json_end_array(&print->json);
    json_end_object(&print->json);
    buf_append_char(&print->text, '\n');
    return flush(print, err);
}
