/* The role of the function: what this pipeline needs, on the resources of this pipeline. Lambda
 * itself reads the stream and writes to the failure destination with it. docs/template.md has the
 * list with reasons. */
#include <string.h>

#include "base/memory.h"
#include "base/view.h"
#include "stack/template_parts.h"

#define ACTIONS_MAX 8

/* Names an "arn:" of any partition begins with. */
static bool is_arn(const char *text)
{
    return strncmp(text, "arn:", 4) == 0;
}

static json_t *actions_of(struct template *template, const char *const *actions)
{
    size_t count = 0;
    while (count < ACTIONS_MAX && actions[count])
        count++;
    return template_texts(template, actions, count);
}

/* Allows actions (ended by NULL) on a resource, or on a list of them. */
static json_t *allow(struct template *template, const char *sid, const char *const *actions,
                     json_t *resource)
{
    return json_pack("{s:s, s:s, s:o, s:o}", "Sid", sid, "Effect", "Allow", "Action",
                     actions_of(template, actions), "Resource", resource);
}

static json_t *read_stream(struct template *template)
{
    static const char *const actions[] = {"kinesis:DescribeStream", "kinesis:DescribeStreamSummary",
                                          "kinesis:GetRecords",     "kinesis:GetShardIterator",
                                          "kinesis:ListShards",     NULL};
    return allow(template, "ReadStream", actions, template_stream_arn(template));
}

/* The ARN of a log group ends in ":*", which covers its streams. */
static json_t *write_log(struct template *template)
{
    static const char *const actions[] = {"logs:CreateLogStream", "logs:PutLogEvents", NULL};
    return allow(template, "WriteLog", actions, template_get_att(TEMPLATE_LOG_GROUP, "Arn"));
}

/* In this account only: else, if the bucket was deleted, the records would go to whoever makes one
 * of that name [Lambda Developer Guide, "Retaining discarded batch records"]. */
static json_t *in_own_account(struct template *template, json_t *statement)
{
    template_put(template, statement, "Condition",
                 json_pack("{s:{s:o}}", "StringEquals", "s3:ResourceAccount",
                           template_ref("AWS::AccountId")));
    return statement;
}

static json_t *list_bucket(struct template *template)
{
    static const char *const actions[] = {"s3:ListBucket", NULL};
    return in_own_account(template, allow(template, "FindBucket", actions,
                                          template_get_att(TEMPLATE_FAILURE_BUCKET, "Arn")));
}

static json_t *keep_in_bucket(struct template *template)
{
    static const char *const actions[] = {"s3:PutObject", NULL};
    return in_own_account(template, allow(template, "KeepFailures", actions,
                                          template_sub("${" TEMPLATE_FAILURE_BUCKET ".Arn}/*")));
}

static json_t *keep_in_queue(struct template *template)
{
    static const char *const actions[] = {"sqs:SendMessage", NULL};
    return allow(template, "KeepFailures", actions,
                 template_get_att(TEMPLATE_FAILURE_QUEUE, "Arn"));
}

