#include "cli/command.h"

#include "cli/registry_place.h"
#include "net/http_request.h"
#include "oci/docker_config.h"
#include "stack/ecr_registry.h"
#include "json/writer.h"

#define REGION_CAP 64

struct login_options {
    bool print;
};

static const struct cli_option options_table[] = {
    {.name = "print",
     .offset = offsetof(struct login_options, print),
     .help = "Print the password on standard output, and store nothing"},
    {0},
};

/* Whether it is where the endpoint of an emulator is. */
static bool is_emulator(const struct aws_client *client, const char *registry)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct http_origin origin;
    return ecr_registry_url(client, &url, NULL) == 0 && url.len &&
           http_origin_of(buf_view(&url), &origin, NULL) == 0 &&
           strcmp(origin.authority, registry) == 0;
}

/* The registry that the user named: it says the region, too. */
static int open_named(const struct cli *cli, const char *name, struct aws_access *access,
                      struct buf *registry)
{
    cleanup_buf struct buf region = BUF_INIT(REGION_CAP);
    struct ecr_registry parsed;
    struct error err = {0};
    bool is_ecr = ecr_registry_parse(view_str(name), &parsed);
    if (is_ecr)
        buf_append_view(&region, parsed.region);
    if (is_ecr && cli->region && strcmp(cli->region, buf_str(&region)) != 0)
        return cli_misused(cli, "%s is in region %s, and --region says %s", name, buf_str(&region),
                           cli->region);
    if (aws_access_open(cli, is_ecr ? buf_str(&region) : NULL, access, &err) < 0)
        return cli_fail(cli, &err);
    if (!is_ecr && !is_emulator(access->client, name))
        return cli_misused(cli,
                           "\"%s\" is no registry of Amazon ECR: those are called "
                           "<account>.dkr.ecr.<region>.amazonaws.com",
                           name);
    buf_append_str(registry, name);
    return CLI_DONE;
}

static int open_own(const struct cli *cli, struct registry_place *place, struct buf *registry)
{
    int status = registry_place_read(cli, place);
    if (status == CLI_DONE)
        status = registry_place_open(cli, NULL, place);
    if (status == CLI_DONE)
        ecr_registry_name(place->account, place->access.client->region, registry);
    return status;
}

static void note_validity(const struct cli *cli, const struct ecr_token *token)
{
    char until[32];
    if (!token->expires_us)
        return;
    int64_t minutes =
        (token->expires_us - clock_system.now_us(&clock_system) + 30000000) / 60000000;
    clock_format_us(token->expires_us, until);
    cli_note(cli, "it is valid for %d h %d min, until %.19sZ", (int)(minutes / 60),
             (int)(minutes % 60), until);
}

static void put_json(const char *registry, const struct ecr_token *token, bool print,
                     struct buf *text)
{
    struct json_writer writer;
    char until[32];
    json_writer_init(&writer, text);
    json_begin_object(&writer);
    json_member_string(&writer, "registry", view_str(registry));
    json_member_string(&writer, "user", buf_view(&token->user));
    json_put_name(&writer, VIEW("password"));
    if (print)
        json_put_string(&writer, buf_view(&token->password));
    else
        json_put_null(&writer);
    json_put_name(&writer, VIEW("expires"));
    clock_format_us(token->expires_us, until);
    if (token->expires_us)
        json_put_string(&writer, view_str(until));
    else
        json_put_null(&writer);
    json_member_bool(&writer, "stored", !print);
    json_end_object(&writer);
}

static int store(const struct cli *cli, const char *registry, const struct ecr_token *token,
                 struct error *err)
{
    const struct registry_login login = {.user = token->user, .password = token->password};
    if (docker_config_store(registry, &login, err) < 0)
        return -1;
    cli_note(cli, "docker's credential file has the login at %s now", registry);
    return 0;
}

static int log_in(const struct cli *cli, bool print, struct aws_client *client,
                  const char *registry)
{
    cleanup_ecr_token struct ecr_token token = {0};
    cleanup_secret struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    if (ecr_get_authorization_token(client, &token, &err) < 0 ||
        (!print && store(cli, registry, &token, &err) < 0))
        return cli_fail(cli, &err);
    if (print)
        cli_note(cli, "the password of user \"%s\" at %s", buf_str(&token.user), registry);
    note_validity(cli, &token);
    if (cli->json)
        put_json(registry, &token, print, &text);
    else if (print)
        buf_append_view(&text, buf_view(&token.password));
    if (text.len)
        cli_put(&text);
    return CLI_DONE;
}

static int registry_login(struct cli *cli, const void *values, char **args, size_t count)
{
    const struct login_options *options = values;
    cleanup_registry_place struct registry_place place = {0};
    cleanup_buf struct buf registry = BUF_INIT(BUF_TEXT_CAP);
    int status = count ? open_named(cli, args[0], &place.access, &registry)
                       : open_own(cli, &place, &registry);
    if (status != CLI_DONE)
        return status;
    return log_in(cli, options->print, place.access.client, buf_str(&registry));
}

const struct command command_registry_login = {
    .name = "registry login",
    .summary = "gets a login at Amazon ECR for docker and its likes",
    .args = "[REGISTRY]",
    .details =
        "Gets a login at a registry of Amazon ECR (by default the one of this account and region) "
        "and stores it where docker, podman and skopeo find it; or prints the password, for "
        "`docker login --username AWS --password-stdin`. `lorry image push` needs none of this.",
    .args_max = 1,
    .options = options_table,
    .options_size = sizeof(struct login_options),
    .run = registry_login,
};
