/* Tar archives in memory, the same bytes for the same entries: owner 0:0, one time for all, no more
 * attributes than a mode. Private to oci/. */
#ifndef LORRY_OCI_TAR_H
#define LORRY_OCI_TAR_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

struct tar;

/* Begins an archive that goes to `out`, whose cap holds; it must outlive the writer. */
struct tar *tar_new(struct buf *out, int64_t time_s);

/* `path` without a slash in front. Parents have to be added before: nothing is implied. The error
 * (ERROR_INPUT) may come with any of the three. */
int tar_add_folder(struct tar *tar, const char *path, mode_t mode, struct error *err);
int tar_add_file(struct tar *tar, const char *path, struct view bytes, mode_t mode,
                 struct error *err);

/* Writes the end. */
int tar_end(struct tar *tar, struct error *err);

/* NULL is allowed. */
void tar_free(struct tar *tar);

static inline void tar_free_pointer(struct tar **tar)
{
    tar_free(*tar);
}
#define cleanup_tar __attribute__((cleanup(tar_free_pointer)))

#endif
