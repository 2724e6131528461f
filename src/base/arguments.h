/* The words of the command line, and the passwords that may stand in URLs among them. */
#ifndef LORRY_BASE_ARGUMENTS_H
#define LORRY_BASE_ARGUMENTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"

/* Copies argv and overwrites, in the original, the password of every argument that holds a URL with
 * one: the process list shows that memory. `*hidden` tells whether there was any. The copy is owned
 * by the caller, see arguments_free(). */
char **arguments_take(int argc, char **argv, bool *hidden);

/* Overwrites and frees them. */
void arguments_free(char **arguments, int argc);

/* Appends `url` without its password, if it has one. */
void url_append_public(struct buf *out, struct view url);

#endif
