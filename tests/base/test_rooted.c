#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rooted.h"

static char folder[64], outside[128];
static int root;

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/lorry-rooted-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(outside, sizeof(outside), "%s/outside", folder);
    char path[128];
    snprintf(path, sizeof(path), "%s/root", folder);
    if (mkdir(outside, 0755) != 0 || mkdir(path, 0755) != 0)
        return -1;
    root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return root < 0 ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    close(root);
    int top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rooted_empty(top);
    close(top);
    return rmdir(folder);
}

static bool is_there(int at, const char *path)
{
    struct stat there;
    return fstatat(at, path, &there, AT_SYMLINK_NOFOLLOW) == 0;
}

static void make_file(const char *path)
{
    cleanup_close int fd = rooted_open(root, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    assert_true(fd >= 0);
}

static void links_stay_inside(void **state)
{
    (void)state;
    char target[160];
    snprintf(target, sizeof(target), "%s/x", outside);
    assert_int_equal(symlinkat(outside, root, "away"), 0);
    assert_int_equal(symlinkat("../outside", root, "up"), 0);
    assert_int_equal(symlinkat("/a/b", root, "ab"), 0);
    assert_int_equal(symlinkat("/proc/self/root", root, "magic"), 0);
    assert_int_equal(rooted_open(root, "away/x", O_WRONLY | O_CREAT, 0644), -1);
    assert_int_equal(rooted_open(root, "up/x", O_WRONLY | O_CREAT, 0644), -1);
    assert_int_equal(rooted_open(root, "../outside/x", O_WRONLY | O_CREAT, 0644), -1);
    assert_int_equal(rooted_open(root, target, O_WRONLY | O_CREAT, 0644), -1);
    assert_int_equal(rooted_open(root, "magic/tmp", O_RDONLY, 0), -1);
    assert_int_equal(rooted_make_folders(root, "a/b/c", 0755), 0);
    make_file("/ab/c/x"); /* an absolute path begins at root, and so does a link */
    assert_true(is_there(root, "a/b/c/x"));
    assert_false(is_there(AT_FDCWD, target));
}

static void folders(void **state)
{
    (void)state;
    assert_int_equal(rooted_make_folders(root, "", 0755), 0);
    assert_int_equal(rooted_make_folders(root, "/x//y/", 0755), 0);
    assert_int_equal(rooted_make_folders(root, "x/y/z", 0755), 0);
    assert_true(is_there(root, "x/y/z"));
    make_file("x/file");
    assert_int_equal(rooted_make_folders(root, "x/file/y", 0755), -1);
}

static void parents(void **state)
{
    (void)state;
    const char *name;
    assert_int_equal(rooted_make_folders(root, "a/b", 0755), 0);
    cleanup_close int top = rooted_parent(root, "x", &name);
    assert_string_equal(name, "x");
    cleanup_close int below = rooted_parent(root, "/a/b/x", &name);
    assert_string_equal(name, "x");
    assert_int_equal(mkdirat(below, name, 0755), 0);
    assert_true(is_there(root, "a/b/x"));
    assert_true(top >= 0);
    assert_int_equal(rooted_parent(root, "c/x", &name), -1);
    assert_int_equal(errno, ENOENT);
}

static void what_is_removed(void **state)
{
    (void)state;
    assert_int_equal(rooted_make_folders(root, "a/b/c", 0755), 0);
    make_file("a/b/c/x");
    make_file("a/y");
    assert_int_equal(symlinkat(outside, root, "a/away"), 0);
    assert_int_equal(mkdirat(root, "a/.lorry-0", 0), 0);
    assert_int_equal(fchmodat(root, "a/b", 0, 0), 0);
    assert_int_equal(rooted_remove(root, "a"), 0);
    assert_false(is_there(root, "a"));
    assert_true(is_there(AT_FDCWD, outside));
    assert_int_equal(rooted_remove(root, "a"), 0);
    assert_int_equal(symlinkat("../outside", root, "link"), 0);
    assert_int_equal(rooted_remove(root, "link"), 0);
    assert_true(is_there(AT_FDCWD, outside));
}

/* Deeper than a path may be long, and than there are descriptors. */
static void a_deep_one(void **state)
{
    (void)state;
    int at = dup(root);
    for (int i = 0; i < 2100; i++) {
        assert_int_equal(mkdirat(at, "d", 0755), 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = next;
        assert_true(at >= 0);
    }
    close(at);
    assert_int_equal(rooted_empty(root), 0);
    assert_false(is_there(root, "d"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(links_stay_inside, begin, end),
        cmocka_unit_test_setup_teardown(folders, begin, end),
        cmocka_unit_test_setup_teardown(parents, begin, end),
        cmocka_unit_test_setup_teardown(what_is_removed, begin, end),
        cmocka_unit_test_setup_teardown(a_deep_one, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
