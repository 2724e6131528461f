/* Each verdict of each check: a world in which all is well, and one thing changed in it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "model/http_model.h"
#include "pipeline.h"
#include "stack/doctor.h"
#include "stack/template.h"
#include "support/aws_script.h"
#include "support/http_script.h"

#define ACCOUNT "123456789012"
#define REGION "eu-central-1"
#define DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define IMAGE ACCOUNT ".dkr.ecr." REGION ".amazonaws.com/kinesis-cratedb-lambda@" DIGEST
#define STREAM_ARN "arn:aws:kinesis:" REGION ":" ACCOUNT ":stream/dynamodb-cdc"
#define STACK "testdrive-dynamodb-dev"
#define FUNCTION "DynamoDBCrateDBProcessor"
#define CHANGES_MAX 4

static const struct {
    const char *operation, *answer;
} world[] = {
    {"GetCallerIdentity",
     "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::" ACCOUNT
     ":user/u</Arn><UserId>A</UserId><Account>" ACCOUNT
     "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"},
    {"SimulatePrincipalPolicy", "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult/>"
                                "</SimulatePrincipalPolicyResponse>"},
    {"GetRole", "<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::" ACCOUNT
                ":role/p/r</Arn></Role></GetRoleResult></GetRoleResponse>"},
    {"DescribeStacks",
     "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>s</StackId>"
     "<StackStatus>UPDATE_COMPLETE</StackStatus><Parameters><member>"
     "<ParameterKey>ImageUri</ParameterKey><ParameterValue>" IMAGE
     "</ParameterValue></member></Parameters></member></Stacks></DescribeStacksResult>"
     "</DescribeStacksResponse>"},
    {"DescribeStackEvents", "<DescribeStackEventsResponse><DescribeStackEventsResult/>"
                            "</DescribeStackEventsResponse>"},
    {"GetFunction",
     "{\"Configuration\":{\"FunctionName\":\"f\",\"State\":\"Active\",\"LastUpdateStatus\":"
     "\"Successful\",\"PackageType\":\"Image\",\"MemorySize\":256,\"Timeout\":60,"
     "\"Architectures\":[\"x86_64\"],\"Environment\":{\"Variables\":{}}},"
     "\"Code\":{\"ResolvedImageUri\":\"" IMAGE "\"}}"},
    {"ListEventSourceMappings",
     "{\"EventSourceMappings\":[{\"UUID\":\"u-1\",\"EventSourceArn\":\"" STREAM_ARN
     "\",\"State\":\"Enabled\",\"LastProcessingResult\":\"OK\",\"StartingPosition\":"
     "\"TRIM_HORIZON\",\"BatchSize\":2500,\"MaximumBatchingWindowInSeconds\":1,"
     "\"ParallelizationFactor\":1,\"MaximumRetryAttempts\":1000,"
     "\"MaximumRecordAgeInSeconds\":72000,\"BisectBatchOnFunctionError\":true,"
     "\"FunctionResponseTypes\":[\"ReportBatchItemFailures\"],"
     "\"DestinationConfig\":{\"OnFailure\":{\"Destination\":\"arn:aws:s3:::b\"}}}]}"},
    {"DescribeStreamSummary",
     "{\"StreamDescriptionSummary\":{\"StreamARN\":\"" STREAM_ARN
     "\",\"StreamStatus\":\"ACTIVE\",\"RetentionPeriodHours\":24,\"OpenShardCount\":4,"
     "\"EncryptionType\":\"KMS\",\"StreamModeDetails\":{\"StreamMode\":\"ON_DEMAND\"}}}"},
    {"DescribeTable", "{\"Table\":{\"TableStatus\":\"ACTIVE\",\"TableArn\":\"t\"}}"},
    {"DescribeKinesisStreamingDestination",
     "{\"KinesisDataStreamDestinations\":[{\"StreamArn\":\"" STREAM_ARN
     "\",\"DestinationStatus\":\"ACTIVE\",\"ApproximateCreationDateTimePrecision\":"
     "\"MICROSECOND\"}]}"},
    {"DescribeRepositories",
     "{\"repositories\":[{\"repositoryArn\":\"a\",\"registryId\":\"" ACCOUNT
     "\",\"repositoryUri\":\"the/uri\",\"imageTagMutability\":\"MUTABLE\"}]}"},
    {"GetRepositoryPolicy",
     "{\"policyText\":\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"
     "\\\"Allow\\\",\\\"Principal\\\":{\\\"Service\\\":\\\"lambda.amazonaws.com\\\"},"
     "\\\"Action\\\":[\\\"ecr:BatchGetImage\\\",\\\"ecr:GetDownloadUrlForLayer\\\"]}]}\"}"},
    {"DescribeImages", "{\"imageDetails\":[{\"imageTags\":[\"" STACK "\"]}]}"},
    {"GetSecretValue", "{\"SecretString\":\"geheim\"}"},
    {"HeadObject", ""},
};

/* Something that is otherwise: an answer as a whole, or a member of it. */
struct difference {
    const char *operation;
    const char *path;   /* "EventSourceMappings/0/State"; NULL: the answer as a whole */
    const char *answer; /* JSON; of a member NULL: it is not there */
    int status;         /* 0: 200; -1: no answer, `answer` being the reason */
};

struct expected {
    const char *group, *name;
    enum verdict verdict;
    const char *found, *mend; /* parts of them */
};

struct test_case {
    struct difference changes[CHANGES_MAX];
    void (*prepare)(struct stack *stack); /* NULL: the documented pipeline */
    void (*sink)(struct cratedb_model *model);
    const char *sink_url; /* NULL: that of user crate, who may do anything */
    struct expected expected;
};

/* What runs. */
struct run {
    const struct test_case *this;
    struct stack stack;
    struct cratedb_model *model;
    struct doctor_report report;
    json_t *wanted; /* the template of the pipeline */
    int64_t ahead_s;
};

static void *set_member(json_t *parent, const char *path, const char *answer)
{
    char step[64];
    size_t len = strcspn(path, "/");
    snprintf(step, sizeof(step), "%.*s", (int)len, path);
    json_t *child = json_is_array(parent) ? json_array_get(parent, strtoul(step, NULL, 10))
                                          : json_object_get(parent, step);
    if (path[len])
        return set_member(child, path + len + 1, answer);
    if (!answer)
        json_object_del(parent, step);
    else
        json_object_set_new(parent, step, json_loads(answer, JSON_DECODE_ANY, NULL));
    return NULL;
}

static void put_escaped(const json_t *json, struct buf *out)
{
    char *text = json_dumps(json, 0);
    for (const char *p = text; *p; p++)
        if (*p == '<' || *p == '>' || *p == '&')
            buf_printf(out, "&#%d;", *p);
        else
            buf_append_char(out, *p);
    free(text);
}

/* The variables of the function are those that the pipeline gives it. */
static void fill_variables(const struct run *run, json_t *function)
{
    const json_t *resource =
        json_object_get(json_object_get(run->wanted, "Resources"), TEMPLATE_FUNCTION);
    const json_t *environment =
        json_object_get(json_object_get(resource, "Properties"), "Environment");
    json_t *to = json_object_get(
        json_object_get(json_object_get(function, "Configuration"), "Environment"), "Variables");
    json_t *value;
    const char *name;
    json_object_foreach(json_object_get(environment, "Variables"), name, value) json_object_set_new(
        to, name, json_is_string(value) ? json_incref(value) : json_string("x"));
}

