/* Text for a screen as wide as it is. */
#ifndef LORRY_CLI_SCREEN_H
#define LORRY_CLI_SCREEN_H

#include "base/buf.h"

/* Columns: COLUMNS, else those of the terminal at standard output, else 80; 40 at least. */
int screen_width(void);

/* The same of standard error, if it is a terminal; else 0: nothing is to be wrapped there. */
int screen_width_of_errors(void);

/* Where a text goes. */
struct screen_lines {
    int used;         /* columns of the first line that are taken already */
    int indent;       /* of the further ones */
    int width;        /* of all */
    const char *mark; /* ends those that go on: " \\", say, or "" */
};

/* Appends a line and a newline: whole if `width` columns are enough or 0, else with the words
 * behind its first `fixed` bytes wrapped, the further lines `indent` columns in. */
void screen_wrap_line(struct buf *out, const char *line, size_t fixed, int indent, int width);

/* Appends the words of `text` and a newline. A word that is longer than a line stays whole. */
void screen_wrap(struct buf *out, const char *text, const struct screen_lines *lines);

#endif
