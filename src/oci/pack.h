/* Archives that are written into a buffer: what tar and zip have in common. Private to oci/. */
#ifndef LORRY_OCI_PACK_H
#define LORRY_OCI_PACK_H

#include <archive.h>
#include <archive_entry.h>

#include "base/buf.h"
#include "base/view.h"

/* An entry: a file, or a folder without bytes. */
struct pack_entry {
    const char *path;
    unsigned type; /* AE_IFREG, AE_IFDIR */
    mode_t mode;
    int64_t time_s;
    struct view bytes;
};

/* An archive that is told its format next. Free with archive_write_free(). */
struct archive *pack_new(void);

/* Then what is written is appended to `out`; beyond its cap writing fails. */
void pack_open(struct archive *archive, struct buf *out);

/* False: archive_error_string() says why. */
bool pack_add(struct archive *archive, const struct pack_entry *entry);

#endif