static const char *operation_of(const struct http_request *request, char name[64])
{
    struct view target = http_script_request_header(request, "x-amz-target");
    const char *action = request->body.len ? strstr(request->body.ptr, "Action=") : NULL;
    if (target.len)
        snprintf(name, 64, "%s", strrchr(target.ptr, '.') + 1);
    else if (action)
        snprintf(name, 64, "%.*s", (int)strcspn(action + 7, "&"), action + 7);
    else if (memmem(request->url.ptr, request->url.len, "event-source", 12))
        snprintf(name, 64, "ListEventSourceMappings");
    else if (memmem(request->url.ptr, request->url.len, "functions/", 10))
        snprintf(name, 64, "GetFunction");
    else if (memmem(request->url.ptr, request->url.len, "list-type", 9))
        snprintf(name, 64, "ListObjectsV2");
    else
        snprintf(name, 64, strcmp(request->method, "HEAD") == 0 ? "HeadObject" : "GetTime");
    name[strcspn(name, "\r\n")] = '\0';
    return name;
}

static int answer_json(const struct run *run, const char *operation, const char *text,
                       struct http_response *response)
{
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    if (strcmp(operation, "GetFunction") == 0)
        fill_variables(run, json);
    for (size_t i = 0; i < CHANGES_MAX; i++) {
        const struct difference *change = &run->this->changes[i];
        if (change->operation && change->path && strcmp(change->operation, operation) == 0)
            set_member(json, change->path, change->answer);
    }
    char *dumped = json_dumps(json, 0);
    int result = http_script_answer(response, 200, dumped);
    free(dumped);
    json_decref(json);
    return result;
}

static int answer_template(const struct run *run, struct http_response *response)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&text, "<GetTemplateResponse><GetTemplateResult><TemplateBody>");
    put_escaped(run->wanted, &text);
    buf_append_str(&text, "</TemplateBody></GetTemplateResult></GetTemplateResponse>");
    return http_script_answer(response, 200, buf_str(&text));
}

static int answer_time(const struct run *run, struct http_response *response)
{
    char date[64];
    time_t now = (time_t)(clock_system.now_us(&clock_system) / 1000000 - run->ahead_s);
    struct tm tm;
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
    http_script_header(response, "date", date);
    return http_script_answer(response, 302, "");
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    const struct run *run = user;
    char name[64];
    operation_of(request, name);
    for (size_t i = 0; i < CHANGES_MAX; i++) {
        const struct difference *change = &run->this->changes[i];
        if (!change->operation || change->path || strcmp(change->operation, name) != 0)
            continue;
        if (change->status < 0)
            return error_set_retry(err, ERROR_NET, 0, "%s", change->answer);
        return http_script_answer(response, change->status ? change->status : 200, change->answer);
    }
    if (strcmp(name, "GetTemplate") == 0)
        return answer_template(run, response);
    if (strcmp(name, "GetTime") == 0)
        return answer_time(run, response);
    for (size_t i = 0; i < ARRAY_LEN(world); i++)
        if (strcmp(world[i].operation, name) == 0)
            return world[i].answer[0] == '{' ? answer_json(run, name, world[i].answer, response)
                                             : http_script_answer(response, 200, world[i].answer);
    fail_msg("nobody answers %s", name);
    return -1;
}

/* The sink with a table in it, as the processor makes it. */
static void with_sink(struct run *run, struct doctor *doctor)
{
    static const struct http_model_options calm = {0};
    struct url url = {0};
    struct table_name table = {0};
    struct error err = {0};
    const char *sink_url = run->this->sink_url;
    assert_int_equal(
        url_parse(view_str(sink_url ? sink_url : "crate://crate@sink:4200/"), &url, &err), 0);
    assert_int_equal(table_name_parse(VIEW("transactions"), &table, &err), 0);
    struct http_client *http = http_model_new(run->model, &calm);
    const struct sink_config config = {
        .url = &url, .table = table, .create_table = true, .http = http, .clock = &clock_system};
    struct sink *sink;
    assert_int_equal(sink_open(&config, &sink, &err), 0);
    doctor->sink = sink;
    doctor->sink_url = &url;
    doctor->sink_table = &table;
    doctor_run(doctor, &run->report);
    sink_close(sink);
    http_client_free(http);
    table_name_release(&table);
    url_release(&url);
}

static void ask_sink(struct cratedb_model *model, const char *statement)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP), answer = BUF_INIT(BUF_TEXT_CAP);
    json_t *json = json_pack("{s:s}", "stmt", statement);
    char *text = json_dumps(json, 0);
    buf_append_str(&body, text);
    free(text);
    json_decref(json);
    const struct cratedb_request request = {
        .method = "POST", .path = VIEW("/_sql"), .body = buf_view(&body)};
    int status = cratedb_model_handle(model, &request, &answer);
    if (status != 200)
        fail_msg("%s: %s", statement, buf_str(&answer));
}

#define KEYED(name, columns)                                                                       \
    "CREATE TABLE " name                                                                           \
    " (pk OBJECT(STRICT) AS (\"device\" TEXT PRIMARY KEY, \"timestamp\" TEXT "                     \
    "PRIMARY KEY), data OBJECT(DYNAMIC), aux OBJECT(IGNORED)" columns ")"
#define OUR_COLUMNS ", version BIGINT, sequence TEXT, deleted BOOLEAN"

static void our_table(struct cratedb_model *model)
{
    ask_sink(model, KEYED("transactions", OUR_COLUMNS));
    ask_sink(model, "CREATE VIEW transactions_live AS SELECT * FROM transactions WHERE deleted IS "
                    "DISTINCT FROM true");
}

static void old_table(struct cratedb_model *model)
{
    ask_sink(model, KEYED("transactions", ""));
}

static void other_keys(struct cratedb_model *model)
{
    ask_sink(model, "CREATE TABLE transactions (pk OBJECT(STRICT) AS (\"id\" TEXT PRIMARY KEY), "
                    "data OBJECT(DYNAMIC), aux OBJECT(IGNORED)" OUR_COLUMNS ")");
}

static void foreign_table(struct cratedb_model *model)
{
    ask_sink(model, "CREATE TABLE transactions (a TEXT)");
}

static void no_table(struct cratedb_model *model)
{
    (void)model;
}

static void old_server(struct cratedb_model *model)
{
    cratedb_model_set_version(model, "5.9.13");
    our_table(model);
}

#define LIMITED "crate://limited:secret@sink:4200/"

static void limited_user(struct cratedb_model *model)
{
    our_table(model);
    ask_sink(model, "CREATE USER limited WITH (password = 'secret')");
    ask_sink(model, "GRANT DQL ON SCHEMA doc TO limited");
}

static void with_password(struct cratedb_model *model)
{
    our_table(model);
    cratedb_model_set_password(model, "crate", "other");
}

static int64_t later_s;

static bool is_setting(const char *name)
{
    return strcmp(name, "SQL_ECHO") == 0;
}

