/* What a call does about failures: retries, the clock, the credentials. */
#include "unit.h"

#include <stdio.h>

#include "aws/call.h"
#include "aws/dynamodb.h"
#include "base/memory.h"
#include "support/http_script.h"

#define NOW_US 1440938160000000 /* 2015-08-30T12:36:00Z */

static const struct aws_service service = {
    .name = "Toy",
    .host = "toy",
    .signing_name = "toy",
    .variable = "TOY",
    .protocol = &aws_protocol_json_1_1,
    .target = "Toy",
};
static const struct aws_operation operation = {.service = &service, .name = "Play"};

/* A clock that moves only when somebody sleeps, credentials that count, a server with a script. */
struct stage {
    struct clock clock;
    struct aws_credentials_provider provider;
    struct http_script_course course;
    struct aws_retry retry;
    int64_t now_us, slept_ms;
    int sleeps, gets, expired;
    char dates[8][32], keys[8][16]; /* of the requests that came */
    int64_t deadlines[8];
};

static struct stage *stage_of_clock(struct clock *clock)
{
    return (struct stage *)clock;
}

static int64_t now_us(struct clock *clock)
{
    return stage_of_clock(clock)->now_us;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    struct stage *stage = stage_of_clock(clock);
    stage->now_us += ms * 1000;
    stage->slept_ms += ms;
    stage->sleeps++;
}

static struct stage *stage_of_provider(struct aws_credentials_provider *provider)
{
    return (struct stage *)(void *)((char *)provider - offsetof(struct stage, provider));
}

static int get(struct aws_credentials_provider *provider, struct aws_credentials *credentials,
               struct error *err)
{
    struct stage *stage = stage_of_provider(provider);
    char id[16];
    (void)err;
    stage->gets++;
    snprintf(id, sizeof(id), "KEY%d", stage->expired);
    *credentials = (struct aws_credentials){xstrdup(id), xstrdup("secret"), NULL};
    return 0;
}

static void expired(struct aws_credentials_provider *provider)
{
    stage_of_provider(provider)->expired++;
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    struct stage *stage = user;
    size_t i = stage->course.next;
    struct view authorization = http_script_request_header(request, "authorization");
    snprintf(stage->dates[i], sizeof(stage->dates[i]), "%.*s",
             VIEW_ARG(http_script_request_header(request, "x-amz-date")));
    const char *key = memmem(authorization.ptr, authorization.len, "KEY", 3);
    snprintf(stage->keys[i], sizeof(stage->keys[i]), "%.4s", key ? key : "");
    stage->deadlines[i] = request->deadline_ms;
    return http_script_play(&stage->course, request, response, err);
}

#define STAGE(...)                                                                                 \
    (struct stage)                                                                                 \
    {                                                                                              \
        .clock = {.now_us = now_us, .sleep_ms = sleep_ms}, .provider = {get, expired},             \
        .retry = {.attempts = 3, .tokens = 500}, .now_us = NOW_US,                                 \
        .course.steps = (const struct http_script_step[]){__VA_ARGS__},                            \
        .course.count =                                                                            \
            sizeof((struct http_script_step[]){__VA_ARGS__}) / sizeof(struct http_script_step)     \
    }

static struct aws_client client_of(struct stage *stage)
{
    return (struct aws_client){.http = http_script_new(serve, stage),
                               .credentials = &stage->provider,
                               .clock = &stage->clock,
                               .region = "eu-central-1",
                               .timeout_ms = 5000,
                               .retry = &stage->retry};
}

/* The whole script has to be played. */
static int call(struct stage *stage, struct aws_client *client, struct error *err)
{
    struct http_response answer = {0};
    const struct aws_call toy = {
        .operation = &operation, .subject = "s", .body = VIEW("{}"), .response_cap = 1000};
    int result = aws_call(client, &toy, &answer, err);
    if (result == 0)
        assert_string_equal(buf_str(&answer.body), "{}");
    else
        assert_null(answer.body.ptr);
    http_response_release(&answer);
    assert_int_equal(stage->course.next, stage->course.count);
    return result;
}

static int call_once(struct stage *stage, struct error *err)
{
    struct aws_client client = client_of(stage);
    int result = call(stage, &client, err);
    http_client_free(client.http);
    return result;
}

