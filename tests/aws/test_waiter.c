#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/waiter.h"

struct stage {
    struct clock clock;
    int64_t now_ms, shortest_ms, longest_ms;
    int asked;
    int done_at; /* which question finds it done; 0: none does */
    enum aws_wait_state meanwhile;
    bool passes;   /* what AWS_WAIT_FAILED reports */
    char told[64]; /* last */
};

static int64_t steady_ms(struct clock *clock)
{
    return ((struct stage *)clock)->now_ms;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    struct stage *stage = (struct stage *)clock;
    assert_true(ms >= 0);
    stage->now_ms += ms;
    if (!stage->shortest_ms || ms < stage->shortest_ms)
        stage->shortest_ms = ms;
    if (ms > stage->longest_ms)
        stage->longest_ms = ms;
}

static enum aws_wait_state poll(void *user, struct error *err)
{
    struct stage *stage = user;
    if (++stage->asked == stage->done_at)
        return AWS_WAIT_DONE;
    if (stage->meanwhile == AWS_WAIT_FAILED)
        error_set(err, ERROR_AWS, 503, "it broke");
    err->retry = stage->passes;
    return stage->meanwhile;
}

static void tell(void *user, const char *text)
{
    struct stage *stage = user;
    snprintf(stage->told, sizeof(stage->told), "%s", text);
}

static int wait_for(struct stage *stage, int64_t interval_ms, int64_t timeout_ms, struct error *err)
{
    stage->clock = (struct clock){.steady_ms = steady_ms, .sleep_ms = sleep_ms};
    const struct aws_waiter waiter = {.clock = &stage->clock,
                                      .what = "the stack",
                                      .interval_ms = interval_ms,
                                      .timeout_ms = timeout_ms,
                                      .poll = poll,
                                      .user = stage,
                                      .tell = tell,
                                      .tell_user = stage};
    return aws_wait(&waiter, err);
}

static void test_done(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = {.done_at = 1, .meanwhile = AWS_WAIT_AGAIN};
    assert_int_equal(wait_for(&stage, 1000, 0, &err), 0);
    assert_int_equal(stage.now_ms, 0);
    assert_string_equal(stage.told, ""); /* nobody has to wait */
    stage = (struct stage){.done_at = 1000, .meanwhile = AWS_WAIT_AGAIN};
    assert_int_equal(wait_for(&stage, 1000, 10000000, &err), 0);
    assert_int_equal(stage.asked, 1000);
    /* 999 pauses, spread evenly around the interval */
    assert_in_range(stage.shortest_ms, 750, 770);
    assert_in_range(stage.longest_ms, 1230, 1250);
    assert_in_range(stage.now_ms, 970000, 1030000);
}

static void test_time_is_up(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = {.meanwhile = AWS_WAIT_AGAIN};
    assert_int_equal(wait_for(&stage, 1000, 10000, &err), -1);
    assert_string_equal(err.message, "waited 10 s in vain for the stack");
    assert_true(err.retry);
    assert_int_equal(stage.now_ms, 10000); /* asked once more at the very end */
    assert_in_range(stage.asked, 9, 15);
    assert_true(strncmp(stage.told, "waiting for the stack, 9 s", 25) == 0);
}

static void test_failure(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = {.done_at = 3, .meanwhile = AWS_WAIT_FAILED};
    assert_int_equal(wait_for(&stage, 1000, 10000, &err), -1);
    assert_string_equal(err.message, "it broke");
    assert_int_equal(stage.asked, 1);
    /* What passes is waited for, but not beyond the end. */
    stage = (struct stage){.done_at = 3, .meanwhile = AWS_WAIT_FAILED, .passes = true};
    assert_int_equal(wait_for(&stage, 1000, 10000, &err), 0);
    stage = (struct stage){.meanwhile = AWS_WAIT_FAILED, .passes = true};
    assert_int_equal(wait_for(&stage, 1000, 10000, &err), -1);
    assert_string_equal(err.message, "it broke");
    assert_int_equal(stage.now_ms, 10000);
}

static void test_shortened(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = {.done_at = 100, .meanwhile = AWS_WAIT_AGAIN};
    setenv("LORRY_POLL_MS", "20", 1);
    assert_int_equal(wait_for(&stage, 1000, 1000000, &err), 0);
    assert_in_range(stage.longest_ms, 20, 25);
    setenv("LORRY_POLL_MS", "5000", 1); /* never longer */
    stage = (struct stage){.done_at = 100, .meanwhile = AWS_WAIT_AGAIN};
    assert_int_equal(wait_for(&stage, 1000, 1000000, &err), 0);
    assert_in_range(stage.longest_ms, 1000, 1250);
    setenv("LORRY_POLL_MS", "0", 1);
    assert_int_equal(wait_for(&stage, 1000, 1000, &err), -1);
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_non_null(strstr(err.message, "LORRY_POLL_MS: \"0\" is not"));
    unsetenv("LORRY_POLL_MS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_done),
        cmocka_unit_test(test_time_is_up),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_shortened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