static void examine(struct run *run, const struct test_case *this, struct doctor *doctor)
{
    *run = (struct run){.this = this, .ahead_s = later_s};
    run->stack = documented_pipeline();
    if (this->prepare)
        this->prepare(&run->stack);
    run->model = cratedb_model_new();
    (this->sink ? this->sink : our_table)(run->model);
    run->wanted = template_make(&run->stack, NULL);
    assert_non_null(run->wanted);
    static const struct findings none = {0};
    struct aws_client client = aws_script_client(serve, run);
    doctor->path = "pipeline.yaml";
    doctor->is_setting = is_setting;
    doctor->clock = &clock_system;
    if (!doctor->findings) {
        doctor->file_found = true;
        doctor->findings = &none;
        doctor->stack = &run->stack;
    }
    if (!doctor->client_error)
        doctor->client = &client;
    doctor->sink_fetches = doctor->stack && doctor->stack->sink.password.secret;
    if (doctor->sink_error)
        doctor_run(doctor, &run->report);
    else
        with_sink(run, doctor);
    http_client_free(client.http);
    json_decref(run->wanted);
    cratedb_model_free(run->model);
}

static const struct diagnosis *find(const struct doctor_report *report, const char *group,
                                    const char *name)
{
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->items[i].group, group) == 0 && strcmp(report->items[i].name, name) == 0)
            return &report->items[i];
    return NULL;
}

static void expect(const struct doctor_report *report, const struct expected *expected)
{
    const struct diagnosis *found = find(report, expected->group, expected->name);
    if (!found)
        fail_msg("there is no check %s: %s", expected->group, expected->name);
    else if (found->verdict != expected->verdict || !strstr(found->found, expected->found) ||
             !strstr(found->mend, expected->mend ? expected->mend : "") ||
             (!expected->mend && *found->mend))
        fail_msg("%s: %s is %s: %s -> %s; expected: %s: %s -> %s", found->group, found->name,
                 verdict_name(found->verdict), found->found, found->mend,
                 verdict_name(expected->verdict), expected->found,
                 expected->mend ? expected->mend : "nothing");
}

static void run_case(const struct test_case *this)
{
    struct run run;
    struct doctor doctor = {0};
    examine(&run, this, &doctor);
    expect(&run.report, &this->expected);
    doctor_report_release(&run.report);
}

static void test_all_is_well(void **state)
{
    (void)state;
    static const struct test_case nothing = {0};
    struct run run;
    struct doctor doctor = {0};
    examine(&run, &nothing, &doctor);
    for (size_t i = 0; i < run.report.count; i++) {
        const struct diagnosis *item = &run.report.items[i];
        if (item->verdict != VERDICT_OK || *item->mend)
            fail_msg("%s: %s is %s: %s -> %s", item->group, item->name, verdict_name(item->verdict),
                     item->found, item->mend);
    }
    assert_int_equal(run.report.counts[VERDICT_OK], run.report.count);
    assert_true(run.report.count > 30);
    doctor_report_release(&run.report);
}

#define DENIED "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}"
#define DENIED_XML                                                                                 \
    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
#define POLICY "`lorry doctor --policy`"
#define DRIFT "`lorry deploy --revert-drift`"
#define STACK_IS(status)                                                                           \
    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>s</StackId>"           \
    "<StackStatus>" status "</StackStatus></member></Stacks></DescribeStacksResult>"               \
    "</DescribeStacksResponse>"
#define NO_STACK                                                                                   \
    "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x does not exist"    \
    "</Message></Error></ErrorResponse>"
#define MAPPING(member, value)                                                                     \
    {                                                                                              \
        "ListEventSourceMappings", "EventSourceMappings/0/" member, value                          \
    }
#define VARIABLE(name, value)                                                                      \
    {                                                                                              \
        "GetFunction", "Configuration/Environment/Variables/" name, value                          \
    }
#define DENIES(action, more)                                                                       \
    "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member>"  \
    "<EvalActionName>" action "</EvalActionName><EvalResourceName>*</EvalResourceName>"            \
    "<EvalDecision>implicitDeny</EvalDecision>" more "</member></EvaluationResults>"               \
    "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
#define CALLER(arn)                                                                                \
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>" arn                                \
    "</Arn><UserId>A</UserId><Account>" ACCOUNT                                                    \
    "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"

static void without_destination(struct stack *stack)
{
    stack->processor.on_failure = STACK_TO_NONE;
}

static void exits(struct stack *stack)
{
    stack->processor.on_error = "exit";
    stack->processor.batch.retries = stack->processor.batch.max_age_s = -1;
}

static void few_retries(struct stack *stack)
{
    stack->processor.batch.retries = 3;
}

static void no_bisecting(struct stack *stack)
{
    stack->processor.batch.bisect = false;
}

static void existing(struct stack *stack)
{
    stack->source.existing = stack->stream.existing = true;
}

static void without_keys(struct stack *stack)
{
    existing(stack);
    stack->source.key_count = 0;
}

static void without_region(struct stack *stack)
{
    stack->region = NULL;
}

static void zip(struct stack *stack)
{
    stack->processor.package = STACK_ZIP;
}

static void hurried(struct stack *stack)
{
    stack->processor.timeout_s = 3;
}

static void plain_sink(struct stack *stack)
{
    stack->sink.password.secret = NULL;
}