#define DONE                                                                                       \
    {                                                                                              \
        .status = 200, .answer = "{}"                                                              \
    }
#define BUSY                                                                                       \
    {                                                                                              \
        .status = 503, .answer = ""                                                                \
    }

static void test_retries(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(BUSY, {.status = 0, .answer = "time ran out"}, DONE);
    assert_int_equal(call_once(&stage, &err), 0);
    assert_int_equal(stage.sleeps, 2);
    assert_int_equal(stage.gets, 3);
    assert_int_equal(stage.retry.tokens, 500 - 14);
    stage = STAGE(BUSY, BUSY, BUSY);
    assert_int_equal(call_once(&stage, &err), -1);
    assert_true(err.retry);
    assert_int_equal(err.code, 503);
    assert_int_equal(stage.retry.tokens, 500 - 28);
    stage = STAGE({.status = 400, .answer = "{\"__type\":\"ValidationException\"}"});
    assert_int_equal(call_once(&stage, &err), -1);
    assert_string_equal(err.name, "ValidationException");
    assert_int_equal(stage.retry.tokens, 500);
}

/* Tokens that a call lost for good are not given back by the next one. */
static int take_nothing(void *user, const json_t *item, struct error *err)
{
    (void)user;
    (void)item;
    (void)err;
    return 0;
}

#define DUPLICATE                                                                                  \
    {                                                                                              \
        .status = 400, .answer = "{\"__type\":\"DuplicateItemException\",\"Message\":\"there\"}"   \
    }
#define LOST                                                                                       \
    {                                                                                              \
        .status = 0, .answer = "time ran out"                                                      \
    }

/* What was refused may have been done by a try whose answer got lost. */
static void test_repeated(void **state)
{
    (void)state;
    static const char insert[] = "INSERT INTO \"t\" VALUE {'id': 'a'}";
    const struct dynamodb_statement statement = {.text = VIEW(insert)};
    static const struct {
        struct http_script_step first;
        bool repeated;
    } cases[] = {{LOST, true},
                 {{.status = 500, .answer = "{}"}, true},
                 {{.status = 400, .answer = "{\"__type\":\"ThrottlingException\"}"}, false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stage stage = STAGE(cases[i].first, DUPLICATE);
        struct aws_client client = client_of(&stage);
        struct error err = {0};
        assert_int_equal(dynamodb_execute_statement(&client, &statement, take_nothing, NULL, &err),
                         -1);
        assert_int_equal(err.repeated, cases[i].repeated);
        assert_true(error_is(&err, "DuplicateItemException"));
        assert_int_equal(strstr(err.message, "may have inserted it: look before") != NULL,
                         cases[i].repeated);
        http_client_free(client.http);
    }
    struct stage stage = STAGE(DUPLICATE);
    struct aws_client client = client_of(&stage);
    struct error err = {0};
    assert_int_equal(dynamodb_execute_statement(&client, &statement, take_nothing, NULL, &err), -1);
    assert_false(err.repeated);
    assert_null(strstr(err.message, "may have inserted it"));
    http_client_free(client.http);
}

static void test_tokens_of_a_failed_call(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(BUSY, BUSY, BUSY);
    struct aws_client client = client_of(&stage);
    assert_int_equal(call(&stage, &client, &err), -1);
    stage.course = (struct http_script_course){(const struct http_script_step[]){DONE}, 1, 0};
    assert_int_equal(call(&stage, &client, &err), 0);
    assert_int_equal(stage.retry.tokens, 500 - 28 + 1);
    http_client_free(client.http);
}

static void test_an_outage_ends_retries(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(BUSY);
    stage.retry.tokens = 13;
    assert_int_equal(call_once(&stage, &err), -1);
    assert_int_equal(stage.sleeps, 0);
    stage = STAGE({.status = 429, .answer = ""}, BUSY);
    stage.retry.tokens = 13;
    assert_int_equal(call_once(&stage, &err), -1);
    assert_int_equal(stage.sleeps, 1);
    assert_int_equal(stage.retry.tokens, 8);
}

static void test_statuses(void **state)
{
    (void)state;
    static const struct {
        int status;
        bool retry;
    } cases[] = {{500, true},  {501, false}, {502, true},  {503, true},  {504, true},
                 {505, false}, {301, false}, {400, false}, {403, false}, {404, false},
                 {408, false}, {409, false}, {413, false}, {429, true}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        struct stage stage = STAGE({.status = cases[i].status, .answer = ""});
        stage.retry.attempts = 1;
        assert_int_equal(call_once(&stage, &err), -1);
        if (err.retry != cases[i].retry)
            fail_msg("%d", cases[i].status);
    }
}

static void test_wanted_pause(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int64_t least_ms, most_ms;
    } cases[] = {
        {"retry-after: 7\n", 7000, 7000},
        {"x-amz-retry-after: 700\n", 700, 700},
        {"retry-after: 9\nx-amz-retry-after: 700\n", 700, 700},
        {"retry-after: 3600\n", 20000, 20000},
        {"retry-after: 0\n", 0, 50},
        {"retry-after: -5\n", 0, 50},
        {"retry-after: 1e3\n", 0, 50},
        {"retry-after: 99999999999999999999\n", 0, 50},
        {"retry-after: Wed, 21 Oct 2015 07:28:00 GMT\n", 0, 50},
        {"x-other: 5\n", 0, 50},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        struct stage stage = STAGE({.status = 503, .header = cases[i].header, .answer = ""}, DONE);
        assert_int_equal(call_once(&stage, &err), 0);
        if (stage.slept_ms < cases[i].least_ms || stage.slept_ms > cases[i].most_ms)
            fail_msg("%s: %d ms", cases[i].header, (int)stage.slept_ms);
    }
}

