/* A command line taken apart as a POSIX shell would, but with nothing expanded: what
 * `credential_process` is written in. Private to aws/. */
#ifndef LORRY_AWS_SHELL_WORDS_H
#define LORRY_AWS_SHELL_WORDS_H

#include "base/error.h"

/* The words, ended by NULL, in one piece of memory: free() it. White space separates words; '...'
 * keeps all, "..." all but \" and \\, a backslash the character behind it. NULL and ERROR_SETTING
 * if a quote is not closed, a backslash ends the line, or there is no word at all. */
char **shell_words(const char *line, struct error *err);

#endif
