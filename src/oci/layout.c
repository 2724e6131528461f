#include "oci/layout.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "oci/tar.h"
#include "json/writer.h"

#define ARCHIVE_MAX ((size_t)1 << 30)
#define BLOBS "blobs/sha256"

static const struct view layout_file = VIEW("{\"imageLayoutVersion\":\"1.0.0\"}");

/* [OCI Image Format Specification "Image Layout": index.json] */
static void make_index(const struct oci_image *image, const char *tag, struct buf *text)
{
    struct json_writer json;
    json_writer_init(&json, text);
    json_begin_object(&json);
    json_member_int(&json, "schemaVersion", 2);
    json_member_string(&json, "mediaType", VIEW("application/vnd.oci.image.index.v1+json"));
    json_put_name(&json, VIEW("manifests"));
    json_begin_array(&json);
    json_begin_object(&json);
    json_member_string(&json, "mediaType", view_str(image->manifest.media_type));
    json_member_string(&json, "digest", view_str(image->manifest.digest.text));
    json_member_int(&json, "size", (int64_t)image->manifest.size);
    json_put_name(&json, VIEW("annotations"));
    json_begin_object(&json);
    json_member_string(&json, "org.opencontainers.image.ref.name", view_str(tag));
    json_end_object(&json);
    json_end_object(&json);
    json_end_array(&json);
    json_end_object(&json);
}

/* Where the files of a layout go: into an archive or a folder. */
struct target {
    struct tar *tar;
    const char *folder;
};

static int put_file(const struct target *target, const char *name, struct view bytes,
                    struct error *err)
{
    if (target->tar)
        return tar_add_file(target->tar, name, bytes, 0644, err);
    cleanup_buf struct buf path = BUF_INIT(PATH_MAX);
    buf_printf(&path, "%s/%s", target->folder, name);
    return file_write(buf_str(&path), bytes, 0644, err);
}

static int put_folder(const struct target *target, const char *name, struct error *err)
{
    if (target->tar)
        return tar_add_folder(target->tar, name, 0755, err);
    cleanup_buf struct buf path = BUF_INIT(PATH_MAX);
    buf_printf(&path, "%s/%s", target->folder, name);
    if (mkdir(buf_str(&path), 0755) != 0 || chmod(buf_str(&path), 0755) != 0)
        return error_errno(err, "%s: cannot make the folder", buf_str(&path));
    return 0;
}

static int put_blob(const struct target *target, const struct oci_blob *blob, struct error *err)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&name, BLOBS "/%s", oci_digest_hex(&blob->digest));
    return put_file(target, buf_str(&name), blob->bytes, err);
}

static int put_layout(const struct target *target, const struct oci_image *image, const char *tag,
                      struct error *err)
{
    cleanup_buf struct buf index = BUF_INIT(OCI_MANIFEST_MAX);
    make_index(image, tag, &index);
    if (put_folder(target, "blobs", err) < 0 || put_folder(target, BLOBS, err) < 0 ||
        put_blob(target, &image->manifest, err) < 0 || put_blob(target, &image->config, err) < 0)
        return -1;
    for (size_t i = 0; i < image->layer_count; i++)
        if (put_blob(target, &image->layers[i], err) < 0)
            return -1;
    if (put_file(target, "index.json", buf_view(&index), err) < 0)
        return -1;
    return put_file(target, "oci-layout", layout_file, err);
}

static int write_archive(const struct oci_image *image, const char *path, const char *tag,
                         struct error *err)
{
    cleanup_buf struct buf bytes = BUF_INIT(ARCHIVE_MAX);
    cleanup_tar struct tar *tar = tar_new(&bytes, 0);
    const struct target target = {.tar = tar};
    if (put_layout(&target, image, tag, err) < 0 || tar_end(tar, err) < 0)
        return -1;
    return file_write(path, buf_view(&bytes), 0644, err);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

/* Made under another name beside its place, then renamed: which succeeds over an empty folder, too.
 */
static int write_folder(const struct oci_image *image, const char *path, const char *tag,
                        struct error *err)
{
    cleanup_buf struct buf temporary = BUF_INIT(PATH_MAX);
    struct view place = view_str(path);
    while (place.len > 1 && place.ptr[place.len - 1] == '/')
        place.len--;
    buf_append_view(&temporary, place);
    buf_append_str(&temporary, ".lorry-XXXXXX");
    if (temporary.overflow || !mkdtemp(temporary.ptr))
        return error_errno(err, "%s: cannot make the folder", path);
    const struct target target = {.folder = buf_str(&temporary)};
    int result = put_layout(&target, image, tag, err);
    if (result == 0 && (chmod(target.folder, 0755) != 0 || rename(target.folder, path) != 0))
        result = error_errno(err, "%s: cannot put an image there", path);
    if (result < 0)
        nftw(target.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return result;
}

int oci_layout_write(const struct oci_image *image, const char *path, const char *tag,
                     struct error *err)
{
    size_t len = strlen(path);
    bool archive = len > 4 && strcmp(path + len - 4, ".tar") == 0;
    return archive ? write_archive(image, path, tag, err) : write_folder(image, path, tag, err);
}
