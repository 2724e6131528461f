/* Endings of what is counted. */
#ifndef LORRY_BASE_PLURAL_H
#define LORRY_BASE_PLURAL_H

#include <stdint.h>

/* What stands behind a word that has an s if there are others than one of them: "s", or "". */
static inline const char *plural_s(int64_t count)
{
    return count == 1 ? "" : "s";
}

#endif
