#include "cli/command.h"

#include "base/memory.h"
#include "base/plural.h"
#include "base/utf8.h"
#include "cli/sink_options.h"
#include "cli/table_print.h"

/* What a table needs is done at once, or when the whole cluster knows of it. */
#define PATIENCE_MS 60000

struct table_options {
    struct sink_options sink;
    struct option_list key;
    bool dead_letters;
    bool yes;
};

#define KEY_OPTION                                                                                 \
    {                                                                                              \
        .name = "key", .letter = 'k', .kind = OPTION_LIST,                                         \
        .offset = offsetof(struct table_options, key), .value = "NAME:TYPE",                       \
        .help =                                                                                    \
            "A part of the key as DynamoDB has it, TYPE being S, N or B; once, or twice for a "    \
            "table with a sort key; else it is that of the pipeline file"                          \
    }
#define YES_OPTION                                                                                 \
    {                                                                                              \
        .name = "yes", .letter = 'y', .offset = offsetof(struct table_options, yes),               \
        .help = "Do not ask"                                                                       \
    }
#define SINK_OPTIONS                                                                               \
    SINK_URL_OPTION(struct table_options), SINK_TABLE_OPTION(struct table_options),                \
        SINK_PASSWORD_OPTION(struct table_options)

/* A command that is under way. */
struct table {
    const struct cli *cli;
    const struct table_options *options;
    struct sink_access access;
    struct buf name; /* for messages and JSON */
};

static void table_close(struct table *table)
{
    sink_access_release(&table->access);
    buf_release(&table->name);
}
#define cleanup_table __attribute__((cleanup(table_close)))

static int table_open(struct table *table, const struct cli *cli, const void *options,
                      struct error *err)
{
    table->cli = cli;
    table->options = options;
    table->name = BUF_INIT(BUF_TEXT_CAP);
    struct sink_options sink = table->options->sink;
    sink.patience_ms = PATIENCE_MS;
    if (sink_access_open(cli, &sink, true, true, &table->access, err) != 0)
        return -1;
    sql_append_table(&table->name, &table->access.table, "");
    return 0;
}

static int table_look(struct table *table, struct table_info *info, struct error *err)
{
    struct sink *sink = table->access.sink;
    return sink->ops->show(sink, info, err);
}

static int parse_key_part(const char *text, struct key_part *part, struct error *err)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !strchr("SNB", colon[1]) || !colon[1] || colon[2])
        return error_set(err, ERROR_USAGE, 0,
                         "--key: \"%s\" is not NAME:TYPE with a TYPE of S, N or B", text);
    struct view name = view_between(text, colon);
    if (!utf8_valid(name))
        return error_set(err, ERROR_USAGE, 0, "--key: a name is not valid UTF-8 text");
    *part = (struct key_part){.name = name, .type = colon[1]};
    return 0;
}

static int read_key_options(const struct option_list *list, struct key *key, struct error *err)
{
    if (list->count > KEY_PARTS_MAX)
        return error_set(err, ERROR_USAGE, 0, "--key: a DynamoDB key has one part or two");
    for (size_t i = 0; i < list->count; i++)
        if (parse_key_part(list->items[i], &key->parts[i], err) != 0)
            return -1;
    key->count = list->count;
    return 0;
}

static void take_key_of_pipeline(const struct stack *stack, struct key *key)
{
    static const char types[] = {[STACK_KEY_S] = 'S', [STACK_KEY_N] = 'N', [STACK_KEY_B] = 'B'};
    for (size_t i = 0; i < stack->source.key_count; i++)
        key->parts[i] = (struct key_part){.name = view_str(stack->source.keys[i].name),
                                          .type = types[stack->source.keys[i].type]};
    key->count = stack->source.key_count;
}

/* Of --key, else of the pipeline, if its file was read; the parts sorted by name, as everywhere. No
 * parts: nobody knows. */
