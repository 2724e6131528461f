#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/memory.h"
#include "pipeline/pipeline.h"

/* A sink that keeps what it is given as text, and fails as it is told. */
struct fake {
    struct sink sink;
    struct sink_ops ops;
    struct buf log;        /* one letter a call, then what it was given */
    const char *refuse;    /* rows whose attributes contain this are refused */
    int failures;          /* calls of write() that still fail */
    bool passing;          /* with `retry` */
    size_t fail_behind;    /* how many rows such a call writes first */
    bool stale;            /* rows are reported as overtaken */
    int64_t purged_before; /* argument of the last purge() */
};

static int fake_begin(struct sink *sink, const struct change *sample, int64_t deadline,
                      struct error *err)
{
    (void)deadline;
    (void)err;
    buf_append_str(&((struct fake *)sink)->log, sample ? "B" : "b");
    return 0;
}

static int fake_write(struct sink *sink, struct sink_row *rows, size_t count, int64_t deadline,
                      struct error *err)
{
    struct fake *fake = (struct fake *)sink;
    (void)deadline;
    buf_printf(&fake->log, "W%zu", count);
    for (size_t i = 0; i < count; i++) {
        if (fake->failures > 0 && i == fake->fail_behind) {
            fake->failures--;
            error_set(err, ERROR_SINK, 0, "told to fail");
            err->retry = fake->passing;
            return -1;
        }
        struct view json = rows[i].change->attributes_json;
        bool refused = fake->refuse && json.len &&
                       memmem(json.ptr, json.len, fake->refuse, strlen(fake->refuse));
        rows[i].state = refused ? ROW_REFUSED : fake->stale ? ROW_STALE : ROW_WRITTEN;
        if (refused)
            snprintf(rows[i].reason, REASON_MAX, "refused");
        else
            buf_printf(&fake->log, "<%.*s>", VIEW_ARG(json));
    }
    return 0;
}

static int fake_keep(struct sink *sink, const struct dead_letter *letters, size_t count,
                     int64_t deadline, struct error *err)
{
    (void)deadline;
    (void)err;
    for (size_t i = 0; i < count; i++)
        buf_printf(&((struct fake *)sink)->log, "D[%.*s %.*s]", VIEW_ARG(letters[i].sequence),
                   VIEW_ARG(letters[i].reason));
    return 0;
}

static int fake_commit(struct sink *sink, int64_t deadline, struct error *err)
{
    (void)deadline;
    (void)err;
    buf_append_str(&((struct fake *)sink)->log, "C");
    return 0;
}

static void fake_rollback(struct sink *sink)
{
    buf_append_str(&((struct fake *)sink)->log, "R");
}

static int fake_purge(struct sink *sink, int64_t before, int64_t deadline, size_t *purged,
                      struct error *err)
{
    (void)deadline;
    (void)err;
    ((struct fake *)sink)->purged_before = before;
    *purged = 2;
    return 0;
}

/* Time that stands still unless somebody waits. */
static int64_t steady = 1000, wall_us = 2000000000000000;

static int64_t fake_now(struct clock *clock)
{
    (void)clock;
    return wall_us;
}

static int64_t fake_steady(struct clock *clock)
{
    (void)clock;
    return steady;
}

static void fake_sleep(struct clock *clock, int64_t ms)
{
    (void)clock;
    steady += ms;
}

static struct clock fake_clock = {fake_now, fake_steady, fake_sleep};

struct bench {
    struct fake fake;
    struct pipeline *pipeline;
    struct buf event;
    struct outcome outcome;
    struct report report;
};