static const struct test_case identity_cases[] = {
    {{{"GetCallerIdentity", NULL, DENIED_XML, 403}},
     .expected = {"identity", "credentials", VERDICT_UNKNOWN, "AccessDenied", POLICY}},
    {{{"GetCallerIdentity", NULL,
       "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>", 403}},
     .expected = {"identity", "credentials", VERDICT_FAILED, "ExpiredToken", "`aws sso login`"}},
    {{{"GetCallerIdentity", NULL,
       "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>", 403}},
     .expected = {"identity", "credentials", VERDICT_FAILED, "InvalidClientTokenId",
                  "`aws configure`"}},
    {{{"GetCallerIdentity", NULL, "cannot look up the host", -1}},
     .expected = {"identity", "credentials", VERDICT_FAILED, "cannot look up", "HTTPS_PROXY"}},
    {{{"GetCallerIdentity", NULL, "cannot look up the host of sts." REGION ".amazonaws.com", -1}},
     .expected = {"identity", "credentials", VERDICT_FAILED, "cannot look up",
                  "HTTPS_PROXY and NO_PROXY if there is a proxy in between; is it the name of a "
                  "region? `region` in pipeline.yaml"}},
    {{{"GetCallerIdentity", NULL, "cannot look up the host", -1}},
     .expected = {"region", "endpoint", VERDICT_SKIPPED, "needs an answer of AWS", NULL}},
    {{{"GetCallerIdentity", NULL, "cannot look up the host", -1}},
     .expected = {"function", "state", VERDICT_SKIPPED, "needs AWS credentials", NULL}},
    {{{NULL}},
     .prepare = without_region,
     .expected = {"region", "endpoint", VERDICT_OK, REGION, NULL}},
    {{{"GetTime", NULL, "cannot look up the host", -1}},
     .expected = {"region", "endpoint", VERDICT_FAILED, "does not answer", "AWS_REGION"}},
    {{{"GetTime", NULL, "cannot look up the host", -1}},
     .expected = {"clock", "time", VERDICT_OK, "at the sink", NULL}},
    {{{"GetTime", NULL, "cannot look up the host", -1}},
     .sink = with_password,
     .expected = {"clock", "time", VERDICT_SKIPPED, "needs an answer", NULL}},
    {{{"SimulatePrincipalPolicy", NULL, DENIED_XML, 403}},
     .expected = {"permissions", "to deploy", VERDICT_SKIPPED, "cannot be simulated", NULL}},
    {{{"SimulatePrincipalPolicy", NULL, DENIED_XML, 403}},
     .expected = {"permissions", "to operate", VERDICT_SKIPPED, "cannot be simulated", NULL}},
    {{{"SimulatePrincipalPolicy", NULL, "nobody there", -1}},
     .expected = {"permissions", "to deploy", VERDICT_UNKNOWN, "nobody there", NULL}},
    {{{"SimulatePrincipalPolicy", NULL, "nobody there", -1}},
     .expected = {"permissions", "to operate", VERDICT_SKIPPED, "needs the simulation", NULL}},
    {{{"SimulatePrincipalPolicy", NULL, DENIES("lambda:CreateFunction", "")}},
     .expected = {"permissions", "to deploy", VERDICT_WARNING,
                  "actions is not allowed: lambda:CreateFunction", POLICY}},
    {{{"SimulatePrincipalPolicy", NULL, DENIES("lambda:CreateFunction", "")}},
     .expected = {"permissions", "to operate", VERDICT_OK, "actions to operate", NULL}},
    {{{"SimulatePrincipalPolicy", NULL, DENIES("lambda:InvokeFunction", "")}},
     .expected = {"permissions", "to operate", VERDICT_FAILED, "lambda:InvokeFunction", POLICY}},
    {{{"SimulatePrincipalPolicy", NULL,
       DENIES("lambda:InvokeFunction",
              "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>"
              "</OrganizationsDecisionDetail>")}},
     .expected = {"permissions", "to operate", VERDICT_FAILED, "(by a policy of the organization)",
                  POLICY}},
    {{{"SimulatePrincipalPolicy", NULL, DENIES("lambda:CreateFunction", "")},
      {"DescribeStacks", NULL, NO_STACK, 400}},
     .expected = {"permissions", "to deploy", VERDICT_FAILED, "lambda:CreateFunction", POLICY}},
    {{{"GetCallerIdentity", NULL, CALLER("arn:aws:iam::" ACCOUNT ":root")},
      {"SimulatePrincipalPolicy", NULL, DENIED_XML, 403}},
     .expected = {"permissions", "to deploy", VERDICT_OK, "root", NULL}},
    {{{"GetCallerIdentity", NULL, CALLER("arn:aws:sts::" ACCOUNT ":assumed-role/r/s")},
      {"GetRole", NULL, DENIED_XML, 403}},
     .expected = {"permissions", "to deploy", VERDICT_SKIPPED, "iam:GetRole", NULL}},
    {{{"GetCallerIdentity", NULL, CALLER("arn:aws:sts::" ACCOUNT ":assumed-role/r/s")}},
     .expected = {"permissions", "to deploy", VERDICT_OK, "to deploy", NULL}},
    {{{"GetCallerIdentity", NULL, CALLER("arn:aws:sts::" ACCOUNT ":federated-user/x")}},
     .expected = {"permissions", "to deploy", VERDICT_SKIPPED, "federated", NULL}},
};

static const struct test_case package_cases[] = {
    {{{"DescribeRepositories", NULL, "{\"__type\":\"RepositoryNotFoundException\"}", 400}},
     .expected = {"package", "repository", VERDICT_FAILED, "there is no repository",
                  "`lorry deploy`"}},
    {{{"DescribeRepositories", NULL, "{\"__type\":\"RepositoryNotFoundException\"}", 400},
      {"DescribeStacks", NULL, NO_STACK, 400}},
     .expected = {"package", "repository", VERDICT_SKIPPED, "comes with the first", NULL}},
    {{{"DescribeRepositories", NULL, DENIED, 400}},
     .expected = {"package", "repository", VERDICT_UNKNOWN, "ecr:DescribeRepositories", POLICY}},
    {{{"DescribeRepositories", NULL, DENIED, 400}},
     .expected = {"package", "image", VERDICT_SKIPPED, "needs the repository", NULL}},
    {{{"GetRepositoryPolicy", NULL, "{\"__type\":\"RepositoryPolicyNotFoundException\"}", 400}},
     .expected = {"package", "its policy", VERDICT_FAILED, "Lambda may not fetch images",
                  "`lorry registry create kinesis-cratedb-lambda`"}},
    {{{"GetRepositoryPolicy", NULL, DENIED, 400}},
     .expected = {"package", "its policy", VERDICT_UNKNOWN, "ecr:GetRepositoryPolicy", POLICY}},
    {{{"DescribeImages", NULL, "{\"__type\":\"ImageNotFoundException\"}", 400}},
     .expected = {"package", "image", VERDICT_FAILED, "is no more in", "`lorry deploy`"}},
    {{{"DescribeImages", NULL, "{\"imageDetails\":[{}]}"}},
     .expected = {"package", "image", VERDICT_WARNING, "without the tag " STACK, "`lorry deploy`"}},
    {{{"DescribeStacks", NULL, STACK_IS("UPDATE_COMPLETE")},
      {"GetFunction", "Code/ResolvedImageUri", "\"r/x@sha256:0\""}},
     .expected = {"package", "image", VERDICT_OK, "sha256:0", NULL}},
    {{{"GetFunction", "Code/ResolvedImageUri", "\"r/x@sha256:0\""}},
     .expected = {"package", "image", VERDICT_WARNING, "another image", DRIFT}},
    {{{"GetFunction", "Code", NULL}},
     .expected = {"package", "image", VERDICT_WARNING, "runs no image", "`lorry deploy`"}},
    {{{"HeadObject", NULL, "", 404}},
     .prepare = zip,
     .expected = {"package", "zip", VERDICT_SKIPPED, "needs the stack", NULL}},
};

