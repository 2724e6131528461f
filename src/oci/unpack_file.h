/* One file of a package on its way to the disk. Private to unpack*.c. */
#ifndef LORRY_OCI_UNPACK_FILE_H
#define LORRY_OCI_UNPACK_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "oci/layer.h"

#define UNPACK_FILES_MAX ((size_t)1 << 20)

struct unpacking {
    int root;
    size_t bytes_left, files_left;
    bool make_parents; /* else a file whose folder is missing is an error */
};

struct unpack_file {
    const char *path; /* relative */
    enum layer_type type;
    mode_t mode;
    const char *link;
    /* The next bytes of a file; 0 at its end. Below 0: `err` says why. */
    ssize_t (*read)(void *user, void *bytes, size_t size, struct error *err);
    void *user;
};

/* Puts it where it belongs, in the place of what is there; a folder that is there stays. Errors:
 * see unpack.h; they name the path. */
int unpack_put(struct unpacking *unpacking, const struct unpack_file *file, struct error *err);

/* Whether one of the parts of a path is "..". */
bool unpack_leads_up(const char *path);

#endif
