/* Changes made by hand, for tests of what comes behind the transcoder. */
#ifndef LORRY_TESTS_MAKE_CHANGE_H
#define LORRY_TESTS_MAKE_CHANGE_H

#include "base/arena.h"
#include "cdc/change.h"

#define MAKE_ATTRIBUTES_MAX 8

struct make_key {
    const char *name;
    char type;
    const char *text;
};

struct make_attribute {
    const char *name;
    const char *plain; /* JSON */
    const char *exact; /* JSON, or NULL */
};

/* How it shall be; both lists end at the first without a name. Key parts sorted by name. */
struct make_change {
    enum change_operation operation;
    int64_t version;
    uint64_t sequence;
    struct make_key key[KEY_PARTS_MAX];
    struct make_attribute attributes[MAKE_ATTRIBUTES_MAX];
};

/* The change and all it points to live in `arena`. */
const struct change *make_change(struct arena *arena, const struct make_change *wanted);

#define CHANGE(arena, ...) make_change(arena, &(struct make_change){__VA_ARGS__})

#endif