static void start(struct bench *bench, struct pipeline_config config)
{
    *bench = (struct bench){.fake.log = BUF_INIT(BUF_TEXT_CAP), .event = BUF_INIT(BUF_TEXT_CAP)};
    bench->fake.ops = (struct sink_ops){.begin = fake_begin,
                                        .write = fake_write,
                                        .keep_dead = fake_keep,
                                        .commit = fake_commit,
                                        .rollback = fake_rollback,
                                        .purge = fake_purge};
    bench->fake.sink.ops = &bench->fake.ops;
    config.sink = &bench->fake.sink;
    config.clock = &fake_clock;
    bench->pipeline = pipeline_new(&config);
    log_configure(&(struct log_setup){.level = LOG_ERROR});
}

static void stop(struct bench *bench)
{
    pipeline_free(bench->pipeline);
    buf_release(&bench->fake.log);
    buf_release(&bench->event);
}

/* Adds a Kinesis record with this payload; sequence numbers count from 1. */
static void add_payload(struct bench *bench, const char *payload)
{
    char data[2048];
    size_t len = strlen(payload);
    static int number;
    number = bench->event.len ? number + 1 : 1;
    base64_encode(view_of(payload, len), data);
    buf_printf(&bench->event, "%s{\"kinesis\":{\"sequenceNumber\":\"%d\",\"data\":\"%.*s\"}}",
               bench->event.len ? "," : "{\"Records\":[", number, (int)BASE64_ENCODED_LEN(len),
               data);
}

static void add(struct bench *bench, const char *key, int time, const char *value)
{
    char payload[512], image[128];
    snprintf(image, sizeof(image), ",\"NewImage\":{\"v\":{\"S\":\"%s\"}}", value ? value : "");
    snprintf(payload, sizeof(payload),
             "{\"eventSource\":\"aws:dynamodb\",\"eventID\":\"%s-%d-%s\",\"eventName\":\"%s\","
             "\"dynamodb\":"
             "{\"Keys\":{\"id\":{\"S\":\"%s\"}},\"ApproximateCreationDateTime\":%d%s}}",
             key, time, value ? value : "", value ? "INSERT" : "REMOVE", key, time,
             value ? image : "");
    add_payload(bench, payload);
}

static void run(struct bench *bench, int64_t deadline)
{
    buf_append_str(&bench->event, "]}");
    buf_clear(&bench->fake.log);
    assert_int_equal(pipeline_run_event(bench->pipeline, buf_view(&bench->event), deadline,
                                        &bench->outcome, &bench->report, NULL),
                     0);
    buf_clear(&bench->event);
}

static void folds_to_the_newest(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){0});
    add(&b, "x", 5, "old");
    add(&b, "x", 9, "new");
    add(&b, "y", 1, "other");
    add(&b, "x", 7, "middle");
    add(&b, "x", 9, "new");
    run(&b, 0);
    assert_string_equal(buf_str(&b.fake.log), "BW2<{\"v\":\"new\"}><{\"v\":\"other\"}>C");
    assert_true(b.outcome.complete);
    assert_int_equal(b.report.records, 5);
    assert_int_equal(b.report.written, 2);
    assert_int_equal(b.report.stale, 2);
    assert_int_equal(b.report.duplicates, 1);
    assert_int_equal(b.report.newest_version, 9000000);
    stop(&b);
}

static void equal_times_go_by_sequence(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){0});
    add(&b, "x", 5, "first");
    add(&b, "x", 5, "second");
    run(&b, 0);
    assert_string_equal(buf_str(&b.fake.log), "BW1<{\"v\":\"second\"}>C");
    stop(&b);
}

static void a_refused_winner_makes_room_for_the_next(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){0});
    b.fake.refuse = "bad";
    add(&b, "x", 1, "good");
    add(&b, "x", 3, "bad 3");
    add(&b, "x", 2, "bad 2");
    add(&b, "y", 1, "fine");
    add(&b, "z", 1, "bad z");
    run(&b, 0);
    assert_string_equal(buf_str(&b.fake.log), "BW3<{\"v\":\"fine\"}>W1W1<{\"v\":\"good\"}>"
                                              "D[2 refused]D[5 refused]D[3 refused]C");
    assert_true(b.outcome.complete);
    assert_int_equal(b.report.written, 2);
    assert_int_equal(b.report.dead_letters, 3);
    stop(&b);
}

