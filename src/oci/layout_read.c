#include "oci/layout.h"

#include <archive.h>
#include <archive_entry.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/printable.h"
#include "oci/document.h"
#include "oci/layout_files.h"

#define ARCHIVE_MAX (OCI_IMAGE_MAX + ((size_t)1 << 30)) /* with all that is around the layers */
#define NAMES_SHOWN 8

/* A layout that is read: a folder, or an archive, whose files lie in its map, each in one piece. */
struct source {
    const char *folder;
    struct file_map archive;
    struct arena arena;
    struct map files; /* of an archive: name -> struct view */
};

static void source_release(struct source *source)
{
    file_map_release(&source->archive);
    map_release(&source->files);
    arena_release(&source->arena);
}

static int note_file(struct source *source, struct archive *archive, struct archive_entry *entry,
                     struct error *err)
{
    const char *name = archive_entry_pathname(entry);
    int64_t size = archive_entry_size(entry), offset = 0;
    const void *bytes = NULL;
    size_t len = 0;
    if (!name || archive_entry_filetype(entry) != AE_IFREG)
        return 0;
    if (size > 0 && (archive_read_data_block(archive, &bytes, &len, &offset) != ARCHIVE_OK ||
                     offset != 0 || len != (size_t)size))
        return error_set(err, ERROR_INPUT, 0, "a file in the archive is not there in one piece");
    if (strncmp(name, "./", 2) == 0)
        name += 2;
    struct view *file = arena_alloc(&source->arena, sizeof(*file));
    *file = size > 0 ? view_of(bytes, len) : VIEW("");
    *map_at(&source->files, arena_copy(&source->arena, view_str(name))) = file;
    return 0;
}

static int refuse_archive(struct error *err)
{
    return error_set(err, ERROR_INPUT, 0,
                     "no OCI layout: neither a folder nor a whole tar archive");
}

static int note_files(struct source *source, struct archive *archive, struct error *err)
{
    struct archive_entry *entry;
    int result;
    while ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
           result == ARCHIVE_WARN)
        if (note_file(source, archive, entry, err) < 0)
            return -1;
    return result == ARCHIVE_EOF ? 0 : refuse_archive(err);
}

/* No filter is allowed: what is compressed does not lie in the map, and some filters of libarchive
 * are programs. */
static int open_archive(struct source *source, const char *path, struct error *err)
{
    if (file_map(&source->archive, path, ARCHIVE_MAX, err) < 0)
        return -1;
    struct archive *archive = archive_read_new();
    if (!archive)
        memory_exhausted();
    archive_read_support_format_tar(archive);
    struct view bytes = source->archive.bytes;
    bool opened = archive_read_open_memory(archive, bytes.ptr, bytes.len) == ARCHIVE_OK;
    int result = opened ? note_files(source, archive, err) : refuse_archive(err);
    archive_read_free(archive);
    return result < 0 ? error_prefix(err, "%s", path) : 0;
}

static int source_open(struct source *source, const char *path, struct error *err)
{
    struct stat there;
    if (stat(path, &there) != 0)
        return error_errno(err, "%s: cannot open", path);
    if (!S_ISDIR(there.st_mode))
        return open_archive(source, path, err);
    source->folder = path;
    return 0;
}

/* `map` holds the bytes, if the archive's does not. */
static int source_read(const struct source *source, const char *name, size_t cap,
                       struct file_map *map, struct view *bytes, struct error *err)
{
    if (source->folder) {
        cleanup_buf struct buf path = BUF_INIT(PATH_MAX);
        buf_printf(&path, "%s/%s", source->folder, name);
        if (file_map(map, buf_str(&path), cap, err) < 0)
            return -1;
        *bytes = map->bytes;
        return 0;
    }
    const struct view *file = map_get(&source->files, view_str(name));
    if (!file)
        return error_set(err, ERROR_INPUT, 0, "no file \"%s\" in the archive", name);
    if (file->len > cap)
        return error_set(err, ERROR_INPUT, 0, "\"%s\" is larger than %zu bytes", name, cap);
    *bytes = *file;
    return 0;
}

static int read_blob(const struct source *source, const struct oci_blob *blob, size_t cap,
                     struct file_map *map, struct view *bytes, struct error *err)
{
    char name[sizeof(LAYOUT_BLOBS "/") + sizeof(blob->digest.text)];
    snprintf(name, sizeof(name), LAYOUT_BLOBS "/%s", oci_digest_hex(&blob->digest));
    if (source_read(source, name, cap, map, bytes, err) < 0)
        return -1;
    struct oci_digest digest = oci_digest_of(*bytes);
    if (bytes->len == blob->size && oci_digest_equal(&digest, &blob->digest))
        return 0;
    return error_set(err, ERROR_INPUT, 0,
                     "\"%s\" has %zu bytes with the digest %s, not %zu with %s", name, bytes->len,
                     digest.text, blob->size, blob->digest.text);
}

