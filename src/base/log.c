#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/utf8.h"

/* CloudWatch takes up to 256 KiB, readers far less. */
#define MESSAGE_MAX 8192
/* Every byte of a message may become six. */
#define LINE_MAX_LEN (6 * MESSAGE_MAX + 1024)

static struct log_setup setup = {.format = LOG_TEXT, .level = LOG_INFO};
static char request[128];
static size_t request_len;

/* As Lambda names them, and as a terminal shows them. */
static const struct {
    const char *json, *text;
} level_names[] = {
    [LOG_DEBUG] = {"DEBUG", "debug: "},
    [LOG_INFO] = {"INFO", ""},
    [LOG_WARNING] = {"WARN", "warning: "},
    [LOG_ERROR] = {"ERROR", "error: "},
};

void log_configure(const struct log_setup *wanted)
{
    setup = *wanted;
}

void log_set_request(struct view request_id)
{
    request_len = request_id.len < sizeof(request) ? request_id.len : sizeof(request);
    if (request_len)
        memcpy(request, request_id.ptr, request_len);
}

int log_level_parse(struct view name, enum log_level *level)
{
    static const struct {
        const char *name;
        enum log_level level;
    } names[] = {
        {"NOTSET", LOG_DEBUG},   {"DEBUG", LOG_DEBUG},     {"INFO", LOG_INFO},
        {"WARN", LOG_WARNING},   {"WARNING", LOG_WARNING}, {"ERROR", LOG_ERROR},
        {"CRITICAL", LOG_ERROR}, {"FATAL", LOG_ERROR},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (name.len == strlen(names[i].name) &&
            strncasecmp(name.ptr, names[i].name, name.len) == 0) {
            *level = names[i].level;
            return 0;
        }
    }
    return -1;
}

/* One call for the whole line, so that lines of several writers do not mix; the log is no reason to
 * fail, so what cannot be written is lost. */
static void write_line(int fd, struct buf *line)
{
    int saved = errno;
    buf_append_char(line, '\n');
    struct view left = buf_view(line);
    while (left.len > 0) {
        ssize_t wrote = write(fd, left.ptr, left.len);
        if (wrote < 0 && errno != EINTR)
            break;
        left = view_skip(left, wrote < 0 ? 0 : (size_t)wrote);
    }
    errno = saved;
}

/* One character in the inside of a JSON string (json/ is above this folder). */
static void append_json(struct buf *line, struct view c)
{
    if ((unsigned char)c.ptr[0] < 0x20)
        buf_printf(line, "\\u%04x", (unsigned)c.ptr[0]);
    else if (c.ptr[0] == '"' || c.ptr[0] == '\\')
        buf_printf(line, "\\%c", c.ptr[0]);
    else
        buf_append_view(line, c);
}

/* One character, unless a terminal would obey it; U+0080 to U+009F are control characters too. */
static void append_text(struct buf *line, struct view c)
{
    unsigned char first = (unsigned char)c.ptr[0], last = (unsigned char)c.ptr[c.len - 1];
    if (first == '\n' || first == '\t')
        buf_append_char(line, ' ');
    else if (first < 0x20 || first == 0x7F || (first == 0xC2 && last < 0xA0))
        buf_printf(line, "\\x%02x", last);
    else
        buf_append_view(line, c);
}

static void append(struct buf *line, struct view text)
{
    while (text.len > 0) {
        size_t len = utf8_sequence(text.ptr, text.ptr + text.len);
        struct view c = len ? view_of(text.ptr, len) : VIEW("\xEF\xBF\xBD");
        (setup.format == LOG_JSON ? append_json : append_text)(line, c);
        text = view_skip(text, len ? len : 1);
    }
}

static void begin_json(struct buf *line, enum log_level level)
{
    char timestamp[32];
    clock_format_us(clock_system.now_us(&clock_system), timestamp);
    buf_printf(line, "{\"timestamp\":\"%s\",\"level\":\"%s\"", timestamp, level_names[level].json);
    if (request_len) {
        buf_append_str(line, ",\"requestId\":\"");
        append(line, view_of(request, request_len));
        buf_append_char(line, '"');
    }
    buf_append_str(line, ",\"message\":\"");
}

static void write_message(enum log_level level, struct view message)
{
    cleanup_buf struct buf line = BUF_INIT(LINE_MAX_LEN);
    bool json = setup.format == LOG_JSON;
    bool cut = message.len > MESSAGE_MAX;
    message = utf8_cut(message, MESSAGE_MAX);
    if (json)
        begin_json(&line, level);
    else
        buf_printf(&line, "lorry: %s", level_names[level].text);
    append(&line, message);
    if (cut)
        buf_append_str(&line, "...");
    if (json)
        buf_append_str(&line, "\"}");
    write_line(json ? STDOUT_FILENO : STDERR_FILENO, &line);
}

void log_write(enum log_level level, const char *format, ...)
{
    if (level < setup.level)
        return;
    char message[MESSAGE_MAX + 4];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (len < 0)
        return;
    size_t kept = (size_t)len < sizeof(message) ? (size_t)len : sizeof(message) - 1;
    write_message(level, view_of(message, kept));
}

void log_sql(struct view statement)
{
    if (setup.sql)
        write_message(LOG_INFO, statement);
}

void log_json_line(struct view line)
{
    cleanup_buf struct buf copy = BUF_INIT(line.len + 1);
    buf_append_view(&copy, line);
    write_line(STDOUT_FILENO, &copy);
}
