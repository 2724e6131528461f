/* What an executable or a shared library says of itself: the header, the program headers and the
 * dynamic section of an ELF file [System V ABI, gABI chapters 4 and 5]. The file is read, never
 * run.
 */
#ifndef LORRY_OCI_ELF_H
#define LORRY_OCI_ELF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

struct elf {
    const char *architecture; /* "x86_64" or "arm64", as Lambda calls them */
    struct view interpreter;  /* the loader's path, within the file; empty: statically linked */
};

/* Error: ERROR_INPUT, naming `path`, for what is no 64-bit program for Linux on one of the two
 * architectures; any bytes may come. */
int elf_read(struct view file, const char *path, struct elf *elf, struct error *err);

#define ELF_NEEDED_MAX 1024

/* What the loader is asked for. All texts lie within the file, and are followed by a NUL there. */
struct elf_dynamic {
    struct view *needed; /* DT_NEEDED, in their order */
    size_t needed_count;
    struct view soname;
    struct view rpath, runpath; /* ptr NULL: there is none */
    bool no_default;            /* DF_1_NODEFLIB: not from the system's folders */
};

/* Without a dynamic section everything is empty. `needed` is in `arena`. Error: ERROR_INPUT, naming
 * `path`; any bytes may come that elf_read() has accepted. */
int elf_read_dynamic(struct view file, const char *path, struct arena *arena,
                     struct elf_dynamic *dynamic, struct error *err);

#endif
