/* The SQLite sink is not alone: locks, deadlines, crashes, other writers. */
#include "sqlite_fixture.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

#define WRITERS 4
#define ROUNDS 50
#define KEYS 7

static const struct change *put(struct arena *arena, const char *id, int64_t version,
                                const char *value)
{
    return CHANGE(arena, .operation = CHANGE_MODIFY, .version = version, .sequence = 1,
                  .key = {{"id", 'S', id}}, .attributes = {{"v", value, NULL}});
}

/* Another connection, holding what `sql` holds. */
static sqlite3 *hold(struct fixture *f, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void a_lock_is_transient(void **state)
{
    struct fixture *f = *state;
    struct error err;
    const struct change *change = put(&f->arena, "a", 1, "1.0");
    APPLY(f, change);
    sqlite3 *other = hold(f, "BEGIN IMMEDIATE");
    int64_t start = clock_system.steady_ms(&clock_system);
    assert_int_equal(f->sink->ops->begin(f->sink, change, start + 100, &err), -1);
    int64_t took = clock_system.steady_ms(&clock_system) - start;
    assert_true(err.retry);
    assert_int_equal(err.domain, ERROR_SINK);
    assert_int_equal(err.code, SQLITE_BUSY);
    assert_in_range(took, 50, 2000);
    /* beyond the deadline it does not wait at all */
    assert_int_equal(f->sink->ops->begin(f->sink, change, start, &err), -1);
    assert_true(err.retry);
    sqlite3_close(other);
    assert_string_equal(APPLY(f, change), "W");
}

/* Where there is no WAL, a reader can hold up the commit: the batch is then begun again. */
static void a_commit_can_be_busy(void **state)
{
    struct fixture *f = *state;
    struct error err;
    fixture_sql(f, "CREATE TABLE other (x); INSERT INTO other VALUES (1), (2)");
    sqlite3 *other = hold(f, "BEGIN; SELECT * FROM other");
    struct sink *sink = fixture_open(f);
    struct sink_row row = {.change = put(&f->arena, "a", 1, "1.0")};
    int64_t deadline = clock_system.steady_ms(&clock_system) + 50;
    assert_int_equal(sink->ops->begin(sink, row.change, deadline, &err), 0);
    assert_int_equal(sink->ops->write(sink, &row, 1, deadline, &err), 0);
    assert_int_equal(sink->ops->commit(sink, deadline, &err), -1);
    assert_true(err.retry);
    sqlite3_close(other);
    assert_string_equal(APPLY(f, row.change), "W");
    assert_sql(f, "SELECT count(*) FROM t", "1");
}

static int64_t fake_now;

static int64_t fake_steady_ms(struct clock *clock)
{
    (void)clock;
    return fake_now += 10;
}

static void long_work_ends_at_the_deadline(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct clock clock = clock_system;
    clock.steady_ms = fake_steady_ms;
    f->config.clock = &clock;
    fixture_sql(f, "CREATE TABLE t (data)");
    fixture_sql(f, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
                   " INSERT INTO t SELECT '{\"id\":\"' || i || '\"}' FROM n");
    struct sink *sink = fixture_open(f);
    struct sink_row row = {.change = put(&f->arena, "a", 1, "1.0")};
    assert_int_equal(sink->ops->begin(sink, row.change, fake_now + 1000, &err), 0);
    assert_int_equal(sink->ops->write(sink, &row, 1, fake_now + 50, &err), -1);
    assert_true(err.retry);
    assert_message(err, "time was up");
    /* SQLite has taken the transaction back; nothing may slip in outside of it */
    assert_int_equal(sink->ops->write(sink, &row, 1, 0, &err), -1);
    assert_int_equal(sink->ops->commit(sink, 0, &err), -1);
    sink->ops->rollback(sink);
    assert_sql(f, "SELECT count(*) FROM t", "50000");
}

static void a_crash_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    APPLY(f, put(&f->arena, "a", 1, "1.0"));
    sink_close(f->sink);
    f->sink = NULL;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct sink_row rows[2] = {{.change = put(&f->arena, "a", 2, "2.0")},
                                   {.change = put(&f->arena, "b", 2, "2.0")}};
        struct dead_letter letter = {.sequence = VIEW("1")};
        struct sink *sink = fixture_open(f);
        bool done = sink->ops->begin(sink, rows[0].change, 0, NULL) == 0 &&
                    sink->ops->write(sink, rows, 2, 0, NULL) == 0 &&
                    sink->ops->keep_dead(sink, &letter, 1, 0, NULL) == 0;
        _exit(done ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_sql(f, "SELECT pk, data FROM t", "{\"id\":\"a\"}|{\"v\":1.0}");
    assert_sql(f, "SELECT count(*) FROM t_dead_letters", "0");
    assert_string_equal(APPLY(f, put(&f->arena, "b", 2, "2.0")), "W");
}

struct writer {
    pthread_t thread;
    struct fixture *f;
    unsigned number;
    char problem[ERROR_MESSAGE_SIZE + 32]; /* cmocka must not be called from threads */
};

/* The value that version `version` of any key has. */
static const char *value_of(int64_t version, char out[24])
{
    snprintf(out, 24, "%lld.0", (long long)version);
    return out;
}

static int write_round(struct writer *writer, struct sink *sink, unsigned round, struct error *err)
{
    static const unsigned steps[WRITERS] = {1, 3, 7, 9};
    struct arena arena = ARENA_INIT;
    struct sink_row rows[KEYS] = {0};
    for (unsigned k = 0; k < KEYS; k++) {
        char id[8], value[24];
        snprintf(id, sizeof(id), "key%u", k);
        /* Each writer goes through all versions, in an order of its own. */
        unsigned version = (round * steps[writer->number] + 13 * k) % ROUNDS + 1;
        rows[k].change = put(&arena, id, version, value_of(version, value));
    }
    struct dead_letter letter = {.sequence = VIEW("1"), .reason = VIEW("twice")};
    int result = sink->ops->begin(sink, rows[0].change, 0, err) < 0 ||
                         sink->ops->write(sink, rows, KEYS, 0, err) < 0 ||
                         sink->ops->keep_dead(sink, &letter, 1, 0, err) < 0 ||
                         sink->ops->commit(sink, 0, err) < 0
                     ? -1
                     : 0;
    for (unsigned k = 0; result == 0 && k < KEYS; k++)
        if (rows[k].state != ROW_WRITTEN && rows[k].state != ROW_STALE)
            result = error_set(err, ERROR_SINK, 0, "row %u is in state %d", k, rows[k].state);
    arena_release(&arena);
    return result;
}

static void *run_writer(void *user)
{
    struct writer *writer = user;
    struct sink *sink;
    struct error err;
    if (sqlite_sink_ops.open(&writer->f->config, &sink, &err) < 0) {
        snprintf(writer->problem, sizeof(writer->problem), "open: %s", err.message);
        return NULL;
    }
    for (unsigned round = 0; round < ROUNDS && !*writer->problem; round++)
        while (write_round(writer, sink, round, &err) < 0)
            if (!err.retry) {
                snprintf(writer->problem, sizeof(writer->problem), "round %u: %s", round,
                         err.message);
                break;
            }
    sink_close(sink);
    return NULL;
}

/* From the first moment on: the file and its tables are made by whoever comes first. */
static void writers_agree(void **state)
{
    struct fixture *f = *state;
    struct writer writers[WRITERS];
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.f = f, .number = i};
        assert_int_equal(pthread_create(&writers[i].thread, NULL, run_writer, &writers[i]), 0);
    }
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_join(writers[i].thread, NULL);
    for (unsigned i = 0; i < WRITERS; i++)
        assert_string_equal(writers[i].problem, "");
    assert_sql(f, "SELECT count(*), min(version), max(version), min(data), max(data) FROM t_live",
               "7|50|50|{\"v\":50.0}|{\"v\":50.0}");
    assert_sql(f, "SELECT count(*) FROM t_dead_letters", "1");
    assert_sql(f, "PRAGMA integrity_check", "ok");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lock_is_transient),
        TEST(a_commit_can_be_busy),
        TEST(long_work_ends_at_the_deadline),
        TEST(a_crash_leaves_nothing),
        TEST(writers_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
