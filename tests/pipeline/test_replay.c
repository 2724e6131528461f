#include <signal.h>
#include <stdlib.h>

#include "pipeline/pipeline.h"
#include "pipeline/replay.h"
#include "sink/sqlite_fixture.h"
#include "support/still_clock.h"

#define NOW_US STILL_US
#define DAY_US INT64_C(86400000000)
#define MINUTE_US INT64_C(60000000)

static void keep(struct fixture *f, const struct dead_letter *letter)
{
    struct sink *sink = f->sink ? f->sink : fixture_open(f);
    struct error err = {0};
    if (sink->ops->begin(sink, NULL, 0, &err) < 0 ||
        sink->ops->keep_dead(sink, letter, 1, 0, &err) < 0 || sink->ops->commit(sink, 0, &err) < 0)
        fail_msg("%s", err.message);
}

static void keep_change(struct fixture *f, const char *sequence, const char *id, int64_t version,
                        const char *value)
{
    cleanup_buf struct buf record = BUF_INIT((size_t)16 << 20);
    buf_printf(&record,
               "{\"eventSource\":\"aws:dynamodb\",\"eventName\":\"INSERT\",\"dynamodb\":{"
               "\"ApproximateCreationDateTime\":%lld,\"ApproximateCreationDateTimePrecision\":"
               "\"MICROSECOND\",\"Keys\":{\"id\":{\"S\":\"%s\"}},\"NewImage\":{\"id\":{\"S\":"
               "\"%s\"},\"v\":{\"S\":\"%s\"}}}}",
               (long long)version, id, id, value);
    const struct dead_letter letter = {VIEW("file"), VIEW(""), view_str(sequence), VIEW("reason"),
                                       buf_view(&record)};
    keep(f, &letter);
}

static void keep_poison(struct fixture *f, const char *sequence)
{
    const struct dead_letter letter = {VIEW("file"), VIEW(""), view_str(sequence), VIEW("reason"),
                                       VIEW("poison")};
    keep(f, &letter);
}

struct pass {
    struct replay_totals totals;
    struct error err;
    volatile sig_atomic_t stop;
    bool stop_at_item;
    size_t items;
};

static void count_item(void *user, const struct replay_item *item)
{
    struct pass *pass = user;
    assert_string_equal(item->source, "table");
    pass->items++;
    pass->stop = pass->stop_at_item;
}

static int replay(struct fixture *f, struct pass *pass, struct replay_config config)
{
    static const struct replay_filter all = {0};
    if (!config.sink)
        config.sink = f->sink;
    config.clock = &still_clock;
    config.stop = &pass->stop;
    config.retention_us = config.retention_us ? config.retention_us : 7 * DAY_US;
    struct replay *replay = replay_new(&config);
    const struct replay_run run = {
        .filter = &all, .on_item = count_item, .user = pass, .totals = &pass->totals};
    int result = replay_table(replay, &run, &pass->err);
    assert_int_equal(replay_stopped(replay), pass->stop);
    replay_free(replay);
    return result;
}

#define assert_left(f, sequences)                                                                  \
    assert_sql(f, "SELECT sequence FROM t_dead_letters ORDER BY sequence", sequences)

/* Of equal times, the line that came later: its number is in the sequence. */
static void lines_keep_their_order(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {0};
    keep_change(f, "9-0123456789abcdef", "a", NOW_US, "nine");
    keep_change(f, "10-0123456789abcdef", "a", NOW_US, "ten");
    assert_int_equal(replay(f, &pass, (struct replay_config){0}), 0);
    assert_int_equal(pass.totals.verdicts[REPLAY_WRITTEN], 1);
    assert_int_equal(pass.totals.verdicts[REPLAY_STALE], 1);
    assert_int_equal(pass.totals.deleted, 2);
    assert_sql(f, "SELECT data, ltrim(sequence, '0') FROM t", "{\"v\":\"ten\"}|10");
    assert_left(f, "");
}

