#include "cli/command.h"

#include <inttypes.h>

#include "aws/logs.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/plural.h"
#include "base/size.h"
#include "cli/aws_access.h"
#include "cli/pipeline_file.h"
#include "cli/rows.h"
#include "stack/log_group.h"
#include "json/writer.h"

/* An account has a million groups at most; so many nobody reads. */
#define GROUPS_MAX 10000
#define OUTPUT_CAP ((size_t)64 << 20)

struct groups_options {
    const char *prefix;
};

static const struct cli_option options_table[] = {
    {.name = "prefix",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct groups_options, prefix),
     .value = "TEXT",
     .help = "What their names begin with; an empty one: all of them",
     .standard = LOG_GROUP_PREFIX},
    {0},
};

enum { COLUMNS = 4 };

struct groups {
    const struct cli *cli;
    struct query_result rows; /* the cells grow with them */
    struct view *cells;
    struct buf text; /* --json */
    struct json_writer json;
};

/* "2026-11-23" of milliseconds since 1970. */
static struct view day_of(int64_t ms, char text[32])
{
    clock_format_us(ms * 1000, text);
    return view_of(text, strcspn(text, "T"));
}

static void put_cell(struct groups *groups, size_t at, struct view text)
{
    cleanup_buf struct buf quoted = BUF_INIT(BUF_TEXT_CAP);
    struct json_writer json;
    json_writer_init(&json, &quoted);
    json_put_string(&json, text);
    groups->cells[at] = arena_copy(&groups->rows.arena, buf_view(&quoted));
}

static void put_row(struct groups *groups, const struct logs_group *group)
{
    cleanup_buf struct buf retention = BUF_INIT(BUF_TEXT_CAP), size = BUF_INIT(BUF_TEXT_CAP);
    char day[32];
    size_t at = groups->rows.row_count * COLUMNS;
    if (group->retention_days)
        buf_printf(&retention, "%" PRId64 " day%s", group->retention_days,
                   plural_s(group->retention_days));
    else
        buf_append_str(&retention, "for ever");
    size_append(&size, (size_t)group->stored_bytes);
    put_cell(groups, at, view_str(group->name));
    put_cell(groups, at + 1, buf_view(&retention));
    put_cell(groups, at + 2, buf_view(&size));
    put_cell(groups, at + 3, day_of(group->created_ms, day));
}

static void put_json(struct json_writer *json, const struct logs_group *group)
{
    char time[32];
    json_begin_object(json);
    json_member_string(json, "name", view_str(group->name));
    json_member_string(json, "arn", view_str(group->arn));
    json_put_name(json, VIEW("retention_days"));
    if (group->retention_days)
        json_put_int(json, group->retention_days);
    else
        json_put_null(json);
    json_member_int(json, "bytes", group->stored_bytes);
    clock_format_us(group->created_ms * 1000, time);
    json_member_string(json, "created", view_str(time));
    json_end_object(json);
}

static int take(void *user, const struct logs_group *group, struct error *err)
{
    struct groups *groups = user;
    if (groups->rows.row_count == GROUPS_MAX)
        return error_set(err, ERROR_INPUT, 0, "more than %d groups: use a longer --prefix",
                         GROUPS_MAX);
    if (groups->cli->json)
        put_json(&groups->json, group);
    else
        put_row(groups, group);
    groups->rows.row_count++;
    return 0;
}

static int print_table(struct groups *groups, const char *prefix, struct error *err)
{
    static struct view columns[] = {VIEW("name"), VIEW("retention"), VIEW("size"), VIEW("created")};
    groups->rows.columns = columns;
    groups->rows.column_count = COLUMNS;
    groups->rows.cells = groups->cells;
    if (groups->rows.row_count)
        return rows_print_table(groups->cli, &groups->rows, err);
    cli_note(groups->cli, "no log group begins with \"%s\"", prefix);
    return 0;
}

static int run(struct groups *groups, const char *region, const char *prefix, struct error *err)
{
    cleanup_aws_access struct aws_access access = {0};
    if ((*prefix && log_group_check(prefix, err) < 0) ||
        aws_access_open(groups->cli, region, &access, err) < 0)
        return -1;
    json_writer_init(&groups->json, &groups->text);
    json_begin_object(&groups->json);
    json_put_name(&groups->json, VIEW("groups"));
    json_begin_array(&groups->json);
    if (logs_describe_groups(access.client, prefix, take, groups, err) < 0)
        return -1;
    if (!groups->cli->json)
        return print_table(groups, prefix, err);
    json_end_array(&groups->json);
    json_end_object(&groups->json);
    cli_put(&groups->text);
    return 0;
}

static int logs_groups(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct groups_options *options = values;
    struct error err = {0};
    cleanup_stack struct stack stack = {0};
    cleanup_free struct view *cells = xcalloc((size_t)GROUPS_MAX * COLUMNS, sizeof(*cells));
    struct groups groups = {.cli = cli, .cells = cells, .text = BUF_INIT(OUTPUT_CAP)};
    if (pipeline_file_read(cli, 0, &stack) == PIPELINE_FAILED)
        return CLI_FAILED;
    int result = run(&groups, stack.region, options->prefix, &err);
    arena_release(&groups.rows.arena);
    buf_release(&groups.text);
    return result < 0 ? cli_fail(cli, &err) : CLI_DONE;
}

const struct command command_logs_groups = {
    .name = "logs groups",
    .summary = "lists log groups, how long they are kept, and how large they are",
    .args = "",
    .details = "Lists the log groups of functions, or those whose names begin otherwise.",
    .options = options_table,
    .options_size = sizeof(struct groups_options),
    .run = logs_groups,
};
