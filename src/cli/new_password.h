/* The password for a secret that a deployment is going to make. */
#ifndef LORRY_CLI_NEW_PASSWORD_H
#define LORRY_CLI_NEW_PASSWORD_H

#include "cli/cli.h"
#include "cli/user_password.h"
#include "stack/deploy.h"

struct new_password {
    struct deploy_password source; /* first: this is one */
    const struct cli *cli;
    const char *path; /* --password-file; NULL: SINK_PASSWORD, else a prompt */
    struct user_password password;
};

/* Reads nothing yet. */
void new_password_init(struct new_password *password, const struct cli *cli, const char *path);

/* Overwrites it. */
void new_password_release(struct new_password *password);
#define cleanup_new_password __attribute__((cleanup(new_password_release)))

#endif