static int find_key(const struct table *table, struct key *key, struct error *err)
{
    *key = (struct key){0};
    if (read_key_options(&table->options->key, key, err) != 0)
        return -1;
    if (!key->count && table->access.stack)
        take_key_of_pipeline(table->access.stack, key);
    if (key->count < 2)
        return 0;
    int order = view_compare(key->parts[0].name, key->parts[1].name);
    if (order == 0)
        return error_set(err, ERROR_USAGE, 0, "--key: two parts of one name");
    if (order > 0) {
        struct key_part first = key->parts[0];
        key->parts[0] = key->parts[1];
        key->parts[1] = first;
    }
    return 0;
}

static int no_such_table(const struct table *table, const struct table_info *info)
{
    if (info->dead_letters > 0)
        cli_note(table->cli, "its table of dead letters has %lld row%s",
                 (long long)info->dead_letters, plural_s(info->dead_letters));
    cli_error(table->cli,
              "there is no table %s; `lorry table create` makes it, and so does "
              "`lorry relay`",
              buf_str(&table->name));
    return CLI_FAILED;
}

/* What there is now. */
static int print_table(struct table *table, struct error *err)
{
    struct table_info info = {0};
    if (table_look(table, &info, err) != 0)
        return sink_access_fail(table->cli, &table->access, err);
    int status = CLI_DONE;
    if (table->cli->json)
        table_print_json(&table->access, &info);
    else if (info.exists)
        table_print_text(&table->access, &info);
    if (!info.exists)
        status = no_such_table(table, &info);
    table_info_release(&info);
    return status;
}

static int show(struct cli *cli, const void *options, char **args, size_t count)
{
    (void)args;
    (void)count;
    struct error err = {0};
    cleanup_table struct table table = {0};
    if (table_open(&table, cli, options, &err) != 0)
        return cli_fail(cli, &err);
    return print_table(&table, &err);
}

static int create(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    struct error err = {0};
    struct key key;
    cleanup_table struct table table = {0};
    if (table_open(&table, cli, values, &err) != 0 || find_key(&table, &key, &err) != 0)
        return cli_fail(cli, &err);
    if (!key.count)
        return cli_misused(cli, "which key? Give the names and types of the source table's, for "
                                "instance --key device:S --key timestamp:S");
    if (table.access.sink->ops->create(table.access.sink, &key, &err) != 0)
        return sink_access_fail(cli, &table.access, &err);
    if (cli->json)
        return print_table(&table, &err);
    cli_note(cli, "table %s is there", buf_str(&table.name));
    return CLI_DONE;
}

/* The one layout without a key, which cannot be mended, only replaced. */
static bool is_keyless(const struct table_info *info)
{
    return strcmp(info->layout, "document") == 0;
}

/* The status of a question; that it was a no is said. */
static int tell_no(const struct cli *cli, int status)
{
    if (status == CLI_FAILED)
        cli_note(cli, "nothing was changed");
    return status;
}

/* Whether the table is to be replaced, in `*replace`. */
static int decide_upgrade(const struct table *table, const struct table_info *info,
                          const struct key *key, bool *replace)
{
    *replace = false;
    if (!is_keyless(info) || info->rows != 0)
        return CLI_DONE;
    if (!key->count)
        return cli_misused(table->cli,
                           "the table has no key: to replace it, give the names and types of the "
                           "source table's, for instance --key device:S --key timestamp:S");
    *replace = true;
    return tell_no(table->cli, cli_confirm(table->cli, table->options->yes,
                                           "Replace the empty table %s by one with a key?",
                                           buf_str(&table->name)));
}

static int do_upgrade(struct table *table, const struct table_info *info, const struct key *key,
                      struct error *err)
{
    if (!info->exists)
        return no_such_table(table, info);
    bool replace;
    int status = decide_upgrade(table, info, key, &replace);
    if (status != CLI_DONE)
        return status;
    struct sink *sink = table->access.sink;
    if (sink->ops->upgrade(sink, key, replace, err) != 0)
        return sink_access_fail(table->cli, &table->access, err);
    if (table->cli->json)
        return print_table(table, err);
    cli_note(table->cli, "table %s is up to date", buf_str(&table->name));
    return CLI_DONE;
}

