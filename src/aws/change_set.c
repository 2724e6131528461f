#include "aws/change_set.h"

#include "aws/cloudformation_service.h"
#include "aws/paging.h"
#include "aws/query.h"
#include "base/memory.h"

static const struct aws_operation create_change_set = {
    .service = &cloudformation_service,
    .name = "CreateChangeSet",
    .permission = "cloudformation:CreateChangeSet",
};

static const struct aws_operation describe_change_set = {
    .service = &cloudformation_service,
    .name = "DescribeChangeSet",
    .permission = "cloudformation:DescribeChangeSet",
};

static const struct aws_operation list_change_sets = {
    .service = &cloudformation_service,
    .name = "ListChangeSets",
    .permission = "cloudformation:ListChangeSets",
};

static const struct aws_operation execute_change_set = {
    .service = &cloudformation_service,
    .name = "ExecuteChangeSet",
    .permission = "cloudformation:ExecuteChangeSet",
};

static const struct aws_operation delete_change_set = {
    .service = &cloudformation_service,
    .name = "DeleteChangeSet",
    .permission = "cloudformation:DeleteChangeSet",
};

static void put_parameters(struct aws_query *query, const struct change_set_request *request)
{
    for (size_t i = 0; i < request->parameter_count; i++) {
        const struct cfn_pair *pair = &request->parameters[i];
        aws_query_put(query, view_str(pair->name), "Parameters.member.%zu.ParameterKey", i + 1);
        if (pair->value)
            aws_query_put(query, view_str(pair->value), "Parameters.member.%zu.ParameterValue",
                          i + 1);
        else
            aws_query_put(query, VIEW("true"), "Parameters.member.%zu.UsePreviousValue", i + 1);
    }
}

static void put_tags(struct aws_query *query, const struct change_set_request *request)
{
    for (size_t i = 0; i < request->tag_count; i++) {
        aws_query_put(query, view_str(request->tags[i].name), "Tags.member.%zu.Key", i + 1);
        aws_query_put(query, view_str(request->tags[i].value), "Tags.member.%zu.Value", i + 1);
    }
}

static void put_template(struct aws_query *query, const struct change_set_request *request)
{
    aws_query_put_text(query, "TemplateBody", request->template_body);
    aws_query_put_text(query, "TemplateURL", request->template_url);
    if (!request->template_body && !request->template_url)
        aws_query_put_text(query, "UsePreviousTemplate", "true");
}

int change_set_create(struct aws_client *client, const struct change_set_request *request,
                      struct error *err)
{
    cleanup_aws_query struct aws_query query;
    aws_query_init(&query, &create_change_set);
    aws_query_put_text(&query, "StackName", request->stack);
    aws_query_put_text(&query, "ChangeSetName", request->name);
    /* Without it a request that is repeated since its answer was lost is refused. */
    aws_query_put_text(&query, "ClientToken", request->name);
    aws_query_put_text(&query, "ChangeSetType", request->create ? "CREATE" : "UPDATE");
    put_template(&query, request);
    put_parameters(&query, request);
    put_tags(&query, request);
    aws_query_put_text(&query, "Capabilities.member.1", "CAPABILITY_IAM");
    if (request->revert_drift)
        aws_query_put_text(&query, "DeploymentMode", "REVERT_DRIFT");
    if (request->import_existing)
        aws_query_put_text(&query, "ImportExistingResources", "true");
    return aws_query_call(client, &query, request->stack, NULL, err);
}

void change_set_release(struct change_set *set)
{
    arena_release(&set->arena);
    *set = (struct change_set){0};
}

static void read_properties(const struct xml_node *details, struct arena *arena,
                            struct change_set_change *change)
{
    change->properties = arena_calloc(arena, cfn_count(details), sizeof(*change->properties));
    for (const struct xml_node *node = xml_find(details, "member"); node; node = xml_next(node)) {
        const char *name = cfn_text(arena, node, "Target/Name");
        if (!*name)
            name = cfn_text(arena, node, "Target/Attribute");
        change->properties[change->property_count++] =
            (struct change_set_property){name, cfn_text(arena, node, "Target/RequiresRecreation")};
    }
}

