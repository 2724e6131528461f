#include "base/rooted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/memory.h"

int rooted_open(int root, const char *path, int flags, mode_t mode)
{
    const struct open_how how = {
        .flags = (unsigned)flags | O_CLOEXEC,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* The part of a path before `end`; "." if that is empty. */
static int open_folder(int root, const char *path, const char *end)
{
    char folder[PATH_MAX] = ".";
    size_t len = (size_t)(end - path);
    if (len >= sizeof(folder)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (len) {
        memcpy(folder, path, len);
        folder[len] = '\0';
    }
    return rooted_open(root, folder, O_PATH | O_DIRECTORY, 0);
}

int rooted_parent(int root, const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    return open_folder(root, path, slash ? slash : path);
}

static int make_folder(int root, const char *path, mode_t mode)
{
    const char *name;
    cleanup_close int parent = rooted_parent(root, path, &name);
    if (parent < 0)
        return -1;
    return mkdirat(parent, name, mode) == 0 || errno == EEXIST ? 0 : -1;
}

int rooted_make_folders(int root, const char *path, mode_t mode)
{
    char part[PATH_MAX];
    for (const char *end = path; *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        size_t len = (size_t)(end - path);
        if (len >= sizeof(part)) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, path, len);
        part[len] = '\0';
        if (len && part[len - 1] != '/' && make_folder(root, part, mode) < 0)
            return -1;
    }
    return 0;
}

/* Calls `deal` for what is in a folder; "." and ".." left out. */
static int each_entry(int folder, int (*deal)(int folder, const char *name, void *user), void *user)
{
    int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = own < 0 ? NULL : fdopendir(own);
    if (!stream) {
        if (own >= 0)
            close(own);
        return -1;
    }
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = deal(folder, entry->d_name, user);
    int problem = errno;
    closedir(stream);
    errno = problem;
    return result;
}

/* What is being emptied. */
struct emptying {
    int top;
    unsigned long moved; /* folders */
    bool left;           /* some folders are still there */
};

/* Folders move to the top, so that no depth needs as many descriptors, or a path as long. */
static int lift(int folder, const char *name, void *user)
{
    struct emptying *emptying = user;
    char moved[NAME_MAX];
    if (unlinkat(folder, name, 0) == 0)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    emptying->left = true;
    do
        snprintf(moved, sizeof(moved), ".lorry-%lu", emptying->moved++);
    while (renameat2(folder, name, emptying->top, moved, RENAME_NOREPLACE) != 0 && errno == EEXIST);
    return faccessat(emptying->top, moved, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int remove_top(int top, const char *name, void *user)
{
    struct emptying *emptying = user;
    if (unlinkat(top, name, 0) == 0 || unlinkat(top, name, AT_REMOVEDIR) == 0)
        return 0;
    fchmodat(top, name, 0700, 0);
    cleanup_close int folder = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 || each_entry(folder, lift, emptying) < 0)
        return -1;
    return unlinkat(top, name, AT_REMOVEDIR);
}

int rooted_empty(int folder)
{
    struct emptying emptying = {.top = folder, .left = true};
    while (emptying.left) {
        emptying.left = false;
        if (each_entry(folder, remove_top, &emptying) < 0)
            return -1;
    }
    return 0;
}

int rooted_remove(int folder, const char *name)
{
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
        return 0;
    cleanup_close int below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0 || rooted_empty(below) < 0)
        return -1;
    return unlinkat(folder, name, AT_REMOVEDIR);
}
