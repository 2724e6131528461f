#include "base/memory.h"
#include "base/plural.h"
#include "cli/command.h"
#include "cli/image_source.h"
#include "cli/lines.h"
#include "cli/progress.h"
#include "cli/registry_access.h"
#include "cli/registry_place.h"
#include "oci/layout.h"
#include "stack/publish.h"
#include "json/writer.h"

struct push_options {
    const char *image;
    struct image_source source;
    bool no_create;
};

static const struct cli_option options_table[] = {
    {.name = "image",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct push_options, image),
     .value = "PATH",
     .help = "Push this OCI layout (folder or archive), as `lorry image build` makes it, instead "
             "of making an image"},
    IMAGE_SOURCE_OPTIONS(struct push_options),
    {.name = "no-create",
     .offset = offsetof(struct push_options, no_create),
     .help = "Fail if there is no such repository in Amazon ECR, instead of making it"},
    {0},
};

/* A push and how it went. */
struct push {
    const struct cli *cli;
    struct oci_reference reference;
    struct oci_image image;
    bool to_ecr;
    struct registry_place place; /* in ECR */
    struct published result;
    struct progress progress;
    int64_t elapsed_ms;
};

static void push_release(struct push *push)
{
    oci_reference_release(&push->reference);
    oci_image_release(&push->image);
    registry_place_release(&push->place);
    published_release(&push->result);
}

static void put_pinned(const struct push *push, struct buf *out)
{
    buf_printf(out, "%s/%s@%s", push->reference.registry, push->reference.repository,
               push->image.manifest.digest.text);
}

static void put_name(const struct push *push, struct buf *out)
{
    buf_printf(out, "%s/%s", push->reference.registry, push->reference.repository);
    if (push->reference.tag)
        buf_printf(out, ":%s", push->reference.tag);
}

static void put_json(const struct push *push, struct buf *text)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP), pinned = BUF_INIT(BUF_TEXT_CAP);
    struct json_writer json;
    put_name(push, &name);
    put_pinned(push, &pinned);
    json_writer_init(&json, text);
    json_begin_object(&json);
    json_member_string(&json, "reference", buf_view(&name));
    json_member_string(&json, "pinned", buf_view(&pinned));
    json_member_string(&json, "digest", view_str(push->image.manifest.digest.text));
    json_member_int(&json, "bytes_sent", (int64_t)push->result.progress.bytes_sent);
    json_member_int(&json, "blobs_sent", (int64_t)push->result.progress.blobs_sent);
    json_member_int(&json, "blobs_there", (int64_t)push->result.progress.blobs_there);
    json_member_int(&json, "elapsed_ms", push->elapsed_ms);
    json_member_bool(&json, "repository_created", push->result.created);
    json_end_object(&json);
}

static void put_lines(const struct push *push, struct buf *text)
{
    const struct registry_progress *result = &push->result.progress;
    double seconds = (double)(push->elapsed_ms > 0 ? push->elapsed_ms : 1) / 1e3;
    buf_append_str(text, "pushed  ");
    put_name(push, text);
    if (result->bytes_sent)
        buf_printf(text, "\nsent    %zu bytes in %.2f s, %zu blob%s; %zu %s there already",
                   result->bytes_sent, seconds, result->blobs_sent,
                   plural_s((int64_t)result->blobs_sent), result->blobs_there,
                   result->blobs_there == 1 ? "was" : "were");
    else
        buf_append_str(text, "\nsent    nothing: the registry has it already");
    buf_append_str(text, "\nimage   ");
    put_pinned(push, text);
}

/* With --quiet: only what the next command is to be given. */
static void print(const struct push *push)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (push->cli->json)
        put_json(push, &text);
    else if (push->cli->quiet)
        put_pinned(push, &text);
    else
        put_lines(push, &text);
    cli_put(&text);
}

static void show_progress(void *user, const struct registry_progress *state)
{
    struct push *push = user;
    progress_bytes(&push->progress, "pushing", state->bytes_sent, state->bytes_total);
}

static int get_image(const struct push_options *options, struct push *push)
{
    struct error err = {0};
    if (!options->image)
        return image_source_build(push->cli, &options->source, &push->image);
    return oci_layout_read(options->image, &push->image, &err) < 0 ? cli_fail(push->cli, &err)
                                                                   : CLI_DONE;
}

