/* What a function made of an event, shown: the same for one on Lambda and one on this machine. */
#ifndef LORRY_CLI_INVOCATION_H
#define LORRY_CLI_INVOCATION_H

#include "aws/lambda.h"
#include "cli/cli.h"
#include "json/writer.h"

/* Every byte of answer and log escaped. */
#define INVOCATION_TEXT_CAP (6 * LAMBDA_PAYLOAD_MAX + ((size_t)8 << 20))

/* Its members, within an object. */
void invocation_put(const struct lambda_invocation *invocation, struct json_writer *json);

/* A line of a log, readable, on standard error; not with --quiet or --json. */
void invocation_show_line(const struct cli *cli, struct view line);

/* Sets `err` to what the runtime says of a failure: its type and its message. Returns -1. */
int invocation_fail(const struct lambda_invocation *invocation, const char *function,
                    struct error *err);

/* 0; ERROR_INPUT if it is no JSON: it names `path`. */
int invocation_check_json(struct view event, const char *path, struct error *err);

#endif
