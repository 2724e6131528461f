#include "oci/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"

struct tar {
    struct archive *archive;
    struct buf *out;
    int64_t time_s;
};

static la_ssize_t append(struct archive *archive, void *user, const void *bytes, size_t len)
{
    struct buf *out = user;
    buf_append(out, bytes, len);
    if (!out->overflow)
        return (la_ssize_t)len;
    archive_set_error(archive, EFBIG, "it is larger than %zu bytes", out->cap);
    return -1;
}

struct tar *tar_new(struct buf *out, int64_t time_s)
{
    struct tar *tar = xcalloc(1, sizeof(*tar));
    *tar = (struct tar){archive_write_new(), out, time_s};
    if (!tar->archive)
        memory_exhausted();
    archive_write_set_format_ustar(tar->archive);
    archive_write_set_bytes_per_block(tar->archive, 0);
    archive_write_open(tar->archive, out, NULL, append, NULL);
    return tar;
}

static int failed(struct tar *tar, const char *path, struct error *err)
{
    return error_set(err, ERROR_INPUT, 0, "cannot pack \"%s\": %s", path,
                     archive_error_string(tar->archive));
}

static int add(struct tar *tar, const char *path, unsigned type, mode_t mode, struct view bytes,
               struct error *err)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        memory_exhausted();
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, mode);
    archive_entry_set_size(entry, (la_int64_t)bytes.len);
    archive_entry_set_mtime(entry, tar->time_s, 0);
    bool written = archive_write_header(tar->archive, entry) == ARCHIVE_OK &&
                   archive_write_data(tar->archive, bytes.ptr, bytes.len) == (la_ssize_t)bytes.len;
    archive_entry_free(entry);
    return written ? 0 : failed(tar, path, err);
}

int tar_add_folder(struct tar *tar, const char *path, mode_t mode, struct error *err)
{
    return add(tar, path, AE_IFDIR, mode, VIEW(""), err);
}

int tar_add_file(struct tar *tar, const char *path, struct view bytes, mode_t mode,
                 struct error *err)
{
    return add(tar, path, AE_IFREG, mode, bytes, err);
}

int tar_end(struct tar *tar, struct error *err)
{
    return archive_write_close(tar->archive) == ARCHIVE_OK ? 0 : failed(tar, "the end of it", err);
}

void tar_free(struct tar *tar)
{
    if (tar)
        archive_write_free(tar->archive);
    free(tar);
}
