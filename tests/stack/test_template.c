/* The template of a pipeline: what depends on what. Whole templates are compared and judged by
 * tests/stack/test_templates.py. */
#include "unit.h"

#include "base/memory.h"
#include "pipeline.h"
#include "stack/template.h"

static json_t *make(const struct stack *stack)
{
    struct error err = {0};
    json_t *template = template_make(stack, &err);
    if (!template)
        fail_msg("%s", err.message);
    return template;
}

/* The value at a path such as "Resources/Table/Properties/TableName"; numbers are indices. NULL if
 * there is none. */
static json_t *at(json_t *value, const char *path)
{
    while (value && *path) {
        size_t len = strcspn(path, "/");
        char name[128];
        assert_true(len < sizeof(name));
        memcpy(name, path, len);
        name[len] = '\0';
        value = json_is_array(value) ? json_array_get(value, (size_t)atoi(name))
                                     : json_object_get(value, name);
        path += len + (path[len] == '/');
    }
    return value;
}

/* The value there is `expected`, as compact JSON; NULL: there is none. */
static void assert_at(json_t *template, const char *path, const char *expected)
{
    json_t *value = at(template, path);
    cleanup_free char *got = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (!got || !expected ? got != expected : strcmp(got, expected) != 0)
        fail_msg("%s is %s, not %s", path, got ? got : "nothing", expected ? expected : "nothing");
}

/* One text stands somewhere in the YAML form, the other nowhere in either. */
static void assert_texts(json_t *template, const char *present, const char *absent)
{
    cleanup_buf struct buf yaml = BUF_INIT(BUF_TEXT_CAP), json = BUF_INIT(BUF_TEXT_CAP);
    template_append_yaml(template, &yaml);
    template_append_json(template, &json);
    if (present)
        assert_non_null(strstr(buf_str(&yaml), present));
    if (absent) {
        assert_null(strstr(buf_str(&yaml), absent));
        assert_null(strstr(buf_str(&json), absent));
    }
}

#define FUNCTION "Resources/Function/Properties/"
#define VARIABLES FUNCTION "Environment/Variables/"
#define STATEMENT "Resources/Role/Properties/Policies/0/PolicyDocument/Statement/"

static void test_knows_its_maker(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    json_t *template = make(&stack);
    assert_at(template, "Metadata/" TEMPLATE_METADATA "/Version", "\"" LORRY_VERSION "\"");
    assert_at(template, "Resources/Table/Properties/Tags",
              "[{\"Key\":\"ProjectName\",\"Value\":\"testdrive-dynamodb\"},"
              "{\"Key\":\"Stage\",\"Value\":\"dev\"}]");
    json_decref(template);
}

static void test_same_bytes(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    cleanup_buf struct buf one = BUF_INIT(BUF_TEXT_CAP), two = BUF_INIT(BUF_TEXT_CAP);
    json_t *first = make(&stack), *second = make(&stack);
    template_append_yaml(first, &one);
    template_append_yaml(second, &two);
    assert_string_equal(buf_str(&one), buf_str(&two));
    assert_true(one.len < TEMPLATE_INLINE_MAX);
    json_decref(first);
    json_decref(second);
}

static void test_existing(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    stack.source.existing = stack.stream.existing = true;
    stack.stream.name = "odd${Name}$";
    json_t *template = make(&stack);
    assert_at(template, "Resources/Table", NULL);
    assert_at(template, "Resources/Stream", NULL);
    const char *arn = "{\"Fn::Sub\":\"arn:${AWS::Partition}:kinesis:${AWS::Region}:"
                      "${AWS::AccountId}:stream/odd${!Name}$\"}";
    assert_at(template, "Resources/Mapping/Properties/EventSourceArn", arn);
    assert_at(template, STATEMENT "0/Resource", arn);
    assert_at(template, "Outputs/StreamArn/Value", arn);
    json_decref(template);
}

