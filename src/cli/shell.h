/* Words as a shell reads them back. */
#ifndef LORRY_CLI_SHELL_H
#define LORRY_CLI_SHELL_H

#include "base/buf.h"

/* Appends `text` as a shell in single quotes has it, without those. */
void shell_append_quoted(const char *text, struct buf *out);

/* Appends `text` as one word: bare where that means the same, else in single quotes. */
void shell_append_word(const char *text, struct buf *out);

#endif