static int send(struct push *push, struct error *err)
{
    cleanup_registry_access struct registry_access access = {0};
    if (registry_access_open(push->cli, push->reference.registry, &access, err) < 0)
        return -1;
    access.options.on_progress = show_progress;
    access.options.user = push;
    return registry_push(&access.options, &push->reference, &push->image, &push->result.progress,
                         err);
}

static int send_to_ecr(struct push *push, bool no_create, struct error *err)
{
    push->place.plan.name.repository = push->reference.repository;
    const struct publish publish = {
        .client = push->place.access.client,
        .reference = &push->reference,
        .image = &push->image,
        .no_create = no_create,
        .plan = push->place.plan,
        .on_progress = show_progress,
        .user = push,
    };
    return publish_image(&publish, &push->result, err);
}

static void note_repository(const struct push *push)
{
    if (push->result.created)
        cli_note(push->cli, "repository \"%s\" has been created", push->reference.repository);
    if (push->result.policy_changed)
        cli_note(push->cli, "Lambda may fetch its images now");
    lines_warn(push->cli, buf_view(&push->result.remarks));
}

static int run(struct push *push, bool no_create)
{
    struct error err = {0};
    progress_begin(&push->progress, push->cli);
    int result = push->to_ecr ? send_to_ecr(push, no_create, &err) : send(push, &err);
    push->elapsed_ms = progress_elapsed_ms(&push->progress);
    progress_end(&push->progress);
    note_repository(push);
    if (result < 0)
        return cli_fail(push->cli, &err);
    print(push);
    return CLI_DONE;
}

static int read_reference(struct push *push, const char *name)
{
    struct ecr_registry registry;
    struct error err = {0};
    if (oci_reference_parse(view_str(name), &push->reference, &err) < 0)
        return cli_misused(push->cli, "%s", err.message);
    push->to_ecr = ecr_registry_parse(view_str(push->reference.registry), &registry);
    if (!push->to_ecr)
        return CLI_DONE;
    int status = registry_place_read(push->cli, &push->place);
    return status == CLI_DONE ? registry_place_open(push->cli, &registry, &push->place) : status;
}

/* Into the repository of the pipeline, under the tag of what is deployed. */
static int make_reference(struct push *push)
{
    struct registry_place *place = &push->place;
    cleanup_buf struct buf registry = BUF_INIT(BUF_TEXT_CAP), tag = BUF_INIT(BUF_TEXT_CAP);
    int status = registry_place_read(push->cli, place);
    if (status == CLI_DONE && !place->has_file)
        return cli_misused(push->cli, "which image? Give a reference, such as "
                                      "registry.example/name:tag, or a pipeline file");
    if (status == CLI_DONE)
        status = registry_place_choose(push->cli, place, NULL);
    if (status == CLI_DONE)
        status = registry_place_open(push->cli, NULL, place);
    if (status != CLI_DONE)
        return status;
    ecr_registry_name(place->account, place->access.client->region, &registry);
    stack_name(&place->stack, &tag);
    push->to_ecr = true;
    push->reference = (struct oci_reference){
        .registry = xstrdup(buf_str(&registry)),
        .repository = xstrdup(place->plan.name.repository),
        .tag = xstrdup(buf_str(&tag)),
    };
    return CLI_DONE;
}

static int image_push(struct cli *cli, const void *values, char **args, size_t count)
{
    const struct push_options *options = values;
    struct push push __attribute__((cleanup(push_release))) = {.cli = cli};
    if (options->image && image_source_is_given(&options->source))
        return cli_misused(cli, "--image is an image already: --entrypoint, --ca-bundle and "
                                "--label are for making one");
    int status = count ? read_reference(&push, args[0]) : make_reference(&push);
    if (status == CLI_DONE)
        status = get_image(options, &push);
    return status == CLI_DONE ? run(&push, options->no_create) : status;
}

const struct command command_image_push = {
    .name = "image push",
    .summary = "puts the image into a registry",
    .args = "[REF]",
    .details =
        "Makes the OCI image of the record processor, as `lorry image build` does, and puts it "
        "into a registry, under the name REF: registry.example/repository:tag; without REF, into "
        "the repository of the pipeline file in Amazon ECR. Only what the registry lacks is sent. "
        "At ECR, logins and the repository are seen to; elsewhere logins are taken from docker's "
        "credential file.",
    .args_min = 0,
    .args_max = 1,
    .options = options_table,
    .options_size = sizeof(struct push_options),
    .run = image_push,
};
