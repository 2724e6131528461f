#include <archive.h>
#include <archive_entry.h>

#include "base/memory.h"
#include "oci/unpack.h"
#include "oci/unpack_file.h"
#include "oci/zip.h"

static int damaged(struct archive *archive, struct error *err)
{
    const char *why = archive_error_string(archive);
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&text, why ? why : "it is no zip file");
    buf_defuse(&text);
    return error_set(err, ERROR_INPUT, 0, "no zip file, or damaged: %s", buf_str(&text));
}

static ssize_t read_content(void *user, void *bytes, size_t size, struct error *err)
{
    la_ssize_t len = archive_read_data(user, bytes, size);
    return len < 0 ? damaged(user, err) : len;
}

static enum layer_type type_of(struct archive_entry *entry)
{
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG: return LAYER_FILE;
    case AE_IFDIR: return LAYER_FOLDER;
    case AE_IFLNK: return LAYER_SYMLINK;
    default: return LAYER_SPECIAL;
    }
}

static int place(struct unpacking *unpacking, struct archive *archive, struct archive_entry *entry,
                 struct error *err)
{
    const char *name = archive_entry_pathname(entry), *link = archive_entry_symlink(entry);
    if (!name || *name == '/')
        return error_set(err, ERROR_INPUT, 0, "a file in it leads out of the package");
    cleanup_free char *path = xstrdup(name);
    for (size_t len = strlen(path); len && path[len - 1] == '/';)
        path[--len] = '\0';
    const struct unpack_file file = {
        .path = path,
        .type = type_of(entry),
        .mode = archive_entry_perm(entry),
        .link = link ? link : "",
        .read = read_content,
        .user = archive,
    };
    return *path ? unpack_put(unpacking, &file, err) : 0;
}

static int place_all(struct unpacking *unpacking, struct archive *archive, struct error *err)
{
    struct archive_entry *entry;
    int result;
    while ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
           result == ARCHIVE_WARN)
        if (place(unpacking, archive, entry, err) < 0)
            return -1;
    return result == ARCHIVE_EOF ? 0 : damaged(archive, err);
}

int unpack_zip(struct view zip, int root, struct error *err)
{
    struct unpacking unpacking = {.root = root,
                                  .bytes_left = ZIP_PACKAGE_MAX,
                                  .files_left = UNPACK_FILES_MAX,
                                  .make_parents = true};
    struct archive *archive = archive_read_new();
    if (!archive)
        memory_exhausted();
    archive_read_support_format_zip(archive);
    int result = archive_read_open_memory(archive, zip.ptr, zip.len) == ARCHIVE_OK
                     ? place_all(&unpacking, archive, err)
                     : damaged(archive, err);
    archive_read_free(archive);
    return result;
}
