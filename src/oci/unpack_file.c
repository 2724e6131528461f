#include "oci/unpack_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/rooted.h"

enum { CHUNK = 1 << 16 };

bool unpack_leads_up(const char *path)
{
    for (const char *part = path; *part;) {
        size_t len = strcspn(part, "/");
        if (len == 2 && memcmp(part, "..", 2) == 0)
            return true;
        part += len + strspn(part + len, "/");
    }
    return false;
}

/* As seen by somebody who owns nothing. */
static mode_t mode_for_all(mode_t mode)
{
    mode &= 07;
    return mode << 6 | mode << 3 | mode;
}

static int copy(struct unpacking *unpacking, const struct unpack_file *file, int to,
                struct error *err)
{
    char chunk[CHUNK];
    ssize_t len;
    while ((len = file->read(file->user, chunk, sizeof(chunk), err)) > 0) {
        if ((size_t)len > unpacking->bytes_left)
            return error_set(err, ERROR_INPUT, 0, "unpacked, it is too large");
        unpacking->bytes_left -= (size_t)len;
        if (file_write_all(to, view_of(chunk, (size_t)len)) < 0)
            return error_errno(err, "cannot write");
    }
    return len < 0 ? -1 : 0;
}

static int put_regular(struct unpacking *unpacking, int folder, const char *name,
                       const struct unpack_file *file, struct error *err)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    cleanup_close int to = openat(folder, name, flags, 0600);
    if (to < 0)
        return error_errno(err, "cannot make it");
    if (copy(unpacking, file, to, err) < 0)
        return -1;
    return fchmod(to, mode_for_all(file->mode)) == 0 ? 0 : error_errno(err, "cannot set its mode");
}

/* A folder that is there stays, with what is in it. */
static int put_folder(int folder, const char *name, const struct unpack_file *file,
                      struct error *err)
{
    if (mkdirat(folder, name, 0700) != 0 && errno != EEXIST)
        return error_errno(err, "cannot make the folder");
    if (fchmodat(folder, name, mode_for_all(file->mode) | 0700, 0) != 0)
        return error_errno(err, "cannot set its mode");
    return 0;
}

static int put_symlink(int folder, const char *name, const struct unpack_file *file,
                       struct error *err)
{
    return symlinkat(file->link, folder, name) == 0 ? 0 : error_errno(err, "cannot make the link");
}

static int put_hardlink(const struct unpacking *unpacking, int folder, const char *name,
                        const struct unpack_file *file, struct error *err)
{
    const char *target, *link = file->link + strspn(file->link, "/");
    if (unpack_leads_up(link))
        return error_set(err, ERROR_INPUT, 0, "the link leads out of the package");
    cleanup_close int there = rooted_parent(unpacking->root, link, &target);
    if (there < 0 || linkat(there, target, folder, name, 0) != 0)
        return error_set(err, ERROR_INPUT, 0, "cannot make the hard link: %s", strerror(errno));
    return 0;
}

static int open_parent(const struct unpacking *unpacking, const char *path, const char **name,
                       struct error *err)
{
    int folder = rooted_parent(unpacking->root, path, name);
    if (folder < 0 && errno == ENOENT && unpacking->make_parents) {
        cleanup_free char *parents = xstrndup(path, (size_t)(*name - path));
        if (rooted_make_folders(unpacking->root, parents, 0755) == 0)
            folder = rooted_parent(unpacking->root, path, name);
    }
    if (folder >= 0)
        return folder;
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
        return error_set(err, ERROR_INPUT, 0,
                         "its folder is not in the package (Lambda: MissingParentDirectory)");
    return error_errno(err, "cannot open its folder");
}

/* What a lower layer has there goes, unless both are folders. */
static int make_way(int folder, const char *name, const struct unpack_file *file, struct error *err)
{
    struct stat there;
    if (fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if (file->type == LAYER_FOLDER && S_ISDIR(there.st_mode))
        return 0;
    return rooted_remove(folder, name) == 0 ? 0 : error_errno(err, "cannot replace what is there");
}

static int put(struct unpacking *unpacking, const struct unpack_file *file, struct error *err)
{
    const char *name;
    if (unpack_leads_up(file->path))
        return error_set(err, ERROR_INPUT, 0, "it leads out of the package");
    if (!unpacking->files_left--)
        return error_set(err, ERROR_INPUT, 0, "there are more than %zu files", UNPACK_FILES_MAX);
    cleanup_close int folder = open_parent(unpacking, file->path, &name, err);
    if (folder < 0 || make_way(folder, name, file, err) < 0)
        return -1;
    switch (file->type) {
    case LAYER_FILE: return put_regular(unpacking, folder, name, file, err);
    case LAYER_FOLDER: return put_folder(folder, name, file, err);
    case LAYER_SYMLINK: return put_symlink(folder, name, file, err);
    case LAYER_HARDLINK: return put_hardlink(unpacking, folder, name, file, err);
    default: return error_set(err, ERROR_INPUT, 0, "it is a device, a pipe or a socket");
    }
}

int unpack_put(struct unpacking *unpacking, const struct unpack_file *file, struct error *err)
{
    if (put(unpacking, file, err) == 0)
        return 0;
    cleanup_buf struct buf shown = BUF_INIT(4 * (size_t)PATH_MAX);
    printable_append(&shown, view_str(file->path));
    return error_prefix(err, "\"%s\"", buf_str(&shown));
}
