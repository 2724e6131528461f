#include "cli/command.h"

#include <errno.h>

#include "base/plural.h"
#include "cli/rows.h"
#include "cli/sink_options.h"

/* A statement from standard input is no longer than this. */
#define STATEMENT_MAX ((size_t)64 << 20)

struct query_options {
    struct sink_options sink;
    bool csv;
    int64_t timeout_ms;
};

static const struct cli_option options_table[] = {
    SINK_URL_OPTION(struct query_options),
    SINK_PASSWORD_OPTION(struct query_options),
    {.name = "csv",
     .offset = offsetof(struct query_options, csv),
     .help = "Print comma-separated values"},
    {.name = "timeout",
     .kind = OPTION_DURATION,
     .offset = offsetof(struct query_options, timeout_ms),
     .value = "TIME",
     .help = "How long to wait for an answer of CrateDB; 0: for ever",
     .standard = "5m"},
    {0},
};

static int print(const struct cli *cli, const struct query_options *options,
                 const struct query_result *result, struct error *err)
{
    if (cli->json)
        rows_print_json(result);
    else if (result->column_count == 0 && result->affected >= 0)
        cli_note(cli, "%lld row%s changed", (long long)result->affected,
                 plural_s(result->affected));
    else if (result->column_count == 0)
        cli_note(cli, "done");
    else if (options->csv)
        rows_print_csv(result);
    else
        return rows_print_table(cli, result, err);
    return 0;
}

/* Who has not answered may still be at it. */
static void tell_timeout(const struct cli *cli, const struct error *err)
{
    if (err->domain == ERROR_NET && err->code == ETIMEDOUT)
        cli_note(cli, "--timeout gives it longer; CrateDB may go on with the statement: sys.jobs "
                      "has what runs there");
}

static int run_statement(const struct cli *cli, const struct query_options *options,
                         struct view statement)
{
    struct error err = {0};
    struct sink_options sink = options->sink;
    struct query_result result = {.affected = -1};
    cleanup_sink_access struct sink_access access;
    sink.patience_ms = options->timeout_ms ? options->timeout_ms : -1;
    if (sink_access_open(cli, &sink, false, false, &access, &err) != 0)
        return cli_fail(cli, &err);
    if (access.sink->ops->query(access.sink, statement, &result, &err) != 0) {
        int status = sink_access_fail(cli, &access, &err);
        tell_timeout(cli, &err);
        return status;
    }
    int printed = print(cli, options, &result, &err);
    query_result_release(&result);
    return printed == 0 ? CLI_DONE : cli_fail(cli, &err);
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
    return run_statement(cli, options, statement);
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
