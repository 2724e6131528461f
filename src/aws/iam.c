#include "aws/iam.h"

#include "aws/query.h"

static const struct aws_service service = {
    .name = "IAM",
    .host = "iam",
    .signing_name = "iam",
    .variable = "IAM",
    .protocol = &aws_protocol_query,
    .version = "2010-05-08",
    .global = true,
};

static const struct aws_operation simulate_principal_policy = {
    .service = &service,
    .name = "SimulatePrincipalPolicy",
    .permission = "iam:SimulatePrincipalPolicy",
};

static const struct aws_operation get_role = {
    .service = &service,
    .name = "GetRole",
    .permission = "iam:GetRole",
};

static bool says_no(const struct xml_node *result, const char *path)
{
    return view_equal(xml_text(result, path), VIEW("false"));
}

static int take_page(void *user, const struct xml_node *page, struct error *err)
{
    const struct iam_simulation *simulation = user;
    int taken = 0;
    for (const struct xml_node *node = xml_find(page, "EvaluationResults/member"); node && !taken;
         node = xml_next(node)) {
        struct view decision = xml_text(node, "EvalDecision");
        taken = simulation->take(
            simulation->user,
            &(struct iam_decision){
                .action = xml_text(node, "EvalActionName"),
                .resource = xml_text(node, "EvalResourceName"),
                .allowed = view_equal(decision, VIEW("allowed")),
                .denied = view_equal(decision, VIEW("explicitDeny")),
                .denied_by_organization =
                    says_no(node, "OrganizationsDecisionDetail/AllowedByOrganizations"),
                .denied_by_boundary =
                    says_no(node, "PermissionsBoundaryDecisionDetail/AllowedByPermissionsBoundary"),
                .missing_condition = xml_text(node, "MissingContextValues/member"),
            },
            err);
    }
    return taken;
}

static void put_list(struct aws_query *query, const char *name, const char *const *texts,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        aws_query_put(query, view_str(texts[i]), "%s.member.%zu", name, i + 1);
}

static void put_context(struct aws_query *query, const struct iam_simulation *simulation)
{
    for (size_t i = 0; i < simulation->context_count; i++) {
        const struct iam_context *context = &simulation->context[i];
        size_t place = i + 1;
        aws_query_put(query, view_str(context->key), "ContextEntries.member.%zu.ContextKeyName",
                      place);
        aws_query_put(query, view_str(context->value),
                      "ContextEntries.member.%zu.ContextKeyValues.member.1", place);
        aws_query_put(query, VIEW("string"), "ContextEntries.member.%zu.ContextKeyType", place);
    }
}

int iam_simulate(struct aws_client *client, const struct iam_simulation *simulation,
                 struct error *err)
{
    cleanup_aws_query struct aws_query query;
    aws_query_init(&query, &simulate_principal_policy);
    aws_query_put_text(&query, "PolicySourceArn", simulation->principal);
    put_list(&query, "ActionNames", simulation->actions, simulation->action_count);
    put_list(&query, "ResourceArns", simulation->resources, simulation->resource_count);
    put_context(&query, simulation);
    const struct aws_query_pages pages = {
        .query = &query,
        .subject = simulation->principal,
        .token_in = "Marker",
        .token_out = "Marker",
        .take = take_page,
        .user = (void *)simulation,
    };
    return aws_query_pages(client, &pages, err);
}

int iam_get_role(struct aws_client *client, const char *name, struct buf *arn, struct error *err)
{
    cleanup_aws_query struct aws_query query;
    cleanup_xml struct xml answer = {0};
    aws_query_init(&query, &get_role);
    aws_query_put_text(&query, "RoleName", name);
    if (aws_query_call(client, &query, name, &answer, err) < 0)
        return -1;
    buf_append_view(arn, xml_text(answer.root, "Role/Arn"));
    return 0;
}
