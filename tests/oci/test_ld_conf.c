#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "oci/ld_conf.h"

static char folder[] = "/tmp/test-ld-conf-XXXXXX";

static void put(const char *path, const char *text)
{
    assert_int_equal(file_write(path, view_str(text), 0644, NULL), 0);
}

static void reads_folders_in_order(void **state)
{
    (void)state;
    cleanup_arena struct arena arena = ARENA_INIT;
    struct ld_conf conf = {.count = 0};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("conf.d", 0755), 0);
    put("main", "# a comment\n"
                "/first/ # and another\n"
                "  include conf.d/*.conf nothing*\n"
                "hwcap 1 nosegneg\n"
                "relative/folder\n"
                "/a:/b,/c\t/d=libc6\n"
                "includes\n"
                "/last");
    put("conf.d/2.conf", "/second\n");
    put("conf.d/1.conf", "/one\n\ninclude 2.conf\ninclude 1.conf\n"); /* round and round */
    put("conf.d/3.other", "/not\n");
    ld_conf_read("./main", &arena, &conf);
    static const char *const expected[] = {"/first", "/one", "/second"};
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(conf.folders[i], expected[i]);
    static const char *const behind[] = {"/second", "/a", "/b", "/c", "/d", "/last"};
    assert_true(conf.count > 8 && conf.count < 64);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(conf.folders[conf.count - 6 + i], behind[i]);
    unlink("main");
    unlink("conf.d/1.conf");
    unlink("conf.d/2.conf");
    unlink("conf.d/3.other");
    assert_int_equal(rmdir("conf.d"), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void nothing_to_read(void **state)
{
    (void)state;
    cleanup_arena struct arena arena = ARENA_INIT;
    struct ld_conf conf = {.count = 0};
    ld_conf_read("/nowhere/ld.so.conf", &arena, &conf);
    assert_int_equal(conf.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_folders_in_order),
        cmocka_unit_test(nothing_to_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
