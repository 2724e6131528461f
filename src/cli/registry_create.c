#include "cli/command.h"

#include "base/parse.h"
#include "cli/lines.h"
#include "cli/registry_place.h"
#include "json/writer.h"

struct create_options {
    bool immutable;
    const char *keep;
};

static const struct cli_option options_table[] = {
    {.name = "immutable",
     .offset = offsetof(struct create_options, immutable),
     .help = "Tags of images cannot move, but those of deployed ones"},
    {.name = "keep",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct create_options, keep),
     .value = "NUMBER",
     .help = "How many images stay that are not deployed: the newest (10, of a new repository)"},
    {0},
};

static void put_json(const struct registry_place *place, const struct repository_state *state,
                     struct buf *text)
{
    struct json_writer writer;
    json_writer_init(&writer, text);
    json_begin_object(&writer);
    json_member_string(&writer, "repository", view_str(place->plan.name.repository));
    json_member_string(&writer, "uri", view_str(state->repository.uri));
    json_member_string(&writer, "account", view_str(place->account));
    json_member_string(&writer, "region", view_str(place->access.client->region));
    json_member_bool(&writer, "created", state->created);
    json_member_string(&writer, "tag_mutability", view_str(state->repository.mutability));
    json_member_bool(&writer, "scan_on_push", state->repository.scan_on_push);
    json_put_name(&writer, VIEW("keep"));
    if (state->keep)
        json_put_int(&writer, state->keep);
    else
        json_put_null(&writer);
    json_member_bool(&writer, "policy_changed", state->policy_changed);
    json_member_bool(&writer, "lifecycle_changed", state->lifecycle_changed);
    json_put_name(&writer, VIEW("differences"));
    lines_put_json(buf_view(&state->differences), &writer);
    json_end_object(&writer);
}

static void note(const struct cli *cli, const struct registry_place *place,
                 const struct repository_state *state)
{
    const char *name = place->plan.name.repository;
    cli_note(cli, "repository \"%s\" %s", name,
             state->created ? "has been created" : "was there already");
    if (state->policy_changed)
        cli_note(cli, "Lambda may fetch its images now");
    if (state->lifecycle_changed)
        cli_note(cli, "the newest %d images that are not deployed stay", state->keep);
    lines_warn(cli, buf_view(&state->differences));
}

static int registry_create(struct cli *cli, const void *values, char **args, size_t count)
{
    const struct create_options *options = values;
    cleanup_registry_place struct registry_place place = {0};
    cleanup_repository_state struct repository_state state = {0};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    int64_t keep = 0;
    if (options->keep &&
        parse_int64(view_str(options->keep), 1, LIFECYCLE_KEEP_MAX, &keep, &err) < 0)
        return cli_misused(cli, "--keep: %s", err.message);
    int status = registry_place_read(cli, &place);
    if (status == CLI_DONE)
        status = registry_place_choose(cli, &place, count ? args[0] : NULL);
    if (status == CLI_DONE)
        status = registry_place_open(cli, NULL, &place);
    if (status != CLI_DONE)
        return status;
    place.plan.immutable = options->immutable;
    place.plan.keep = (int)keep;
    if (repository_ensure(place.access.client, &place.plan, &state, &err) < 0)
        return cli_fail(cli, &err);
    note(cli, &place, &state);
    if (cli->json)
        put_json(&place, &state, &text);
    else
        buf_append_str(&text, state.repository.uri);
    cli_put(&text);
    return CLI_DONE;
}

const struct command command_registry_create = {
    .name = "registry create",
    .summary = "makes the repository of the images in Amazon ECR",
    .args = "[NAME]",
    .details =
        "Makes a repository in Amazon ECR, NAME or the one of the pipeline file, and prints where "
        "it is: images are scanned when they are pushed, the newest ones that are not deployed "
        "stay, and Lambda may fetch them. One that is there already is taken as it is; what is "
        "not as wanted is named.",
    .args_max = 1,
    .options = options_table,
    .options_size = sizeof(struct create_options),
    .run = registry_create,
};