/* Every try has the whole time-out. */
static void test_deadlines(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(BUSY, BUSY, DONE);
    int64_t begin = clock_system.steady_ms(&clock_system);
    assert_int_equal(call_once(&stage, &err), 0);
    int64_t end = clock_system.steady_ms(&clock_system);
    for (int i = 0; i < 3; i++)
        assert_in_range(stage.deadlines[i], begin + 5000, end + 5000);
}

#define SKEWED(date)                                                                               \
    {                                                                                              \
        .status = 403, .header = "date: " date "\n",                                               \
        .answer = "{\"__type\":\"RequestTimeTooSkewed\"}"                                          \
    }
#define HOUR_LATER "Sun, 30 Aug 2015 13:36:00 GMT"
#define TWO_HOURS_LATER "Sun, 30 Aug 2015 14:36:00 GMT"
#define HALF_A_MINUTE_LATER "Sun, 30 Aug 2015 12:36:30 GMT"

static void test_skew(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(SKEWED(HOUR_LATER), DONE);
    struct aws_client client = client_of(&stage);
    stage.retry.attempts = 1; /* it is not one of the retries */
    assert_int_equal(call(&stage, &client, &err), 0);
    assert_string_equal(stage.dates[0], "20150830T123600Z");
    assert_string_equal(stage.dates[1], "20150830T133600Z");
    assert_int_equal(stage.sleeps, 0);
    assert_int_equal(stage.retry.tokens, 500);
    /* The next call knows, and a clock that moves again is followed again. */
    stage.course = (struct http_script_course){
        (const struct http_script_step[]){SKEWED(TWO_HOURS_LATER), DONE}, 2, 0};
    assert_int_equal(call(&stage, &client, &err), 0);
    assert_string_equal(stage.dates[0], "20150830T133600Z");
    assert_string_equal(stage.dates[1], "20150830T143600Z");
    http_client_free(client.http);
}

static void test_skew_is_corrected_once(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(SKEWED(HOUR_LATER), SKEWED(TWO_HOURS_LATER));
    assert_int_equal(call_once(&stage, &err), -1);
    assert_string_equal(err.name, "RequestTimeTooSkewed");
    stage = STAGE(SKEWED(HOUR_LATER), SKEWED(HOUR_LATER));
    assert_int_equal(call_once(&stage, &err), -1);
}

