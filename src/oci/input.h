/* The files that packages are made from. Private to oci/. */
#ifndef LORRY_OCI_INPUT_H
#define LORRY_OCI_INPUT_H

#include "base/error.h"
#include "base/file.h"
#include "oci/elf.h"

/* No file in a package is larger. [LDG "Lambda quotas": a zip package, unpacked] */
#define INPUT_FILE_MAX ((size_t)250 << 20)

/* Maps an executable, linked statically or not: see elf->interpreter. Errors: see elf_read(). */
int input_executable(const char *path, struct file_map *map, struct elf *elf, struct error *err);

/* Maps a file of PEM certificates; `path` NULL: this system's own. Errors: ERROR_SETTING if the
 * system has none, ERROR_INPUT if no certificate is in it. */
int input_bundle(const char *path, struct file_map *map, struct error *err);

#endif