static void poison_is_kept_even_alone(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){0});
    add_payload(&b, "Hello, this is a test.");
    run(&b, 0);
    assert_string_equal(buf_str(&b.fake.log), "bD[1 not JSON]C");
    assert_true(b.outcome.complete);
    buf_append_str(&b.event, "{\"Records\":[");
    run(&b, 0);
    assert_string_equal(buf_str(&b.fake.log), "");
    assert_true(b.outcome.complete);
    stop(&b);
}

static void on_error_decides(void **state)
{
    (void)state;
    static const struct {
        enum on_error on_error;
        bool complete;
        const char *log;
        int ignored, raised;
    } cases[] = {
        {ON_ERROR_IGNORE, true, "BW1<{\"v\":\"1\"}>C", 1, 0},
        {ON_ERROR_RAISE, false, "BW1<{\"v\":\"1\"}>C", 0, 1},
        {ON_ERROR_EXIT, false, "BW1<{\"v\":\"1\"}>C", 0, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bench b;
        start(&b, (struct pipeline_config){.on_error = cases[i].on_error});
        add(&b, "x", 1, "1");
        add_payload(&b, "poison");
        run(&b, 0);
        assert_string_equal(buf_str(&b.fake.log), cases[i].log);
        assert_int_equal(b.outcome.complete, cases[i].complete);
        assert_int_equal(b.outcome.refused, !cases[i].complete);
        assert_int_equal(b.report.ignored, cases[i].ignored);
        assert_int_equal(b.report.raised, cases[i].raised);
        assert_int_equal(b.report.dead_letters, 0);
        if (!cases[i].complete)
            assert_view(b.outcome.identifier, "2");
        stop(&b);
    }
}

static void passing_trouble_is_waited_for(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){0});
    b.fake.failures = 2;
    b.fake.passing = true;
    add(&b, "x", 1, "1");
    run(&b, steady + 100000);
    assert_string_equal(buf_str(&b.fake.log), "BW1RBW1RBW1<{\"v\":\"1\"}>C");
    assert_true(b.outcome.complete);
    stop(&b);
}

static void what_was_written_is_not_sent_again(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){0});
    b.fake.failures = 1;
    b.fake.passing = true;
    b.fake.fail_behind = 1;
    add(&b, "x", 1, "1");
    add(&b, "y", 1, "2");
    run(&b, 0);
    assert_string_equal(buf_str(&b.fake.log), "BW2<{\"v\":\"1\"}>RBW1<{\"v\":\"2\"}>C");
    b.fake.failures = 1;
    b.fake.ops.transactional = true;
    add(&b, "x", 1, "1");
    add(&b, "y", 1, "2");
    run(&b, 0);
    assert_string_equal(buf_str(&b.fake.log),
                        "BW2<{\"v\":\"1\"}>RBW2<{\"v\":\"1\"}><{\"v\":\"2\"}>C");
    stop(&b);
}

static void the_deadline_ends_it(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){0});
    b.fake.failures = 1000000;
    b.fake.passing = true;
    add_payload(&b, "poison");
    add(&b, "x", 1, "1");
    int64_t deadline = steady + 20000;
    run(&b, deadline);
    assert_true(steady < deadline);
    assert_false(b.outcome.complete);
    assert_false(b.outcome.refused);
    assert_view(b.outcome.identifier, "1");
    assert_string_equal(b.outcome.error.message, "told to fail");
    assert_int_equal(b.report.dead_letters, 0);
    stop(&b);
}

static void the_lowest_open_position_is_named(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){.on_error = ON_ERROR_IGNORE});
    b.fake.failures = 1;
    b.fake.fail_behind = 1;
    add(&b, "x", 3, "3");
    add(&b, "y", 1, "1");
    add(&b, "x", 1, "1");
    run(&b, 0);
    assert_false(b.outcome.complete);
    assert_int_equal(b.outcome.first_open, 1);
    assert_view(b.outcome.identifier, "2");
    assert_int_equal(b.report.written, 1);
    assert_int_equal(b.report.stale, 1);
    stop(&b);
}

