/* The numbers of the standard mode; how calls use them is tested in test_tries.c. */
#include "unit.h"

#include <stdlib.h>

#include "aws/retry.h"

struct slept {
    struct clock clock;
    int64_t last_ms;
    int times;
};

static void sleep_ms(struct clock *clock, int64_t ms)
{
    struct slept *slept = (struct slept *)clock;
    slept->last_ms = ms;
    slept->times++;
}

static struct error failure(const char *name, int status)
{
    struct error err = {0};
    error_set_retry(&err, ERROR_AWS, status, "x");
    error_set_name(&err, name);
    return err;
}

static void test_attempts(void **state)
{
    (void)state;
    static const struct {
        const char *variable;
        unsigned attempts; /* 0: refused */
    } cases[] = {{"", 3},   {"1", 1},  {"10", 10}, {"2147483647", 2147483647}, {"0", 0}, {"-1", 0},
                 {"3x", 0}, {" 3", 0}, {"x", 0},   {"99999999999999999999", 0}};
    struct aws_retry retry;
    struct error err;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        setenv("AWS_MAX_ATTEMPTS", cases[i].variable, 1);
        assert_int_equal(aws_retry_init(&retry, &err), cases[i].attempts ? 0 : -1);
        if (cases[i].attempts)
            assert_int_equal(retry.attempts, cases[i].attempts);
        else
            assert_string_equal(err.message, "AWS_MAX_ATTEMPTS is no number from 1 on");
    }
    unsetenv("AWS_MAX_ATTEMPTS");
    assert_int_equal(aws_retry_init(&retry, &err), 0);
    assert_int_equal(retry.attempts, 3);
    assert_int_equal(retry.tokens, 500);
}

static void test_tries_run_out(void **state)
{
    (void)state;
    struct slept slept = {.clock.sleep_ms = sleep_ms};
    struct aws_retry retry = {.attempts = 3, .tokens = 500};
    struct aws_tries tries = {0};
    struct error err = failure("", 503);
    assert_true(aws_retry_wait(&retry, &slept.clock, &tries, &err, -1));
    assert_true(aws_retry_wait(&retry, &slept.clock, &tries, &err, -1));
    assert_false(aws_retry_wait(&retry, &slept.clock, &tries, &err, -1));
    assert_int_equal(slept.times, 2);
    assert_int_equal(retry.tokens, 500 - 2 * 14);
    /* One attempt is none to repeat. */
    retry.attempts = 1;
    assert_false(aws_retry_wait(&retry, &slept.clock, &(struct aws_tries){0}, &err, -1));
    assert_int_equal(slept.times, 2);
}

static void test_final_failures(void **state)
{
    (void)state;
    struct slept slept = {.clock.sleep_ms = sleep_ms};
    struct aws_retry retry = {.attempts = 3, .tokens = 500};
    struct error err = failure("", 503);
    err.retry = false;
    assert_false(aws_retry_wait(&retry, &slept.clock, &(struct aws_tries){0}, &err, 5));
    assert_int_equal(slept.times, 0);
    assert_int_equal(retry.tokens, 500);
}

static void test_costs(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int status;
        unsigned cost;
    } cases[] = {{"", 500, 14},        {"", 429, 5},
                 {"SlowDown", 503, 5}, {"ThrottlingException", 400, 5},
                 {"Other", 503, 14},   {"RequestTimeout", 400, 14}};
    struct slept slept = {.clock.sleep_ms = sleep_ms};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = failure(cases[i].name, cases[i].status);
        struct aws_retry retry = {.attempts = 3, .tokens = 2 * cases[i].cost};
        struct aws_tries tries = {0};
        assert_true(aws_retry_wait(&retry, &slept.clock, &tries, &err, -1));
        assert_int_equal(retry.tokens, cases[i].cost);
        assert_int_equal(tries.lent, cases[i].cost);
        /* The bucket is empty when it has one token less than is needed. */
        retry.tokens--;
        assert_false(aws_retry_wait(&retry, &slept.clock, &tries, &err, -1));
        assert_int_equal(retry.tokens, cases[i].cost - 1);
    }
    /* No answer at all. */
    struct aws_retry retry = {.attempts = 3, .tokens = 20};
    struct error err = {0};
    error_set_retry(&err, ERROR_NET, 429, "time ran out");
    assert_true(aws_retry_wait(&retry, &slept.clock, &(struct aws_tries){0}, &err, -1));
    assert_int_equal(retry.tokens, 6);
}

static void test_tokens_come_back(void **state)
{
    (void)state;
    struct aws_retry retry = {.attempts = 3, .tokens = 100};
    aws_retry_succeeded(&retry, &(struct aws_tries){0});
    assert_int_equal(retry.tokens, 101);
    aws_retry_succeeded(&retry, &(struct aws_tries){.failed = 2, .lent = 14});
    assert_int_equal(retry.tokens, 115);
    retry.tokens = 499;
    aws_retry_succeeded(&retry, &(struct aws_tries){.failed = 1, .lent = 5});
    assert_int_equal(retry.tokens, 500);
    aws_retry_succeeded(&retry, &(struct aws_tries){0});
    assert_int_equal(retry.tokens, 500);
}

/* The shortest and longest of many pauses behind try number `failed`. */
static void sample(const struct error *err, unsigned failed, int64_t wanted_ms, int64_t range[2])
{
    struct slept slept = {.clock.sleep_ms = sleep_ms};
    range[0] = INT64_MAX;
    range[1] = 0;
    for (int i = 0; i < 2000; i++) {
        struct aws_retry retry = {.attempts = 100, .tokens = 500};
        struct aws_tries tries = {.failed = failed - 1};
        assert_true(aws_retry_wait(&retry, &slept.clock, &tries, err, wanted_ms));
        range[0] = slept.last_ms < range[0] ? slept.last_ms : range[0];
        range[1] = slept.last_ms > range[1] ? slept.last_ms : range[1];
    }
}

/* Anything from 0 to the limit, evenly: both ends come close within 2,000 draws. */
static void test_backoff(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned failed;
        int64_t most_ms;
    } cases[] = {{"", 1, 50},           {"", 2, 100},          {"", 3, 200},
                 {"", 9, 12800},        {"", 10, 20000},       {"", 99, 20000},
                 {"SlowDown", 1, 1000}, {"SlowDown", 2, 2000}, {"SlowDown", 5, 16000},
                 {"SlowDown", 6, 20000}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = failure(cases[i].name, 503);
        int64_t range[2];
        sample(&err, cases[i].failed, -1, range);
        assert_true(range[0] <= cases[i].most_ms / 20);
        assert_in_range(range[1], cases[i].most_ms - cases[i].most_ms / 20, cases[i].most_ms);
    }
}

static void test_wanted_pause(void **state)
{
    (void)state;
    struct error err = failure("SlowDown", 503);
    int64_t range[2];
    sample(&err, 1, 5000, range);
    assert_int_equal(range[0], 5000);
    assert_int_equal(range[1], 5000);
    sample(&err, 1, 86400000, range);
    assert_int_equal(range[0], 20000);
    assert_int_equal(range[1], 20000);
    sample(&err, 1, 300, range); /* no less than that, but it may be more */
    assert_int_equal(range[0], 300);
    assert_in_range(range[1], 900, 1000);
    sample(&err, 1, 0, range);
    assert_in_range(range[1], 900, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempts),         cmocka_unit_test(test_tries_run_out),
        cmocka_unit_test(test_final_failures),   cmocka_unit_test(test_costs),
        cmocka_unit_test(test_tokens_come_back), cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_wanted_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
