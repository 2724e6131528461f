/* What a deployment says, on standard error: steps, changes, events, questions. */
#ifndef LORRY_CLI_DEPLOY_SCREEN_H
#define LORRY_CLI_DEPLOY_SCREEN_H

#include "cli/cli.h"
#include "cli/progress.h"
#include "stack/deploy.h"

/* What a signal that ends the process has it say; see interrupt_say(). */
struct last_words {
    struct buf left;      /* there may be something left to do */
    struct buf under_way; /* CloudFormation is at work */
};

struct deploy_screen {
    const struct cli *cli;
    bool yes; /* --yes: nothing is asked */
    struct progress progress;
    struct last_words words;
    struct buf untold;   /* lines that --quiet leaves out, until something is asked about them */
    struct deploy_ui ui; /* give this to the deployment */
};

void deploy_screen_init(struct deploy_screen *screen, const struct cli *cli, bool yes);

/* From here until its end, a signal that ends the process has it say that CloudFormation goes on,
 * if it does, and how to look on; at a question it is as good as a no. For commands that can be run
 * again. */
void deploy_screen_catch(struct deploy_screen *screen);

/* As cli_fail(), for what has ended already; the commands that the error names are about the same
 * pipeline: see next_step(). If that was by a signal at a question, the process
 * ends by it: whoever started it shall see why. */
int deploy_screen_fail(const struct cli *cli, const struct error *err);

/* Ends the line of progress, if there is one, and releases what the screen has. */
void deploy_screen_end(struct deploy_screen *screen);

#endif