static struct change_set_change read_change(const struct xml_node *node, struct arena *arena)
{
    struct change_set_change change = {
        .action = cfn_text(arena, node, "Action"),
        .logical_id = cfn_text(arena, node, "LogicalResourceId"),
        .physical_id = cfn_text(arena, node, "PhysicalResourceId"),
        .type = cfn_text(arena, node, "ResourceType"),
        .replacement = cfn_text(arena, node, "Replacement"),
        .policy = cfn_text(arena, node, "PolicyAction"),
    };
    read_properties(xml_find(node, "Details"), arena, &change);
    return change;
}

static int read_page(void *user, const struct xml_node *page, struct error *err)
{
    struct change_set *set = user;
    const struct xml_node *list = xml_find(page, "Changes");
    struct change_set_change *all =
        arena_calloc(&set->arena, set->change_count + cfn_count(list), sizeof(*all));
    (void)err;
    if (set->change_count)
        memcpy(all, set->changes, set->change_count * sizeof(*all));
    set->changes = all;
    set->status = cfn_text(&set->arena, page, "Status");
    set->reason = cfn_text(&set->arena, page, "StatusReason");
    for (const struct xml_node *node = xml_find(list, "member"); node; node = xml_next(node))
        all[set->change_count++] = read_change(xml_find(node, "ResourceChange"), &set->arena);
    return 0;
}

int change_set_describe(struct aws_client *client, const char *stack, const char *name,
                        struct change_set *set, struct error *err)
{
    cleanup_aws_query struct aws_query query;
    cleanup_change_set struct change_set read = {0};
    aws_query_init(&query, &describe_change_set);
    aws_query_put_text(&query, "StackName", stack);
    aws_query_put_text(&query, "ChangeSetName", name);
    const struct aws_query_pages pages = {
        .query = &query,
        .subject = stack,
        .token_in = "NextToken",
        .token_out = "NextToken",
        .take = read_page,
        .user = &read,
    };
    if (aws_query_pages(client, &pages, err) < 0)
        return -1;
    *set = read;
    read = (struct change_set){0};
    return 0;
}

struct names {
    change_set_take *take;
    void *user;
};

static int read_names(void *user, const struct xml_node *result, struct error *err)
{
    const struct names *names = user;
    for (const struct xml_node *node = xml_find(result, "Summaries/member"); node;
         node = xml_next(node))
        if (names->take(names->user, xml_text(node, "ChangeSetName"), err) < 0)
            return -1;
    return 0;
}

int change_set_list(struct aws_client *client, const char *stack, change_set_take *take, void *user,
                    struct error *err)
{
    cleanup_aws_query struct aws_query query;
    struct names names = {take, user};
    aws_query_init(&query, &list_change_sets);
    aws_query_put_text(&query, "StackName", stack);
    const struct aws_query_pages pages = {
        .query = &query,
        .subject = stack,
        .token_in = "NextToken",
        .token_out = "NextToken",
        .take = read_names,
        .user = &names,
    };
    return aws_query_pages(client, &pages, err);
}

bool change_set_is_empty(const struct change_set *set)
{
    static const char *const sentences[] = {"didn't contain changes",
                                            "No updates are to be performed"};
    for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
        if (strcmp(set->status, "FAILED") == 0 && strstr(set->reason, sentences[i]))
            return true;
    return false;
}

/* The operations that take no more than the two names. */
static int call_by_name(struct aws_client *client, const struct aws_operation *operation,
                        const char *stack, const char *name, const char *token, struct error *err)
{
    cleanup_aws_query struct aws_query query;
    aws_query_init(&query, operation);
    aws_query_put_text(&query, "StackName", stack);
    aws_query_put_text(&query, "ChangeSetName", name);
    aws_query_put_text(&query, "ClientRequestToken", token);
    return aws_query_call(client, &query, stack, NULL, err);
}

int change_set_execute(struct aws_client *client, const char *stack, const char *name,
                       const char *token, struct error *err)
{
    return call_by_name(client, &execute_change_set, stack, name, token, err);
}

int change_set_delete(struct aws_client *client, const char *stack, const char *name,
                      struct error *err)
{
    return call_by_name(client, &delete_change_set, stack, name, NULL, err);
}
