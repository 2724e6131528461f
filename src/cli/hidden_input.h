/* What is typed at the terminal without being shown. */
#ifndef LORRY_CLI_HIDDEN_INPUT_H
#define LORRY_CLI_HIDDEN_INPUT_H

#include <sys/types.h>

#include "base/error.h"

#define HIDDEN_INPUT_MAX 4096

/* A line, with room to see that it is too long. The caller overwrites it. */
struct hidden_input {
    char text[HIDDEN_INPUT_MAX + 2];
};

/* Reads to the end of the line or of the file. -1 and errno; or the length without the newline,
 * HIDDEN_INPUT_MAX + 1 if it is too long. */
ssize_t hidden_input_read(int fd, struct hidden_input *line);

/* Shows the prompt at the terminal, whatever standard input is, and reads a line there. Error:
 * ERROR_SYSTEM: the code is EINTR when interrupted; else there is no terminal. */
int hidden_input_ask(const char *prompt, struct hidden_input *line, struct error *err);

#endif