static void test_names_of_skew(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool again;
    } cases[] = {
        {"{\"__type\":\"RequestTimeTooSkewed\"}", true},
        {"{\"__type\":\"RequestExpired\"}", true},
        {"{\"__type\":\"RequestInTheFuture\"}", true},
        {"{\"__type\":\"InvalidSignatureException\"}", true},
        {"{\"__type\":\"SignatureDoesNotMatch\"}", true},
        {"{\"__type\":\"AuthFailure\"}", true},
        {"", true}, /* as to HEAD */
        {"{\"__type\":\"AccessDenied\"}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        const char *date = "date: " HOUR_LATER "\n";
        struct stage stage = STAGE({.status = 403, .header = date, .answer = cases[i].body}, DONE);
        stage.course.count = cases[i].again ? 2 : 1;
        assert_int_equal(call_once(&stage, &err), cases[i].again ? 0 : -1);
    }
}

/* The clock was right, or nothing tells how wrong it is: the refusal has another reason. */
static void test_no_skew(void **state)
{
    (void)state;
    static const char *const headers[] = {"date: " HALF_A_MINUTE_LATER "\n", "date: yesterday\n",
                                          "x-date: " HOUR_LATER "\n", "date: Sun, 30 Aug 2015\n",
                                          "date: \n"};
    for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
        struct error err = {0};
        struct stage stage = STAGE({.status = 403,
                                    .header = headers[i],
                                    .answer = "{\"__type\":\"SignatureDoesNotMatch\"}"});
        assert_int_equal(call_once(&stage, &err), -1);
        assert_string_equal(err.name, "SignatureDoesNotMatch");
    }
}

#define EXPIRED(code)                                                                              \
    {                                                                                              \
        .status = 400, .answer = "{\"__type\":\"" code "\"}"                                       \
    }

static void test_expired_credentials(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(EXPIRED("ExpiredTokenException"), DONE);
    stage.retry.attempts = 1;
    assert_int_equal(call_once(&stage, &err), 0);
    assert_int_equal(stage.expired, 1);
    assert_string_equal(stage.keys[0], "KEY0");
    assert_string_equal(stage.keys[1], "KEY1");
    assert_int_equal(stage.retry.tokens, 500);
    stage = STAGE(EXPIRED("ExpiredToken"), EXPIRED("ExpiredToken"));
    assert_int_equal(call_once(&stage, &err), -1);
    assert_int_equal(stage.expired, 1);
    assert_string_equal(err.message, "Toy \"s\": ExpiredToken (HTTP 400); the AWS credentials have "
                                     "expired: renew them");
    /* Nothing to be renewed. */
    stage = STAGE(EXPIRED("ExpiredToken"));
    stage.provider.expired = NULL;
    assert_int_equal(call_once(&stage, &err), -1);
    stage = STAGE(EXPIRED("UnrecognizedClientException"));
    assert_int_equal(call_once(&stage, &err), -1);
    assert_int_equal(stage.expired, 0);
}

/* All remedies in one call, each once. */
static void test_all_at_once(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(SKEWED(HOUR_LATER), EXPIRED("ExpiredToken"), BUSY, BUSY, DONE);
    assert_int_equal(call_once(&stage, &err), 0);
    assert_int_equal(stage.sleeps, 2);
}

/* Without retries the remedies are taken all the same. */
static void test_no_retries(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(SKEWED(HOUR_LATER), BUSY);
    struct aws_client client = client_of(&stage);
    client.retry = NULL;
    assert_int_equal(call(&stage, &client, &err), -1);
    assert_int_equal(err.code, 503);
    assert_int_equal(stage.sleeps, 0);
    http_client_free(client.http);
}

static void test_no_escape_sequences(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(
        {.status = 400, .answer = "{\"__type\":\"A\\u001b[2J\",\"message\":\"b\\u0007\\u007fc\"}"});
    assert_int_equal(call_once(&stage, &err), -1);
    assert_string_equal(err.message, "Toy \"s\": A [2J (HTTP 400): b  c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_tokens_of_a_failed_call),
        cmocka_unit_test(test_an_outage_ends_retries),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_wanted_pause),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_skew),
        cmocka_unit_test(test_skew_is_corrected_once),
        cmocka_unit_test(test_names_of_skew),
        cmocka_unit_test(test_no_skew),
        cmocka_unit_test(test_expired_credentials),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_no_retries),
        cmocka_unit_test(test_no_escape_sequences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