static int check_version(const struct source *source, struct error *err)
{
    cleanup_file_map struct file_map map = {0};
    cleanup_document json_t *document = NULL;
    struct view bytes = VIEW("");
    if (source_read(source, LAYOUT_FILE, OCI_MANIFEST_MAX, &map, &bytes, err) < 0 ||
        document_read(bytes, "file \"" LAYOUT_FILE "\"", &document, err) < 0)
        return error_prefix(err, "no OCI layout");
    const char *version = document_text(document, LAYOUT_VERSION_MEMBER);
    if (version && strcmp(version, LAYOUT_VERSION) == 0)
        return 0;
    return error_set(err, ERROR_INPUT, 0, "no OCI layout of version " LAYOUT_VERSION);
}

static int refuse_several(const json_t *list, struct error *err)
{
    cleanup_buf struct buf names = BUF_INIT(BUF_TEXT_CAP);
    const json_t *value;
    size_t i;
    json_array_foreach(list, i, value)
    {
        const char *name =
            document_text(json_object_get(value, "annotations"), LAYOUT_NAME_ANNOTATION);
        if (i == NAMES_SHOWN)
            break;
        buf_append_str(&names, i ? ", " : "");
        printable_append(&names, view_str(name ? name : document_text(value, "digest")));
    }
    return error_set(
        err, ERROR_INPUT, 0, "there are %zu images in it (%s%s): copy one to a layout of its own",
        json_array_size(list), buf_str(&names), i < json_array_size(list) ? ", ..." : "");
}

/* The descriptor of the one manifest. */
static int find_manifest(const struct source *source, struct oci_blob *manifest, struct error *err)
{
    cleanup_file_map struct file_map map = {0};
    cleanup_document json_t *index = NULL;
    struct view bytes = VIEW("");
    if (source_read(source, LAYOUT_INDEX, OCI_MANIFEST_MAX, &map, &bytes, err) < 0 ||
        document_read(bytes, "index", &index, err) < 0)
        return -1;
    const json_t *list = json_object_get(index, "manifests");
    const json_t *first = json_array_get(list, 0);
    if (!first)
        return error_set(err, ERROR_INPUT, 0, "there is no image in it");
    if (json_array_size(list) > 1)
        return refuse_several(list, err);
    if (document_is_index(document_text(first, "mediaType")))
        return document_refuse_index(err);
    return document_descriptor(first, "manifest", manifest, err);
}

static int parse_image(const struct source *source, const struct oci_blob *descriptor,
                       struct oci_image *image, struct error *err)
{
    cleanup_file_map struct file_map manifest_map = {0}, config_map = {0};
    cleanup_oci_image struct oci_image stated = {0};
    struct view manifest = VIEW(""), config = VIEW("");
    if (read_blob(source, descriptor, OCI_MANIFEST_MAX, &manifest_map, &manifest, err) < 0 ||
        oci_manifest_parse(manifest, &stated, err) < 0 ||
        read_blob(source, &stated.config, OCI_MANIFEST_MAX, &config_map, &config, err) < 0)
        return -1;
    return oci_image_parse(manifest, config, image, err);
}

static int read_layers(const struct source *source, struct oci_image *image, struct error *err)
{
    for (size_t i = 0; i < image->layer_count; i++) {
        struct oci_blob *layer = &image->layers[i];
        cleanup_file_map struct file_map map = {0};
        if (read_blob(source, layer, OCI_IMAGE_MAX, &map, &layer->bytes, err) < 0)
            return -1;
        oci_image_keep_map(image, &map);
    }
    image->complete = true;
    return 0;
}

static int read_image(struct source *source, struct oci_image *image, struct error *err)
{
    cleanup_oci_image struct oci_image found = {0};
    struct oci_blob manifest = {0};
    if (check_version(source, err) < 0 || find_manifest(source, &manifest, err) < 0)
        return -1;
    int result = parse_image(source, &manifest, &found, err);
    free(manifest.media_type);
    if (result < 0 || read_layers(source, &found, err) < 0)
        return -1;
    oci_image_keep_map(&found, &source->archive);
    *image = found;
    found = (struct oci_image){0};
    return 0;
}

int oci_layout_read(const char *path, struct oci_image *image, struct error *err)
{
    struct source source __attribute__((cleanup(source_release))) = {0};
    if (source_open(&source, path, err) < 0)
        return -1;
    return read_image(&source, image, err) < 0 ? error_prefix(err, "%s", path) : 0;
}
