#include "stack/permissions.h"

#include <ctype.h>
#include <string.h>

#include "aws/endpoint.h"
#include "base/memory.h"

#define ACTIONS_MAX 64

/* CloudFormation cuts the name of the stack where a name that it makes would be too long. */
#define CUT_NAME_LEN 24

const struct permission_condition *permission_condition(enum permission_on on)
{
    static const struct permission_condition passed = {"iam:PassedToService",
                                                       "lambda.amazonaws.com"},
                                             service_role = {
                                                 "iam:AWSServiceName",
                                                 "kinesisreplication.dynamodb.amazonaws.com"};
    switch (on) {
    case ON_PASSED_ROLE: return &passed;
    case ON_SERVICE_ROLE: return &service_role;
    default: return NULL;
    }
}

static void put_arn(const struct permission_place *place, const char *service, struct buf *arn)
{
    buf_printf(arn, "arn:%s:%s:%s:%s:", aws_partition(place->region), service, place->region,
               place->account);
}

/* "<stack>-<Id>-*", the name that CloudFormation gives to a resource without one; `max` is how long
 * such a name may be. */
static void put_made_name(const struct permission_place *place, const char *id, size_t max,
                          struct buf *arn)
{
    enum { SUFFIX_LEN = 13 };
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    stack_name(place->stack, &name);
    if (name.len + 1 + strlen(id) + 1 + SUFFIX_LEN > max)
        buf_printf(arn, "%.*s*", CUT_NAME_LEN, buf_str(&name));
    else
        buf_printf(arn, "%s-%s-*", buf_str(&name), id);
}

static void put_stack(const struct permission_place *place, struct buf *arn)
{
    put_arn(place, "cloudformation", arn);
    buf_append_str(arn, "stack/");
    stack_name(place->stack, arn);
    buf_append_str(arn, "/*");
}

static void put_role(const struct permission_place *place, struct buf *arn)
{
    buf_printf(arn, "arn:%s:iam::%s:role/", aws_partition(place->region), place->account);
    put_made_name(place, "Role", 64, arn);
}

static void put_service_role(const struct permission_place *place, struct buf *arn)
{
    buf_printf(arn, "arn:%s:iam::%s:role/aws-service-role/%s/*", aws_partition(place->region),
               place->account, permission_condition(ON_SERVICE_ROLE)->value);
}

static void put_failure_bucket(const struct permission_place *place, struct buf *arn)
{
    buf_printf(arn, "arn:%s:s3:::", aws_partition(place->region));
    size_t name = arn->len;
    put_made_name(place, "failurebucket", 63, arn);
    for (char *p = arn->ptr + name; *p; p++)
        *p = (char)tolower((unsigned char)*p);
}

static void put_package_bucket(const struct permission_place *place, struct buf *arn)
{
    buf_printf(arn, "arn:%s:s3:::lorry-packages-%s-%s", aws_partition(place->region),
               place->account, place->region);
}

/* By name, or an ARN already. Secrets Manager appends six characters to names, but not to those of
 * secrets that are not there yet. */
static void put_named(const struct permission_place *place, const char *service, const char *kind,
                      const char *name, const char *end, struct buf *arn)
{
    if (strncmp(name, "arn:", 4) == 0) {
        buf_append_str(arn, name);
        return;
    }
    put_arn(place, service, arn);
    buf_printf(arn, "%s%s%s", kind, name, end);
}

static void put_parameter(const struct permission_place *place, struct buf *arn)
{
    const char *name = place->stack->sink.password.ssm;
    put_named(place, "ssm", "parameter/", *name == '/' ? name + 1 : name, "", arn);
}

void permission_resource(const struct permission_place *place, enum permission_on on,
                         struct buf *arn)
{
    const struct stack *stack = place->stack;
    switch (on) {
    case ON_STACK: put_stack(place, arn); break;
    case ON_TABLE: put_named(place, "dynamodb", "table/", stack->source.table, "", arn); break;
    case ON_STREAM: put_named(place, "kinesis", "stream/", stack->stream.name, "", arn); break;
    case ON_FUNCTION:
        put_named(place, "lambda", "function:", stack->processor.name, "", arn);
        break;
    case ON_MAPPING: put_named(place, "lambda", "event-source-mapping:", "*", "", arn); break;
    case ON_ROLE:
    case ON_PASSED_ROLE: put_role(place, arn); break;
    case ON_SERVICE_ROLE: put_service_role(place, arn); break;
    case ON_LOG_GROUP:
        put_named(place, "logs", "log-group:/aws/lambda/", stack->processor.name, "*", arn);
        break;
    case ON_ALARM:
        put_arn(place, "cloudwatch", arn);
        buf_append_str(arn, "alarm:");
        stack_name(stack, arn);
        buf_append_str(arn, "-*");
        break;
    case ON_FAILURE_BUCKET: put_failure_bucket(place, arn); break;
    case ON_FAILURE_QUEUE:
        put_arn(place, "sqs", arn);
        put_made_name(place, "FailureQueue", 80, arn);
        break;
    case ON_PACKAGE_BUCKET: put_package_bucket(place, arn); break;
    case ON_PACKAGE:
        put_package_bucket(place, arn);
        buf_append_str(arn, "/*");
        break;
    case ON_REPOSITORY:
        put_named(place, "ecr", "repository/", stack->processor.repository, "", arn);
        break;
    case ON_SECRET:
        put_named(place, "secretsmanager", "secret:", stack->sink.password.secret, "*", arn);
        break;
    case ON_PARAMETER: put_parameter(place, arn); break;
    default: buf_append_char(arn, '*');
    }
}

static bool is_needed(const struct permission *permission, const struct stack *stack,
                      enum permission_on on, unsigned uses)
{
    return permission->on == on && permission->uses & uses &&
           (!permission->wanted || permission->wanted(stack));
}

int permissions_each(const struct permission_place *place, unsigned uses, permissions_take *take,
                     void *user)
{
    const char *actions[ACTIONS_MAX];
    for (enum permission_on on = 0; on < PERMISSION_ONS; on++) {
        size_t count = 0;
        for (const struct permission *i = permissions; i->action; i++)
            if (is_needed(i, place->stack, on, uses) && count < ACTIONS_MAX)
                actions[count++] = i->action;
        int result = count ? take(user, on, actions, count) : 0;
        if (result)
            return result;
    }
    return 0;
}

/* A policy in the making. */
struct policy {
    const struct permission_place *place;
    json_t *statements;
};

static int add_statement(void *user, enum permission_on on, const char *const *actions,
                         size_t count)
{
    const struct policy *policy = user;
    const struct permission_condition *condition = permission_condition(on);
    cleanup_buf struct buf resource = BUF_INIT(BUF_TEXT_CAP);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(actions[i]));
    permission_resource(policy->place, on, &resource);
    json_t *statement = json_pack("{s:s, s:o, s:s}", "Effect", "Allow", "Action", list, "Resource",
                                  buf_str(&resource));
    if (condition)
        json_object_set_new(
            statement, "Condition",
            json_pack("{s:{s:s}}", "StringEquals", condition->key, condition->value));
    json_array_append_new(policy->statements, statement);
    return 0;
}

json_t *permissions_policy(const struct permission_place *place, unsigned uses)
{
    struct policy policy = {place, json_array()};
    permissions_each(place, uses, add_statement, &policy);
    return json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", policy.statements);
}
