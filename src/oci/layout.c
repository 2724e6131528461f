#include "oci/layout.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "oci/layout_files.h"
#include "oci/tar.h"
#include "json/writer.h"

#define ARCHIVE_MAX ((size_t)1 << 30)

static const struct view layout_file =
    VIEW("{\"" LAYOUT_VERSION_MEMBER "\":\"" LAYOUT_VERSION "\"}");

/* [OCI Image Format Specification "Image Layout": index.json] */
static void make_index(const struct oci_image *image, const char *tag, struct buf *text)
{
    struct json_writer json;
    json_writer_init(&json, text);
    json_begin_object(&json);
    json_member_int(&json, "schemaVersion", 2);
    json_member_string(&json, "mediaType", VIEW(OCI_TYPE_INDEX));
    json_put_name(&json, VIEW("manifests"));
    json_begin_array(&json);
    json_begin_object(&json);
    json_member_string(&json, "mediaType", view_str(image->manifest.media_type));
    json_member_string(&json, "digest", view_str(image->manifest.digest.text));
    json_member_int(&json, "size", (int64_t)image->manifest.size);
    json_put_name(&json, VIEW("annotations"));
    json_begin_object(&json);
    json_member_string(&json, LAYOUT_NAME_ANNOTATION, view_str(tag));
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
    buf_printf(&name, LAYOUT_BLOBS "/%s", oci_digest_hex(&blob->digest));
    return put_file(target, buf_str(&name), blob->bytes, err);
}

/* Manifest, config, layers, by number; NULL behind the last. */
static const struct oci_blob *blob_at(const struct oci_image *image, size_t number)
{
    if (number < 2)
        return number == 0 ? &image->manifest : &image->config;
    return number - 2 < image->layer_count ? &image->layers[number - 2] : NULL;
}

static int put_blobs(const struct target *target, const struct oci_image *image, struct error *err)
{
    const struct oci_blob *blob;
    for (size_t i = 0; (blob = blob_at(image, i)); i++)
        if (put_blob(target, blob, err) < 0)
            return -1;
    return 0;
}

static int put_index(const struct target *target, const struct oci_image *image, const char *tag,
                     struct error *err)
{
    cleanup_buf struct buf index = BUF_INIT(OCI_MANIFEST_MAX);
    make_index(image, tag, &index);
    return put_file(target, LAYOUT_INDEX, buf_view(&index), err);
}

static int put_layout(const struct target *target, const struct oci_image *image, const char *tag,
                      struct error *err)
{
    if (put_folder(target, "blobs", err) < 0 || put_folder(target, LAYOUT_BLOBS, err) < 0 ||
        put_blobs(target, image, err) < 0 || put_index(target, image, tag, err) < 0)
        return -1;
    return put_file(target, LAYOUT_FILE, layout_file, err);
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
static int make_layout(const struct oci_image *image, const char *path, const char *tag,
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

/* An open folder of the blobs of a layout; NULL if there is no layout. */
static DIR *open_blobs(const char *path)
{
    static const char *const files[] = {LAYOUT_FILE, LAYOUT_INDEX, LAYOUT_BLOBS};
    cleanup_buf struct buf name = BUF_INIT(PATH_MAX);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        buf_clear(&name);
        buf_printf(&name, "%s/%s", path, files[i]);
        if (name.overflow || access(buf_str(&name), F_OK) != 0)
            return NULL;
    }
    return opendir(buf_str(&name));
}

static bool is_of(const struct oci_image *image, const char *hex)
{
    const struct oci_blob *blob;
    for (size_t i = 0; (blob = blob_at(image, i)); i++)
        if (strcmp(oci_digest_hex(&blob->digest), hex) == 0)
            return true;
    return false;
}

/* What is not removed is merely of no use. */
static void remove_other_blobs(DIR *blobs, const struct oci_image *image)
{
    rewinddir(blobs);
    for (struct dirent *entry; (entry = readdir(blobs));)
        if (strlen(entry->d_name) == OCI_DIGEST_HEX_LEN && !is_of(image, entry->d_name))
            unlinkat(dirfd(blobs), entry->d_name, 0);
}

/* The index is what makes it another image: before it is replaced the old one is whole, and so is
 * the new one afterwards. */
static int replace_image(const struct oci_image *image, const char *path, DIR *blobs,
                         const char *tag, struct error *err)
{
    const struct target target = {.folder = path};
    const struct oci_blob *blob;
    cleanup_free bool *there = xcalloc(image->layer_count + 2, sizeof(*there));
    for (size_t i = 0; (blob = blob_at(image, i)); i++)
        there[i] = faccessat(dirfd(blobs), oci_digest_hex(&blob->digest), F_OK, 0) == 0;
    if (put_blobs(&target, image, err) == 0 && put_index(&target, image, tag, err) == 0) {
        remove_other_blobs(blobs, image);
        return 0;
    }
    for (size_t i = 0; (blob = blob_at(image, i)); i++)
        if (!there[i])
            unlinkat(dirfd(blobs), oci_digest_hex(&blob->digest), 0);
    return -1;
}

static int write_folder(const struct oci_image *image, const char *path, const char *tag,
                        struct error *err)
{
    DIR *blobs = open_blobs(path);
    if (!blobs)
        return make_layout(image, path, tag, err);
    int result = replace_image(image, path, blobs, tag, err);
    closedir(blobs);
    return result;
}

int oci_layout_write(const struct oci_image *image, const char *path, const char *tag,
                     struct error *err)
{
    bool archive = view_ends_with(view_str(path), VIEW(".tar"));
    return archive ? write_archive(image, path, tag, err) : write_folder(image, path, tag, err);
}