static int upgrade(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    struct error err = {0};
    struct key key;
    struct table_info info = {0};
    cleanup_table struct table table = {0};
    if (table_open(&table, cli, values, &err) != 0 || find_key(&table, &key, &err) != 0 ||
        table_look(&table, &info, &err) != 0)
        return sink_access_fail(cli, &table.access, &err);
    int status = do_upgrade(&table, &info, &key, &err);
    table_info_release(&info);
    return status;
}

static void print_dropped(const struct table *table)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    struct json_writer json;
    json_writer_init(&json, &out);
    json_begin_object(&json);
    table_write_name(&json, buf_str(&table->access.public_url), &table->access.table);
    json_member_bool(&json, "dropped", true);
    json_member_bool(&json, "dead_letters_dropped", table->options->dead_letters);
    json_end_object(&json);
    cli_put(&out);
}

static int drop(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct table_options *options = values;
    struct error err = {0};
    cleanup_table struct table table = {0};
    if (table_open(&table, cli, options, &err) != 0)
        return cli_fail(cli, &err);
    const char *also = options->dead_letters ? " and its dead letters" : "";
    int status =
        tell_no(cli, cli_confirm(cli, options->yes, "Drop the table %s%s at %s?",
                                 buf_str(&table.name), also, buf_str(&table.access.public_url)));
    if (status != CLI_DONE)
        return status;
    struct sink *sink = table.access.sink;
    if (sink->ops->drop(sink, options->dead_letters, &err) != 0)
        return sink_access_fail(cli, &table.access, &err);
    if (cli->json)
        print_dropped(&table);
    else
        cli_note(cli, "table %s%s %s gone", buf_str(&table.name), also,
                 options->dead_letters ? "are" : "is");
    return CLI_DONE;
}

static const struct cli_option create_options[] = {SINK_OPTIONS, KEY_OPTION, {0}};

const struct command command_table_create = {
    .name = "table create",
    .summary = "makes the table for the rows, and its view of live rows",
    .args = "",
    .details = "Makes the table NAME with the given key, and the view NAME_live of the rows that "
               "are not removed. It is fine if the table is there already in that shape. The "
               "record processor and `lorry relay` make it by themselves when the first change "
               "comes.",
    .options = create_options,
    .options_size = sizeof(struct table_options),
    .run = create,
};

static const struct cli_option show_options[] = {SINK_OPTIONS, {0}};

const struct command command_table_show = {
    .name = "table show",
    .summary = "shows layout, columns and counts of the table",
    .args = "",
    .details = "Shows how the table is laid out, its columns, how many rows, tombstones and dead "
               "letters there are, and what `lorry table upgrade` would do. Exits with 1 if there "
               "is no such table.",
    .options = show_options,
    .options_size = sizeof(struct table_options),
    .run = show,
};

static const struct cli_option upgrade_options[] = {SINK_OPTIONS, KEY_OPTION, YES_OPTION, {0}};

const struct command command_table_upgrade = {
    .name = "table upgrade",
    .summary = "adds what an older layout lacks",
    .args = "",
    .details = "Adds the columns that an older layout lacks, so that every write is guarded by "
               "version and sequence. A table without a key cannot get one: if it is empty, it is "
               "replaced after asking; otherwise you are told what to do.",
    .options = upgrade_options,
    .options_size = sizeof(struct table_options),
    .run = upgrade,
};

static const struct cli_option drop_options[] = {
    SINK_OPTIONS,
    {.name = "dead-letters",
     .offset = offsetof(struct table_options, dead_letters),
     .help = "Drop the table of dead letters as well"},
    YES_OPTION,
    {0},
};

const struct command command_table_drop = {
    .name = "table drop",
    .summary = "drops the table and its view, after asking",
    .args = "",
    .details = "Drops the table NAME and the view NAME_live, after asking. The table of dead "
               "letters stays unless told otherwise.",
    .options = drop_options,
    .options_size = sizeof(struct table_options),
    .run = drop,
};
