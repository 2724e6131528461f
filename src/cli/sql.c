#include "cli/command.h"

#include "aws/attribute_value.h"
#include "aws/dynamodb.h"
#include "aws/partiql.h"
#include "aws/typed_json.h"
#include "base/memory.h"
#include "base/parse.h"
#include "cli/aws_access.h"
#include "cli/items.h"
#include "cli/pipeline_file.h"
#include "cli/rows.h"

/* Statements from standard input are no longer than this, all together. */
#define STATEMENTS_MAX ((size_t)64 << 20)
/* What lies in memory before it is printed. */
#define ITEMS_MAX 1000000
/* Of the command line, every byte escaped. */
#define PARAMETERS_CAP ((size_t)64 << 20)
#define OUTPUT_CAP ((size_t)1 << 30)

struct sql_options {
    struct option_list parameters;
    bool consistent;
    const char *limit;
};

static const struct cli_option options_table[] = {
    {.name = "parameter",
     .letter = 'p',
     .kind = OPTION_LIST,
     .offset = offsetof(struct sql_options, parameters),
     .value = "VALUE",
     .help = "The value of the next question mark in the statement: JSON, or else a text"},
    {.name = "consistent",
     .offset = offsetof(struct sql_options, consistent),
     .help = "Read what was written a moment ago, too, at twice the cost"},
    {.name = "limit",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct sql_options, limit),
     .value = "N",
     .help = "Stop after so many items of a statement"},
    {0},
};

/* All that a run needs. */
struct sql {
    struct cli *cli;
    const char *region; /* of the pipeline; NULL: there is none */
    struct aws_client *client;
    json_t *parameters;
    bool consistent;
    size_t limit;
    bool several; /* messages and tables say which statement they are about */
    size_t count; /* statements done */
    json_t *items;
    struct buf output; /* --json */
    struct json_writer json;
};

static int take_item(void *user, const json_t *item, struct error *err)
{
    struct sql *sql = user;
    if (json_array_size(sql->items) == ITEMS_MAX)
        return error_set(err, ERROR_INPUT, 0,
                         "more than %d items: narrow the statement down, or use --limit",
                         ITEMS_MAX);
    json_array_append(sql->items, (json_t *)item);
    return json_array_size(sql->items) == sql->limit;
}

/* Nothing, if it fails. */
static int put_json(struct sql *sql, struct view statement, struct error *err)
{
    cleanup_buf struct buf result = BUF_INIT(OUTPUT_CAP);
    struct json_writer json;
    json_writer_init(&json, &result);
    json_begin_object(&json);
    json_member_string(&json, "statement", statement);
    json_put_name(&json, VIEW("items"));
    json_begin_array(&json);
    bool good = true;
    for (size_t i = 0; good && i < json_array_size(sql->items); i++)
        good = attribute_value_write_item(json_array_get(sql->items, i), &json);
    json_end_array(&json);
    json_end_object(&json);
    if (!good)
        return error_set(err, ERROR_AWS, 200, "DynamoDB's answer has a value that is none");
    json_put_raw(&sql->json, buf_view(&result));
    return 0;
}

static int put_table(struct sql *sql, struct error *err)
{
    if (json_array_size(sql->items) == 0) {
        cli_note(sql->cli, "done: no items");
        return 0;
    }
    struct query_result result = {0};
    int status = items_to_rows(sql->items, &result, err);
    if (status == 0)
        status = rows_print_table(sql->cli, &result, err);
    query_result_release(&result);
    return status;
}

static int execute(struct sql *sql, struct view text, struct error *err)
{
    const struct dynamodb_statement statement = {text, sql->parameters, sql->consistent};
    sql->items = json_array();
    int status = dynamodb_execute_statement(sql->client, &statement, take_item, sql, err);
    if (status == 0)
        status = sql->cli->json ? put_json(sql, text, err) : put_table(sql, err);
    json_decref(sql->items);
    sql->count += status == 0;
    return status;
}

/* One after the other; what stands behind a failure is not executed. */
static int execute_all(struct sql *sql, struct view text, struct error *err)
{
    for (struct view statement; (statement = partiql_next(&text)).len;)
        if (execute(sql, statement, err) < 0)
            return sql->count ? error_prefix(err, "statement %zu (those before it are done)",
                                             sql->count + 1)
                              : -1;
    return 0;
}

static size_t count_statements(struct view text)
{
    size_t count = 0;
    while (partiql_next(&text).len)
        count++;
    return count;
}

