/* Text for a screen as wide as it is. */
#ifndef LORRY_CLI_SCREEN_H
#define LORRY_CLI_SCREEN_H

#include "base/buf.h"

/* Columns: COLUMNS, else those of the terminal at standard output, else 80; 40 at least. */
int screen_width(void);

/* Appends the words of `text`, and a newline, for a line of `width` columns of which `used` are
 * taken already; what follows in further lines is indented by `indent`. A word that is longer than
 * a line stays whole. */
void screen_wrap(struct buf *out, const char *text, int used, int indent, int width);

#endif
