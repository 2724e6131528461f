#include "unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "pipeline/source.h"

/* A source that reads `text`. */
static struct source reading(const char *text, size_t len)
{
    int fd = memfd_create("source", 0);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct source source;
    assert_int_equal(source_open(&source, path, NULL), 0);
    source.name = "input";
    close(fd);
    return source;
}

struct expected {
    enum source_kind kind;
    uint64_t line;
    const char *bytes;
};

static void check(const char *text, const struct expected *expected, size_t count)
{
    struct source source = reading(text, strlen(text));
    struct source_piece piece;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(source_next(&source, false, &piece, NULL), 0);
        assert_int_equal(piece.kind, expected[i].kind);
        assert_int_equal(piece.line, expected[i].line);
        assert_view(piece.bytes, expected[i].bytes);
    }
    assert_int_equal(source_next(&source, false, &piece, NULL), 0);
    assert_int_equal(piece.kind, SOURCE_END);
    source_close(&source);
}
#define CHECK(text, ...)                                                                           \
    do {                                                                                           \
        const struct expected check_list[] = {__VA_ARGS__};                                        \
        check(text, check_list, ARRAY_LEN(check_list));                                            \
    } while (0)

static void test_records(void **state)
{
    (void)state;
    check("", NULL, 0);
    check("\n \r\n\t\n", NULL, 0);
    CHECK("{\"a\":1}\n{\"b\":2}\n", {SOURCE_RECORD, 1, "{\"a\":1}"},
          {SOURCE_RECORD, 2, "{\"b\":2}"});
    CHECK("\n\n  one \r\n\ntwo", {SOURCE_RECORD, 3, "one"}, {SOURCE_RECORD, 5, "two"});
    CHECK("\xEF\xBB\xBF{\"a\":1}", {SOURCE_RECORD, 1, "{\"a\":1}"});
    CHECK("not \xEF\xBB\xBF json\n\"\n[1\n", {SOURCE_RECORD, 1, "not \xEF\xBB\xBF json"},
          {SOURCE_RECORD, 2, "\""}, {SOURCE_RECORD, 3, "[1"});
}

static void test_events(void **state)
{
    (void)state;
    CHECK("{\"Records\":[]}", {SOURCE_EVENT, 1, "{\"Records\":[]}"});
    CHECK(" {\n \"Records\": [\n  1\n ]\n}\n", {SOURCE_EVENT, 1, "{\n \"Records\": [\n  1\n ]\n}"});
    CHECK("{\"Records\":[]}\n{\"Records\":[1]} {\"Records\":[2]}\n",
          {SOURCE_EVENT, 1, "{\"Records\":[]}"}, {SOURCE_EVENT, 2, "{\"Records\":[1]}"},
          {SOURCE_EVENT, 2, "{\"Records\":[2]}"});
    CHECK("{\"a\":{\"x\":[]},\"Records\":[]}\n{\"a\":{\"Records\":1}}\n",
          {SOURCE_EVENT, 1, "{\"a\":{\"x\":[]},\"Records\":[]}"},
          {SOURCE_RECORD, 2, "{\"a\":{\"Records\":1}}"});
    CHECK("{\n\"a\": 1,\n\"Records\": []\n}\n",
          {SOURCE_EVENT, 1, "{\n\"a\": 1,\n\"Records\": []\n}"});
}

static void test_pretty_records_and_mixtures(void **state)
{
    (void)state;
    CHECK("{\n  \"a\": {\n  }\n}\nnext\n", {SOURCE_RECORD, 1, "{\n  \"a\": {\n  }\n}"},
          {SOURCE_RECORD, 5, "next"});
    CHECK("{\"a\":1}\n{\"Records\":\n[]}\n{\"b\":1}", {SOURCE_RECORD, 1, "{\"a\":1}"},
          {SOURCE_EVENT, 2, "{\"Records\":\n[]}"}, {SOURCE_RECORD, 4, "{\"b\":1}"});
    /* What looks like the beginning of a value and is none, is a line like any other. */
    CHECK("{\nhello\n{\n}\n", {SOURCE_RECORD, 1, "{"}, {SOURCE_RECORD, 2, "hello"},
          {SOURCE_RECORD, 3, "{"}, {SOURCE_RECORD, 4, "}"});
}

static void test_event_that_does_not_end(void **state)
{
    (void)state;
    static const char text[] = "one\n{\"Records\":[{]}\n";
    struct source source = reading(text, strlen(text));
    struct source_piece piece;
    struct error err = {0};
    assert_int_equal(source_next(&source, false, &piece, &err), 0);
    assert_int_equal(source_next(&source, false, &piece, &err), -1);
    assert_int_equal(err.domain, ERROR_INPUT);
    assert_non_null(strstr(err.message, "input:2: this event is not JSON, or cut off"));
    source_close(&source);
}

