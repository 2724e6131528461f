#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/memory.h"
#include "pipeline/relay.h"

/* A sink that counts, and a clock that only sleeping moves. */
struct fixture {
    struct sink sink;
    struct sink_ops ops;
    struct clock clock;
    int64_t now_ms;
    struct buf log; /* rows of each write, letters of each keep_dead, commits */
    int fail_from;  /* the write, from 1, that fails first; 0: none */
    int writes;
    char paths[3][64];
    struct relay_config config;
    struct relay_result result;
    struct error err;
    volatile sig_atomic_t stop;
    uint64_t stop_after; /* records; 0: never */
    struct relay_progress progress;
};

static int begin(struct sink *sink, const struct change *sample, int64_t deadline,
                 struct error *err)
{
    (void)sink;
    (void)sample;
    (void)deadline;
    (void)err;
    return 0;
}

static int put(struct sink *sink, struct sink_row *rows, size_t count, int64_t deadline,
               struct error *err)
{
    struct fixture *f = (struct fixture *)sink;
    (void)deadline;
    f->writes++;
    if (f->fail_from && f->writes >= f->fail_from)
        return error_set_retry(err, ERROR_SINK, 0, "out of order");
    buf_printf(&f->log, "%zu ", count);
    for (size_t i = 0; i < count; i++)
        rows[i].state = ROW_WRITTEN;
    return 0;
}

static int keep_dead(struct sink *sink, const struct dead_letter *letters, size_t count,
                     int64_t deadline, struct error *err)
{
    (void)deadline;
    (void)err;
    for (size_t i = 0; i < count; i++)
        buf_printf(&((struct fixture *)sink)->log, "[%.*s] ", VIEW_ARG(letters[i].record));
    return 0;
}

static int commit(struct sink *sink, int64_t deadline, struct error *err)
{
    (void)deadline;
    (void)err;
    buf_append_str(&((struct fixture *)sink)->log, "ok ");
    return 0;
}

static void rollback(struct sink *sink)
{
    (void)sink;
}

static int refresh(struct sink *sink, int64_t deadline, struct error *err)
{
    struct fixture *f = (struct fixture *)sink;
    assert_true(deadline > f->now_ms);
    buf_append_str(&f->log, "seen ");
    return error_set(err, ERROR_SINK, 0, "not allowed");
}

static struct fixture *of_clock(struct clock *clock)
{
    return (struct fixture *)((char *)clock - offsetof(struct fixture, clock));
}

static int64_t now_us(struct clock *clock)
{
    return of_clock(clock)->now_ms * 1000;
}

static int64_t steady_ms(struct clock *clock)
{
    return of_clock(clock)->now_ms;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    of_clock(clock)->now_ms += ms;
}

static void note_progress(const struct relay_progress *progress, void *user)
{
    struct fixture *f = user;
    f->progress = *progress;
    if (f->stop_after && progress->records >= f->stop_after)
        f->stop = 1;
}

static void setup(struct fixture *f, const char *const *texts, size_t count)
{
    static const char *sources[3];
    log_configure(&(struct log_setup){.level = LOG_ERROR});
    *f = (struct fixture){.now_ms = 1000, .clock = {now_us, steady_ms, sleep_ms}};
    f->log = BUF_INIT(BUF_TEXT_CAP);
    f->ops = (struct sink_ops){.transactional = true,
                               .begin = begin,
                               .write = put,
                               .keep_dead = keep_dead,
                               .commit = commit,
                               .rollback = rollback};
    f->sink.ops = &f->ops;
    for (size_t i = 0; i < count; i++) {
        snprintf(f->paths[i], sizeof(f->paths[i]), "/tmp/lorry-relay-XXXXXX");
        int fd = mkstemp(f->paths[i]);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
        close(fd);
        sources[i] = f->paths[i];
    }
    f->config = (struct relay_config){.sources = sources,
                                      .source_count = count,
                                      .sink = &f->sink,
                                      .clock = &f->clock,
                                      .timeout_ms = 5000,
                                      .stop = &f->stop,
                                      .progress = note_progress,
                                      .progress_user = f};
}

static int run(struct fixture *f)
{
    return relay_run(&f->config, &f->result, &f->err);
}

static void teardown(struct fixture *f)
{
    for (size_t i = 0; i < f->config.source_count; i++)
        unlink(f->paths[i]);
    buf_release(&f->log);
}

static void add_change(struct buf *text, int key)
{
    buf_printf(text,
               "{\"eventName\":\"INSERT\",\"eventSource\":\"aws:dynamodb\",\"dynamodb\":"
               "{\"ApproximateCreationDateTime\":1720740233012995,\"Keys\":{\"k\":{\"N\":\"%d\"}},"
               "\"NewImage\":{\"k\":{\"N\":\"%d\"},\"a\":{\"S\":\"x\"}}}}\n",
               key, key);
}

static char *changes(int count)
{
    struct buf text = BUF_INIT((size_t)64 << 20);
    for (int i = 0; i < count; i++)
        add_change(&text, i);
    return text.ptr;
}