/* Whether it ends in "-" and the six characters that Secrets Manager appends to names in ARNs. */
static bool has_suffix(const char *arn)
{
    size_t len = strlen(arn);
    return len > 7 && arn[len - 7] == '-' &&
           strspn(arn + len - 6,
                  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == 6;
}

static json_t *secret_arn(const char *secret)
{
    if (!is_arn(secret))
        return template_arn("secretsmanager", "secret:", secret, "-??????");
    return json_sprintf("%s%s", secret, has_suffix(secret) ? "" : "-??????");
}

static json_t *read_secret(struct template *template)
{
    static const char *const actions[] = {"secretsmanager:GetSecretValue", NULL};
    return allow(template, "ReadPassword", actions,
                 secret_arn(template->stack->sink.password.secret));
}

static json_t *read_parameter(struct template *template)
{
    static const char *const actions[] = {"ssm:GetParameter", NULL};
    const char *name = template->stack->sink.password.ssm;
    json_t *arn = is_arn(name)
                      ? json_string(name)
                      : template_arn("ssm", "parameter/", *name == '/' ? name + 1 : name, "");
    return allow(template, "ReadPassword", actions, arn);
}

/* Lambda makes and removes the network interfaces with the role of the function; these actions know
 * no resources, or none that are known before [Lambda Developer Guide, "Required IAM permissions"].
 */
static const char *const network_actions[] = {"ec2:AssignPrivateIpAddresses",
                                              "ec2:CreateNetworkInterface",
                                              "ec2:DeleteNetworkInterface",
                                              "ec2:DescribeNetworkInterfaces",
                                              "ec2:DescribeSubnets",
                                              "ec2:UnassignPrivateIpAddresses",
                                              NULL};

static json_t *attach_network(struct template *template)
{
    return allow(template, "AttachNetwork", network_actions, json_string("*"));
}

/* What Lambda may, the code of the function may not. */
static json_t *keep_network_from_code(struct template *template)
{
    return json_pack("{s:s, s:s, s:o, s:s, s:{s:{s:o}}}", "Sid", "NotFromTheCode", "Effect", "Deny",
                     "Action", actions_of(template, network_actions), "Resource", "*", "Condition",
                     "ArnEquals", "lambda:SourceFunctionArn",
                     template_arn("lambda", "function:", template->stack->processor.name, ""));
}

/* By this access point only, whichever file system it belongs to. */
static json_t *mount(struct template *template)
{
    static const char *const actions[] = {"elasticfilesystem:ClientMount",
                                          "elasticfilesystem:ClientWrite", NULL};
    json_t *statement = allow(template, "KeepSink", actions,
                              template_arn("elasticfilesystem", "file-system/", "*", ""));
    template_put(template, statement, "Condition",
                 json_pack("{s:{s:s}}", "StringEquals", "elasticfilesystem:AccessPointArn",
                           template->stack->processor.access_point));
    return statement;
}

static bool has_secret(const struct stack *stack)
{
    return stack->sink.password.secret;
}

static bool has_parameter(const struct stack *stack)
{
    return stack->sink.password.ssm;
}

static bool has_mount(const struct stack *stack)
{
    return stack->processor.access_point;
}

static bool is_in_vpc(const struct stack *stack)
{
    return stack->processor.subnet_count > 0;
}

static const struct {
    bool (*wanted)(const struct stack *stack);
    json_t *(*make)(struct template *template);
} statements[] = {
    {template_always, read_stream},      {template_always, write_log},
    {template_has_bucket, list_bucket},  {template_has_bucket, keep_in_bucket},
    {template_has_queue, keep_in_queue}, {has_secret, read_secret},
    {has_parameter, read_parameter},     {has_mount, mount},
    {is_in_vpc, attach_network},         {is_in_vpc, keep_network_from_code},
};

static json_t *policy(struct template *template)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ARRAY_LEN(statements); i++)
        if (statements[i].wanted(template->stack))
            template_append(template, list, statements[i].make(template));
    return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", list);
}

static json_t *trust(void)
{
    return json_pack("{s:s, s:[{s:s, s:{s:s}, s:s}]}", "Version", "2012-10-17", "Statement",
                     "Effect", "Allow", "Principal", "Service", "lambda.amazonaws.com", "Action",
                     "sts:AssumeRole");
}

/* Without a name of its own it needs no CAPABILITY_NAMED_IAM. */
void template_add_role(struct template *template)
{
    const struct stack *stack = template->stack;
    json_t *role = json_object();
    template_put(template, role, "Description",
                 json_sprintf("What the function %s may do", stack->processor.name));
    template_put(template, role, "AssumeRolePolicyDocument", trust());
    template_put_text(template, role, "PermissionsBoundary", stack->processor.permissions_boundary);
    template_put(
        template, role, "Policies",
        json_pack("[{s:s, s:o}]", "PolicyName", "Processor", "PolicyDocument", policy(template)));
    template_put_tags(template, role);
    template_add_resource(template, TEMPLATE_ROLE, "AWS::IAM::Role", TEMPLATE_GOES, role);
    template_add_output(template, "IamRoleForLambdaExecutionArn", "Role of the function",
                        template_get_att(TEMPLATE_ROLE, "Arn"));
}