static const struct test_case stack_cases[] = {
    {{{"GetTemplate", NULL, DENIED_XML, 403}},
     .expected = {"stack", "up to date", VERDICT_UNKNOWN, "cannot be read", "GetTemplate"}},
    {{{"GetTemplate", NULL, DENIED_XML, 403}},
     .expected = {"stack", "version", VERDICT_UNKNOWN, "cannot be read", "GetTemplate"}},
    {{{"DescribeStacks", NULL, NO_STACK, 400}},
     .expected = {"stack", "state", VERDICT_WARNING, "is not deployed yet", "`lorry deploy`"}},
    {{{"DescribeStacks", NULL, NO_STACK, 400}},
     .expected = {"stack", "version", VERDICT_SKIPPED, "comes with the first", NULL}},
    {{{"DescribeStacks", NULL, DENIED_XML, 403}},
     .expected = {"stack", "state", VERDICT_UNKNOWN, "cloudformation:DescribeStacks", POLICY}},
    {{{"DescribeStacks", NULL, STACK_IS("UPDATE_ROLLBACK_COMPLETE")}},
     .expected = {"stack", "state", VERDICT_WARNING, "was undone", "`lorry deploy`"}},
    {{{"DescribeStacks", NULL, STACK_IS("ROLLBACK_COMPLETE")}},
     .expected = {"stack", "state", VERDICT_FAILED, "ROLLBACK_COMPLETE", "`lorry deploy`"}},
    {{{"DescribeStacks", NULL, STACK_IS("UPDATE_ROLLBACK_FAILED")}},
     .expected = {"stack", "state", VERDICT_FAILED, "UPDATE_ROLLBACK_FAILED",
                  "continue-update-rollback --stack-name " STACK}},
    {{{"DescribeStacks", NULL, STACK_IS("UPDATE_IN_PROGRESS")}},
     .expected = {"stack", "state", VERDICT_WARNING, "is being changed", "wait"}},
    {{{"GetTemplate", NULL,
       "<GetTemplateResponse><GetTemplateResult><TemplateBody>{}</TemplateBody>"
       "</GetTemplateResult></GetTemplateResponse>"}},
     .expected = {"stack", "state", VERDICT_FAILED, "did not make", "`project`"}},
    {{{"GetTemplate", NULL,
       "<GetTemplateResponse><GetTemplateResult><TemplateBody>{\"Metadata\":{\"Lorry\":{"
       "\"Version\":\"0.0.1\"}}}</TemplateBody></GetTemplateResult></GetTemplateResponse>"}},
     .expected = {"stack", "version", VERDICT_WARNING, "by lorry 0.0.1", "`lorry deploy`"}},
    {{{"GetTemplate", NULL,
       "<GetTemplateResponse><GetTemplateResult><TemplateBody>{\"Metadata\":{\"Lorry\":{"
       "\"Version\":\"0.0.1\"}}}</TemplateBody></GetTemplateResult></GetTemplateResponse>"}},
     .expected = {"stack", "up to date", VERDICT_WARNING, "something else", "`lorry diff`"}},
    {{{"GetFunction", NULL, "{\"__type\":\"ResourceNotFoundException\"}", 404}},
     .expected = {"function", "state", VERDICT_FAILED, "there is no function " FUNCTION, DRIFT}},
    {{{"GetFunction", NULL, DENIED, 403}},
     .expected = {"function", "state", VERDICT_UNKNOWN, "lambda:GetFunction", POLICY}},
    {{{"GetFunction", NULL, DENIED, 403}},
     .expected = {"mapping", "retries", VERDICT_SKIPPED, "needs the function", NULL}},
    {{{"GetFunction", "Configuration/State", "\"Failed\""},
      {"GetFunction", "Configuration/StateReasonCode", "\"ImageDeleted\""}},
     .expected = {"function", "state", VERDICT_FAILED, "ImageDeleted", "`lorry refresh`"}},
    {{{"GetFunction", "Configuration/LastUpdateStatus", "\"Failed\""}},
     .expected = {"function", "state", VERDICT_FAILED, "was not updated", "`lorry refresh`"}},
    {{{"GetFunction", "Configuration/State", "\"Inactive\""}},
     .expected = {"function", "state", VERDICT_WARNING, "put away", "`lorry invoke"}},
    {{{"GetFunction", "Configuration/State", "\"Pending\""}},
     .expected = {"function", "state", VERDICT_WARNING, "is being changed", "wait"}},
    {{{"GetFunction", "Concurrency", "{\"ReservedConcurrentExecutions\":0}"}},
     .expected = {"function", "settings", VERDICT_FAILED, "switched off",
                  "`aws lambda delete-function-concurrency --region " REGION}},
    {{{"GetFunction", "Concurrency", "{\"ReservedConcurrentExecutions\":5}"}},
     .expected = {"function", "settings", VERDICT_WARNING, "is 5, and -1 in",
                  "`aws lambda delete-function-concurrency --region " REGION}},
    {{{"GetFunction", "Configuration/MemorySize", "128"}},
     .expected = {"function", "settings", VERDICT_WARNING, "memory in MB is 128, and 256 in",
                  DRIFT}},
    {{{"GetFunction", "Configuration/Timeout", "3"}},
     .prepare = hurried,
     .expected = {"function", "settings", VERDICT_WARNING, "2500 records has 3 s", "timeout: 60s"}},
    {{VARIABLE("SINK_TABLE", "\"other\"")},
     .expected = {"function", "environment", VERDICT_WARNING, "SINK_TABLE", DRIFT}},
    {{VARIABLE("ON_ERROR", NULL)},
     .expected = {"function", "environment", VERDICT_WARNING, "ON_ERROR (missing)", DRIFT}},
    {{VARIABLE("SQL_ECHO", "\"true\"")},
     .expected = {"function", "environment", VERDICT_WARNING,
                  "the processor obeys what pipeline.yaml does not say: SQL_ECHO",
                  DRIFT "; what is left after that, remove in the Lambda console"}},
    {{VARIABLE("ONE", "\"s3cret\""), VARIABLE("OTHER", "\"s3cret\"")},
     .expected =
         {"function", "environment", VERDICT_WARNING, "not in pipeline.yaml: ONE, OTHER",
          "the Lambda console; to keep ONE, OTHER, say so under `processor: environment:`"}},
    {{VARIABLE("SINK_TABLE", "\"other\""), VARIABLE("SQL_ECHO", "\"s3cret\""),
      VARIABLE("ONE", "\"s3cret\"")},
     .expected = {"function", "environment", VERDICT_WARNING,
                  "other values than pipeline.yaml says: SINK_TABLE; the processor obeys what "
                  "pipeline.yaml does not say: SQL_ECHO; not in pipeline.yaml: ONE",
                  DRIFT}},
    {{{"GetFunction", "Configuration/Environment",
       "{\"Error\":{\"ErrorCode\":\"AccessDeniedException\"}}"}},
     .expected = {"function", "environment", VERDICT_UNKNOWN, "AccessDeniedException",
                  "kms:Decrypt"}},
};

