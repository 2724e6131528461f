#include "cli/sink_options.h"

#include "base/arguments.h"
#include "base/memory.h"
#include "cli/http.h"

/* The newest name first; the others are the predecessor's. */
static const char *const url_variables[] = {"SINK_URL", "SINK_SQLALCHEMY_URL",
                                            "CRATEDB_SQLALCHEMY_URL"};

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

const char *sink_url_from_environment(void)
{
    const char *url = NULL;
    for (size_t i = 0; i < ARRAY_LEN(url_variables) && !url; i++)
        url = from_environment(url_variables[i]);
    return url;
}

static int read_url(const struct sink_options *options, struct sink_access *access,
                    struct error *err)
{
    const char *text = options->url ? options->url : sink_url_from_environment();
    if (!text)
        return error_set(err, ERROR_USAGE, 0,
                         "which sink? give --sink URL, or set SINK_URL, for instance to "
                         "sqlite:///file.db");
    access->public_url = BUF_INIT(BUF_TEXT_CAP);
    url_append_public(&access->public_url, view_str(text));
    return url_parse(view_str(text), &access->url, err);
}

static int read_table(const struct sink_options *options, bool needed, struct sink_access *access,
                      struct error *err)
{
    const char *text = options->table ? options->table : from_environment("SINK_TABLE");
    if (!text && needed)
        return error_set(err, ERROR_USAGE, 0, "which table? give --table NAME, or set SINK_TABLE");
    /* A command without --table does not look at it, but every sink has one. */
    return table_name_parse(view_str(text ? text : "default"), &access->table, err);
}

/* Whether it is on the network: then it has users, and is spoken to over HTTP. */
static bool is_remote(const struct url *url)
{
    return strcmp(url->scheme, "sqlite") != 0;
}

static int ask_password(struct sink_access *access, struct error *err)
{
    cleanup_buf struct buf prompt = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&prompt, "Password of \"%s\" at %s (empty: none): ", access->url.user,
               access->url.host);
    return user_password_ask(&access->password, buf_str(&prompt), err);
}

/* Leaves access->password empty if the URL has one, or if there is none. */
static int read_password(const struct sink_options *options, struct sink_access *access,
                         struct error *err)
{
    if (options->password_file && access->url.password)
        return error_set(err, ERROR_USAGE, 0,
                         "the password is in the URL and in --password-file: give one of them");
    if (options->password_file)
        return user_password_read_file(&access->password, options->password_file, err);
    if (access->url.password)
        return 0;
    const char *variable = from_environment("SINK_PASSWORD");
    if (variable)
        return user_password_set(&access->password, variable, err);
    if (*access->url.user && is_remote(&access->url) && cli_interactive())
        return ask_password(access, err);
    return 0;
}

static int read_column_types(const struct sink_options *options, struct sink_access *access,
                             struct error *err)
{
    const char *text =
        options->column_types ? options->column_types : from_environment("COLUMN_TYPES");
    access->types = column_types_parse(view_str(text), err);
    return access->types ? 0 : -1;
}

static int open_sink(const struct cli *cli, bool create_table, struct sink_access *access,
                     struct error *err)
{
    if (is_remote(&access->url)) {
        access->http = cli_http_new(cli, err);
        if (!access->http)
            return -1;
    }
    access->config = (struct sink_config){
        .url = &access->url,
        .table = access->table,
        .password = *access->password.text ? &access->password.source : NULL,
        .types = access->types,
        .create_table = create_table,
        .http = access->http,
        .clock = &clock_system,
    };
    return sink_open(&access->config, &access->sink, err);
}

int sink_access_open(const struct cli *cli, const struct sink_options *options, bool needs_table,
                     bool create_table, struct sink_access *access, struct error *err)
{
    *access = (struct sink_access){0};
    if (read_url(options, access, err) != 0 || read_table(options, needs_table, access, err) != 0 ||
        read_column_types(options, access, err) != 0)
        return -1;
    if (cli->password_hidden)
        cli_warning(cli, "a password on the command line can be seen by others until it is "
                         "overwritten, as it is now, and stays in the shell's history; use "
                         "SINK_PASSWORD or --password-file");
    if (read_password(options, access, err) != 0)
        return -1;
    return open_sink(cli, create_table, access, err);
}

void sink_access_release(struct sink_access *access)
{
    sink_close(access->sink);
    http_client_free(access->http);
    column_types_free(access->types);
    user_password_release(&access->password);
    table_name_release(&access->table);
    url_release(&access->url);
    buf_release(&access->public_url);
}
