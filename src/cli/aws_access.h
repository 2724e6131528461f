/* AWS, as the options, the environment and the files of the user set it up: what commands that call
 * it begin with. */
#ifndef LORRY_CLI_AWS_ACCESS_H
#define LORRY_CLI_AWS_ACCESS_H

#include "aws/session.h"
#include "cli/cli.h"

struct aws_access {
    struct http_client *http; /* also for what is not AWS */
    struct aws_session *session;
    struct aws_client *client; /* of the session */
};

/* Connects to nothing yet. `region`: that of the pipeline file, or NULL; --region wins. Errors:
 * those of aws_session_open(). */
int aws_access_open(const struct cli *cli, const char *region, struct aws_access *access,
                    struct error *err);

/* Safe on a zeroed one. */
void aws_access_release(struct aws_access *access);
#define cleanup_aws_access __attribute__((cleanup(aws_access_release)))

#endif
