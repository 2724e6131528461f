#include "cli/command.h"

#include "cli/deploy_screen.h"
#include "cli/pipeline_file.h"
#include "cli/stack_task.h"
#include "json/writer.h"

#define OUTPUT_CAP ((size_t)1 << 20)

struct destroy_options {
    bool yes;
    bool data;
    bool registry;
};

static const struct cli_option options_table[] = {
    {.name = "yes",
     .letter = 'y',
     .offset = offsetof(struct destroy_options, yes),
     .help = "Do not ask"},
    {.name = "data",
     .offset = offsetof(struct destroy_options, data),
     .help = "Delete what the stack keeps as well, since it holds data: table, stream, what could "
             "not be processed"},
    {.name = "registry",
     .offset = offsetof(struct destroy_options, registry),
     .help = "Delete the image of the pipeline as well, and the repository, if it has no images of "
             "others"},
    {0},
};

static int destroy_it(struct cli *cli, const struct destroy_options *options,
                      const struct stack *stack, struct destroyed *destroyed, struct error *err)
{
    struct deploy_screen screen;
    deploy_screen_init(&screen, cli, options->yes);
    deploy_screen_catch(&screen);
    const struct stack_task task = {
        .cli = cli,
        .stack = stack,
        .ui = &screen.ui,
        .data = options->data,
        .registry = options->registry,
    };
    int result = stack_task_destroy(&task, destroyed, err);
    deploy_screen_end(&screen);
    return result;
}

static void put_things(struct json_writer *json, const char *name,
                       const struct destroyed *destroyed, bool goes)
{
    json_put_name(json, view_str(name));
    json_begin_array(json);
    for (size_t i = 0; i < destroyed->count; i++) {
        const struct destroy_thing *thing = &destroyed->things[i];
        if ((thing->way != DESTROY_NOT) != goes)
            continue;
        json_begin_object(json);
        json_member_string(json, "kind", view_str(thing->kind));
        json_member_string(json, "name", view_str(thing->name));
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_json(const struct destroyed *destroyed, struct buf *text)
{
    struct json_writer json;
    json_writer_init(&json, text);
    json_begin_object(&json);
    json_member_bool(&json, "changed", destroyed->changed);
    put_things(&json, "deleted", destroyed, true);
    put_things(&json, "kept", destroyed, false);
    json_end_object(&json);
}

static int destroy(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    cleanup_stack struct stack stack = {0};
    cleanup_destroyed struct destroyed destroyed = {0};
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_CAP);
    struct error err = {0};
    if (pipeline_file_read(cli, PIPELINE_REQUIRED, &stack) != PIPELINE_READ)
        return CLI_FAILED;
    if (destroy_it(cli, values, &stack, &destroyed, &err) < 0)
        return deploy_screen_fail(cli, &err);
    if (cli->json)
        put_json(&destroyed, &text);
    else
        buf_append_str(&text, destroyed.changed ? "destroyed" : "nothing to destroy");
    cli_put(&text);
    return CLI_DONE;
}

const struct command command_destroy = {
    .name = "destroy",
    .summary = "takes the pipeline down, and keeps its data unless told otherwise",
    .args = "",
    .details = "Says what goes and what stays, asks, and has CloudFormation delete the stack of "
               "the pipeline. A table and a stream that are to be kept stay, with their data.",
    .options = options_table,
    .options_size = sizeof(struct destroy_options),
    .run = destroy,
};
