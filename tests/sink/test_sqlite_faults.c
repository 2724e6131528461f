/* Disks fail, fill up and vanish: nothing that was answered as written may be lost, nothing may be
 * written by halves, and the next try mends it. */
#include "sqlite_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "faulty_vfs.h"
#include "sink/sqlite_private.h"

/* Far more calls than a batch makes. */
#define CALLS_MAX 1000
#define NOBODY 65534

static const struct change *put(struct fixture *f, const char *id, int64_t version,
                                const char *value, const char *exact)
{
    return CHANGE(&f->arena, .operation = CHANGE_MODIFY, .version = version, .sequence = 1,
                  .key = {{"id", 'S', id}}, .attributes = {{"v", value, exact}});
}

static int try_batch(struct fixture *f, int64_t version, struct error *err)
{
    char value[24];
    snprintf(value, sizeof(value), "%d.0", (int)version);
    struct sink_row rows[] = {{.change = put(f, "a", version, value, NULL)},
                              {.change = put(f, "b", version, value, NULL)}};
    struct dead_letter letter = {.sequence = VIEW("1")};
    const struct sink_ops *ops = f->sink->ops;
    if (ops->begin(f->sink, rows[0].change, 0, err) == 0 &&
        ops->write(f->sink, rows, 2, 0, err) == 0 &&
        ops->keep_dead(f->sink, &letter, 1, 0, err) == 0 && ops->commit(f->sink, 0, err) == 0)
        return 0;
    ops->rollback(f->sink);
    return -1;
}

static bool holds(struct fixture *f, int64_t version)
{
    char expected[80];
    bool made = strcmp(fixture_sql(f, "SELECT count(*) FROM sqlite_schema"), "0") != 0;
    if (!made || !version)
        return made == (version != 0);
    snprintf(expected, sizeof(expected), "2|%d|%d|{\"v\":%d.0}|{\"v\":%d.0}|1", (int)version,
             (int)version, (int)version, (int)version);
    return strcmp(fixture_sql(f, "SELECT count(*), min(version), max(version), min(data),"
                                 " max(data), (SELECT count(*) FROM t_dead_letters) FROM t_live"),
                  expected) == 0;
}

static void remove_database(struct fixture *f)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    sink_close(f->sink);
    f->sink = NULL;
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        char path[160];
        snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
        unlink(path);
    }
}

/* The batch that brings `version`, with call `at` failing. False: there are not so many. */
static bool survives(struct fixture *f, struct faults wanted, int64_t version)
{
    struct error err;
    faults = wanted;
    int result = try_batch(f, version, &err);
    bool failed = faults.seen >= faults.at;
    faults = (struct faults){.without_wal = wanted.without_wal};
    if (result < 0 && wanted.disk_full) {
        assert_false(err.retry);
        assert_message(err, "make room on the disk");
    }
    if (!holds(f, version) && (result == 0 || !holds(f, version - 1)))
        fail_msg("call %u: version %d is %s", wanted.at, (int)version,
                 result == 0 ? "lost" : "there by halves");
    if (try_batch(f, version, &err) < 0)
        fail_msg("call %u: again: %s", wanted.at, err.message);
    assert_true(holds(f, version));
    assert_sql(f, "PRAGMA integrity_check", "ok");
    return failed;
}

/* A file that is made, and one that is there already, on a connection that lives on. */
static void fail_each_call(struct fixture *f, struct faults wanted)
{
    faults = (struct faults){.without_wal = wanted.without_wal};
    bool more = true;
    for (wanted.at = 1; more && wanted.at < CALLS_MAX; wanted.at++) {
        fixture_open(f);
        more = survives(f, wanted, 1);
        more |= survives(f, wanted, 2);
        remove_database(f);
    }
    assert_in_range(wanted.at, 5, CALLS_MAX - 1);
}

static void any_call_may_fail(void **state)
{
    fail_each_call(*state, (struct faults){0});
}

static void any_call_may_fail_without_wal(void **state)
{
    fail_each_call(*state, (struct faults){.without_wal = true});
}

static void disks_may_break_down(void **state)
{
    fail_each_call(*state, (struct faults){.for_good = true});
    fail_each_call(*state, (struct faults){.for_good = true, .without_wal = true});
}

static void disks_may_be_full(void **state)
{
    fail_each_call(*state, (struct faults){.for_good = true, .disk_full = true});
    fail_each_call(*state,
                   (struct faults){.for_good = true, .disk_full = true, .without_wal = true});
}

static void a_file_may_be_deleted_on_the_way(void **state)
{
    struct fixture *f = *state;
    for (int without_wal = 0; without_wal < 2; without_wal++)
        for (int before_write = 0; before_write < 2; before_write++) {
            struct error err;
            struct sink_row row = {.change = put(f, "a", 2, "2.0", NULL)};
            faults = (struct faults){.without_wal = without_wal};
            struct sink *sink = fixture_open(f);
            APPLY(f, put(f, "a", 1, "1.0", NULL));
            assert_int_equal(sink->ops->begin(sink, row.change, 0, &err), 0);
            if (before_write)
                unlink(f->path);
            int result = sink->ops->write(sink, &row, 1, 0, &err);
            unlink(f->path);
            if (result == 0)
                result = sink->ops->commit(sink, 0, &err);
            assert_int_equal(result, -1);
            assert_true(err.retry);
            assert_message(err, "moved or replaced");
            sink->ops->rollback(sink);
            assert_string_equal(APPLY(f, row.change), "W");
            assert_sql(f, "SELECT data FROM t", "{\"v\":2.0}");
            remove_database(f);
        }
}

