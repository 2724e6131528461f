#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"

static int run(const char *const *words, struct view input, size_t cap, struct buf *output,
               struct error *err)
{
    *output = BUF_INIT(cap);
    const struct process process = {.words = words,
                                    .input = input,
                                    .timeout_ms = 20000,
                                    .clock = &clock_system,
                                    .output = output};
    return process_run(&process, err);
}

static int run_shell(const char *script, struct view input, size_t cap, struct buf *output,
                     struct error *err)
{
    return run((const char *const[]){"sh", "-c", script, NULL}, input, cap, output, err);
}

static void test_both_ways(void **state)
{
    (void)state;
    cleanup_buf struct buf output = {0};
    assert_int_equal(run((const char *const[]){"cat", NULL}, VIEW("a\nb"), 100, &output, NULL), 0);
    assert_string_equal(buf_str(&output), "a\nb");
}

/* More than any channel holds, while what it prints is more than a pipe holds. */
static void test_much(void **state)
{
    (void)state;
    size_t len = 4 << 20;
    cleanup_free char *text = xmalloc(len);
    cleanup_buf struct buf output = {0};
    memset(text, 'x', len);
    assert_int_equal(
        run((const char *const[]){"cat", NULL}, view_of(text, len), len, &output, NULL), 0);
    assert_int_equal(output.len, len);
}

/* It does not read, and has closed its input before we have written all. */
static void test_unread(void **state)
{
    (void)state;
    size_t len = 4 << 20;
    cleanup_free char *text = xcalloc(len, 1);
    cleanup_buf struct buf output = {0};
    assert_int_equal(run_shell("exec <&-; echo done", view_of(text, len), 100, &output, NULL), 0);
    assert_string_equal(buf_str(&output), "done\n");
}

static void test_empty_input(void **state)
{
    (void)state;
    cleanup_buf struct buf output = {0};
    assert_int_equal(run_shell("cat; echo end", VIEW(""), 100, &output, NULL), 0);
    assert_string_equal(buf_str(&output), "end\n");
}

static void test_failures(void **state)
{
    (void)state;
    static const struct {
        const char *script, *message;
        int code;
    } cases[] = {
        {"echo text; exit 3", "it ended with status 3", 0},
        {"kill -9 $$", "it was ended by signal 9", EINTR},
        {"echo 123456789012", "it printed more than 10 bytes", EMSGSIZE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf output = {0};
        struct error err = {0};
        assert_int_equal(run_shell(cases[i].script, VIEW(""), 10, &output, &err), -1);
        assert_int_equal(err.domain, ERROR_SYSTEM);
        assert_int_equal(err.code, cases[i].code);
        assert_string_equal(err.message, cases[i].message);
        if (i == 0)
            assert_string_equal(buf_str(&output), "text\n");
    }
}

static void test_missing(void **state)
{
    (void)state;
    cleanup_buf struct buf output = {0};
    struct error err = {0};
    assert_int_equal(
        run((const char *const[]){"no-such-program", "secret", NULL}, VIEW(""), 9, &output, &err),
        -1);
    assert_int_equal(err.code, ENOENT);
    assert_string_equal(err.message, "cannot start \"no-such-program\": No such file or directory");
}

static void test_time_out(void **state)
{
    (void)state;
    cleanup_buf struct buf output = BUF_INIT(10);
    struct error err = {0};
    const struct process process = {.words = (const char *const[]){"sleep", "600", NULL},
                                    .timeout_ms = 10,
                                    .clock = &clock_system,
                                    .output = &output};
    assert_int_equal(process_run(&process, &err), -1);
    assert_int_equal(err.code, ETIMEDOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways), cmocka_unit_test(test_much),
        cmocka_unit_test(test_unread),    cmocka_unit_test(test_empty_input),
        cmocka_unit_test(test_failures),  cmocka_unit_test(test_missing),
        cmocka_unit_test(test_time_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
