#include "aws/cloudformation.h"

#include "aws/cloudformation_service.h"
#include "aws/paging.h"
#include "aws/query.h"
#include "base/clock.h"
#include "base/memory.h"

const struct aws_service cloudformation_service = {
    .name = "CloudFormation",
    .host = "cloudformation",
    .signing_name = "cloudformation",
    .variable = "CLOUDFORMATION",
    .protocol = &aws_protocol_query,
    .version = "2010-05-15",
};

static const struct aws_operation describe_stacks = {
    .service = &cloudformation_service,
    .name = "DescribeStacks",
    .permission = "cloudformation:DescribeStacks",
};

static const struct aws_operation get_template = {
    .service = &cloudformation_service,
    .name = "GetTemplate",
    .permission = "cloudformation:GetTemplate",
};

static const struct aws_operation update_termination_protection = {
    .service = &cloudformation_service,
    .name = "UpdateTerminationProtection",
    .permission = "cloudformation:UpdateTerminationProtection",
};

static const struct aws_operation delete_stack = {
    .service = &cloudformation_service,
    .name = "DeleteStack",
    .permission = "cloudformation:DeleteStack",
};

static const struct aws_operation list_stacks = {
    .service = &cloudformation_service,
    .name = "ListStacks",
    .permission = "cloudformation:ListStacks",
};

static const struct aws_operation describe_stack_events = {
    .service = &cloudformation_service,
    .name = "DescribeStackEvents",
    .permission = "cloudformation:DescribeStackEvents",
};

void cfn_stack_release(struct cfn_stack *stack)
{
    arena_release(&stack->arena);
    *stack = (struct cfn_stack){0};
}

const char *cfn_value(const struct cfn_pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].name, name) == 0)
            return pairs[i].value;
    return NULL;
}

const char *cfn_text(struct arena *arena, const struct xml_node *node, const char *path)
{
    return arena_copy(arena, xml_text(node, path)).ptr;
}

size_t cfn_count(const struct xml_node *list)
{
    size_t count = 0;
    for (const struct xml_node *member = xml_find(list, "member"); member;
         member = xml_next(member))
        count++;
    return count;
}

/* A list of structures with a name and a value each. */
static struct cfn_pair *read_pairs(struct arena *arena, const struct xml_node *list,
                                   const char *name, const char *value, size_t *count)
{
    struct cfn_pair *pairs = arena_calloc(arena, cfn_count(list), sizeof(*pairs));
    *count = 0;
    for (const struct xml_node *member = xml_find(list, "member"); member;
         member = xml_next(member))
        pairs[(*count)++] =
            (struct cfn_pair){cfn_text(arena, member, name), cfn_text(arena, member, value)};
    return pairs;
}

/* Of these the first that is said. */
static int64_t read_time(const struct xml_node *node)
{
    static const char *const names[] = {"DeletionTime", "LastUpdatedTime", "CreationTime"};
    int64_t us = 0;
    for (size_t i = 0; i < ARRAY_LEN(names) && !us; i++)
        clock_parse_us(xml_text(node, names[i]).ptr, &us);
    return us;
}

static void read_stack(const struct xml_node *node, struct cfn_stack *stack)
{
    struct arena *arena = &stack->arena;
    stack->id = cfn_text(arena, node, "StackId");
    stack->status = cfn_text(arena, node, "StackStatus");
    stack->reason = cfn_text(arena, node, "StackStatusReason");
    stack->changed_us = read_time(node);
    stack->protected = view_equal(xml_text(node, "EnableTerminationProtection"), VIEW("true"));
    stack->parameters = read_pairs(arena, xml_find(node, "Parameters"), "ParameterKey",
                                   "ParameterValue", &stack->parameter_count);
    stack->outputs = read_pairs(arena, xml_find(node, "Outputs"), "OutputKey", "OutputValue",
                                &stack->output_count);
    stack->tags = read_pairs(arena, xml_find(node, "Tags"), "Key", "Value", &stack->tag_count);
}

/* CloudFormation has no code of its own for it. */
static bool says_there_is_none(const struct error *err)
{
    return error_is(err, "ValidationError") && strstr(err->message, "does not exist");
}