/* As somebody who is not root: he may do everything. */
static int write_as_nobody(struct fixture *f)
{
    struct error err = {0};
    if (getuid() == 0 && setuid(NOBODY) < 0)
        return 1;
    fixture_open(f);
    if (try_batch(f, 2, &err) == 0 || err.retry || err.domain != ERROR_SINK)
        return 2;
    if (!strstr(err.message, "must be") || !strstr(err.message, "writable"))
        return 3;
    struct query_result result;
    return f->sink->ops->query(f->sink, VIEW("DELETE FROM t"), &result, &err) < 0 ? 0 : 4;
}

static void files_may_be_read_only(void **state)
{
    struct fixture *f = *state;
    struct error err;
    for (int without_wal = 0; without_wal < 2; without_wal++) {
        faults = (struct faults){.without_wal = without_wal};
        fixture_open(f);
        assert_int_equal(try_batch(f, 1, &err), 0);
        sink_close(f->sink);
        f->sink = NULL;
        assert_int_equal(chmod(f->path, 0444) | chmod(f->folder, 0555), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(write_as_nobody(f));
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(chmod(f->path, 0644) | chmod(f->folder, 0755), 0);
        assert_int_equal(status, 0);
        assert_true(holds(f, 1));
        remove_database(f);
    }
}

/* Deleting comes first there; a refusal has to bring back what it was to replace. */
static void a_refused_document_leaves_the_old_one(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f,
                "CREATE TABLE t (data CHECK (data NOT LIKE '%bad%' AND data NOT LIKE '%\"c\"%'))");
    assert_string_equal(APPLY(f, put(f, "a", 1, "1.0", NULL), put(f, "b", 1, "1.0", NULL)), "WW");
    assert_string_equal(APPLY(f, put(f, "b", 2, "2.0", NULL), put(f, "a", 2, "\"bad\"", NULL),
                              put(f, "c", 2, "1.0", NULL), put(f, "d", 2, "2.0", NULL)),
                        "WRRW");
    assert_non_null(strstr(fixture_reason(), "CHECK constraint failed"));
    assert_sql(f, "SELECT data FROM t ORDER BY data",
               "{\"id\":\"a\",\"v\":1.0}\n{\"id\":\"b\",\"v\":2.0}\n{\"id\":\"d\",\"v\":2.0}");
}

#define TEXT_OF_900                                                                                \
    "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "%0810d\""

/* What of a row was bound must not show up in the next. */
static void only_the_row_that_is_too_big_is_refused(void **state)
{
    struct fixture *f = *state;
    char large[1000];
    snprintf(large, sizeof(large), TEXT_OF_900, 7);
    const struct change *removal =
        CHANGE(&f->arena, .operation = CHANGE_REMOVE, .version = 3, .key = {{"id", 'S', "c"}});
    APPLY(f, put(f, "a", 1, "1.0", NULL));
    sqlite3_limit(sqlite_from(f->sink)->db, SQLITE_LIMIT_LENGTH, 800);
    assert_string_equal(APPLY(f, put(f, "b", 2, large, NULL), put(f, "d", 2, "1.0", large), removal,
                              put(f, "e", 2, "5.0", NULL)),
                        "RRWW");
    assert_string_equal(fixture_reason(), "the item is too big for SQLite");
    assert_sql(f, "SELECT pk, data, aux FROM t ORDER BY pk",
               "{\"id\":\"a\"}|{\"v\":1.0}|NULL\n{\"id\":\"c\"}|NULL|NULL\n"
               "{\"id\":\"e\"}|{\"v\":5.0}|NULL");
}

/* Nothing is dropped silently, whatever somebody did to that table. */
static void a_dead_letter_that_is_refused_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct dead_letter letter = {.sequence = VIEW("1"), .reason = VIEW("bad")};
    fixture_sql(f, "CREATE TABLE t_dead_letters (stream, shard, sequence, reason"
                   " CHECK (reason <> 'bad'), record, received,"
                   " PRIMARY KEY (stream, shard, sequence))");
    struct sink *sink = fixture_open(f);
    assert_int_equal(sink->ops->begin(sink, NULL, 0, &err), 0);
    assert_int_equal(sink->ops->keep_dead(sink, &letter, 1, 0, &err), -1);
    assert_message(err, "CHECK constraint failed");
    sink->ops->rollback(sink);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    faulty_vfs_install();
    const struct CMUnitTest tests[] = {
        TEST(any_call_may_fail),
        TEST(any_call_may_fail_without_wal),
        TEST(disks_may_break_down),
        TEST(disks_may_be_full),
        TEST(a_file_may_be_deleted_on_the_way),
        TEST(files_may_be_read_only),
        TEST(a_refused_document_leaves_the_old_one),
        TEST(only_the_row_that_is_too_big_is_refused),
        TEST(a_dead_letter_that_is_refused_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
