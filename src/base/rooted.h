/* Files below a folder that others filled: no path leads out of it, whatever its symbolic links
 * say. An absolute one begins at that folder, as after chroot(2); the kernel sees to it [openat2(2)
 * RESOLVE_IN_ROOT]. The functions return -1 and set errno; ENOSYS before Linux 5.6. */
#ifndef LORRY_BASE_ROOTED_H
#define LORRY_BASE_ROOTED_H

#include <sys/types.h>

/* As openat(), close-on-exec. */
int rooted_open(int root, const char *path, int flags, mode_t mode);

/* The folder that `path` is in, as a descriptor for *at() calls (O_PATH), and the last part of
 * `path`, borrowed from it. `path` does not end in a slash. */
int rooted_parent(int root, const char *path, const char **name);

/* Makes a folder and those above it, as far as they are missing. Returns 0. */
int rooted_make_folders(int root, const char *path, mode_t mode);

/* Removes what is in a folder, however deep it goes, but not the folder. Returns 0. */
int rooted_empty(int folder);

/* Removes `name` from a folder: a file, a link (not what it leads to), a folder with all that is in
 * it. That there is none is fine. Returns 0. */
int rooted_remove(int folder, const char *name);

#endif
