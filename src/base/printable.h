/* Text of others, made fit for a terminal. */
#ifndef LORRY_BASE_PRINTABLE_H
#define LORRY_BASE_PRINTABLE_H

#include "base/buf.h"
#include "base/view.h"

/* Appends `text` with what a terminal would obey (U+0000 to U+001F, U+007F to U+009F) and what is
 * not UTF-8 as \xNN, byte by byte. */
void printable_append(struct buf *out, struct view text);

#endif
