#include "stack/log_line.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/memory.h"

void log_line_release(struct log_line *line)
{
    buf_release(&line->text);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void copy(char *out, size_t size, const char *text)
{
    size_t len = strnlen(text, size - 1);
    memcpy(out, text, len);
    out[len] = '\0';
}

/* 2.5 as "2.5", 3.0 as "3". */
static void append_number(struct buf *text, const char *before, const json_t *number,
                          const char *behind)
{
    if (json_is_number(number))
        buf_printf(text, "%s%.12g%s", before, json_number_value(number), behind);
}

/* What an invocation took. */
static void read_report(const json_t *record, struct log_line *line)
{
    const json_t *metrics = json_object_get(record, "metrics");
    const char *status = text_of(record, "status");
    buf_printf(&line->text, "end%s%s", *status ? ": " : "", status);
    if (*text_of(record, "errorType"))
        buf_printf(&line->text, " (%s)", text_of(record, "errorType"));
    append_number(&line->text, ", ", json_object_get(metrics, "durationMs"), " ms");
    append_number(&line->text, ", billed ", json_object_get(metrics, "billedDurationMs"), " ms");
    append_number(&line->text, ", ", json_object_get(metrics, "maxMemoryUsedMB"), " MB");
    append_number(&line->text, " of ", json_object_get(metrics, "memorySizeMB"), " MB");
    append_number(&line->text, ", start ", json_object_get(metrics, "initDurationMs"), " ms");
    if (*status && strcmp(status, "success") != 0)
        line->weight = LOG_LINE_ERROR;
}

/* What Lambda itself says: "platform.start" is a start. */
static void read_platform(const json_t *json, struct log_line *line)
{
    const json_t *record = json_object_get(json, "record");
    const char *type = text_of(json, "type") + strlen("platform.");
    copy(line->time, sizeof(line->time), text_of(json, "time"));
    copy(line->request_id, sizeof(line->request_id), text_of(record, "requestId"));
    if (strcmp(type, "report") == 0)
        read_report(record, line);
    else
        buf_append_str(&line->text, type);
}

/* Metrics that somebody should look into. */
static bool is_alarming(const char *name)
{
    return strcmp(name, "DeadLetters") == 0 || strcmp(name, "IgnoredRecords") == 0 ||
           strcmp(name, "RefusedRecords") == 0;
}

/* Metrics in the embedded form; zeros say nothing. */
static void read_metrics(const json_t *json, struct log_line *line)
{
    const char *name, *comma = "";
    json_t *value;
    json_object_foreach((json_t *)json, name,
                        value) if (json_is_number(value) && json_number_value(value) != 0)
    {
        buf_printf(&line->text, "%s%s", comma, name);
        append_number(&line->text, " ", value, "");
        comma = ", ";
        if (is_alarming(name))
            line->weight = LOG_LINE_WARNING;
    }
}

/* A message or an error; what else it has stands behind it. */
static void read_message(const json_t *json, struct log_line *line)
{
    static const char *const known[] = {"timestamp", "level", "requestId", "AWSRequestId",
                                        "message"};
    const char *name;
    json_t *value;
    buf_append_str(&line->text, text_of(json, "message"));
    json_object_foreach((json_t *)json, name, value)
    {
        bool shown = false;
        for (size_t i = 0; i < ARRAY_LEN(known); i++)
            shown |= strcmp(known[i], name) == 0 && json_is_string(value);
        if (shown)
            continue;
        cleanup_free char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        buf_printf(&line->text, "%s%s=%s", line->text.len ? " " : "", name, dumped ? dumped : "");
    }
}

static const struct {
    const char *name;
    enum log_line_level weight;
} levels[] = {
    {"WARN", LOG_LINE_WARNING}, {"WARNING", LOG_LINE_WARNING}, {"ERROR", LOG_LINE_ERROR},
    {"FATAL", LOG_LINE_ERROR},  {"CRITICAL", LOG_LINE_ERROR},
};

static void weigh(struct log_line *line)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (strcasecmp(line->level, levels[i].name) == 0)
            line->weight = levels[i].weight;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Whether it is there, and no part of a longer word. */
static bool has_words(const char *text, const char *words)
{
    size_t len = strlen(words);
    for (const char *at = text; (at = strstr(at, words)); at += len)
        if ((at == text || !is_letter(at[-1])) && !is_letter(at[len]))
            return true;
    return false;
}

/* Of a line that is no JSON: levels as other functions and their runtimes write them, and what
 * Lambda says in its text format. */
static void weigh_text(struct log_line *line)
{
    static const char *const failures[] = {
        "Traceback (most recent call last)",
        "Task timed out after",
        "Error: Runtime exited",
        "Status: error",
        "Status: timeout",
    };
    const char *text = buf_str(&line->text);
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (levels[i].weight > line->weight && has_words(text, levels[i].name))
            line->weight = levels[i].weight;
    for (size_t i = 0; i < ARRAY_LEN(failures); i++)
        if (has_words(text, failures[i]))
            line->weight = LOG_LINE_ERROR;
}

static void read_json(const json_t *json, struct log_line *line)
{
    copy(line->time, sizeof(line->time), text_of(json, "timestamp"));
    copy(line->level, sizeof(line->level), text_of(json, "level"));
    copy(line->request_id, sizeof(line->request_id), text_of(json, "requestId"));
    if (!*line->request_id)
        copy(line->request_id, sizeof(line->request_id), text_of(json, "AWSRequestId"));
    weigh(line);
    if (strncmp(text_of(json, "type"), "platform.", strlen("platform.")) == 0)
        read_platform(json, line);
    else if (json_object_get(json, "_aws"))
        read_metrics(json, line);
    else
        read_message(json, line);
}

static void set_time(struct log_line *line, int64_t time_us)
{
    if (!*line->time && time_us >= 0)
        clock_format_us(time_us, line->time);
    char *point = strchr(line->time, '.');
    if (point && strspn(point + 1, "0123456789") > 3)
        memcpy(point + 4, "Z", 2);
}

void log_line_read(struct view raw, int64_t time_us, struct log_line *line)
{
    *line = (struct log_line){.text = BUF_INIT(2 * LOG_LINE_MAX)};
    while (raw.len && strchr("\r\n", raw.ptr[raw.len - 1]))
        raw.len--;
    json_t *json = raw.len && *raw.ptr == '{' ? json_loadb(raw.ptr, raw.len, 0, NULL) : NULL;
    if (json) {
        read_json(json, line);
    } else {
        buf_append_view(&line->text, raw);
        weigh_text(line);
    }
    json_decref(json);
    set_time(line, time_us);
    buf_defuse(&line->text);
    text_defuse(line->time, strlen(line->time));
    text_defuse(line->level, strlen(line->level));
    text_defuse(line->request_id, strlen(line->request_id));
}

void log_line_append(const struct log_line *line, bool colored, struct buf *out)
{
    static const char *const colors[] = {
        [LOG_LINE_PLAIN] = "", [LOG_LINE_WARNING] = "\033[33m", [LOG_LINE_ERROR] = "\033[31m"};
    const char *color = colored ? colors[line->weight] : "";
    if (*line->time)
        buf_printf(out, "%-24s ", line->time);
    buf_append_str(out, color);
    if (*line->level)
        buf_printf(out, "%-5s ", line->level);
    if (*line->request_id)
        buf_printf(out, "%.8s ", line->request_id);
    buf_append_view(out, buf_view(&line->text));
    buf_append_str(out, *color ? "\033[m\n" : "\n");
}
