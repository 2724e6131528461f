#include "cli/status_sink.h"

#include <jansson.h>

#include "base/clock.h"

#define HTTP_UNAUTHORIZED 401

/* What does not answer for so long is taken for dead. */
#define PATIENCE_MS 10000

/* The first row of a statement about the table of dead letters: "<before> <table> <after>". */
static bool ask(struct sink_access *access, const char *before, const char *after,
                struct query_result *result)
{
    cleanup_buf struct buf statement = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&statement, before);
    sql_append_table(&statement, &access->table, "_dead_letters");
    buf_append_str(&statement, after);
    return access->sink->ops->query(access->sink, buf_view(&statement), result, NULL) == 0 &&
           result->row_count == 1;
}

static json_t *cell_value(struct view cell)
{
    return json_loadb(cell.ptr, cell.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

/* CrateDB says milliseconds since 1970, SQLite has the text that was written. */
static int64_t read_time(struct view cell)
{
    json_t *value = cell_value(cell);
    int64_t us = json_integer_value(value) * 1000;
    if (json_is_string(value))
        clock_parse_us(json_string_value(value), &us);
    json_decref(value);
    return us;
}

static const char *read_text(struct survey *survey, struct view cell)
{
    json_t *value = cell_value(cell);
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (json_is_string(value))
        buf_append(&text, json_string_value(value), json_string_length(value));
    json_decref(value);
    buf_defuse(&text);
    return text.len ? arena_copy(&survey->arena, buf_view(&text)).ptr : NULL;
}

static void read_dead_letters(struct sink_access *access, struct survey *survey)
{
    struct query_result newest = {0}, oldest = {0};
    if (ask(access, "SELECT \"reason\", \"received\" FROM ", " ORDER BY \"received\" DESC LIMIT 1",
            &newest)) {
        survey->sink.dead_why = read_text(survey, newest.cells[0]);
        survey->sink.dead_until_us = read_time(newest.cells[1]);
    }
    if (ask(access, "SELECT min(\"received\") FROM ", "", &oldest))
        survey->sink.dead_since_us = read_time(oldest.cells[0]);
    query_result_release(&newest);
    query_result_release(&oldest);
}

static void read_table(struct sink_access *access, const struct table_info *info,
                       const struct guard_info *guard, struct survey *survey)
{
    struct survey_sink *sink = &survey->sink;
    sink->part.state = SURVEY_FOUND;
    sink->has_table = info->exists;
    sink->rows = info->rows;
    sink->tombstones = info->tombstones;
    sink->dead_letters = info->dead_letters;
    sink->newest_us = guard->newest;
    if (info->dead_letters > 0)
        read_dead_letters(access, survey);
}

/* Without a password it is no wonder that it refuses. */
static enum survey_sink_trouble trouble_of(const struct sink_access *access,
                                           const struct error *why)
{
    bool has_password = access->config.password || access->url.password;
    switch (why->domain) {
    case ERROR_NET: return SINK_SILENT;
    case ERROR_HTTP:
        return why->code == HTTP_UNAUTHORIZED && !has_password ? SINK_UNTRIED : SINK_REFUSES;
    case ERROR_SINK: return SINK_REFUSES;
    default: return SINK_UNTRIED;
    }
}

/* A file that only the function has. */
static bool is_elsewhere(const struct survey *survey, const struct sink_access *access,
                         const struct table_info *info)
{
    return !info->exists && strcmp(access->url.scheme, "sqlite") == 0 &&
           survey->pipeline->processor.mount_path;
}

static int look(const struct cli *cli, const struct sink_options *options,
                struct sink_access *access, struct survey *survey, struct error *why)
{
    struct table_info info = {0};
    struct guard_info guard = {0};
    struct sink_options hurried = *options;
    hurried.patience_ms = PATIENCE_MS;
    if (sink_access_open(cli, &hurried, true, false, access, why) < 0)
        return -1;
    survey->sink.url = arena_copy(&survey->arena, buf_view(&access->public_url)).ptr;
    if (access->sink->ops->guard(access->sink, 0, &guard, why) < 0 ||
        access->sink->ops->show(access->sink, &info, why) < 0)
        return -1;
    if (!is_elsewhere(survey, access, &info))
        read_table(access, &info, &guard, survey);
    table_info_release(&info);
    return 0;
}

void status_survey_sink(const struct cli *cli, const struct sink_options *options,
                        struct survey *survey)
{
    cleanup_sink_access struct sink_access access = {0};
    struct error why = {0};
    survey->sink.table = survey->pipeline->sink.table;
    if (look(cli, options, &access, survey, &why) == 0)
        return;
    survey->sink.trouble = trouble_of(&access, &why);
    survey_unknown(survey, &survey->sink.part, &why);
}
