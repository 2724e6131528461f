#include "oci/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/memory.h"

#define NOT_TAR "it is not a tar archive, or damaged"

enum { GZIP_WINDOW = MAX_WBITS + 16, CHUNK = 1 << 16 };

enum layer_compression layer_compression(const char *media_type)
{
    struct view type = view_str(media_type);
    if (view_ends_with(type, VIEW("gzip")))
        return LAYER_GZIP;
    return view_ends_with(type, VIEW("tar")) ? LAYER_PLAIN : LAYER_OTHER;
}

/* What libarchive reads from: the unpacked bytes, hashed on their way. */
struct unpacking {
    z_stream stream;
    bool gzip, ended;
    struct view rest; /* still packed */
    struct oci_hash *hash;
    size_t size, cap;
    const char *problem; /* NULL: none */
    char chunk[CHUNK];
};

static la_ssize_t fail(struct unpacking *unpacking, const char *problem)
{
    unpacking->problem = problem;
    return -1;
}

static la_ssize_t next_plain(struct unpacking *unpacking, const void **bytes)
{
    size_t len = unpacking->rest.len < CHUNK ? unpacking->rest.len : CHUNK;
    *bytes = unpacking->rest.ptr;
    unpacking->rest = view_skip(unpacking->rest, len);
    return (la_ssize_t)len;
}

static void feed(struct unpacking *unpacking)
{
    size_t len = unpacking->rest.len < INT_MAX ? unpacking->rest.len : INT_MAX;
    unpacking->stream.next_in = (Bytef *)unpacking->rest.ptr;
    unpacking->stream.avail_in = (uInt)len;
    unpacking->rest = view_skip(unpacking->rest, len);
}

/* A file of gzip may have several members, one behind the other [RFC 1952, section 2.2]. */
static la_ssize_t next_gzip(struct unpacking *unpacking, const void **bytes)
{
    z_stream *stream = &unpacking->stream;
    stream->next_out = (Bytef *)unpacking->chunk;
    stream->avail_out = CHUNK;
    while (stream->avail_out && !unpacking->ended) {
        if (!stream->avail_in)
            feed(unpacking);
        if (!stream->avail_in)
            return fail(unpacking, "it is cut off");
        int result = inflate(stream, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END)
            return fail(unpacking, "it is not gzip, or damaged");
        if (result == Z_STREAM_END) {
            unpacking->ended = !stream->avail_in && !unpacking->rest.len;
            inflateReset(stream);
        }
    }
    *bytes = unpacking->chunk;
    return (la_ssize_t)(CHUNK - stream->avail_out);
}

static la_ssize_t next(struct archive *archive, void *user, const void **bytes)
{
    (void)archive;
    struct unpacking *unpacking = user;
    if (unpacking->problem)
        return -1;
    la_ssize_t len = unpacking->gzip ? next_gzip(unpacking, bytes) : next_plain(unpacking, bytes);
    if (len <= 0)
        return len;
    if ((size_t)len > unpacking->cap - unpacking->size)
        return fail(unpacking, "unpacked, it is too large");
    unpacking->size += (size_t)len;
    oci_hash_add(unpacking->hash, view_of(*bytes, (size_t)len));
    return len;
}

static enum layer_type type_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry))
        return LAYER_HARDLINK;
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG: return LAYER_FILE;
    case AE_IFDIR: return LAYER_FOLDER;
    case AE_IFLNK: return LAYER_SYMLINK;
    default: return LAYER_SPECIAL;
    }
}

static const char *link_of(struct archive_entry *entry, enum layer_type type)
{
    const char *link = type == LAYER_HARDLINK  ? archive_entry_hardlink(entry)
                       : type == LAYER_SYMLINK ? archive_entry_symlink(entry)
                                               : NULL;
    return link ? link : "";
}

ssize_t layer_read(const struct layer_entry *entry, void *bytes, size_t size, struct error *err)
{
    la_ssize_t len = archive_read_data(entry->rest, bytes, size);
    return len < 0 ? error_set(err, ERROR_INPUT, 0, NOT_TAR) : len;
}

static int visit(const struct layer_walk *walk, struct archive *archive,
                 struct archive_entry *entry, struct error *err)
{
    const char *name = archive_entry_pathname(entry);
    cleanup_buf struct buf path = BUF_INIT(PATH_MAX);
    while (name && (*name == '/' || strncmp(name, "./", 2) == 0))
        name += *name == '/' ? 1 : 2;
    if (!name || !*name || strcmp(name, ".") == 0)
        return 0;
    buf_append_str(&path, name);
    while (path.len && path.ptr[path.len - 1] == '/')
        path.ptr[--path.len] = '\0';
    if (path.overflow || !path.len)
        return 0;
    char head[LAYER_HEAD];
    la_ssize_t head_len = 0;
    struct layer_entry seen = {
        .path = buf_str(&path), .mode = archive_entry_perm(entry), .rest = archive};
    seen.type = type_of(entry);
    seen.link = link_of(entry, seen.type);
    if (seen.type == LAYER_FILE && (seen.mode & 0111))
        head_len = archive_read_data(archive, head, sizeof(head));
    seen.head = view_of(head, head_len > 0 ? (size_t)head_len : 0);
    return walk->visit(walk->user, &seen, err);
}

static int read_entries(struct archive *archive, const struct layer_walk *walk, struct error *err)
{
    struct archive_entry *entry;
    int result;
    while ((result = archive_read_next_header(archive, &entry)) == ARCHIVE_OK ||
           result == ARCHIVE_WARN)
        if (visit(walk, archive, entry, err) < 0)
            return -1;
    return result == ARCHIVE_EOF ? 0 : error_set(err, ERROR_INPUT, 0, NOT_TAR);
}

/* Behind the end of the archive there may be more, which counts for the digest. */
static int read_to_the_end(struct unpacking *unpacking, const struct layer_walk *walk,
                           struct error *err)
{
    struct archive *archive = archive_read_new();
    const void *bytes;
    if (!archive)
        memory_exhausted();
    archive_read_support_format_tar(archive);
    archive_read_support_format_empty(archive);
    int result = archive_read_open(archive, unpacking, NULL, next, NULL) == ARCHIVE_OK
                     ? read_entries(archive, walk, err)
                     : error_set(err, ERROR_INPUT, 0, NOT_TAR);
    archive_read_free(archive);
    while (result == 0 && next(NULL, unpacking, &bytes) > 0)
        ;
    if (unpacking->problem)
        return error_set(err, ERROR_INPUT, 0, "%s", unpacking->problem);
    return result;
}

int layer_walk(const struct oci_blob *layer, const struct layer_walk *walk, struct layer_seen *seen,
               struct error *err)
{
    cleanup_free struct unpacking *unpacking = xcalloc(1, sizeof(*unpacking));
    unpacking->gzip = layer_compression(layer->media_type) == LAYER_GZIP;
    unpacking->rest = layer->bytes;
    unpacking->cap = walk->cap;
    if (inflateInit2(&unpacking->stream, GZIP_WINDOW) != Z_OK)
        memory_exhausted();
    unpacking->hash = oci_hash_begin();
    int result = read_to_the_end(unpacking, walk, err);
    struct oci_digest diff_id = oci_hash_end(unpacking->hash);
    inflateEnd(&unpacking->stream);
    if (result == 0)
        *seen = (struct layer_seen){diff_id, unpacking->size};
    return result;
}
