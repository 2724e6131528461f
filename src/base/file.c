#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/memory.h"

int file_write_all(int fd, struct view bytes)
{
    while (bytes.len) {
        ssize_t put = write(fd, bytes.ptr, bytes.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        bytes = view_skip(bytes, (size_t)put);
    }
    return 0;
}

/* What a symbolic link points to is replaced, not the link; and nothing but a file is, since rename
 * would put one in the place of a device as well. */
static char *find_target(const char *path, struct error *err)
{
    struct stat there;
    cleanup_free char *target = realpath(path, NULL);
    if (!target) /* nothing there yet, or renaming will tell why not */
        return xstrdup(path);
    if (stat(target, &there) != 0) {
        error_errno(err, "%s: cannot write", path);
        return NULL;
    }
    if (!S_ISREG(there.st_mode)) {
        errno = S_ISDIR(there.st_mode) ? EISDIR : EINVAL;
        error_errno(err, "%s: cannot replace what is no regular file", path);
        return NULL;
    }
    return steal(&target);
}

static int fill(int fd, const char *temporary, const char *target, struct view bytes, mode_t mode)
{
    if (file_write_all(fd, bytes) != 0 || fchmod(fd, mode) != 0 || fsync(fd) != 0)
        return -1;
    return rename(temporary, target);
}

int file_write(const char *path, struct view bytes, mode_t mode, struct error *err)
{
    cleanup_free char *target = find_target(path, err);
    if (!target)
        return -1;
    const char *slash = strrchr(target, '/');
    cleanup_buf struct buf temporary = BUF_INIT(PATH_MAX);
    buf_append(&temporary, target, slash ? (size_t)(slash - target) + 1 : 0);
    buf_append_str(&temporary, ".lorry-XXXXXX");
    cleanup_close int fd = mkostemp(temporary.ptr, O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "%s: cannot write", path);
    if (fill(fd, temporary.ptr, target, bytes, mode) == 0)
        return 0;
    error_errno(err, "%s: cannot write", path);
    unlink(temporary.ptr);
    return -1;
}

int file_map(struct file_map *map, const char *path, size_t cap, struct error *err)
{
    /* O_NONBLOCK: opening a pipe that nobody writes to would wait for ever. */
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat there;
    if (fd < 0 || fstat(fd, &there) != 0)
        return error_errno(err, "%s: cannot open", path);
    if (!S_ISREG(there.st_mode))
        return error_set(err, ERROR_INPUT, 0, "%s: not a regular file", path);
    if ((uintmax_t)there.st_size > cap)
        return error_set(err, ERROR_INPUT, 0, "%s: larger than %zu bytes", path, cap);
    struct view bytes = VIEW("");
    if (there.st_size > 0) { /* nothing cannot be mapped */
        void *at = mmap(NULL, (size_t)there.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (at == MAP_FAILED)
            return error_errno(err, "%s: cannot read", path);
        bytes = view_of(at, (size_t)there.st_size);
    }
    map->bytes = bytes;
    return 0;
}

void file_map_release(struct file_map *map)
{
    if (map->bytes.len)
        munmap((void *)map->bytes.ptr, map->bytes.len);
    *map = (struct file_map){0};
}
