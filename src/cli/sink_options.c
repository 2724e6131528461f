#include "cli/sink_options.h"

#include "base/arguments.h"
#include "base/memory.h"
#include "cli/http.h"
#include "cli/pipeline_file.h"
#include "cli/sink_wait.h"
#include "sink/password.h"

/* The newest name first; the others are the predecessor's. */
static const char *const url_variables[] = {"SINK_URL", "SINK_SQLALCHEMY_URL",
                                            "CRATEDB_SQLALCHEMY_URL"};

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static const char *url_from_environment(const char **variable)
{
    const char *url = NULL;
    for (size_t i = 0; i < ARRAY_LEN(url_variables) && !url; i++) {
        *variable = url_variables[i];
        url = from_environment(url_variables[i]);
    }
    return url;
}

bool sink_is_named(const struct sink_options *options)
{
    const char *variable;
    return options->url || url_from_environment(&variable);
}

/* A sink that is being opened. */
struct opening {
    const struct cli *cli;
    const struct sink_options *options;
    struct sink_access *access;
    bool has_file_url; /* the URL is that of the pipeline */
    struct error *err;
};

/* Sets access->stack, if there is one. */
static int find_stack(const struct opening *opening)
{
    struct sink_access *access = opening->access;
    if (access->stack)
        return 0;
    access->stack = opening->options->stack;
    if (access->stack)
        return 0;
    int found = pipeline_file_load(opening->cli, 0, &access->own_stack, opening->err);
    if (found > 0)
        access->stack = &access->own_stack;
    return found < 0 ? -1 : 0;
}

static int find_url(struct opening *opening, const char **url)
{
    const struct cli *cli = opening->cli;
    const char *variable = NULL;
    *url = opening->options->url ? opening->options->url : url_from_environment(&variable);
    if (variable && *url && (cli->file || cli->stage || opening->options->stack))
        cli_warning(cli, "the sink is that of %s, not that of %s", variable,
                    pipeline_file_path(cli));
    if (*url)
        return 0;
    if (find_stack(opening) < 0)
        return -1;
    if (!opening->access->stack)
        return error_set(opening->err, ERROR_USAGE, 0,
                         "which sink? give --sink URL, or set SINK_URL, for instance to "
                         "sqlite:///file.db; there is no " PIPELINE_FILE " here that names one");
    opening->has_file_url = true;
    *url = opening->access->stack->sink.url;
    return 0;
}

static int read_url(struct opening *opening)
{
    struct sink_access *access = opening->access;
    const char *text = NULL;
    if (find_url(opening, &text) < 0)
        return -1;
    access->public_url = BUF_INIT(BUF_TEXT_CAP);
    url_append_public(&access->public_url, view_str(text));
    if (url_parse(view_str(text), &access->url, opening->err) < 0)
        return error_prefix(opening->err, "the URL of the sink (like crate://user@host:4200/ or "
                                          "sqlite:///file.db)");
    return 0;
}

static int read_table(struct opening *opening, bool needed)
{
    struct sink_access *access = opening->access;
    const char *text =
        opening->options->table ? opening->options->table : from_environment("SINK_TABLE");
    if (!text && needed && find_stack(opening) < 0)
        return -1;
    if (!text && access->stack)
        text = access->stack->sink.table;
    if (!text && needed)
        return error_set(opening->err, ERROR_USAGE, 0,
                         "which table? give --table NAME, or set SINK_TABLE; there is "
                         "no " PIPELINE_FILE " here that names one");
    /* A command without --table does not look at it, but every sink has one. */
    return table_name_parse(view_str(text ? text : "default"), &access->table, opening->err);
}

static const char *types_of_pipeline(const struct stack *stack)
{
    for (size_t i = 0; stack && i < stack->processor.environment_count; i++)
        if (strcmp(stack->processor.environment[i].name, "COLUMN_TYPES") == 0)
            return stack->processor.environment[i].value;
    return NULL;
}

static int read_column_types(struct opening *opening)
{
    const char *text = opening->options->column_types;
    if (!text)
        text = from_environment("COLUMN_TYPES");
    if (!text)
        text = types_of_pipeline(opening->access->stack);
    opening->access->types = column_types_parse(view_str(text), opening->err);
    if (!opening->access->types && opening->options->column_types)
        return error_prefix(opening->err, "--column-types");
    return opening->access->types ? 0 : -1;
}

/* Whether it is on the network: then it has users, and is spoken to over HTTP. */
static bool is_remote(const struct url *url)
{
    return strcmp(url->scheme, "sqlite") != 0;
}

static bool can_ask(const struct sink_access *access)
{
    return *access->url.user && is_remote(&access->url) && cli_interactive();
}

static int ask_password(const struct opening *opening)
{
    struct sink_access *access = opening->access;
    cleanup_buf struct buf prompt = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&prompt, "Password of \"%s\" at %s (empty: none): ", access->url.user,
               access->url.host);
    return user_password_ask(&access->password, buf_str(&prompt), opening->err);
}

