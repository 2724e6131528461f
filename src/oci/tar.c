#include "oci/tar.h"

#include <stdlib.h>

#include "base/memory.h"
#include "oci/pack.h"

struct tar {
    struct archive *archive;
    struct buf *out;
    int64_t time_s;
};

struct tar *tar_new(struct buf *out, int64_t time_s)
{
    struct tar *tar = xcalloc(1, sizeof(*tar));
    *tar = (struct tar){pack_new(), out, time_s};
    archive_write_set_format_ustar(tar->archive);
    pack_open(tar->archive, out);
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
    const struct pack_entry entry = {path, type, mode, tar->time_s, bytes};
    return pack_add(tar->archive, &entry) ? 0 : failed(tar, path, err);
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