/* The newest change of the table counts where it is older than now. */
static void retention_counts_from_the_newest_change(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {0};
    APPLY(f, CHANGE(&f->arena, .operation = CHANGE_INSERT, .version = NOW_US - 20 * DAY_US,
                    .key = {{"id", 'S', "newest"}}));
    keep_change(f, "1-0123456789abcdef", "young", NOW_US - 26 * DAY_US, "x");
    keep_change(f, "2-0123456789abcdef", "old", NOW_US - 28 * DAY_US, "x");
    assert_int_equal(replay(f, &pass, (struct replay_config){0}), 0);
    assert_int_equal(pass.totals.verdicts[REPLAY_WRITTEN], 1);
    assert_int_equal(pass.totals.verdicts[REPLAY_HELD], 1);
    assert_left(f, "2-0123456789abcdef");
}

/* What is about to be purged may be gone before the change is written, and clocks differ. */
static void what_is_almost_too_old_is_held_back(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {0};
    keep_change(f, "1-0123456789abcdef", "almost", NOW_US - 7 * DAY_US + MINUTE_US, "x");
    keep_change(f, "2-0123456789abcdef", "young", NOW_US - 7 * DAY_US + 61 * MINUTE_US, "x");
    assert_int_equal(replay(f, &pass, (struct replay_config){0}), 0);
    assert_int_equal(pass.totals.verdicts[REPLAY_HELD], 1);
    assert_sql(f, "SELECT pk FROM t", "{\"id\":\"young\"}");
}

/* Half of a short retention is left. */
static void a_short_retention_does_not_hold_all_back(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {0};
    keep_change(f, "1-0123456789abcdef", "old", NOW_US - 6 * MINUTE_US, "x");
    keep_change(f, "2-0123456789abcdef", "young", NOW_US - 4 * MINUTE_US, "x");
    assert_int_equal(replay(f, &pass, (struct replay_config){.retention_us = 10 * MINUTE_US}), 0);
    assert_int_equal(pass.totals.verdicts[REPLAY_HELD], 1);
    assert_sql(f, "SELECT pk FROM t", "{\"id\":\"young\"}");
}

/* Bytes are written in base64: a text that looks like them is another key. */
static void a_foreign_key_is_not_overtaken(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {0};
    APPLY(f, CHANGE(&f->arena, .operation = CHANGE_INSERT, .version = NOW_US - 10 * DAY_US,
                    .key = {{"id", 'B', "eA=="}}));
    keep_change(f, "1", "eA==", NOW_US - 11 * DAY_US, "x");
    assert_int_equal(replay(f, &pass, (struct replay_config){0}), 0);
    assert_int_equal(pass.totals.verdicts[REPLAY_REFUSED], 1);
    assert_left(f, "1");
}

/* A page has 6 MB: what comes behind is for the next time. */
static void stops_after_the_batch(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {.stop_at_item = true};
    char *large = malloc((size_t)7 << 20);
    memset(large, 'x', ((size_t)7 << 20) - 1);
    large[((size_t)7 << 20) - 1] = '\0';
    keep_poison(f, "1");
    keep_change(f, "2", "a", NOW_US, large);
    keep_change(f, "3", "b", NOW_US, "x");
    free(large);
    assert_int_equal(replay(f, &pass, (struct replay_config){0}), 0);
    assert_int_equal(pass.totals.records, 2);
    assert_int_equal(pass.totals.deleted, 1);
    assert_left(f, "1\n3");
    pass = (struct pass){.stop = 1};
    assert_int_equal(replay(f, &pass, (struct replay_config){0}), 0);
    assert_int_equal(pass.totals.records, 0);
}

static int refuse_to_delete(struct sink *sink, const struct kept_letter *letters, size_t count,
                            int64_t deadline, struct error *err)
{
    (void)sink, (void)letters, (void)count, (void)deadline;
    return error_set(err, ERROR_SINK, 0, "no");
}

static void what_is_not_deleted_is_stale_next_time(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {0};
    keep_change(f, "1", "a", NOW_US, "x");
    const struct sink_ops *ops = f->sink->ops;
    struct sink_ops broken = *ops;
    broken.delete_dead = refuse_to_delete;
    f->sink->ops = &broken;
    assert_int_equal(replay(f, &pass, (struct replay_config){0}), -1);
    f->sink->ops = ops;
    assert_string_equal(pass.err.message, "the dead letters are applied, but not deleted: no");
    assert_int_equal(pass.totals.deleted, 0);
    assert_left(f, "1");
    pass = (struct pass){0};
    assert_int_equal(replay(f, &pass, (struct replay_config){0}), 0);
    assert_int_equal(pass.totals.deleted, 1);
    assert_sql(f, "SELECT data FROM t", "{\"v\":\"x\"}");
    assert_left(f, "");
}

