/* What an executable says of itself: the header and the program headers of an ELF file [System V
 * ABI, gABI chapters 4 and 5]. The file is read, never run. */
#ifndef LORRY_OCI_ELF_H
#define LORRY_OCI_ELF_H

#include "base/error.h"
#include "base/view.h"

struct elf {
    const char *architecture; /* "x86_64" or "arm64", as Lambda calls them */
    struct view interpreter;  /* the loader's path, within the file; empty: statically linked */
};

/* Error: ERROR_INPUT, naming `path`, for what is no 64-bit program for Linux on one of the two
 * architectures; any bytes may come. */
int elf_read(struct view file, const char *path, struct elf *elf, struct error *err);

#endif
