#include "support/fake_stack.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "support/aws_script.h"
#include "support/http_script.h"

#define ID "arn:aws:cloudformation:eu-central-1:123456789012:stack/s/1"

static int64_t now_us(struct clock *clock)
{
    return ((struct fake_stack *)(void *)clock)->slept_ms * 1000;
}

static int64_t steady_ms(struct clock *clock)
{
    return ((struct fake_stack *)(void *)clock)->slept_ms;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    ((struct fake_stack *)(void *)clock)->slept_ms += ms;
}

void fake_stack_init(struct fake_stack *stack)
{
    *stack = (struct fake_stack){
        .clock = {.now_us = now_us, .steady_ms = steady_ms, .sleep_ms = sleep_ms},
        .retry = {3, AWS_RETRY_BUCKET},
        .update = "Successful",
        .replacement = "False"};
    struct buf *texts[] = {&stack->template, &stack->key, &stack->wanted_key, &stack->change_set,
                           &stack->calls};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = BUF_INIT(BUF_TEXT_CAP);
}

void fake_stack_release(struct fake_stack *stack)
{
    struct buf *texts[] = {&stack->template, &stack->key, &stack->wanted_key, &stack->change_set,
                           &stack->calls};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        buf_release(texts[i]);
}

bool fake_stack_called(const struct fake_stack *stack, const char *operation)
{
    return strstr(buf_str(&stack->calls), operation);
}

static int answer(struct http_response *response, const char *operation, const char *result)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&body, "<%sResponse><%sResult>%s</%sResult></%sResponse>", operation, operation,
               result, operation, operation);
    return http_script_answer(response, 200, buf_str(&body));
}

static int refuse(struct http_response *response, const char *code, const char *message)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&body,
               "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>",
               code, message);
    return http_script_answer(response, 400, buf_str(&body));
}

/* What is under way comes to its end. */
static void go_on(struct fake_stack *stack)
{
    if (!strstr(stack->status, "_IN_PROGRESS") || ++stack->looks < 3)
        return;
    stack->status = stack->ends_as;
    stack->looks = 0;
}

static int describe_stacks(struct fake_stack *stack, struct http_response *response)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    if (!stack->status)
        return refuse(response, "ValidationError", "Stack with id s does not exist");
    go_on(stack);
    buf_printf(&body,
               "<Stacks><member><StackId>" ID "</StackId><StackStatus>%s</StackStatus>"
               "<StackStatusReason>because</StackStatusReason><Parameters>"
               "<member><ParameterKey>CodeBucket</"
               "ParameterKey><ParameterValue>lorry-packages-" FAKE_STACK_ACCOUNT
               "-" FAKE_STACK_REGION "</ParameterValue></member>"
               "<member><ParameterKey>CodeKey</ParameterKey><ParameterValue>%s</ParameterValue>"
               "</member><member><ParameterKey>SinkPassword</ParameterKey><ParameterValue>****"
               "</ParameterValue></member></Parameters><Outputs><member><OutputKey>FunctionName"
               "</OutputKey><OutputValue>Physical</OutputValue></member></Outputs><Tags>"
               "<member><Key>ProjectName</Key><Value>testdrive-dynamodb</Value></member>"
               "<member><Key>Stage</Key><Value>dev</Value></member></Tags>"
               "</member></Stacks>",
               stack->status, buf_str(&stack->key));
    return answer(response, "DescribeStacks", buf_str(&body));
}

static int get_template(struct fake_stack *stack, struct http_response *response)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&body, "<TemplateBody><![CDATA[%s]]></TemplateBody>", buf_str(&stack->template));
    return answer(response, "GetTemplate", buf_str(&body));
}

/* The events of an update that fails: a consequence, and before it the cause. */
static int describe_events(struct fake_stack *stack, struct http_response *response)
{
    static const char *const events[] = {
        "<EventId>1</EventId><LogicalResourceId>s</LogicalResourceId><PhysicalResourceId>" ID
        "</PhysicalResourceId><ResourceStatus>UPDATE_IN_PROGRESS</ResourceStatus>",
        "<EventId>2</EventId><LogicalResourceId>Function</LogicalResourceId><ResourceType>"
        "AWS::Lambda::Function</ResourceType><ResourceStatus>UPDATE_FAILED</ResourceStatus>"
        "<ResourceStatusReason>the key is wrong</ResourceStatusReason>",
        "<EventId>3</EventId><LogicalResourceId>Mapping</LogicalResourceId><ResourceType>M"
        "</ResourceType><ResourceStatus>UPDATE_FAILED</ResourceStatus><ResourceStatusReason>"
        "Resource update cancelled</ResourceStatusReason>",
    };
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&body, "<StackEvents>");
    for (int i = stack->events - 1; i >= 0; i--)
        buf_printf(&body, "<member>%s</member>", events[i]);
    buf_append_str(&body, "</StackEvents>");
    return answer(response, "DescribeStackEvents", buf_str(&body));
}

/* The value of the parameter CodeKey in the form, with its slashes as they were. */
static void read_key(struct fake_stack *stack, const char *form)
{
    const char *name = strstr(form, "ParameterKey=CodeKey&");
    const char *value = name ? strstr(name, "ParameterValue=") : NULL;
    buf_clear(&stack->wanted_key);
    for (const char *p = value ? strchr(value, '=') + 1 : ""; *p && *p != '&'; p++) {
        bool slash = strncmp(p, "%2F", 3) == 0;
        buf_append_char(&stack->wanted_key, slash ? '/' : *p);
        p += slash ? 2 : 0;
    }
}

