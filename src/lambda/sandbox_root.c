#include "lambda/sandbox_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/memory.h"
#include "base/rooted.h"

/* Those that Lambda has been seen to use. */
#define LAMBDA_UID 993
#define LAMBDA_GID 990

/* What a program of this machine may need. Beside certificates there may be private keys, which
 * root can read: they stay outside. */
static const char *const system_paths[] = {
    "bin",
    "sbin",
    "lib",
    "lib32",
    "lib64",
    "usr",
    "etc/alternatives",
    "etc/ld.so.cache",
    "etc/localtime",
    "etc/nsswitch.conf",
    "etc/pki/ca-trust",
    "etc/pki/tls/cert.pem",
    "etc/pki/tls/certs",
    "etc/pki/tls/openssl.cnf",
    "etc/ssl/cert.pem",
    "etc/ssl/certs",
    "etc/ssl/openssl.cnf",
};

static const char *const devices[] = {"null", "zero", "full", "random", "urandom"};

static int write_text(const char *path, const char *text)
{
    cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t len = strlen(text);
    return fd >= 0 && write(fd, text, len) == (ssize_t)len ? 0 : -1;
}

static int map_ids(uid_t uid, gid_t gid)
{
    char users[48], groups[48];
    snprintf(users, sizeof(users), "%d %u 1", LAMBDA_UID, uid);
    snprintf(groups, sizeof(groups), "%d %u 1", LAMBDA_GID, gid);
    if (write_text("/proc/self/setgroups", "deny") < 0 && errno != ENOENT)
        return -1;
    if (write_text("/proc/self/uid_map", users) < 0 || write_text("/proc/self/gid_map", groups) < 0)
        return -1;
    return 0;
}

/* Mounts what `mount` is at a place that is open. */
static int attach(int mount, int place)
{
    return move_mount(mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int restrict_mount(int mount, uint64_t attributes, unsigned recursive)
{
    struct mount_attr attr = {.attr_set = attributes};
    return mount_setattr(mount, "", AT_EMPTY_PATH | recursive, &attr, sizeof(attr));
}

/* The folder, as a mount of its own, in its own place. */
static int open_root(const char *path)
{
    int root = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (root < 0)
        return -1;
    if (move_mount(root, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) == 0)
        return root;
    close(root);
    return -1;
}

/* A folder of the machine at a place within root, which is made. */
static int bind_folder(int root, const char *from, const char *to, uint64_t attributes)
{
    cleanup_close int tree =
        open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (tree < 0 || rooted_make_folders(root, to, 0755) < 0 ||
        restrict_mount(tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | attributes, AT_RECURSIVE) < 0)
        return -1;
    cleanup_close int place = rooted_open(root, to, O_PATH | O_DIRECTORY, 0);
    return place < 0 ? -1 : attach(tree, place);
}

/* The same for a file: its folder is there. */
static int bind_file(int folder, const char *from, const char *name, uint64_t attributes)
{
    cleanup_close int tree = open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0)
        return -1;
    int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
    int made = openat(folder, name, flags, 0644);
    if (made < 0)
        return -1;
    close(made);
    cleanup_close int place = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0 || restrict_mount(tree, attributes, 0) < 0)
        return -1;
    return attach(tree, place);
}

static int new_mount(const char *type, uint64_t attributes)
{
    cleanup_close int made = fsopen(type, FSOPEN_CLOEXEC);
    if (made < 0 || fsconfig(made, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return fsmount(made, FSMOUNT_CLOEXEC, (unsigned)attributes);
}

/* Read-only: the kernel's settings belong to the user 0 of the machine, whatever he is called here
 * and however few capabilities he has. */
static int mount_proc(int root)
{
    cleanup_close int proc = new_mount("proc", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                                   MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    cleanup_close int place = rooted_open(root, "proc", O_PATH | O_DIRECTORY, 0);
    return proc < 0 || place < 0 ? -1 : attach(proc, place);
}

/* The devices are the machine's own: they can be written to all the same, but not be changed. */
static int fill_dev(int dev)
{
    static const uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    static const char *const links[][2] = {{"/proc/self/fd", "fd"},
                                           {"/proc/self/fd/0", "stdin"},
                                           {"/proc/self/fd/1", "stdout"},
                                           {"/proc/self/fd/2", "stderr"}};
    char from[32];
    for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
        snprintf(from, sizeof(from), "/dev/%s", devices[i]);
        if (bind_file(dev, from, devices[i], attributes) < 0)
            return -1;
    }
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        if (symlinkat(links[i][0], dev, links[i][1]) < 0)
            return -1;
    return restrict_mount(dev, attributes, 0);
}

static int mount_dev(int root)
{
    cleanup_close int dev = new_mount("tmpfs", 0);
    cleanup_close int place = rooted_open(root, "dev", O_PATH | O_DIRECTORY, 0);
    if (dev < 0 || place < 0 || attach(dev, place) < 0)
        return -1;
    return fill_dev(dev);
}

static int make_parents(int root, const char *path)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *parents = xstrndup(path, slash ? (size_t)(slash - path) : 0);
    return rooted_make_folders(root, parents, 0755);
}

/* A link as it is, a folder or a file as a mount; nothing, if the machine has none. */
static int add_system_path(int root, const char *path)
{
    const char *name;
    char from[64], link[PATH_MAX];
    struct stat there;
    snprintf(from, sizeof(from), "/%s", path);
    if (lstat(from, &there) != 0)
        return 0;
    if (S_ISDIR(there.st_mode))
        return bind_folder(root, from, path, MOUNT_ATTR_RDONLY);
    if (make_parents(root, path) < 0)
        return -1;
    cleanup_close int folder = rooted_parent(root, path, &name);
    if (!S_ISLNK(there.st_mode))
        return bind_file(folder, from, name, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
    ssize_t len = readlink(from, link, sizeof(link) - 1);
    if (len < 0)
        return -1;
    link[len] = '\0';
    return symlinkat(link, folder, name);
}

static int add_system(int root)
{
    for (size_t i = 0; i < ARRAY_LEN(system_paths); i++)
        if (add_system_path(root, system_paths[i]) < 0)
            return -1;
    return 0;
}

/* [pivot_root(2): "pivot_root(".", ".")"] The root file system of an initramfs cannot be exchanged,
 * but covered; without privileges nothing leads back to it. */
static int exchange_root(int root)
{
    if (syscall(SYS_pivot_root, ".", ".") == 0)
        return umount2(".", MNT_DETACH);
    if (errno != EINVAL || move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return -1;
    return chroot(".");
}

static int become_root(int root)
{
    if (restrict_mount(root, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0) < 0 ||
        fchdir(root) < 0 || exchange_root(root) < 0)
        return -1;
    return chdir("/");
}

const char *sandbox_enter(const struct sandbox_plan *plan, struct sandbox_entry *entry)
{
    if (map_ids(entry->uid, entry->gid) < 0)
        return "becoming another user";
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return "separating the mounts";
    cleanup_close int root = open_root(plan->root);
    if (root < 0)
        return "mounting the files of the package";
    if (bind_folder(root, plan->tmp, "tmp", 0) < 0)
        return "mounting /tmp";
    if (mount_dev(root) < 0)
        return "mounting /dev";
    entry->without_proc = mount_proc(root) < 0;
    entry->permitted = true;
    if (plan->with_system && add_system(root) < 0)
        return "mounting the machine's own files";
    if (plan->shared && bind_folder(root, plan->shared, plan->shared, 0) < 0)
        return "mounting the folder of the sink";
    return become_root(root) < 0 ? "changing the root" : NULL;
}
