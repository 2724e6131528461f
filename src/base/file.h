/* Files as a whole: written so that nothing half-written is ever seen, read by mapping. */
#ifndef LORRY_BASE_FILE_H
#define LORRY_BASE_FILE_H

#include <sys/types.h>

#include "base/error.h"
#include "base/view.h"

/* Writes `bytes` to a file of the given mode (the umask is not applied), replacing what was there:
 * under another name in the same folder first, synced, then renamed. Of a symbolic link the target
 * is replaced; what is no regular file never is. On failure the old file, or none, is there. Error:
 * ERROR_SYSTEM, naming `path`. */
int file_write(const char *path, struct view bytes, mode_t mode, struct error *err);

/* Writes all of it to a descriptor. 0; -1 and errno. */
int file_write_all(int fd, struct view bytes);

/* A file that is mapped for reading; `bytes` is valid until it is released. */
struct file_map {
    struct view bytes;
};

/* Errors: ERROR_SYSTEM; ERROR_INPUT if it is no regular file, or larger than `cap`; they name
 * `path`. */
int file_map(struct file_map *map, const char *path, size_t cap, struct error *err);
/* Safe on a zeroed one. */
void file_map_release(struct file_map *map);
#define cleanup_file_map __attribute__((cleanup(file_map_release)))

#endif