static int create_change_set(struct fake_stack *stack, struct view form,
                             struct http_response *response)
{
    buf_clear(&stack->change_set);
    buf_append_view(&stack->change_set, form);
    read_key(stack, buf_str(&stack->change_set));
    stack->wants_same = strcmp(buf_str(&stack->wanted_key), buf_str(&stack->key)) == 0;
    return answer(response, "CreateChangeSet", "<Id>c</Id><StackId>" ID "</StackId>");
}

static int describe_change_set(const struct fake_stack *stack, struct http_response *response)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP);
    if (stack->wants_same)
        return answer(response, "DescribeChangeSet",
                      "<Status>FAILED</Status><StatusReason>The submitted information didn't "
                      "contain changes.</StatusReason><Changes/>");
    buf_printf(&body,
               "<Status>CREATE_COMPLETE</Status><Changes><member><ResourceChange><Action>Modify"
               "</Action><LogicalResourceId>Function</LogicalResourceId><ResourceType>"
               "AWS::Lambda::Function</ResourceType><Replacement>%s</Replacement>"
               "</ResourceChange></member></Changes>",
               stack->replacement);
    return answer(response, "DescribeChangeSet", buf_str(&body));
}

static int execute(struct fake_stack *stack, struct http_response *response)
{
    struct view key = buf_view(&stack->wanted_key);
    size_t end = OCI_DIGEST_HEX_LEN + strlen(".zip");
    stack->status = "UPDATE_IN_PROGRESS";
    stack->looks = 0;
    stack->events = stack->fails ? 3 : 1;
    stack->ends_as = stack->fails ? "UPDATE_ROLLBACK_COMPLETE" : "UPDATE_COMPLETE";
    if (!stack->fails) {
        buf_clear(&stack->key);
        buf_append_view(&stack->key, key);
        snprintf(stack->code.text, sizeof(stack->code.text), "sha256:%.*s", OCI_DIGEST_HEX_LEN,
                 key.ptr + key.len - end);
    }
    return answer(response, "ExecuteChangeSet", "");
}

static int get_function(const struct fake_stack *stack, struct http_response *response)
{
    char sum[OCI_DIGEST_BASE64_SIZE], body[500];
    oci_digest_base64(&stack->code, sum);
    snprintf(body, sizeof(body),
             "{\"Configuration\":{\"FunctionName\":\"Physical\",\"State\":\"Active\","
             "\"LastUpdateStatus\":\"%s\",\"LastUpdateStatusReason\":\"no access\","
             "\"LastUpdateStatusReasonCode\":\"KMSKeyAccessDenied\",\"PackageType\":\"Zip\","
             "\"CodeSha256\":\"%s\"},\"Code\":{}}",
             stack->update, stack->silent ? "" : sum);
    return http_script_answer(response, 200, body);
}

static int call(struct fake_stack *stack, const char *operation, struct view form,
                struct http_response *response)
{
    if (strcmp(operation, "GetCallerIdentity") == 0)
        return answer(response, operation,
                      "<Arn>arn:aws:iam::123456789012:user/u</Arn><UserId>U</"
                      "UserId><Account>" FAKE_STACK_ACCOUNT "</Account>");
    if (strcmp(operation, "DescribeStacks") == 0)
        return describe_stacks(stack, response);
    if (strcmp(operation, "GetTemplate") == 0)
        return get_template(stack, response);
    if (strcmp(operation, "DescribeStackEvents") == 0)
        return describe_events(stack, response);
    if (strcmp(operation, "CreateChangeSet") == 0)
        return create_change_set(stack, form, response);
    if (strcmp(operation, "DescribeChangeSet") == 0)
        return describe_change_set(stack, response);
    if (strcmp(operation, "ExecuteChangeSet") == 0)
        return execute(stack, response);
    if (strcmp(operation, "DeleteChangeSet") == 0)
        return answer(response, operation, "");
    fail_msg("%s is not known here", operation);
    return -1;
}

/* "Action=<operation>&", or what a REST request does. */
static void name_operation(const struct http_request *request, char *out, size_t size)
{
    static const struct view action = VIEW("Action=");
    struct view target = http_script_target(request);
    if (view_starts_with(request->body, action))
        snprintf(out, size, "%.*s", (int)strcspn(request->body.ptr + action.len, "&"),
                 request->body.ptr + action.len);
    else if (view_starts_with(target, VIEW("/2015-03-31/functions/Physical")))
        snprintf(out, size, "GetFunction");
    else
        snprintf(out, size, "S3-%s", request->method);
}

/* No object is there, and the bucket is. */
static int serve_s3(const struct fake_stack *stack, const struct http_request *request,
                    struct http_response *response)
{
    bool looks = strcmp(request->method, "HEAD") == 0;
    bool is_object = http_script_target(request).len > 1;
    if (!is_object && stack->hides_bucket && !looks)
        return http_script_answer(response, 409,
                                  "<Error><Code>BucketAlreadyOwnedByYou</Code></Error>");
    return http_script_answer(response, looks && (is_object || stack->hides_bucket) ? 404 : 200,
                              "");
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    struct fake_stack *stack = user;
    char operation[64];
    name_operation(request, operation, sizeof(operation));
    buf_printf(&stack->calls, "%s ", operation);
    int result = strcmp(operation, "GetFunction") == 0 ? get_function(stack, response)
                 : strncmp(operation, "S3-", 3) == 0
                     ? serve_s3(stack, request, response)
                     : call(stack, operation, request->body, response);
    if (result == 0 && stack->loses && !stack->lost && strcmp(stack->loses, operation) == 0) {
        stack->lost = true;
        error_set(err, ERROR_NET, 0, "the connection was reset");
        err->retry = true;
        return -1;
    }
    return result;
}

struct aws_client fake_stack_client(struct fake_stack *stack)
{
    struct aws_client client = aws_script_client(serve, stack);
    client.clock = &stack->clock;
    client.retry = &stack->retry;
    return client;
}
