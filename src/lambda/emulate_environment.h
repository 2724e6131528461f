/* The environment of a process on Lambda. Private to emulate*.c. */
#ifndef LORRY_LAMBDA_EMULATE_ENVIRONMENT_H
#define LORRY_LAMBDA_EMULATE_ENVIRONMENT_H

#include "lambda/emulate.h"

/* What Lambda proposes, then the image's, the function's own, and last what nobody can change [LDG
 * "Working with Lambda environment variables": reserved and unreserved ones]. `log_stream` as in
 * CloudWatch Logs. */
void emulate_environment(const struct emulation *emulation, const char *api_address,
                         const char *log_stream, struct variables *variables);

#endif
