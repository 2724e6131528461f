#include "cli/command.h"

#include "cli/registry_place.h"
#include "stack/repository_policy.h"
#include "json/writer.h"

#define FILE_CAP ((size_t)1 << 20) /* white space and comments of a sort do not count for ECR */

struct policy_options {
    const char *repository;
    struct option_list accounts;
    bool print;
};

static const struct cli_option options_table[] = {
    {.name = "repository",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct policy_options, repository),
     .value = "NAME",
     .help = "The repository, if not that of the pipeline file"},
    {.name = "account",
     .kind = OPTION_LIST,
     .offset = offsetof(struct policy_options, accounts),
     .value = "ID",
     .help = "An AWS account that may pull; may be given several times"},
    {.name = "print",
     .offset = offsetof(struct policy_options, print),
     .help = "Only print the policy that would be set"},
    {0},
};

/* The one that the user wants. */
static json_t *wanted_policy(const struct policy_options *options, const char *path,
                             const char *region, struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT(FILE_CAP);
    if (options->accounts.count)
        return repository_policy_accounts(options->accounts.items, options->accounts.count, region,
                                          err);
    if (!path)
        return repository_policy_public();
    if (buf_read_file(&text, path, err) < 0)
        return NULL;
    return repository_policy_parse(buf_view(&text), path, err);
}

static void put_json(const struct registry_place *place,
                     const struct repository_policy_change *change, struct buf *text)
{
    struct json_writer writer;
    json_writer_init(&writer, text);
    json_begin_object(&writer);
    json_member_string(&writer, "repository", view_str(place->plan.name.repository));
    json_member_string(&writer, "account", view_str(place->account));
    json_member_string(&writer, "region", view_str(place->access.client->region));
    json_member_bool(&writer, "changed", change->changed);
    json_put_name(&writer, VIEW("policy"));
    json_put_raw(&writer, buf_view(&change->text));
    json_end_object(&writer);
}

static void put_policy(const json_t *policy, struct buf *text)
{
    size_t len = json_dumpb(policy, NULL, 0, JSON_INDENT(2));
    json_dumpb(policy, buf_reserve(text, len), len, JSON_INDENT(2));
    buf_commit(text, len);
}

static int set(const struct cli *cli, const struct registry_place *place,
               const struct repository_policy_change *change, struct error *err)
{
    const char *name = place->plan.name.repository;
    if (!change->changed) {
        cli_note(cli, "repository \"%s\" has this policy already", name);
        return 0;
    }
    if (ecr_set_repository_policy(place->access.client, &place->plan.name, buf_view(&change->text),
                                  err) < 0)
        return -1;
    cli_note(cli, "repository \"%s\" has this policy now", name);
    return 0;
}

static int run(const struct cli *cli, const struct policy_options *options, const char *path,
               const struct registry_place *place, struct error *err)
{
    cleanup_repository_policy_change struct repository_policy_change change = {0};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct aws_client *client = place->access.client;
    json_t *policy = wanted_policy(options, path, client->region, err);
    if (!policy)
        return -1;
    int result = repository_policy_prepare(client, &place->plan, policy, &change, err);
    if (result == 0) {
        if (change.lost.len)
            cli_note(cli, "replaced: %s", buf_str(&change.lost));
        if (!path && !options->accounts.count)
            cli_note(cli, "everybody who has an AWS account may pull");
        if (cli->json)
            put_json(place, &change, &text);
        else
            put_policy(policy, &text);
        result = options->print ? 0 : set(cli, place, &change, err);
    }
    if (result == 0)
        cli_put(&text);
    json_decref(policy);
    return result;
}

static int registry_policy(struct cli *cli, const void *values, char **args, size_t count)
{
    const struct policy_options *options = values;
    cleanup_registry_place struct registry_place place = {0};
    struct error err = {0};
    if (count && options->accounts.count)
        return cli_misused(cli, "a file and --account exclude each other");
    int status = registry_place_read(cli, &place);
    if (status == CLI_DONE)
        status = registry_place_choose(cli, &place, options->repository);
    if (status == CLI_DONE)
        status = registry_place_open(cli, NULL, &place);
    if (status != CLI_DONE)
        return status;
    return run(cli, options, count ? args[0] : NULL, &place, &err) < 0 ? cli_fail(cli, &err)
                                                                       : CLI_DONE;
}

const struct command command_registry_policy = {
    .name = "registry policy",
    .summary = "says who may pull images from the repository",
    .args = "[FILE]",
    .details =
        "Sets the policy of the repository: the one in FILE; or, with --account, one that lets "
        "these accounts pull, and Lambda for their functions; or else the one that lets everybody "
        "pull. Lambda's permission to fetch the images of this account's functions is kept, or "
        "added, in every case. Prints the policy.",
    .args_max = 1,
    .options = options_table,
    .options_size = sizeof(struct policy_options),
    .run = registry_policy,
};