static void a_stale_row_counts_as_stale(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){0});
    b.fake.stale = true;
    add(&b, "x", 3, "3");
    run(&b, 0);
    assert_int_equal(b.report.written, 0);
    assert_int_equal(b.report.stale, 1);
    assert_true(b.outcome.complete);
    stop(&b);
}

static void tombstones_are_purged_seldom(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){.purge_retention_us = 1000000});
    add(&b, "x", 1720740233, "3");
    run(&b, 0);
    assert_int_equal(b.fake.purged_before, 1720740232000000);
    assert_int_equal(b.report.purged, 2);
    b.fake.purged_before = 0;
    add(&b, "x", 1720740234, "3");
    run(&b, 0);
    assert_int_equal(b.fake.purged_before, 0);
    steady += 2 * 3600 * 1000;
    add(&b, "x", 2100000000, "a time to come");
    run(&b, steady + 1000);
    assert_int_equal(b.fake.purged_before, 0);
    add(&b, "x", 2100000000, "a time to come");
    run(&b, steady + 60000);
    assert_int_equal(b.fake.purged_before, wall_us - 1000000);
    stop(&b);
}

static void lines_come_in_batches_too(void **state)
{
    (void)state;
    struct bench b;
    start(&b, (struct pipeline_config){0});
    for (int i = 0; i < 2; i++) {
        buf_clear(&b.fake.log);
        pipeline_add_line(b.pipeline, VIEW("poison"), VIEW("file"), 1);
        pipeline_run_lines(b.pipeline, 0, &b.outcome, &b.report);
        assert_string_equal(buf_str(&b.fake.log), "bD[1-82b0b58435f6cc91 not JSON]C");
        assert_int_equal(b.report.records, 1);
        assert_int_equal(b.report.bytes, 6);
    }
    stop(&b);
}

static void an_event_that_is_none_is_an_error(void **state)
{
    (void)state;
    struct bench b;
    struct error err = {0};
    start(&b, (struct pipeline_config){0});
    assert_int_equal(pipeline_run_event(b.pipeline, VIEW("{}"), 0, &b.outcome, &b.report, &err),
                     -1);
    assert_int_equal(err.domain, ERROR_INPUT);
    stop(&b);
}

static void names_of_on_error(void **state)
{
    (void)state;
    enum on_error on_error = ON_ERROR_RAISE;
    assert_int_equal(on_error_parse(VIEW("dead-letter"), &on_error), 0);
    assert_int_equal(on_error, ON_ERROR_DEAD_LETTER);
    assert_int_equal(on_error_parse(VIEW("exit"), &on_error), 0);
    assert_int_equal(on_error, ON_ERROR_EXIT);
    assert_int_equal(on_error_parse(VIEW("Exit"), &on_error), -1);
    assert_int_equal(on_error, ON_ERROR_EXIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_to_the_newest),
        cmocka_unit_test(equal_times_go_by_sequence),
        cmocka_unit_test(a_refused_winner_makes_room_for_the_next),
        cmocka_unit_test(poison_is_kept_even_alone),
        cmocka_unit_test(on_error_decides),
        cmocka_unit_test(passing_trouble_is_waited_for),
        cmocka_unit_test(what_was_written_is_not_sent_again),
        cmocka_unit_test(the_deadline_ends_it),
        cmocka_unit_test(the_lowest_open_position_is_named),
        cmocka_unit_test(a_stale_row_counts_as_stale),
        cmocka_unit_test(tombstones_are_purged_seldom),
        cmocka_unit_test(lines_come_in_batches_too),
        cmocka_unit_test(an_event_that_is_none_is_an_error),
        cmocka_unit_test(names_of_on_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
