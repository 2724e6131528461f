/* An environment in the making, for a process that gets nothing of ours. */
#ifndef LORRY_LAMBDA_VARIABLES_H
#define LORRY_LAMBDA_VARIABLES_H

#include <stddef.h>

struct variables {
    char **items; /* "NAME=VALUE", ended by NULL once there is one: as execve() wants it; owned */
    size_t count;
};

/* Sets a variable, in the place of one of that name. NULL: it stays as it is. */
void variables_set(struct variables *variables, const char *name, const char *value);

/* The same from "NAME=VALUE"; what has no name is left out. */
void variables_set_pair(struct variables *variables, const char *pair);

/* Overwrites all values: there may be secrets among them. Safe on a zeroed one. */
void variables_release(struct variables *variables);
#define cleanup_variables __attribute__((cleanup(variables_release)))

#endif
