#include "oci/pack.h"

#include <errno.h>

#include "base/memory.h"

static la_ssize_t append(struct archive *archive, void *user, const void *bytes, size_t len)
{
    struct buf *out = user;
    buf_append(out, bytes, len);
    if (!out->overflow)
        return (la_ssize_t)len;
    archive_set_error(archive, EFBIG, "it is larger than %zu bytes", out->cap);
    return -1;
}

struct archive *pack_new(void)
{
    struct archive *archive = archive_write_new();
    if (!archive)
        memory_exhausted();
    return archive;
}

void pack_open(struct archive *archive, struct buf *out)
{
    archive_write_set_bytes_per_block(archive, 0);
    archive_write_open(archive, out, NULL, append, NULL);
}

bool pack_add(struct archive *archive, const struct pack_entry *entry)
{
    struct archive_entry *header = archive_entry_new();
    if (!header)
        memory_exhausted();
    archive_entry_set_pathname(header, entry->path);
    archive_entry_set_filetype(header, entry->type);
    archive_entry_set_perm(header, entry->mode);
    archive_entry_set_size(header, (la_int64_t)entry->bytes.len);
    archive_entry_set_mtime(header, entry->time_s, 0);
    bool written = archive_write_header(archive, header) == ARCHIVE_OK &&
                   archive_write_data(archive, entry->bytes.ptr, entry->bytes.len) ==
                       (la_ssize_t)entry->bytes.len;
    archive_entry_free(header);
    return written;
}
