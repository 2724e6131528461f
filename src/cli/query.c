#include "cli/command.h"

#include "cli/rows.h"
#include "cli/sink_options.h"

/* A statement from standard input is no longer than this. */
#define STATEMENT_MAX ((size_t)64 << 20)

struct query_options {
    struct sink_options sink;
    bool csv;
};

static const struct cli_option options_table[] = {
    SINK_URL_OPTION(struct query_options),
    SINK_PASSWORD_OPTION(struct query_options),
    {.name = "csv",
     .offset = offsetof(struct query_options, csv),
     .help = "Print comma-separated values"},
    {0},
};

static int print(const struct cli *cli, const struct query_options *options,
                 const struct query_result *result, struct error *err)
{
    if (cli->json)
        rows_print_json(result);
    else if (result->column_count == 0 && result->affected >= 0)
        cli_note(cli, "%lld row%s changed", (long long)result->affected,
                 result->affected == 1 ? "" : "s");
    else if (result->column_count == 0)
        cli_note(cli, "done");
    else if (options->csv)
        rows_print_csv(result);
    else
        return rows_print_table(cli, result, err);
    return 0;
}

static int run_statement(const struct cli *cli, const struct query_options *options,
                         struct view statement, struct error *err)
{
    cleanup_sink_access struct sink_access access;
    if (sink_access_open(cli, &options->sink, false, false, &access, err) != 0)
        return -1;
    struct query_result result = {.affected = -1};
    int status = access.sink->ops->query(access.sink, statement, &result, err);
    if (status == 0) {
        status = print(cli, options, &result, err);
        query_result_release(&result);
    }
    return status;
}

static int query(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)count;
    const struct query_options *options = values;
    if (options->csv && cli->json)
        return cli_misused(cli, "--csv and --json exclude each other");
    const char *path = options->sink.password_file;
    if (path && strcmp(path, "-") == 0 && strcmp(args[0], "-") == 0)
        return cli_misused(cli, "standard input is the statement or the password, not both");
    struct error err = {0};
    cleanup_buf struct buf input = BUF_INIT(STATEMENT_MAX);
    struct view statement = view_str(args[0]);
    if (strcmp(args[0], "-") == 0) {
        if (buf_read_file(&input, "-", &err) != 0)
            return cli_fail(cli, &err);
        statement = buf_view(&input);
    }
    if (run_statement(cli, options, statement, &err) != 0)
        return cli_fail(cli, &err);
    return CLI_DONE;
}

const struct command command_query = {
    .name = "query",
    .summary = "runs an SQL statement on the sink",
    .args = "STATEMENT",
    .details = "Runs one SQL statement on the sink, DDL included, and prints its rows as a table. "
               "STATEMENT may be \"-\": it is read from standard input then.",
    .args_min = 1,
    .args_max = 1,
    .options = options_table,
    .options_size = sizeof(struct query_options),
    .run = query,
};
