#include "stack/log_choice.h"

#include "base/clock.h"
#include "base/parse.h"
#include "base/utf8.h"

/* [CloudWatch Logs API Reference, FilterLogEvents] */
#define PATTERN_MAX 1024

static size_t count_characters(struct view text, bool *good)
{
    size_t count = 0;
    for (const char *p = text.ptr, *end = text.ptr + text.len; p < end; count++) {
        size_t len = utf8_sequence(p, end);
        *good = *good && len;
        p += len ? len : 1;
    }
    return count;
}

static void quote(const char *text, struct buf *pattern)
{
    buf_append_char(pattern, '"');
    for (; *text; text++) {
        if (strchr("\"\\", *text))
            buf_append_char(pattern, '\\');
        buf_append_char(pattern, *text);
    }
    buf_append_char(pattern, '"');
}

int log_pattern_append(const char *text, struct buf *pattern, struct error *err)
{
    cleanup_buf struct buf made = BUF_INIT(BUF_TEXT_CAP);
    bool good = *text != '\0';
    if (strchr("{?%\"", *text))
        buf_append_str(&made, text);
    else
        quote(text, &made);
    size_t count = count_characters(buf_view(&made), &good);
    if (!good)
        return error_set(err, ERROR_SETTING, 0, *text ? "it is no UTF-8" : "it is empty");
    if (made.overflow || count > PATTERN_MAX)
        return error_set(err, ERROR_SETTING, 0, "it is longer than the %d characters of a pattern",
                         PATTERN_MAX);
    buf_append_view(pattern, buf_view(&made));
    return 0;
}

int log_time_parse(const char *text, int64_t now_us, int64_t *ms, struct error *err)
{
    int64_t us;
    if (clock_parse_us(text, &us)) {
        *ms = us / 1000;
        return 0;
    }
    if (parse_duration_us(view_str(text), &us, NULL) < 0)
        return error_set(err, ERROR_SETTING, 0,
                         "\"%s\" is neither a time span (10m, 2h, 1d) nor a time "
                         "(2026-11-23T22:10:33Z)",
                         text);
    *ms = us < now_us ? (now_us - us) / 1000 : 0;
    return 0;
}