static void test_batches(void **state)
{
    (void)state;
    cleanup_free char *text = changes(6001);
    struct fixture f;
    setup(&f, (const char *[]){text, "poison\n"}, 2);
    assert_int_equal(run(&f), 0);
    assert_string_equal(buf_str(&f.log), "2500 ok 2500 ok 1001 ok [poison] ok ");
    assert_int_equal(f.result.report.records, 6002);
    assert_int_equal(f.result.report.written, 6001);
    assert_int_equal(f.result.report.dead_letters, 1);
    assert_false(f.result.stopped);
    assert_int_equal(f.progress.records, 6002);
    assert_int_equal(f.progress.total_bytes, strlen(text) + strlen("poison\n"));
    assert_int_equal(f.progress.bytes, f.progress.total_bytes);
    teardown(&f);
}

static void test_event_is_a_batch(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, (const char *[]){"one\ntwo\n{\"Records\":[1,2]}\nthree\n"}, 1);
    assert_int_equal(run(&f), 0);
    assert_string_equal(buf_str(&f.log), "[one] [two] ok [1] [2] ok [three] ok ");
    teardown(&f);
}

/* Only what was written has to be shown, and nothing depends on it. */
static void test_rows_are_visible_at_the_end(void **state)
{
    (void)state;
    cleanup_free char *text = changes(2501);
    struct fixture f;
    setup(&f, (const char *[]){text}, 1);
    f.ops.refresh = refresh;
    assert_int_equal(run(&f), 0);
    assert_string_equal(buf_str(&f.log), "2500 ok 1 ok seen ");
    teardown(&f);
    setup(&f, (const char *[]){"poison\n"}, 1);
    f.ops.refresh = refresh;
    assert_int_equal(run(&f), 0);
    assert_string_equal(buf_str(&f.log), "[poison] ok ");
    teardown(&f);
    setup(&f, (const char *[]){text}, 1);
    f.ops.refresh = refresh;
    f.fail_from = 2;
    assert_int_equal(run(&f), -1);
    assert_string_equal(buf_str(&f.log), "2500 ok ");
    teardown(&f);
}

static void test_stops_after_the_batch(void **state)
{
    (void)state;
    cleanup_free char *text = changes(6000);
    struct fixture f;
    setup(&f, (const char *[]){text, "never\n"}, 2);
    f.stop_after = 1;
    assert_int_equal(run(&f), 0);
    assert_string_equal(buf_str(&f.log), "2500 ok ");
    assert_true(f.result.stopped);
    assert_int_equal(f.result.report.written, 2500);
    teardown(&f);
}

static void test_sink_in_trouble(void **state)
{
    (void)state;
    cleanup_free char *text = changes(3000);
    struct fixture f;
    setup(&f, (const char *[]){text, "never\n"}, 2);
    f.fail_from = 2;
    assert_int_equal(run(&f), -1);
    assert_string_equal(buf_str(&f.log), "2500 ok ");
    assert_true(f.writes > 2);
    char where[128];
    snprintf(where, sizeof(where), "%s:2501-3000: ", f.paths[0]);
    assert_ptr_equal(strstr(f.err.message, where), f.err.message);
    assert_non_null(strstr(f.err.message, "out of order"));
    assert_int_equal(f.result.report.written, 2500);
    /* The time is over, and little more than that. */
    assert_in_range(f.result.elapsed_ms, 1, 7000);
    teardown(&f);
}

static void test_refused_records(void **state)
{
    (void)state;
    static const char *const texts[] = {"poison\n{\"Records\":[3]}\n", "more\n"};
    static const struct {
        enum on_error on_error;
        uint64_t records;
    } cases[] = {{ON_ERROR_RAISE, 3}, {ON_ERROR_EXIT, 1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        setup(&f, texts, 2);
        f.config.on_error = cases[i].on_error;
        assert_int_equal(run(&f), -1);
        assert_int_equal(f.result.report.records, cases[i].records);
        assert_int_equal(f.result.report.raised, cases[i].records);
        char where[128];
        snprintf(where, sizeof(where), "%s:1: 1 of 1 records cannot be applied", f.paths[0]);
        assert_ptr_equal(strstr(f.err.message, where), f.err.message);
        teardown(&f);
    }
}

static void test_trouble_of_a_source(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, (const char *[]){"one\n{\"Records\":[\n", "never\n"}, 2);
    assert_int_equal(run(&f), -1);
    assert_string_equal(buf_str(&f.log), "[one] ok ");
    assert_non_null(strstr(f.err.message, ":2: this event is not JSON, or cut off"));
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_event_is_a_batch),
        cmocka_unit_test(test_rows_are_visible_at_the_end),
        cmocka_unit_test(test_stops_after_the_batch),
        cmocka_unit_test(test_sink_in_trouble),
        cmocka_unit_test(test_refused_records),
        cmocka_unit_test(test_trouble_of_a_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
