#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"

static void grows_and_stays_terminated(void **state)
{
    (void)state;
    cleanup_buf struct buf buf = BUF_INIT(BUF_TEXT_CAP);
    assert_string_equal(buf_str(&buf), "");
    assert_view(buf_view(&buf), "");
    buf_append_str(&buf, "one");
    buf_append_char(&buf, ' ');
    buf_append_view(&buf, VIEW("two"));
    buf_printf(&buf, " %d", 3);
    buf_append(&buf, NULL, 0);
    assert_string_equal(buf_str(&buf), "one two 3");
    for (int i = 0; i < 10000; i++)
        buf_append_char(&buf, 'x');
    assert_int_equal(buf.len, 10009);
    assert_int_equal(buf.ptr[buf.len], '\0');
    buf_clear(&buf);
    assert_string_equal(buf_str(&buf), "");
    buf_release(&buf);
    buf_append_str(&buf, "again");
    assert_string_equal(buf_str(&buf), "again");
}

static void holds_as_much_as_its_cap(void **state)
{
    (void)state;
    cleanup_buf struct buf buf = BUF_INIT(8);
    buf_append_str(&buf, "12345678");
    assert_false(buf.overflow);
    buf_append_char(&buf, '9');
    assert_true(buf.overflow);
    assert_string_equal(buf_str(&buf), "12345678");
    buf_clear(&buf);
    assert_false(buf.overflow);
    buf_printf(&buf, "%s", "123456789");
    assert_true(buf.overflow);
    assert_string_equal(buf_str(&buf), "");
    assert_null(buf_reserve(&buf, SIZE_MAX));
}

/* A file with this text, to be removed by the caller. */
static void make_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void reads_files_up_to_the_cap(void **state)
{
    (void)state;
    char path[] = "/tmp/test-buf-XXXXXX";
    make_file(path, "12345678");
    cleanup_buf struct buf enough = BUF_INIT(8), little = BUF_INIT(7);
    buf_append_str(&enough, "before");
    struct error err;
    assert_int_equal(buf_read_file(&enough, path, &err), 0);
    assert_string_equal(buf_str(&enough), "12345678");
    assert_int_equal(buf_read_file(&little, path, &err), -1);
    assert_int_equal(err.domain, ERROR_INPUT);
    assert_non_null(strstr(err.message, path));
    unlink(path);
    assert_int_equal(buf_read_file(&enough, path, &err), -1);
    assert_int_equal(err.domain, ERROR_SYSTEM);
    assert_int_equal(err.code, ENOENT);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(buf_read_file(&enough, "/", &err), -1);
    assert_int_equal(err.code, EISDIR);
}

static void defuses_control_characters(void **state)
{
    (void)state;
    cleanup_buf struct buf buf = BUF_INIT(64);
    buf_defuse(&buf); /* one that never held anything */
    assert_int_equal(buf.len, 0);
    buf_append_str(&buf, "a\x1b[2J\nb\x7f\xc2\x9b\xc3\xa4\xc2");
    buf_defuse(&buf);
    assert_string_equal(buf_str(&buf), "a [2J b   \xc3\xa4\xc2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(holds_as_much_as_its_cap),
        cmocka_unit_test(reads_files_up_to_the_cap),
        cmocka_unit_test(defuses_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
