/* Numbers of bytes for people. */
#ifndef LORRY_BASE_SIZE_H
#define LORRY_BASE_SIZE_H

#include "base/buf.h"

/* Three digits at least: "512 B", "3.12 MB", "127 kB". */
void size_append(struct buf *text, size_t bytes);

#endif