#define BUCKET                                                                                     \
    {                                                                                              \
        "DescribeStacks", NULL,                                                                    \
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>s</StackId>"   \
            "<StackStatus>UPDATE_COMPLETE</StackStatus><Parameters><member><ParameterKey>"         \
            "ImageUri</ParameterKey><ParameterValue>" IMAGE "</ParameterValue></member>"           \
            "</Parameters><Outputs><member><OutputKey>FailureBucketName</OutputKey><OutputValue>b" \
            "</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult>"           \
            "</DescribeStacksResponse>",                                                           \
            0                                                                                      \
    }
#define OBJECTS                                                                                    \
    "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents><Contents><Key>b</Key>"      \
    "<Size>1</Size></Contents></ListBucketResult>"

static const struct test_case mapping_cases[] = {
    {{{"ListEventSourceMappings", "EventSourceMappings", "[]"}},
     .expected = {"mapping", "state", VERDICT_FAILED, "no mapping feeds", DRIFT}},
    {{{"ListEventSourceMappings", "EventSourceMappings", "[]"},
      {"GetTemplate", NULL, DENIED_XML, 403}},
     .expected = {"mapping", "state", VERDICT_FAILED, "no mapping feeds",
                  "`aws lambda create-event-source-mapping --region " REGION}},
    {{{"ListEventSourceMappings", "EventSourceMappings", "[]"}},
     .expected = {"mapping", "retries", VERDICT_SKIPPED, "needs a mapping", NULL}},
    {{{"ListEventSourceMappings", NULL, DENIED, 403}},
     .expected = {"mapping", "state", VERDICT_UNKNOWN, "lambda:ListEventSourceMappings", POLICY}},
    {{MAPPING("State", "\"Disabled\"")},
     .expected = {"mapping", "state", VERDICT_FAILED, "u-1 is disabled", "--uuid u-1 --enabled"}},
    {{MAPPING("State", "\"Updating\"")},
     .expected = {"mapping", "state", VERDICT_WARNING, "Updating", "wait"}},
    {{MAPPING("LastProcessingResult", "\"PROBLEM: Function call failed\"")},
     .expected = {"mapping", "state", VERDICT_WARNING, "PROBLEM", "`lorry logs`"}},
    {{{"ListEventSourceMappings", "EventSourceMappings",
       "[{\"UUID\":\"a\",\"State\":\"Enabled\",\"EventSourceArn\":\"" STREAM_ARN
       "\"},{\"UUID\":\"b\",\"State\":\"Enabled\",\"EventSourceArn\":\"" STREAM_ARN "\"}]"}},
     .expected = {"mapping", "state", VERDICT_WARNING, "2 mappings read the same stream",
                  "delete-event-source-mapping"}},
    {{{"ListEventSourceMappings", "EventSourceMappings",
       "[{\"UUID\":\"a\",\"State\":\"Enabled\",\"EventSourceArn\":\"" STREAM_ARN
       "\"},{\"UUID\":\"b\",\"State\":\"Enabled\",\"EventSourceArn\":\"arn:q\"}]"}},
     .expected = {"mapping", "state", VERDICT_WARNING, "arn:q", "a function of its own"}},
    {{MAPPING("FunctionResponseTypes", "[]")},
     .expected = {"mapping", "partial answers", VERDICT_FAILED, "RECORDS ARE LOST", DRIFT}},
    {{MAPPING("FunctionResponseTypes", "[]"), {"GetTemplate", NULL, DENIED_XML, 403}},
     .expected = {"mapping", "partial answers", VERDICT_FAILED, "RECORDS ARE LOST",
                  "--uuid u-1 --function-response-types ReportBatchItemFailures"}},
    {{MAPPING("FunctionResponseTypes", "[]"), VARIABLE("REPORT_BATCH_ITEM_FAILURES", "\"false\"")},
     .expected = {"mapping", "partial answers", VERDICT_WARNING, "batches fail whole", DRIFT}},
    {{VARIABLE("REPORT_BATCH_ITEM_FAILURES", NULL)},
     .expected = {"mapping", "partial answers", VERDICT_WARNING, "fails whole batches", DRIFT}},
    {{MAPPING("DestinationConfig", NULL)},
     .expected = {"mapping", "given up", VERDICT_FAILED, "are lost", DRIFT}},
    {{MAPPING("DestinationConfig", NULL)},
     .prepare = without_destination,
     .expected = {"mapping", "given up", VERDICT_WARNING, "are lost", "say `on-failure: s3`"}},
    {{BUCKET, {"ListObjectsV2", NULL, "<ListBucketResult/>", 0}},
     .expected = {"mapping", "given up", VERDICT_OK, "what is given up goes to b", NULL}},
    {{BUCKET, {"ListObjectsV2", NULL, OBJECTS, 0}},
     .expected = {"mapping", "given up", VERDICT_WARNING, "gave up on 2 batches",
                  "`lorry replay`"}},
    {{BUCKET, {"ListObjectsV2", NULL, "<Error><Code>NoSuchBucket</Code></Error>", 404}},
     .expected = {"mapping", "given up", VERDICT_FAILED, "there is no bucket b any more", DRIFT}},
    {{BUCKET, {"ListObjectsV2", NULL, "<Error><Code>AccessDenied</Code></Error>", 403}},
     .expected = {"mapping", "given up", VERDICT_UNKNOWN, "s3:ListBucket", POLICY}},
    {{MAPPING("DestinationConfig", NULL), MAPPING("MaximumRetryAttempts", "-1"),
      MAPPING("MaximumRecordAgeInSeconds", "-1")},
     .expected = {"mapping", "given up", VERDICT_OK, "nothing is given up", NULL}},
    {{MAPPING("MaximumRetryAttempts", "-1"), MAPPING("MaximumRecordAgeInSeconds", "-1")},
     .prepare = exits,
     .expected = {"mapping", "retries", VERDICT_FAILED, "holds up its shard",
                  "say `on-error: dead-letter`"}},
    {{MAPPING("MaximumRetryAttempts", "-1"), MAPPING("MaximumRecordAgeInSeconds", "-1"),
      VARIABLE("ON_ERROR", "\"raise\"")},
     .expected = {"mapping", "retries", VERDICT_FAILED, "ON_ERROR=raise", DRIFT}},
    {{MAPPING("MaximumRetryAttempts", "3")},
     .expected = {"mapping", "retries", VERDICT_WARNING, "after 3 retries", DRIFT}},
    {{MAPPING("MaximumRetryAttempts", "3")},
     .prepare = few_retries,
     .expected = {"mapping", "retries", VERDICT_WARNING, "after 3 retries", "say `retries: 1000`"}},
    {{MAPPING("MaximumRecordAgeInSeconds", "-1")},
     .expected = {"mapping", "retries", VERDICT_WARNING, "no maximum age", DRIFT}},
    {{MAPPING("BisectBatchOnFunctionError", "false")},
     .expected = {"mapping", "bisecting", VERDICT_WARNING, "up to 2499 others", DRIFT}},
    {{MAPPING("BisectBatchOnFunctionError", "false")},
     .prepare = no_bisecting,
     .expected = {"mapping", "bisecting", VERDICT_WARNING, "not halved", "say `bisect: true`"}},
    {{MAPPING("StartingPosition", "\"LATEST\"")},
     .expected = {"mapping", "start", VERDICT_WARNING, "began at LATEST",
                  "delete-event-source-mapping"}},
    {{MAPPING("BatchSize", "10")},
     .expected = {"mapping", "batch", VERDICT_WARNING, "size is 10, and 2500", DRIFT}},
};

static const struct test_case stream_cases[] = {
    {{{"DescribeStreamSummary", NULL, "{\"__type\":\"ResourceNotFoundException\"}", 400}},
     .expected = {"stream", "state", VERDICT_FAILED, "there is no stream", DRIFT}},
    {{{"DescribeStreamSummary", NULL, "{\"__type\":\"ResourceNotFoundException\"}", 400}},
     .prepare = existing,
     .expected = {"stream", "state", VERDICT_FAILED, "`existing: true`", "make it"}},
    {{{"DescribeStreamSummary", NULL, DENIED, 400}},
     .expected = {"stream", "state", VERDICT_UNKNOWN, "kinesis:DescribeStreamSummary", POLICY}},
    {{{"DescribeStreamSummary", "StreamDescriptionSummary/StreamStatus", "\"UPDATING\""}},
     .expected = {"stream", "state", VERDICT_WARNING, "UPDATING", "wait"}},
    {{MAPPING("MaximumRecordAgeInSeconds", "90000")},
     .expected = {"stream", "retention", VERDICT_FAILED, "forgets after 24 h", DRIFT}},
    {{{"DescribeStreamSummary", "StreamDescriptionSummary/RetentionPeriodHours", "20"}},
     .expected = {"stream", "retention", VERDICT_FAILED, "forgets after 20 h", DRIFT}},
    {{{"DescribeStreamSummary", "StreamDescriptionSummary/RetentionPeriodHours", "20"}},
     .prepare = existing,
     .expected = {"stream", "retention", VERDICT_FAILED, "forgets after 20 h",
                  "increase-stream-retention-period"}},
    {{{"DescribeStreamSummary", "StreamDescriptionSummary/RetentionPeriodHours", "22"}},
     .expected = {"stream", "retention", VERDICT_WARNING, "22 h, and 24 h", DRIFT}},
    {{{"DescribeStreamSummary", "StreamDescriptionSummary/EncryptionType", "\"NONE\""}},
     .expected = {"stream", "encryption", VERDICT_WARNING, "not encrypted", DRIFT}},
    {{{"DescribeStreamSummary", "StreamDescriptionSummary/StreamModeDetails/StreamMode",
       "\"PROVISIONED\""}},
     .expected = {"stream", "mode", VERDICT_WARNING, "PROVISIONED, and ON_DEMAND", DRIFT}},
    {{{"DescribeTable", NULL, "{\"__type\":\"ResourceNotFoundException\"}", 400}},
     .expected = {"table", "state", VERDICT_FAILED, "there is no table", DRIFT}},
    {{{"DescribeTable", NULL, "{\"__type\":\"ResourceNotFoundException\"}", 400}},
     .prepare = existing,
     .expected = {"table", "state", VERDICT_FAILED, "`existing: true`", "make it"}},
    {{{"DescribeTable", NULL, DENIED, 400}},
     .expected = {"table", "state", VERDICT_UNKNOWN, "dynamodb:DescribeTable", POLICY}},
    {{{"DescribeTable", "Table/TableStatus", "\"UPDATING\""}},
     .expected = {"table", "state", VERDICT_WARNING, "UPDATING", "wait"}},
    {{{"DescribeKinesisStreamingDestination", "KinesisDataStreamDestinations", "[]"}},
     .expected = {"table", "destination", VERDICT_FAILED, "does not send its changes", DRIFT}},
    {{{"DescribeKinesisStreamingDestination", "KinesisDataStreamDestinations", "[]"}},
     .prepare = existing,
     .expected = {"table", "destination", VERDICT_FAILED, "does not send its changes",
                  "`lorry deploy`"}},
    {{{"DescribeKinesisStreamingDestination", "KinesisDataStreamDestinations/0/DestinationStatus",
       "\"ENABLE_FAILED\""}},
     .expected = {"table", "destination", VERDICT_FAILED, "switching it on failed", DRIFT}},
    {{{"DescribeKinesisStreamingDestination", "KinesisDataStreamDestinations/0/DestinationStatus",
       "\"ENABLING\""}},
     .expected = {"table", "destination", VERDICT_WARNING, "ENABLING", "wait"}},
    {{{"DescribeKinesisStreamingDestination", "KinesisDataStreamDestinations/0/StreamArn",
       "\"arn:aws:kinesis:x:1:stream/other\""}},
     .expected = {"table", "destination", VERDICT_FAILED, "stream/other instead of",
                  "`existing: true`"}},
    {{{"DescribeKinesisStreamingDestination", NULL, DENIED, 400}},
     .expected = {"table", "destination", VERDICT_UNKNOWN,
                  "dynamodb:DescribeKinesisStreamingDestination", POLICY}},
    {{{"DescribeKinesisStreamingDestination",
       "KinesisDataStreamDestinations/0/ApproximateCreationDateTimePrecision", "\"MILLISECOND\""}},
     .expected = {"table", "precision", VERDICT_WARNING, "arrives last wins", DRIFT}},
};

static const struct test_case sink_cases[] = {
    {{{"GetSecretValue", NULL,
       "{\"__type\":\"InvalidRequestException\",\"message\":\"You can't perform this operation on "
       "the "
       "secret because it was marked for deletion.\"}",
       400}},
     .expected = {"sink", "password", VERDICT_FAILED, "marked for deletion",
                  "restore-secret --region " REGION " --secret-id lorry/testdrive`"}},
    {{{"GetSecretValue", NULL, "{\"__type\":\"ResourceNotFoundException\"}", 400}},
     .expected = {"sink", "password", VERDICT_FAILED, "ResourceNotFoundException",
                  "`lorry deploy` makes it"}},
    {{{"GetSecretValue", NULL, "{\"__type\":\"ResourceNotFoundException\"}", 400}},
     .expected = {"sink", "connection", VERDICT_SKIPPED, "needs the password", NULL}},
    {{{"GetSecretValue", NULL, DENIED, 400}},
     .expected = {"sink", "password", VERDICT_UNKNOWN, "secretsmanager:GetSecretValue", POLICY}},
    {{{NULL}},
     .sink = with_password,
     .expected = {"sink", "connection", VERDICT_FAILED, "401", "lorry/testdrive"}},
    {{{NULL}},
     .sink = with_password,
     .prepare = plain_sink,
     .expected = {"sink", "connection", VERDICT_FAILED, "401", "SINK_PASSWORD"}},
    {{{NULL}},
     .sink = with_password,
     .expected = {"sink", "table", VERDICT_SKIPPED, "needs the sink", NULL}},
    {{{NULL}}, .expected = {"sink", "connection", VERDICT_OK, "CrateDB 6.4.3 at sink", NULL}},
    {{{NULL}},
     .sink = old_server,
     .expected = {"sink", "connection", VERDICT_WARNING, "CrateDB 5.9.13, which drops attributes",
                  "update it to 5.10"}},
    {{{NULL}},
     .sink = limited_user,
     .sink_url = LIMITED,
     .expected = {"sink", "connection", VERDICT_OK, "CrateDB 6.4.3 at sink", NULL}},
    {{{NULL}},
     .sink = limited_user,
     .sink_url = LIMITED,
     .expected = {"sink", "writing", VERDICT_FAILED, "Missing 'DML'", "GRANT DQL, DML, DDL"}},
    {{{NULL}},
     .sink = no_table,
     .expected = {"sink", "table", VERDICT_OK, "the first change makes it", NULL}},
    {{VARIABLE("SINK_CREATE_TABLE", "\"false\"")},
     .sink = no_table,
     .expected = {"sink", "table", VERDICT_FAILED, "SINK_CREATE_TABLE is false",
                  "`lorry table create`"}},
    {{{NULL}},
     .sink = no_table,
     .expected = {"sink", "writing", VERDICT_SKIPPED, "needs the table of the sink", NULL}},
    {{{NULL}},
     .sink = old_table,
     .expected = {"sink", "table", VERDICT_WARNING, "`table upgrade`", "`lorry table upgrade`"}},
    {{{NULL}},
     .sink = other_keys,
     .expected = {"sink", "table", VERDICT_FAILED, "its keys are", "name another table"}},
    {{{NULL}},
     .sink = other_keys,
     .prepare = without_keys,
     .expected = {"sink", "table", VERDICT_WARNING, "view of the live rows", "upgrade"}},
    {{{NULL}},
     .sink = foreign_table,
     .expected = {"sink", "table", VERDICT_FAILED, "cannot be written to", "name another table"}},
    {{{NULL}}, .expected = {"sink", "writing", VERDICT_OK, "can be written to", NULL}},
    {{VARIABLE("SINK_TOMBSTONE_RETENTION", "\"2h\"")},
     .expected = {"sink", "tombstones", VERDICT_WARNING, "may come back", DRIFT}},
    {{VARIABLE("SINK_TOMBSTONE_RETENTION", NULL)},
     .expected = {"sink", "tombstones", VERDICT_OK, "for 7d", NULL}},
    {{VARIABLE("SINK_TOMBSTONE_RETENTION", NULL),
      {"DescribeStreamSummary", "StreamDescriptionSummary/RetentionPeriodHours", "200"}},
     .expected = {"sink", "tombstones", VERDICT_WARNING, "forgotten after 7d", DRIFT}},
    {{VARIABLE("SINK_TOMBSTONE_RETENTION", "\"never\"")},
     .expected = {"sink", "tombstones", VERDICT_OK, "for ever", NULL}},
};

static void run_cases(const struct test_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        run_case(&cases[i]);
}

static void test_identity(void **state)
{
    (void)state;
    run_cases(identity_cases, ARRAY_LEN(identity_cases));
}

static void test_package(void **state)
{
    (void)state;
    run_cases(package_cases, ARRAY_LEN(package_cases));
}

static void test_stack(void **state)
{
    (void)state;
    run_cases(stack_cases, ARRAY_LEN(stack_cases));
}

static void test_mapping(void **state)
{
    (void)state;
    run_cases(mapping_cases, ARRAY_LEN(mapping_cases));
}

static void test_stream(void **state)
{
    (void)state;
    run_cases(stream_cases, ARRAY_LEN(stream_cases));
}

static void test_sink(void **state)
{
    (void)state;
    run_cases(sink_cases, ARRAY_LEN(sink_cases));
}

static void test_clock(void **state)
{
    (void)state;
    static const struct {
        int64_t ahead_s;
        struct expected expected;
    } cases[] = {
        {2, {"clock", "time", VERDICT_OK, "as at AWS; the clock is as at the sink", NULL}},
        {100, {"clock", "time", VERDICT_WARNING, "s ahead of that at AWS", "timedatectl"}},
        {-100, {"clock", "time", VERDICT_WARNING, "s behind that at AWS", "timedatectl"}},
        {400, {"clock", "time", VERDICT_FAILED, "signatures are refused", "timedatectl"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        later_s = cases[i].ahead_s;
        run_case(&(struct test_case){.expected = cases[i].expected});
    }
    later_s = 0;
}

static void test_files(void **state)
{
    (void)state;
    static const struct test_case nothing = {0};
    cleanup_findings struct findings wrong = {0}, doubtful = {0}, none = {0};
    findings_error(&wrong, ((struct mark){3, 7}), "unknown key \"x\"");
    findings_error(&wrong, ((struct mark){4, 7}), "another");
    findings_warning(&doubtful, ((struct mark){0}), "nobody is told");
    const struct {
        struct doctor doctor;
        struct expected expected;
    } cases[] = {
        {{.findings = &none},
         {"here", "file", VERDICT_WARNING, "no pipeline.yaml here", "lorry init"}},
        {{.findings = &none, .named = true},
         {"here", "file", VERDICT_FAILED, "there is no pipeline.yaml", "--file"}},
        {{.findings = &wrong, .file_found = true},
         {"here", "file", VERDICT_FAILED, "pipeline.yaml:3: unknown key \"x\", and 1 more",
          "lorry validate"}},
        {{.findings = &none}, {"mapping", "batch", VERDICT_SKIPPED, "needs a pipeline file", NULL}},
        {{.findings = &wrong, .file_found = true},
         {"mapping", "batch", VERDICT_SKIPPED, "needs a pipeline file without mistakes", NULL}},
        {{.findings = &none}, {"sink", "table", VERDICT_OK, "layout \"lorry\"", NULL}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run run;
        struct doctor doctor = cases[i].doctor;
        examine(&run, &nothing, &doctor);
        expect(&run.report, &cases[i].expected);
        doctor_report_release(&run.report);
    }
}

static void test_no_session(void **state)
{
    (void)state;
    static const struct test_case nothing = {0};
    struct error err = {0}, sink = {0};
    error_set(&err, ERROR_SETTING, 0, "there is no AWS profile \"x\"");
    error_set(&sink, ERROR_SETTING, 0, "no such scheme");
    struct run run;
    struct doctor doctor = {.client_error = &err, .sink_error = &sink};
    examine(&run, &nothing, &doctor);
    expect(&run.report, &(struct expected){"identity", "credentials", VERDICT_FAILED,
                                           "there is no AWS profile", NULL});
    expect(&run.report, &(struct expected){"region", "endpoint", VERDICT_SKIPPED, "needs", NULL});
    expect(&run.report,
           &(struct expected){"sink", "connection", VERDICT_FAILED, "no such scheme", NULL});
    expect(&run.report,
           &(struct expected){"stack", "state", VERDICT_SKIPPED, "needs AWS credentials", NULL});
    doctor_report_release(&run.report);
    doctor.sink_error = &err;
    examine(&run, &nothing, &doctor);
    expect(&run.report, &(struct expected){"sink", "connection", VERDICT_SKIPPED,
                                           "needs AWS credentials", NULL});
    doctor_report_release(&run.report);
}

/* Nothing is asked any more when the time is over. */
static void test_time(void **state)
{
    (void)state;
    static const struct test_case nothing = {0};
    struct run run;
    struct doctor doctor = {.until_ms = 1};
    examine(&run, &nothing, &doctor);
    assert_int_equal(run.report.counts[VERDICT_SKIPPED] + run.report.counts[VERDICT_UNKNOWN],
                     run.report.count);
    expect(&run.report, &(struct expected){"identity", "credentials", VERDICT_UNKNOWN,
                                           "no time was left", NULL});
    assert_false(doctor_is_healthy(&run.report));
    doctor_report_release(&run.report);
}

/* What is skipped is none of the patient's business; what could not be seen may be. */
static void test_health(void **state)
{
    (void)state;
    static const struct {
        struct difference change;
        bool healthy;
    } cases[] = {
        {{NULL}, true},
        {{"DescribeStreamSummary", "StreamDescriptionSummary/EncryptionType", "\"NONE\""}, true},
        {{"DescribeStacks", NULL, NO_STACK, 400}, true},
        {{"SimulatePrincipalPolicy", NULL, DENIED_XML, 403}, true},
        {{"SimulatePrincipalPolicy", NULL, "nobody there", -1}, false},
        {{"DescribeStreamSummary", NULL, DENIED, 400}, false},
        {MAPPING("State", "\"Disabled\""), false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct test_case this = {.changes = {cases[i].change}};
        struct run run;
        struct doctor doctor = {0};
        examine(&run, &this, &doctor);
        if (doctor_is_healthy(&run.report) != cases[i].healthy)
            fail_msg("case %zu", i);
        doctor_report_release(&run.report);
    }
}

static int set_up(void **state)
{
    (void)state;
    unsetenv("AWS_ENDPOINT_URL");
    unsetenv("AWS_SESSION_TOKEN");
    unsetenv("AWS_CA_BUNDLE");
    unsetenv("SSL_CERT_FILE");
    aws_script_environment(NULL);
    return 0;
}

static void test_certificates(void **state)
{
    static const struct test_case nothing = {.expected = {"here", "program", VERDICT_FAILED,
                                                          "AWS_CA_BUNDLE names \"/nowhere\"",
                                                          "unset AWS_CA_BUNDLE"}};
    setenv("AWS_CA_BUNDLE", "/nowhere", 1);
    run_case(&nothing);
    set_up(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_well),  cmocka_unit_test(test_identity),
        cmocka_unit_test(test_package),      cmocka_unit_test(test_stack),
        cmocka_unit_test(test_mapping),      cmocka_unit_test(test_stream),
        cmocka_unit_test(test_sink),         cmocka_unit_test(test_clock),
        cmocka_unit_test(test_files),        cmocka_unit_test(test_no_session),
        cmocka_unit_test(test_health),       cmocka_unit_test(test_time),
        cmocka_unit_test(test_certificates),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
