#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

static char folder[] = "/tmp/test-file-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static size_t count_entries(bool remove_them)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (remove_them && unlinkat(dirfd(dir), entry->d_name, 0) != 0)
            assert_int_equal(unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR), 0);
    }
    closedir(dir);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    count_entries(true);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void assert_content(const char *path, const char *text)
{
    cleanup_buf struct buf content = BUF_INIT(BUF_TEXT_CAP);
    assert_int_equal(buf_read_file(&content, path, NULL), 0);
    assert_string_equal(buf_str(&content), text);
}

static void writes_with_the_mode_asked_for(void **state)
{
    (void)state;
    struct stat there;
    mode_t before = umask(0077);
    assert_int_equal(file_write("open", VIEW("one"), 0644, NULL), 0);
    umask(0);
    assert_int_equal(file_write("closed", VIEW(""), 0600, NULL), 0);
    umask(before);
    assert_content("open", "one");
    assert_content("closed", "");
    assert_int_equal(stat("open", &there), 0);
    assert_int_equal(there.st_mode & 07777, 0644);
    assert_int_equal(stat("closed", &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
    assert_int_equal(count_entries(false), 2);
}

static void replaces_what_is_there(void **state)
{
    (void)state;
    char path[sizeof(folder) + 8];
    snprintf(path, sizeof(path), "%s/name", folder);
    assert_int_equal(file_write(path, VIEW("a longer text"), 0644, NULL), 0);
    int old = open(path, O_RDONLY);
    assert_int_equal(file_write(path, VIEW("short"), 0644, NULL), 0);
    assert_content(path, "short");
    char still[32] = "";
    assert_int_equal(read(old, still, sizeof(still)), 13); /* the old file was not touched */
    close(old);
    assert_int_equal(count_entries(false), 1);
}

static void follows_a_link(void **state)
{
    (void)state;
    struct stat there;
    assert_int_equal(file_write("target", VIEW("old"), 0644, NULL), 0);
    assert_int_equal(symlink("target", "link"), 0);
    assert_int_equal(file_write("link", VIEW("new"), 0644, NULL), 0);
    assert_content("target", "new");
    assert_int_equal(lstat("link", &there), 0);
    assert_true(S_ISLNK(there.st_mode));
}

static void assert_fails(const char *path, int code)
{
    struct error err = {0};
    assert_int_equal(file_write(path, VIEW("text"), 0644, &err), -1);
    assert_int_equal(err.domain, ERROR_SYSTEM);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.message, path));
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir("folder", 0755), 0);
    assert_int_equal(mkfifo("pipe", 0644), 0);
    assert_fails("folder", EISDIR);
    assert_fails("folder/", EISDIR);
    assert_fails("pipe", EINVAL);
    assert_fails("/dev/null", EINVAL);
    assert_fails("missing/name", ENOENT);
    assert_fails("", ENOENT);
    assert_int_equal(symlink("/proc/self/nowhere", "dangling"), 0);
    assert_int_equal(count_entries(false), 3);
}

static void leaves_nothing_in_a_read_only_folder(void **state)
{
    (void)state;
    if (geteuid() == 0) { /* root may write everywhere but where the kernel says no */
        assert_fails("/proc/name", ENOENT);
        return;
    }
    assert_int_equal(chmod(folder, 0555), 0);
    assert_fails("name", EACCES);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(count_entries(false), 0);
}

/* A limit of the file size cuts a write in the middle, as a full disk does. */
static void keeps_the_old_file_when_writing_fails(void **state)
{
    (void)state;
    static char large[65536];
    struct rlimit before, little = {.rlim_cur = 4096};
    struct error err = {0};
    assert_int_equal(file_write("name", VIEW("old"), 0644, NULL), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    int result = file_write("name", view_of(large, sizeof(large)), 0644, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(result, -1);
    assert_int_equal(err.code, EFBIG);
    assert_content("name", "old");
    assert_int_equal(count_entries(false), 1);
}

static void maps_a_file(void **state)
{
    (void)state;
    cleanup_file_map struct file_map text = {0}, nothing = {0};
    assert_int_equal(file_write("text", VIEW("12345678"), 0644, NULL), 0);
    assert_int_equal(file_write("nothing", VIEW(""), 0644, NULL), 0);
    assert_int_equal(file_map(&text, "text", 8, NULL), 0);
    assert_view(text.bytes, "12345678");
    assert_int_equal(file_map(&nothing, "nothing", 8, NULL), 0);
    assert_view(nothing.bytes, "");
}

static void refuses_to_map(void **state)
{
    (void)state;
    struct file_map map = {0};
    struct error err = {0};
    assert_int_equal(file_write("text", VIEW("12345678"), 0644, NULL), 0);
    assert_int_equal(mkfifo("pipe", 0644), 0);
    const struct {
        const char *path;
        enum error_domain domain;
    } cases[] = {{"text", ERROR_INPUT},
                 {"pipe", ERROR_INPUT},
                 {"/tmp", ERROR_INPUT},
                 {"missing", ERROR_SYSTEM}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(file_map(&map, cases[i].path, 7, &err), -1);
        assert_int_equal(err.domain, cases[i].domain);
        assert_non_null(strstr(err.message, cases[i].path));
        assert_null(map.bytes.ptr);
    }
}

#define in_a_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(writes_with_the_mode_asked_for),
        in_a_folder(replaces_what_is_there),
        in_a_folder(follows_a_link),
        in_a_folder(refuses_what_is_no_file),
        in_a_folder(leaves_nothing_in_a_read_only_folder),
        in_a_folder(keeps_the_old_file_when_writing_fails),
        in_a_folder(maps_a_file),
        in_a_folder(refuses_to_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