/* Nothing is read from AWS before the sink is spoken to. */
static int fetch_password(const struct opening *opening, const struct stack_password *where)
{
    struct sink_access *access = opening->access;
    struct aws_client *aws = opening->options->aws;
    if (!aws) {
        if (aws_access_open(opening->cli, access->stack->region, &access->own_aws, opening->err) <
            0)
            return -1;
        aws = access->own_aws.client;
    }
    const struct password_place place = {
        .secret = where->secret,
        .parameter = where->ssm,
        .secret_key = where->secret_key,
        .setting = "sink.password",
        .key_setting = "sink.password.key",
    };
    access->fetched = password_new(&place, aws);
    return 0;
}

/* Where `sink.password` of the pipeline says. */
static int find_password(const struct opening *opening)
{
    struct sink_access *access = opening->access;
    const struct stack_password *where = &access->stack->sink.password;
    if (where->secret || where->ssm)
        return fetch_password(opening, where);
    const char *value = where->variable ? from_environment(where->variable) : NULL;
    if (value)
        return user_password_set(&access->password, value, where->variable, opening->err);
    if (can_ask(access))
        return ask_password(opening);
    if (where->variable)
        return error_set(opening->err, ERROR_SETTING, 0,
                         "the password of the sink is to come from the environment variable "
                         "\"%s\" (sink.password.env of %s), which is not set: set it, or give "
                         "--password-file",
                         where->variable, pipeline_file_path(opening->cli));
    return 0;
}

/* Leaves both passwords empty if the URL has one, or if there is none. */
static int read_password(const struct opening *opening)
{
    struct sink_access *access = opening->access;
    const char *path = opening->options->password_file, *variable;
    bool by_hand = access->url.password && !opening->has_file_url;
    if (path && by_hand)
        return error_set(opening->err, ERROR_USAGE, 0,
                         "the password is in the URL and in --password-file: give one of them");
    if (path)
        return user_password_read_file(&access->password, path, opening->err);
    if (by_hand || (access->url.password && *access->url.password))
        return 0;
    variable = from_environment("SINK_PASSWORD");
    if (variable)
        return user_password_set(&access->password, variable, "SINK_PASSWORD", opening->err);
    if (opening->has_file_url)
        return find_password(opening);
    return can_ask(access) ? ask_password(opening) : 0;
}

static struct password_source *password_of(struct sink_access *access)
{
    if (access->fetched)
        return access->fetched;
    return *access->password.text ? &access->password.source : NULL;
}

static int open_sink(const struct opening *opening, bool create_table)
{
    struct sink_access *access = opening->access;
    if (is_remote(&access->url)) {
        access->http = cli_http_new(opening->cli, opening->err);
        if (!access->http)
            return -1;
        access->http = sink_wait_new(access->http, opening->cli, buf_str(&access->public_url));
    }
    access->config = (struct sink_config){
        .url = &access->url,
        .table = access->table,
        .password = password_of(access),
        .types = access->types,
        .create_table = create_table,
        .http = access->http,
        .clock = &clock_system,
        .patience_ms = opening->options->patience_ms,
    };
    return sink_open(&access->config, &access->sink, opening->err);
}

int sink_access_open(const struct cli *cli, const struct sink_options *options, bool needs_table,
                     bool create_table, struct sink_access *access, struct error *err)
{
    struct opening opening = {.cli = cli, .options = options, .access = access, .err = err};
    *access = (struct sink_access){0};
    if (read_url(&opening) != 0 || read_table(&opening, needs_table) != 0 ||
        read_column_types(&opening) != 0)
        return -1;
    if (cli->password_hidden)
        cli_warning(cli, "a password on the command line can be seen by others until it is "
                         "overwritten, as it is now, and stays in the shell's history; use "
                         "SINK_PASSWORD or --password-file");
    if (read_password(&opening) != 0)
        return -1;
    return open_sink(&opening, create_table);
}

/* The sink itself, not AWS, which was asked for its password. */
static bool is_silent(const struct sink_access *access, const struct error *err)
{
    return err->domain == ERROR_NET && access->url.host && strstr(err->message, access->url.host);
}

int sink_access_fail(const struct cli *cli, const struct sink_access *access,
                     const struct error *err)
{
    int status = cli_fail(cli, err);
    if (err->domain == ERROR_HTTP && err->code == 401 && !access->config.password &&
        !access->url.password)
        cli_note(cli,
                 "the password comes from --password-file, from SINK_PASSWORD, or from a prompt "
                 "where there is a terminal");
    if (is_silent(access, err))
        cli_note(cli,
                 "the sink is %s: are host, port and ?ssl right, and does it let this machine in? "
                 "`lorry doctor` looks closer",
                 buf_str(&access->public_url));
    return status;
}

void sink_access_release(struct sink_access *access)
{
    sink_close(access->sink);
    http_client_free(access->http);
    column_types_free(access->types);
    password_free(access->fetched);
    aws_access_release(&access->own_aws);
    user_password_release(&access->password);
    table_name_release(&access->table);
    url_release(&access->url);
    buf_release(&access->public_url);
    stack_release(&access->own_stack);
}