static void refused_letters_stay_as_they_are(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {0};
    keep_poison(f, "1");
    const char *before =
        "SELECT count(*) FROM t_dead_letters WHERE reason = 'reason' AND record = 'poison'";
    for (int i = 0; i < 2; i++) {
        pass = (struct pass){0};
        assert_int_equal(replay(f, &pass, (struct replay_config){.force = i}), 0);
        assert_int_equal(pass.totals.verdicts[REPLAY_REFUSED], 1);
        assert_int_equal(pass.items, 1);
        assert_sql(f, before, "1");
    }
}

/* A processor that comes in between, and purges as it does whenever it likes. */
static const struct sink_ops *real_ops;
static const struct change *arrives; /* NULL: nothing does */

static void process_meanwhile(struct sink *sink)
{
    size_t purged;
    struct error err = {0};
    struct sink_row row = {.change = arrives};
    if (arrives &&
        (real_ops->begin(sink, arrives, 0, &err) < 0 ||
         real_ops->write(sink, &row, 1, 0, &err) < 0 || real_ops->commit(sink, 0, &err) < 0))
        fail_msg("%s", err.message);
    if (real_ops->purge(sink, NOW_US - 7 * DAY_US, 0, &purged, &err) < 0)
        fail_msg("%s", err.message);
}

static int purge_after_finding(struct sink *sink, const struct key *const *keys, size_t count,
                               int64_t deadline, int64_t *versions, struct error *err)
{
    int result = real_ops->find_versions(sink, keys, count, deadline, versions, err);
    process_meanwhile(sink);
    return result;
}

static int purge_before_finding(struct sink *sink, const struct key *const *keys, size_t count,
                                int64_t deadline, int64_t *versions, struct error *err)
{
    process_meanwhile(sink);
    return real_ops->find_versions(sink, keys, count, deadline, versions, err);
}

/* An item was removed after the letter; its tombstone goes while that is replayed. */
static void replay_beside_a_purge(struct fixture *f, struct pass *pass,
                                  int (*find)(struct sink *, const struct key *const *, size_t,
                                              int64_t, int64_t *, struct error *))
{
    APPLY(f, CHANGE(&f->arena, .operation = CHANGE_REMOVE, .version = NOW_US - 10 * DAY_US,
                    .key = {{"id", 'S', "gone"}}));
    keep_change(f, "1", "gone", NOW_US - 11 * DAY_US, "x");
    arrives = CHANGE(&f->arena, .operation = CHANGE_INSERT, .version = NOW_US,
                     .key = {{"id", 'S', "newest"}});
    real_ops = f->sink->ops;
    struct sink_ops purging = *real_ops;
    purging.find_versions = find;
    f->sink->ops = &purging;
    assert_int_equal(replay(f, pass, (struct replay_config){0}), 0);
    f->sink->ops = real_ops;
    assert_sql(f, "SELECT pk FROM t", "{\"id\":\"newest\"}");
}

static void a_tombstone_may_be_purged_after_it_was_seen(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {0};
    replay_beside_a_purge(f, &pass, purge_after_finding);
    assert_int_equal(pass.totals.verdicts[REPLAY_STALE], 1);
    assert_left(f, "");
}

/* Counted from what was the newest change before, the letter would be young. */
static void a_tombstone_may_be_purged_before_it_is_looked_for(void **state)
{
    struct fixture *f = *state;
    struct pass pass = {0};
    replay_beside_a_purge(f, &pass, purge_before_finding);
    assert_int_equal(pass.totals.verdicts[REPLAY_HELD], 1);
    assert_left(f, "1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_keep_their_order),
        TEST(retention_counts_from_the_newest_change),
        TEST(what_is_almost_too_old_is_held_back),
        TEST(a_short_retention_does_not_hold_all_back),
        TEST(a_foreign_key_is_not_overtaken),
        TEST(a_tombstone_may_be_purged_after_it_was_seen),
        TEST(a_tombstone_may_be_purged_before_it_is_looked_for),
        TEST(stops_after_the_batch),
        TEST(what_is_not_deleted_is_stale_next_time),
        TEST(refused_letters_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
