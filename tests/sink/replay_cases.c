#include "replay_cases.h"

#include "unit.h"

#include "base/memory.h"
#include "support/make_change.h"

#define STREAM "arn:aws:kinesis:eu-central-1:123456789012:stream/s"

static const struct dead_letter letters[] = {
    {VIEW(""), VIEW(""), VIEW("1-0123456789abcdef"), VIEW("not \"JSON\""), VIEW("")},
    {VIEW(STREAM), VIEW("shardId-1"), VIEW("2"), VIEW("reason"), VIEW("{\"a\":\"\xc3\xa4\\n\"}")},
    {VIEW(STREAM), VIEW("shardId-1"), VIEW("3"), VIEW("reason"), VIEW("\xff\xfe\0\x01")},
    {VIEW(STREAM), VIEW("shardId-2"), VIEW("1"), VIEW("reason"), VIEW("x")},
    {VIEW("file"), VIEW(""), VIEW("4-0123456789abcdef"), VIEW("reason"), VIEW("y\n")},
};

static void keep(struct sink *sink, const struct dead_letter *list, size_t count)
{
    struct error err = {0};
    if (sink->ops->begin(sink, NULL, 0, &err) < 0 ||
        sink->ops->keep_dead(sink, list, count, 0, &err) < 0 ||
        sink->ops->commit(sink, 0, &err) < 0)
        fail_msg("%s", err.message);
}

static struct dead_page list(struct sink *sink, const struct dead_letter *after, size_t max)
{
    struct dead_page page;
    struct error err = {0};
    if (sink->ops->list_dead(sink, after, max, 0, &page, &err) < 0)
        fail_msg("%s", err.message);
    return page;
}

static void delete (struct sink *sink, const struct kept_letter *kept, size_t count)
{
    struct error err = {0};
    if (sink->ops->delete_dead(sink, kept, count, 0, &err) < 0)
        fail_msg("%s", err.message);
}

static void assert_bytes(struct view got, struct view expected)
{
    assert_int_equal(got.len, expected.len);
    assert_memory_equal(got.ptr, expected.ptr, expected.len);
}

static void assert_letter(const struct kept_letter *kept, const struct dead_letter *expected)
{
    int64_t age_us = clock_system.now_us(&clock_system) - kept->received_us;
    assert_bytes(kept->letter.stream, expected->stream);
    assert_bytes(kept->letter.shard, expected->shard);
    assert_bytes(kept->letter.sequence, expected->sequence);
    assert_bytes(kept->letter.reason, expected->reason);
    assert_bytes(kept->letter.record, expected->record);
    assert_in_range(age_us, 0, INT64_C(3600000000));
}

/* The sequences that are left, one behind the other. */
static void assert_left(struct sink *sink, const char *expected)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct dead_page page = list(sink, NULL, 100);
    for (size_t i = 0; i < page.count; i++)
        buf_printf(&text, "%.*s ", VIEW_ARG(page.letters[i].letter.sequence));
    assert_string_equal(buf_str(&text), expected);
    dead_page_release(&page);
}

static void assert_pages(struct sink *sink)
{
    struct dead_page first = list(sink, NULL, 2), second = list(sink, &letters[1], 2),
                     third = list(sink, &letters[3], 2), end = list(sink, &letters[4], 2);
    assert_int_equal(first.count, 2);
    assert_letter(&first.letters[0], &letters[0]);
    assert_letter(&first.letters[1], &letters[1]);
    assert_int_equal(second.count, 2);
    assert_letter(&second.letters[0], &letters[2]);
    assert_letter(&second.letters[1], &letters[3]);
    assert_int_equal(third.count, 1);
    assert_letter(&third.letters[0], &letters[4]);
    assert_int_equal(end.count, 0);
    /* In any order, and again. */
    delete (sink, third.letters, 1);
    delete (sink, first.letters, 1);
    delete (sink, first.letters, 1);
    dead_page_release(&first);
    dead_page_release(&second);
    dead_page_release(&third);
    dead_page_release(&end);
}

