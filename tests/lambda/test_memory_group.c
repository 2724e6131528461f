/* Where a control group can be made, in a folder that looks like their file system; and in the real
 * one, where it is permitted. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "lambda/memory_group.h"

static char folder[64];

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/lorry-group-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    char command[128];
    static const char *const names[] = {"a/b/cgroup.subtree_control",
                                        "a/cgroup.subtree_control",
                                        "group/memory.peak",
                                        "group/memory.events",
                                        "group/cgroup.kill",
                                        "group",
                                        "a/b",
                                        "a",
                                        ""};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(command, sizeof(command), "%s/%s", folder, names[i]);
        remove(command);
    }
    return 0;
}

static void make(const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void put(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(file_write(path, view_str(text), 0644, NULL), 0);
}

static void refused(const char *own)
{
    struct error err = {0};
    struct memory_group group = {.path = "x"};
    assert_int_equal(memory_group_make_in(folder, own, &group, getpid(), 1 << 20, &err), -1);
    assert_int_equal(err.domain, ERROR_SYSTEM);
    assert_string_equal(group.path, "");
}

/* Those of version 1 have numbers. */
static void nowhere(void **state)
{
    (void)state;
    refused("");
    refused("4:memory:/a\n");
    refused("0::/a/b\n");
}

/* No limit can be set in what is made here: it is removed again, and the place above tried. */
static void what_cannot_be_limited_is_removed(void **state)
{
    (void)state;
    struct stat there;
    char path[128];
    make("a");
    make("a/b");
    put("a/cgroup.subtree_control", "cpu memory pids\n");
    put("a/b/cgroup.subtree_control", "cpu pids\n");
    refused("1:name=x:/\n0::/a/b\n");
    snprintf(path, sizeof(path), "%s/a/lorry-%d", folder, getpid());
    assert_int_equal(stat(path, &there), -1);
}

static void what_it_tells(void **state)
{
    (void)state;
    struct memory_group group;
    make("group");
    snprintf(group.path, sizeof(group.path), "%s/group", folder);
    assert_int_equal(memory_group_peak(&group), -1);
    assert_false(memory_group_overrun(&group));
    put("group/memory.peak", "12345678\n");
    put("group/memory.events", "low 0\nhigh 3\nmax 7\noom 1\noom_kill 0\n");
    assert_int_equal(memory_group_peak(&group), 12345678);
    assert_false(memory_group_overrun(&group));
    put("group/memory.events", "low 0\noom 1\noom_kill 2\noom_group_kill 0\n");
    assert_true(memory_group_overrun(&group));
}

static void none(void **state)
{
    (void)state;
    struct memory_group group = {0};
    assert_false(memory_group_overrun(&group));
    memory_group_remove(&group);
}

/* A process that wants more than it may have. */
static void the_real_one(void **state)
{
    (void)state;
    struct error err = {0};
    struct memory_group group;
    int gate[2], status;
    assert_int_equal(pipe(gate), 0);
    pid_t child = fork();
    if (child == 0) {
        char go;
        size_t size = (size_t)64 << 20;
        if (read(gate[0], &go, 1) != 1)
            _exit(1);
        volatile char *bytes = malloc(size);
        for (size_t i = 0; i < size; i += 4096)
            bytes[i] = 1;
        _exit(0);
    }
    if (memory_group_make(&group, child, 16 << 20, &err) < 0) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        print_message("skipped: no control group limits memory here: %s\n", err.message);
        skip();
    }
    assert_int_equal(write(gate[1], "", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_true(memory_group_overrun(&group));
    assert_true(memory_group_peak(&group) <= 16 << 20);
    memory_group_remove(&group);
    assert_string_equal(group.path, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nowhere, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_limited_is_removed, begin, end),
        cmocka_unit_test_setup_teardown(what_it_tells, begin, end),
        cmocka_unit_test(none),
        cmocka_unit_test(the_real_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