/* What is no JSON is a text: nobody wants to quote twice in a shell. */
static void write_parameter(const char *text, struct json_writer *typed)
{
    cleanup_buf struct buf tried = BUF_INIT(PARAMETERS_CAP);
    struct json_writer writer;
    json_writer_init(&writer, &tried);
    if (typed_json_write(view_str(text), &writer, NULL) < 0) {
        buf_clear(&tried);
        json_writer_init(&writer, &tried);
        json_begin_object(&writer);
        json_member_string(&writer, "S", view_str(text));
        json_end_object(&writer);
    }
    json_put_raw(typed, buf_view(&tried));
}

static json_t *read_parameters(const struct option_list *list)
{
    if (!list->count)
        return NULL;
    cleanup_buf struct buf text = BUF_INIT(PARAMETERS_CAP);
    struct json_writer writer;
    json_writer_init(&writer, &text);
    json_begin_array(&writer);
    for (size_t i = 0; i < list->count; i++)
        write_parameter(list->items[i], &writer);
    json_end_array(&writer);
    return json_loadb(buf_str(&text), text.len, JSON_ALLOW_NUL, NULL);
}

static int read_limit(const char *text, size_t *limit, struct error *err)
{
    int64_t value = 0;
    if (text && parse_int64(view_str(text), 1, ITEMS_MAX, &value, err) < 0)
        return error_prefix(err, "--limit");
    *limit = (size_t)value;
    return 0;
}

static int run_all(struct sql *sql, struct view text, struct error *err)
{
    cleanup_aws_access struct aws_access access = {0};
    if (aws_access_open(sql->cli, sql->region, &access, err) < 0)
        return -1;
    sql->client = access.client;
    json_begin_object(&sql->json);
    json_put_name(&sql->json, VIEW("results"));
    json_begin_array(&sql->json);
    int status = execute_all(sql, text, err);
    json_end_array(&sql->json);
    json_end_object(&sql->json);
    if (sql->cli->json && sql->count)
        cli_put(&sql->output);
    return status;
}

/* What those run into who know SQL, and that DynamoDB says little about. */
static int fail(const struct cli *cli, const struct error *err)
{
    static const char number_hint[] =
        "a --parameter that reads as a number is one; -p '\"2024\"' is a text";
    static const struct {
        const char *what, *hint;
    } hints[] = {
        {"wasn't well formed", "names stand in double quotes, texts in single ones: SELECT * FROM "
                               "\"my-table\" WHERE \"id\" = 'a'"},
        {"Number of parameters", "every question mark takes one --parameter"},
        {"type does not match schema type", number_hint},
        {"Type mismatch for key", number_hint},
        {"ConditionalCheckFailedException", "there is no item that is as WHERE wants it"},
    };
    int status = cli_fail(cli, err);
    for (size_t i = 0; i < ARRAY_LEN(hints); i++)
        if (strstr(err->message, hints[i].what))
            cli_note(cli, "%s", hints[i].hint);
    return status;
}

static int run(struct sql *sql, const char *argument, struct error *err)
{
    cleanup_buf struct buf input = BUF_INIT(STATEMENTS_MAX);
    struct view text = view_str(argument);
    if (strcmp(argument, "-") == 0) {
        if (buf_read_file(&input, "-", err) < 0)
            return -1;
        text = buf_view(&input);
    }
    size_t count = count_statements(text);
    if (count == 0)
        return error_set(err, ERROR_SETTING, 0, "there is no statement");
    if (count > 1 && sql->parameters)
        return error_set(err, ERROR_SETTING, 0, "--parameter goes with one statement, not %zu",
                         count);
    return run_all(sql, text, err);
}

static int sql(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)count;
    const struct sql_options *options = values;
    struct error err = {0};
    struct sql run_of = {
        .cli = cli, .consistent = options->consistent, .output = BUF_INIT(OUTPUT_CAP)};
    cleanup_stack struct stack stack = {0};
    if (pipeline_file_read(cli, 0, &stack) == PIPELINE_FAILED)
        return CLI_FAILED;
    run_of.region = stack.region;
    json_writer_init(&run_of.json, &run_of.output);
    if (read_limit(options->limit, &run_of.limit, &err) < 0)
        return cli_fail(cli, &err);
    run_of.parameters = read_parameters(&options->parameters);
    int status = run(&run_of, args[0], &err);
    json_decref(run_of.parameters);
    buf_release(&run_of.output);
    return status == 0 ? CLI_DONE : fail(cli, &err);
}

const struct command command_sql = {
    .name = "sql",
    .summary = "runs PartiQL statements on DynamoDB",
    .args = "STATEMENTS",
    .details =
        "Runs PartiQL statements, separated by semicolons, on DynamoDB, one after the other, "
        "and prints the items as a table. STATEMENTS may be \"-\": they are read from "
        "standard input then.",
    .args_min = 1,
    .args_max = 1,
    .options = options_table,
    .options_size = sizeof(struct sql_options),
    .run = sql,
};