static void test_line_limit(void **state)
{
    (void)state;
    size_t len = SOURCE_LINE_MAX + 4;
    char *text = xmalloc(len);
    memset(text, 'x', len);
    memcpy(text, "a\n", 2);
    text[len - 1] = '\n';
    struct source source = reading(text, len);
    struct source_piece piece;
    struct error err = {0};
    assert_int_equal(source_next(&source, false, &piece, &err), 0);
    assert_int_equal(source_next(&source, false, &piece, &err), -1);
    assert_string_equal(err.message, "input:2: a line is longer than 32 MiB");
    source_close(&source);
    source = reading(text + 3, len - 3); /* just at the limit */
    assert_int_equal(source_next(&source, false, &piece, &err), 0);
    assert_int_equal(piece.bytes.len, SOURCE_LINE_MAX);
    source_close(&source);
    free(text);
}

/* The pieces of a batch stay where they are until the next one begins. */
static void test_keeps_pieces(void **state)
{
    (void)state;
    cleanup_buf struct buf text = BUF_INIT((size_t)64 << 20);
    for (int i = 0; i < 200000; i++)
        buf_printf(&text, "line number %d, and some more of it so that it is long\n", i);
    struct source source = reading(text.ptr, text.len);
    int expected = 0, pauses = 0;
    struct source_piece kept[1000];
    size_t count = 0;
    for (bool end = false; !end;) {
        struct source_piece piece;
        assert_int_equal(source_next(&source, count > 0, &piece, NULL), 0);
        end = piece.kind == SOURCE_END;
        pauses += piece.kind == SOURCE_PAUSE;
        if (piece.kind == SOURCE_RECORD)
            kept[count++] = piece;
        if (count < ARRAY_LEN(kept) && piece.kind == SOURCE_RECORD)
            continue;
        for (size_t i = 0; i < count; i++) {
            assert_true(view_starts_with(kept[i].bytes, VIEW("line number ")));
            assert_int_equal(strtol(kept[i].bytes.ptr + strlen("line number "), NULL, 10),
                             expected);
            assert_int_equal(kept[i].line, expected + 1);
            expected++;
        }
        count = 0;
    }
    assert_int_equal(expected, 200000);
    assert_true(pauses >= 1);
    assert_int_equal(source.bytes, text.len);
    source_close(&source);
}

/* `tail -f`: what is there is handed out though the pipe stays open. */
static void test_slow_pipe(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    struct source source;
    assert_int_equal(source_open(&source, path, NULL), 0);
    assert_int_equal(write(ends[1], "one\ntwo\nthr", 11), 11);
    struct source_piece piece;
    assert_int_equal(source_next(&source, false, &piece, NULL), 0);
    assert_view(piece.bytes, "one");
    assert_int_equal(source_next(&source, true, &piece, NULL), 0);
    assert_view(piece.bytes, "two");
    assert_int_equal(source_next(&source, true, &piece, NULL), 0);
    assert_int_equal(piece.kind, SOURCE_PAUSE);
    assert_int_equal(write(ends[1], "ee", 2), 2);
    close(ends[1]);
    assert_int_equal(source_next(&source, false, &piece, NULL), 0);
    assert_view(piece.bytes, "three");
    close(ends[0]);
    source_close(&source);
}

static void note(int number)
{
    (void)number;
}

static void *disturb(void *thread)
{
    usleep(100000);
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
    return NULL;
}

static void test_signal_gives_pause(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGUSR1, &action, NULL);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    struct source source;
    assert_int_equal(source_open(&source, path, NULL), 0);
    pthread_t self = pthread_self(), helper;
    pthread_create(&helper, NULL, disturb, &self);
    struct source_piece piece;
    assert_int_equal(source_next(&source, false, &piece, NULL), 0);
    assert_int_equal(piece.kind, SOURCE_PAUSE);
    pthread_join(helper, NULL);
    close(ends[0]);
    close(ends[1]);
    source_close(&source);
}

static void test_cannot_read(void **state)
{
    (void)state;
    struct source source;
    struct error err = {0};
    assert_int_equal(source_open(&source, "/nowhere/at all", &err), -1);
    assert_string_equal(err.message, "/nowhere/at all: cannot open: No such file or directory");
    source_close(&source);
    assert_int_equal(source_open(&source, "/", &err), 0);
    struct source_piece piece;
    assert_int_equal(source_next(&source, false, &piece, &err), -1);
    assert_string_equal(err.message, "/: cannot read: Is a directory");
    source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_pretty_records_and_mixtures),
        cmocka_unit_test(test_event_that_does_not_end),
        cmocka_unit_test(test_line_limit),
        cmocka_unit_test(test_keeps_pieces),
        cmocka_unit_test(test_slow_pipe),
        cmocka_unit_test(test_signal_gives_pause),
        cmocka_unit_test(test_cannot_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
