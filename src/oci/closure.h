/* What a dynamically linked executable needs beside it: its loader and its shared libraries, found
 * by reading the files and searching as the loader does [ld.so(8)]; nothing is run. Private to
 * oci/.
 *
 * Not found is what only shows at run time: libraries that a program opens itself (dlopen(3)).
 * Variants for newer processors (glibc-hwcaps) are left out: the plain ones run everywhere.
 * LD_LIBRARY_PATH plays no part. */
#ifndef LORRY_OCI_CLOSURE_H
#define LORRY_OCI_CLOSURE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "oci/elf.h"

#define CLOSURE_FILES_MAX 1024

struct closure_file {
    const char *path; /* in the image, absolute */
    struct file_map map;
};

struct closure {
    struct arena arena;
    struct closure_file *files; /* sorted by path */
    size_t count;
};

/* Safe on a zeroed one. */
void closure_release(struct closure *closure);
#define cleanup_closure __attribute__((cleanup(closure_release)))

struct closure_of {
    const char *executable; /* on this machine */
    struct view bytes;      /* its own */
    const struct elf *elf;  /* that it is for, with an interpreter */
    const char *place;      /* where it will be in the image: what $ORIGIN is there */
};

/* Every library gets the place at which its loader will look in an image that has nothing else: its
 * own one, or the one as far from the executable as here ($ORIGIN), or for those from folders that
 * /etc/ld.so.conf adds the loader's first folder. Errors: ERROR_INPUT for a library that is not
 * found, naming what wants it, or a loader that is not there; ERROR_SYSTEM. */
int closure_find(const struct closure_of *of, struct closure *closure, struct error *err);

#endif
