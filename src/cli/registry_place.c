#include "cli/registry_place.h"

#include "base/memory.h"
#include "cli/pipeline_file.h"

void registry_place_release(struct registry_place *place)
{
    free(place->tags);
    free(place->account);
    aws_access_release(&place->access);
    stack_release(&place->stack);
}

/* Those that everything of the pipeline has, then the user's. */
static void add_tags(struct registry_place *place)
{
    const struct stack *stack = &place->stack;
    size_t count = 0;
    place->tags = xcalloc(stack->tag_count + 2, sizeof(*place->tags));
    place->tags[count++] = (struct ecr_tag){"ProjectName", stack->project};
    place->tags[count++] = (struct ecr_tag){"Stage", stack->stage};
    for (size_t i = 0; i < stack->tag_count; i++)
        place->tags[count++] = (struct ecr_tag){stack->tags[i].name, stack->tags[i].value};
    place->plan.project = stack->project;
    place->plan.function = stack->processor.name;
    place->plan.tags = place->tags;
    place->plan.tag_count = count;
}

int registry_place_read(const struct cli *cli, struct registry_place *place)
{
    switch (pipeline_file_read(cli, 0, &place->stack)) {
    case PIPELINE_FAILED: return CLI_FAILED;
    case PIPELINE_NONE: break;
    case PIPELINE_READ:
        place->has_file = true;
        add_tags(place);
        break;
    }
    return CLI_DONE;
}

int registry_place_choose(const struct cli *cli, struct registry_place *place, const char *name)
{
    if (!name)
        name = place->stack.processor.repository;
    if (!name)
        return cli_misused(cli, "which repository? There is no pipeline file that names one");
    if (!repository_name_valid(name))
        return cli_misused(cli,
                           "\"%s\" is no name of a repository: lower-case letters and digits, with "
                           ". _ - or / between them, 2 to 256 characters",
                           name);
    place->plan.name.repository = name;
    return CLI_DONE;
}

static int ask_account(struct registry_place *place, struct error *err)
{
    cleanup_sts_identity struct sts_identity identity = {0};
    if (sts_get_caller_identity(place->access.client, &identity, err) < 0)
        return -1;
    place->account = steal(&identity.account);
    return 0;
}

/* What the name of a registry says is no question of options and files. */
static int open_access(const struct cli *cli, const struct ecr_registry *registry,
                       struct registry_place *place, struct error *err)
{
    if (!registry)
        return aws_access_open(cli, place->stack.region, &place->access, err) < 0
                   ? -1
                   : ask_account(place, err);
    cleanup_free char *region = xstrndup(registry->region.ptr, registry->region.len);
    struct cli there = *cli;
    there.region = region;
    place->account = xstrndup(registry->account.ptr, registry->account.len);
    return aws_access_open(&there, NULL, &place->access, err);
}

int registry_place_open(const struct cli *cli, const struct ecr_registry *registry,
                        struct registry_place *place)
{
    struct error err = {0};
    if (open_access(cli, registry, place, &err) < 0)
        return cli_fail(cli, &err);
    place->plan.name.account = place->account;
    cli_note(cli, "account %s, region %s", place->account, place->access.client->region);
    return CLI_DONE;
}