void case_dead_letters(struct sink *sink, const char *delete_sql)
{
    struct query_result result;
    struct error err = {0};
    assert_left(sink, "");
    keep(sink, letters, ARRAY_LEN(letters));
    assert_pages(sink);
    assert_left(sink, "2 3 1 ");

    /* Set aside again with other bytes, and looked at before that. */
    struct dead_letter other = letters[1];
    struct dead_page page = list(sink, NULL, 2);
    other.record = VIEW("other");
    if (sink->ops->query(sink, view_str(delete_sql), &result, &err) < 0)
        fail_msg("%s", err.message);
    query_result_release(&result);
    keep(sink, &other, 1);
    delete (sink, page.letters, 2);
    dead_page_release(&page);
    assert_left(sink, "2 1 ");
    page = list(sink, NULL, 2);
    assert_letter(&page.letters[0], &other);
    delete (sink, page.letters, 2);
    dead_page_release(&page);
    assert_left(sink, "");
}

/* ---- versions and keys ---- */

static void write_changes(struct sink *sink, const struct change *const *changes, size_t count)
{
    struct error err = {0};
    struct sink_row rows[4] = {0};
    for (size_t i = 0; i < count; i++)
        rows[i].change = changes[i];
    if (sink->ops->begin(sink, changes[0], 0, &err) < 0 ||
        sink->ops->write(sink, rows, count, 0, &err) < 0 || sink->ops->commit(sink, 0, &err) < 0)
        fail_msg("%s", err.message);
}

static void assert_guard(struct sink *sink, int64_t newest)
{
    struct guard_info info;
    struct error err = {0};
    if (sink->ops->guard(sink, 0, &info, &err) < 0)
        fail_msg("%s", err.message);
    assert_true(info.guarded);
    assert_int_equal(info.newest, newest);
}

/* The versions of the rows of the keys, one behind the other. */
static void assert_versions(struct sink *sink, const struct change *const *changes, size_t count,
                            const char *expected)
{
    const struct key *keys[16];
    int64_t versions[16];
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    for (size_t i = 0; i < count; i++)
        keys[i] = &changes[i]->key;
    if (sink->ops->find_versions(sink, keys, count, 0, versions, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%lld ", (long long)versions[i]);
    assert_string_equal(buf_str(&text), expected);
}

void case_guard(struct sink *sink, struct arena *arena)
{
    const struct change *const changes[] = {
        CHANGE(arena, .operation = CHANGE_MODIFY, .version = 7, .sequence = 1,
               .key = {{"at", 'N', "1"}, {"device", 'S', "a"}}, .attributes = {{"x", "1.0"}}),
        CHANGE(arena, .operation = CHANGE_REMOVE, .version = 9, .sequence = 1,
               .key = {{"at", 'N', "9007199254740993"}, {"device", 'S', "'\"b"}}),
        CHANGE(arena, .operation = CHANGE_REMOVE, .key = {{"at", 'N', "2"}, {"device", 'S', "a"}}),
        CHANGE(arena, .operation = CHANGE_REMOVE,
               .key = {{"at", 'N', "9007199254740992"}, {"device", 'S', "'\"b"}}),
        CHANGE(arena, .operation = CHANGE_REMOVE, .key = {{"stranger", 'S', "a"}}),
        CHANGE(arena, .operation = CHANGE_MODIFY, .key = {{"at", 'N', "1"}, {"device", 'S', "a"}}),
    };
    assert_guard(sink, 0);
    assert_versions(sink, changes, ARRAY_LEN(changes), "-1 -1 -1 -1 -1 -1 ");
    write_changes(sink, changes, 2);
    assert_guard(sink, 9);
    assert_versions(sink, changes, ARRAY_LEN(changes), "7 9 -1 -1 -1 7 ");
}
