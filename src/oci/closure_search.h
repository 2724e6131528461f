/* Where a loader looks for a library: here, and in the image. Private to closure.h. */
#ifndef LORRY_OCI_CLOSURE_SEARCH_H
#define LORRY_OCI_CLOSURE_SEARCH_H

#include "base/arena.h"
#include "base/file.h"
#include "oci/elf.h"
#include "oci/ld_conf.h"

/* An executable or a library that is loaded. Texts are in the arena of the search. */
struct object {
    const struct object *wanted_by; /* what made the loader load it; NULL: the executable */
    const char *host;               /* its path on this machine, as it was found */
    const char *place;              /* its path in the image */
    struct file_map map;
    struct elf_dynamic dynamic;
};

#define LOADER_FOLDERS_MAX 6

struct search {
    struct arena *arena;
    const char *architecture;
    bool musl;
    const char *folders[LOADER_FOLDERS_MAX + 1]; /* those that the loader knows itself */
    struct ld_conf conf;                         /* what this machine adds to them */
    const char *library_folder;                  /* $LIB; NULL: it stays */
};

/* Learns from the loader how it searches. `arena` outlives the search. */
void search_init(struct search *search, struct arena *arena, const char *interpreter,
                 struct view loader, const char *architecture);

/* An absolute path without detours, in `arena`: "/a/./b//../c" is "/a/c". "" if it is too long. */
const char *search_place(struct arena *arena, struct view path);

/* Whether a name means the loader itself: musl's is the C library, too. */
bool search_is_loader(const struct search *search, struct view name);

/* Finds what `object->wanted_by` needs under `name`: fills host, place and map. False: there is no
 * such library for this architecture. */
bool search_library(const struct search *search, struct view name, struct object *object);

#endif
