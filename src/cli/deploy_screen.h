/* What a deployment says, on standard error: steps, changes, events, questions. */
#ifndef LORRY_CLI_DEPLOY_SCREEN_H
#define LORRY_CLI_DEPLOY_SCREEN_H

#include "cli/cli.h"
#include "cli/progress.h"
#include "stack/deploy.h"

struct deploy_screen {
    const struct cli *cli;
    bool yes; /* --yes: nothing is asked */
    struct progress progress;
    struct buf untold;   /* lines that --quiet leaves out, until something is asked about them */
    struct deploy_ui ui; /* give this to the deployment */
};

void deploy_screen_init(struct deploy_screen *screen, const struct cli *cli, bool yes);

/* Ends the line of progress, if there is one, and releases what the screen has. */
void deploy_screen_end(struct deploy_screen *screen);

#endif
