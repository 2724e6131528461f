/* The lines of the function's log that stand out. */
#include "aws/logs.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "stack/log_group.h"
#include "stack/survey.h"

#define MS_PER_MIN INT64_C(60000)

/* What log_line_read() finds weighty has one of these in it, the levels and the ends of invocations
 * that failed; which of the lines with them are, is seen here. [CloudWatch Logs User Guide,
 * "Supported regular expressions syntax"] */
static const char pattern[] = "%ERROR|WARN|FATAL|CRITICAL|[Ee]rror|[Ww]arn|[Ff]atal|[Cc]ritical|"
                              "timeout|timed|Traceback|failure%";

/* Lines that differ in their numbers only say the same: how long it took, which record it was. */
static bool says_the_same(const char *a, const char *b)
{
    static const char number[] = "0123456789.";
    for (;; a++, b++) {
        a += strspn(a, number);
        b += strspn(b, number);
        if (*a != *b || !*a)
            return *a == *b;
    }
}

static void shorten(char text[SURVEY_LINE_SIZE], struct view whole)
{
    bool cut = whole.len >= SURVEY_LINE_SIZE;
    const char *more = cut ? "..." : "";
    struct view kept = utf8_cut(whole, SURVEY_LINE_SIZE - 1 - strlen(more));
    memcpy(text, kept.ptr, kept.len);
    memcpy(text + kept.len, more, strlen(more) + 1);
}

/* The place of a line among those found, which becomes the first; the last gives way to new ones.
 */
static struct survey_line *place_of(struct survey_log *log, const char *text)
{
    size_t i = 0;
    while (i < log->count && !says_the_same(log->lines[i].text, text))
        i++;
    struct survey_line line = {0};
    if (i < log->count)
        line = log->lines[i];
    else if (log->count < SURVEY_LINES_MAX)
        log->count++;
    else
        i--;
    memmove(&log->lines[1], &log->lines[0], i * sizeof(log->lines[0]));
    log->lines[0] = line;
    return &log->lines[0];
}

static void take_line(struct survey_log *log, const struct logs_event *event)
{
    cleanup_log_line struct log_line read;
    char text[SURVEY_LINE_SIZE];
    log_line_read(event->message, event->time_ms * 1000, &read);
    if (read.weight == LOG_LINE_PLAIN)
        return;
    shorten(text, view_str(buf_str(&read.text)));
    struct survey_line *line = place_of(log, text);
    line->count++;
    line->time_us = event->time_ms * 1000;
    memcpy(line->level, read.level, sizeof(line->level));
    memcpy(line->text, text, sizeof(line->text));
}

static int take_events(void *user, const struct logs_event *events, size_t count, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < count; i++)
        take_line(user, &events[i]);
    return 0;
}

void survey_log(struct survey *survey)
{
    struct survey_log *log = &survey->log;
    cleanup_buf struct buf group = BUF_INIT(BUF_TEXT_CAP);
    struct error why;
    log_group_of_function(survey_function_name(survey), &group);
    log->group = arena_copy(&survey->arena, buf_view(&group)).ptr;
    const struct logs_filter filter = {
        .group = log->group,
        .pattern = pattern,
        .from_ms = survey->now_us / 1000 - SURVEY_LOG_MIN * MS_PER_MIN,
        .until_ms = -1,
        .take = take_events,
        .user = log,
    };
    int found = logs_filter_events(survey->client, &filter, &why) < 0 ? -1 : 1;
    if (found < 0 && error_is(&why, "ResourceNotFoundException"))
        found = 0;
    survey_conclude(survey, &log->part, found, &why);
}