static void test_shards(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    json_t *template = make(&stack);
    assert_at(template, "Resources/Stream/Properties/ShardCount", NULL);
    json_decref(template);
    stack.stream.shards = 4;
    template = make(&stack);
    assert_at(template, "Resources/Stream/Properties/ShardCount", "4");
    assert_at(template, "Resources/Stream/Properties/StreamModeDetails/StreamMode",
              "\"PROVISIONED\"");
    json_decref(template);
}

static void test_fate_of_the_data(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    json_t *template = make(&stack);
    assert_at(template, "Resources/Table/DeletionPolicy", "\"RetainExceptOnCreate\"");
    assert_at(template, "Resources/Table/UpdateReplacePolicy", "\"Retain\"");
    assert_at(template, "Resources/Stream/DeletionPolicy", "\"RetainExceptOnCreate\"");
    json_decref(template);
    stack.source.retain = false;
    template = make(&stack);
    assert_at(template, "Resources/Table/DeletionPolicy", "\"Delete\"");
    assert_at(template, "Resources/Table/UpdateReplacePolicy", "\"Delete\"");
    assert_at(template, "Resources/Stream/DeletionPolicy", "\"Delete\"");
    json_decref(template);
}

static void test_log_for_ever(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    stack.processor.log_retention_days = 0;
    json_t *template = make(&stack);
    assert_at(template, "Resources/LogGroup/Properties/RetentionInDays", NULL);
    json_decref(template);
}