int cfn_describe_stack(struct aws_client *client, const char *name, struct cfn_stack *stack,
                       struct error *err)
{
    cleanup_aws_query struct aws_query query;
    cleanup_xml struct xml answer = {0};
    struct error why = {0};
    aws_query_init(&query, &describe_stacks);
    aws_query_put_text(&query, "StackName", name);
    if (aws_query_call(client, &query, name, &answer, &why) < 0) {
        if (says_there_is_none(&why))
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    const struct xml_node *node = xml_find(answer.root, "Stacks/member");
    if (!node)
        return 0;
    read_stack(node, stack);
    return 1;
}

int cfn_get_template(struct aws_client *client, const char *name, struct buf *template,
                     struct error *err)
{
    cleanup_aws_query struct aws_query query;
    cleanup_xml struct xml answer = {0};
    aws_query_init(&query, &get_template);
    aws_query_put_text(&query, "StackName", name);
    aws_query_put_text(&query, "TemplateStage", "Original");
    if (aws_query_call(client, &query, name, &answer, err) < 0)
        return -1;
    buf_append_view(template, xml_text(answer.root, "TemplateBody"));
    return 0;
}

int cfn_protect(struct aws_client *client, const char *name, bool protect, struct error *err)
{
    cleanup_aws_query struct aws_query query;
    aws_query_init(&query, &update_termination_protection);
    aws_query_put_text(&query, "StackName", name);
    aws_query_put_text(&query, "EnableTerminationProtection", protect ? "true" : "false");
    return aws_query_call(client, &query, name, NULL, err);
}

int cfn_delete_stack(struct aws_client *client, const char *name, const char *token,
                     struct error *err)
{
    cleanup_aws_query struct aws_query query;
    aws_query_init(&query, &delete_stack);
    aws_query_put_text(&query, "StackName", name);
    aws_query_put_text(&query, "ClientRequestToken", token);
    return aws_query_call(client, &query, name, NULL, err);
}

/* They come newest first, and are wanted oldest first. */
struct event_list {
    struct arena arena;
    const char *after;
    struct listed_event {
        struct cfn_event event;
        const struct listed_event *newer;
    } * oldest;
};

static void list_event(const struct xml_node *node, struct event_list *list)
{
    struct arena *arena = &list->arena;
    struct listed_event *listed = arena_alloc(arena, sizeof(*listed));
    *listed = (struct listed_event){
        .event = {.id = cfn_text(arena, node, "EventId"),
                  .time = cfn_text(arena, node, "Timestamp"),
                  .logical_id = cfn_text(arena, node, "LogicalResourceId"),
                  .physical_id = cfn_text(arena, node, "PhysicalResourceId"),
                  .type = cfn_text(arena, node, "ResourceType"),
                  .status = cfn_text(arena, node, "ResourceStatus"),
                  .reason = cfn_text(arena, node, "ResourceStatusReason"),
                  .token = cfn_text(arena, node, "ClientRequestToken")},
        .newer = list->oldest,
    };
    list->oldest = listed;
}

static int list_page(void *user, const struct xml_node *page, struct error *err)
{
    struct event_list *list = user;
    (void)err;
    for (const struct xml_node *node = xml_find(page, "StackEvents/member"); node;
         node = xml_next(node)) {
        if (list->after && view_equal(xml_text(node, "EventId"), view_str(list->after)))
            return 1;
        list_event(node, list);
    }
    return 0;
}

int cfn_read_events(struct aws_client *client, const struct cfn_events *events, struct error *err)
{
    cleanup_aws_query struct aws_query query;
    struct event_list list = {.after = events->after};
    aws_query_init(&query, &describe_stack_events);
    aws_query_put_text(&query, "StackName", events->stack);
    const struct aws_query_pages pages = {
        .query = &query,
        .subject = events->stack,
        .token_in = "NextToken",
        .token_out = "NextToken",
        .take = list_page,
        .user = &list,
    };
    int result = aws_query_pages(client, &pages, err);
    for (const struct listed_event *i = list.oldest; result == 0 && i; i = i->newer)
        result = events->take(events->user, &i->event, err);
    arena_release(&list.arena);
    return result;
}

/* Who takes the stacks of a list. */
struct taker {
    cfn_take_deleted *take;
    void *user;
};

static int read_deleted(void *user, const struct xml_node *page, struct error *err)
{
    const struct taker *taker = user;
    for (const struct xml_node *node = xml_find(page, "StackSummaries/member"); node;
         node = xml_next(node)) {
        struct cfn_deleted stack = {xml_text(node, "StackName"), xml_text(node, "StackId"), 0};
        clock_parse_us(xml_text(node, "DeletionTime").ptr, &stack.deleted_us);
        if (taker->take(taker->user, &stack, err) < 0)
            return -1;
    }
    return 0;
}

int cfn_list_deleted(struct aws_client *client, cfn_take_deleted *take, void *user,
                     struct error *err)
{
    cleanup_aws_query struct aws_query query;
    struct taker taker = {take, user};
    aws_query_init(&query, &list_stacks);
    aws_query_put_text(&query, "StackStatusFilter.member.1", "DELETE_COMPLETE");
    const struct aws_query_pages pages = {
        .query = &query,
        .subject = "deleted stacks",
        .token_in = "NextToken",
        .token_out = "NextToken",
        .take = read_deleted,
        .user = &taker,
    };
    return aws_query_pages(client, &pages, err);
}
