/* The folders in which the loader of glibc finds libraries besides its own [ldconfig(8)]. Private
 * to oci/. */
#ifndef LORRY_OCI_LD_CONF_H
#define LORRY_OCI_LD_CONF_H

#include <stddef.h>

#include "base/arena.h"

#define LD_CONF_FOLDERS_MAX 256

struct ld_conf {
    const char *folders[LD_CONF_FOLDERS_MAX]; /* absolute, in the order of their search */
    size_t count;
};

/* Adds what a file (/etc/ld.so.conf) and those that it includes name; a file that cannot be read
 * names nothing. The texts are in `arena`. */
void ld_conf_read(const char *path, struct arena *arena, struct ld_conf *conf);

#endif
