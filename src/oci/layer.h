/* What is in a layer: a tar archive, compressed with gzip or not [OCI Image Format Specification
 * "Image Layer Filesystem Changeset"]. Any bytes may come; nothing is written. */
#ifndef LORRY_OCI_LAYER_H
#define LORRY_OCI_LAYER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "oci/image.h"

enum layer_compression { LAYER_PLAIN, LAYER_GZIP, LAYER_OTHER };

/* As its media type has it; LAYER_OTHER cannot be walked. */
enum layer_compression layer_compression(const char *media_type);

enum layer_type { LAYER_FILE, LAYER_FOLDER, LAYER_SYMLINK, LAYER_HARDLINK, LAYER_SPECIAL };

#define LAYER_HEAD 4096

struct layer_entry {
    const char *path; /* without "./", "/" in front, and "/" behind */
    enum layer_type type;
    mode_t mode;      /* permissions */
    const char *link; /* where a link goes, as it stands there; else "" */
    struct view head; /* the first bytes of a file that may be run: LAYER_HEAD of them, or all */
    struct archive *rest; /* what is behind them; see layer_read() */
};

/* While an entry is visited: the next bytes of its file behind `head`, at most `size` of them; 0 at
 * the end. Error: ERROR_INPUT if it is damaged. */
ssize_t layer_read(const struct layer_entry *entry, void *bytes, size_t size, struct error *err);

struct layer_walk {
    /* 0; -1 and `err` end the walk. */
    int (*visit)(void *user, const struct layer_entry *entry, struct error *err);
    void *user;
    size_t cap; /* of the unpacked bytes */
};

/* What is known of a layer when all of it was seen. */
struct layer_seen {
    struct oci_digest diff_id; /* of what is unpacked */
    size_t size;               /* unpacked */
};

/* Visits the entries in their order. Errors: ERROR_INPUT if it is damaged, not compressed as its
 * type says, or larger than the cap; that of visit(). What was visited until then stays visited. */
int layer_walk(const struct oci_blob *layer, const struct layer_walk *walk, struct layer_seen *seen,
               struct error *err);

#endif