static const struct {
    struct stack_password password;
    const char *url;
    bool parameter;
    const char *resource; /* of the statement that lets the password be read */
} passwords[] = {
    {{0}, "crate://admin@h:4200/", false, NULL},
    {{0}, "crate://admin:sesame@h:4200/", true, NULL},
    {{0}, "crate://admin:@h:4200/", false, NULL},
    {{.variable = "SESAME"}, "crate://admin@h:4200/", true, NULL},
    {{.secret = "a/b"},
     "crate://admin:sesame@h:4200/",
     false,
     "{\"Fn::Sub\":\"arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:"
     "secret:a/b-??????\"}"},
    {{.secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a/b-AbC123"},
     "crate://admin@h:4200/",
     false,
     "\"arn:aws:secretsmanager:eu-central-1:123456789012:secret:a/b-AbC123\""},
    {{.secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a/b"},
     "crate://admin@h:4200/",
     false,
     "\"arn:aws:secretsmanager:eu-central-1:123456789012:secret:a/b-??????\""},
    {{.ssm = "/a/b"},
     "crate://admin@h:4200/",
     false,
     "{\"Fn::Sub\":\"arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:"
     "parameter/a/b\"}"},
    {{.ssm = "b"},
     "crate://admin@h:4200/",
     false,
     "{\"Fn::Sub\":\"arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/b\"}"},
    {{.ssm = "arn:aws:ssm:eu-central-1:123456789012:parameter/b"},
     "crate://admin@h:4200/",
     false,
     "\"arn:aws:ssm:eu-central-1:123456789012:parameter/b\""},
};

static void test_passwords(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
        struct stack stack = documented_pipeline();
        stack.sink.url = passwords[i].url;
        stack.sink.password = passwords[i].password;
        json_t *template = make(&stack);
        bool parameter = passwords[i].parameter;
        assert_at(template, VARIABLES "SINK_URL", "\"crate://admin@h:4200/\"");
        assert_at(template, VARIABLES "SINK_PASSWORD",
                  parameter ? "{\"Ref\":\"SinkPassword\"}" : NULL);
        assert_at(template, "Parameters/SinkPassword/NoEcho", parameter ? "true" : NULL);
        assert_at(template, STATEMENT "4/Resource", passwords[i].resource);
        assert_texts(template, NULL, "sesame");
        json_decref(template);
    }
}

struct taken {
    struct buf text; /* "parameter variable value from" a line */
};

static void take(void *user, const struct template_secret *secret)
{
    struct taken *taken = user;
    buf_printf(&taken->text, "%s %s %s %s\n", secret->parameter, secret->variable,
               secret->value ? secret->value : "-", secret->from ? secret->from : "-");
}

static void assert_secrets(const struct stack *stack, const char *expected)
{
    struct taken taken = {BUF_INIT(4096)};
    template_each_secret(stack, take, &taken);
    assert_string_equal(buf_str(&taken.text), expected);
    buf_release(&taken.text);
}

static void test_secrets(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    struct stack_pair variables[] = {{"API_TOKEN", "sesame"},
                                     {"LOG_LEVEL", "INFO"},
                                     {"OTHER_SINK", "https://me:sesame@h/"},
                                     {"PLAIN_SINK", "https://me@h/"}};
    assert_secrets(&stack, "");
    stack.processor.environment = variables;
    stack.processor.environment_count = ARRAY_LEN(variables);
    stack.sink.password.secret = NULL;
    stack.sink.url = "crate://admin:open%20sesame@h/";
    assert_secrets(&stack, "SinkPassword SINK_PASSWORD open sesame -\n"
                           "SecretAPITOKEN API_TOKEN sesame -\n"
                           "SecretOTHERSINK OTHER_SINK https://me:sesame@h/ -\n");
    json_t *template = make(&stack);
    assert_at(template, VARIABLES "API_TOKEN", "{\"Ref\":\"SecretAPITOKEN\"}");
    assert_at(template, VARIABLES "PLAIN_SINK", "\"https://me@h/\"");
    assert_at(template, "Parameters/SecretAPITOKEN/NoEcho", "true");
    assert_texts(template, NULL, "sesame");
    json_decref(template);

    stack.sink.password.variable = "MINE";
    stack.processor.environment_count = 0;
    assert_secrets(&stack, "SinkPassword SINK_PASSWORD - MINE\n");
}

static void test_secret_of_several_members(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    stack.sink.password.secret_key = "crate";
    json_t *template = make(&stack);
    assert_at(template, VARIABLES "SINK_PASSWORD_SECRET", "\"lorry/testdrive\"");
    assert_at(template, VARIABLES "SINK_PASSWORD_SECRET_KEY", "\"crate\"");
    json_decref(template);
}

static void test_tombstones_outlive_the_stream(void **state)
{
    (void)state;
    static const struct {
        int hours;
        const char *expected;
    } cases[] = {{24, "\"7d\""}, {168, "\"7d\""}, {169, "\"169h\""}, {240, "\"10d\""}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stack stack = documented_pipeline();
        stack.stream.retention_hours = cases[i].hours;
        json_t *template = make(&stack);
        assert_at(template, VARIABLES "SINK_TOMBSTONE_RETENTION", cases[i].expected);
        json_decref(template);
    }
}

static void test_lag(void **state)
{
    (void)state;
    static const struct {
        int hours, max_age_s;
        const char *expected;
    } cases[] = {{24, 72000, "18000000"},
                 {24, -1, "21600000"},
                 {24, 604800, "21600000"},
                 {24, 60, "15000"},
                 {8760, -1, "7884000000"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stack stack = documented_pipeline();
        stack.stream.retention_hours = cases[i].hours;
        stack.processor.batch.max_age_s = cases[i].max_age_s;
        json_t *template = make(&stack);
        assert_at(template, "Resources/IteratorAgeAlarm/Properties/Threshold", cases[i].expected);
        json_decref(template);
    }
}

static void test_environment(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    struct stack_pair variables[] = {{"LOG_LEVEL", "debug"}, {"SINK_TOMBSTONE_RETENTION", "30d"}};
    stack.processor.environment = variables;
    stack.processor.environment_count = ARRAY_LEN(variables);
    json_t *template = make(&stack);
    assert_at(template, FUNCTION "LoggingConfig/ApplicationLogLevel", "\"DEBUG\"");
    assert_at(template, VARIABLES "SINK_TOMBSTONE_RETENTION", "\"30d\"");
    assert_at(template, VARIABLES "REPORT_BATCH_ITEM_FAILURES", "\"true\"");
    json_decref(template);
}

static void test_topic(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    json_t *template = make(&stack);
    assert_texts(template, NULL, "Actions:");
    json_decref(template);
    stack.alarm_topic = "arn:aws:sns:eu-central-1:123456789012:alarms";
    template = make(&stack);
    const char *actions = "[\"arn:aws:sns:eu-central-1:123456789012:alarms\"]";
    assert_at(template, "Resources/IteratorAgeAlarm/Properties/AlarmActions", actions);
    assert_at(template, "Resources/IteratorAgeAlarm/Properties/OKActions", actions);
    assert_at(template, "Resources/DeadLettersAlarm/Properties/AlarmActions", actions);
    assert_at(template, "Resources/DeadLettersAlarm/Properties/OKActions", NULL);
    json_decref(template);
}

static void test_outputs_of_the_predecessor(void **state)
{
    (void)state;
    static const struct {
        const char *name, *output;
    } cases[] = {
        {"DynamoDBCrateDBProcessor", "DynamoDBCrateDBProcessorArn"},
        {"my-pro_cessor-2", "myprocessor2Arn"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stack stack = documented_pipeline();
        stack.processor.name = cases[i].name;
        json_t *template = make(&stack);
        assert_at(at(at(template, "Outputs"), cases[i].output), "Value",
                  "{\"Fn::GetAtt\":[\"Function\",\"Arn\"]}");
        assert_at(template, "Outputs/IamRoleForLambdaExecutionArn/Value",
                  "{\"Fn::GetAtt\":[\"Role\",\"Arn\"]}");
        json_decref(template);
    }
    /* Ours is the one that stays. */
    struct stack stack = documented_pipeline();
    stack.processor.name = "Stream";
    json_t *template = make(&stack);
    assert_at(template, "Outputs/StreamArn/Value", "{\"Fn::GetAtt\":[\"Stream\",\"Arn\"]}");
    json_decref(template);
}

static void assert_refused(const struct stack *stack, const char *message)
{
    struct error err = {0};
    assert_null(template_make(stack, &err));
    assert_int_equal(err.domain, ERROR_SETTING);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
}

static void test_refused(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    struct stack_pair variable = {"SINK_PASSWORD", "sesame"}, tag = {"Stage", "x"};
    stack.processor.environment = &variable;
    stack.processor.environment_count = 1;
    assert_refused(&stack, "\"SINK_PASSWORD\" is set by lorry, from \"sink.password\"");
    struct stack_pair alike[] = {{"API_TOKEN", "a"}, {"APITOKEN", "b"}};
    stack.processor.environment = alike;
    stack.processor.environment_count = ARRAY_LEN(alike);
    assert_refused(&stack, "\"API_TOKEN\" and \"APITOKEN\" would be one parameter");
    stack.processor.environment_count = 0;

    stack.tags = &tag;
    stack.tag_count = 1;
    assert_refused(&stack, "tag \"Stage\" is set by lorry itself");
    tag = (struct stack_pair){"a", "\xFF"};
    assert_refused(&stack, "not valid UTF-8");
    stack.tag_count = 0;

    stack.sink.url = "example.com";
    assert_refused(&stack, "sink.url: not a URL");
    stack = documented_pipeline();
    stack.stage = "\xFF";
    assert_refused(&stack, "not valid UTF-8");
    stack = documented_pipeline();
    stack.source.keys[1].name = "\xFF";
    assert_refused(&stack, "not valid UTF-8");
    stack = documented_pipeline();
    stack.source.table = "\xFF";
    stack.source.existing = true;
    assert_refused(&stack, "not valid UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knows_its_maker),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_existing),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_fate_of_the_data),
        cmocka_unit_test(test_log_for_ever),
        cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_secret_of_several_members),
        cmocka_unit_test(test_tombstones_outlive_the_stream),
        cmocka_unit_test(test_lag),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_topic),
        cmocka_unit_test(test_outputs_of_the_predecessor),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
