/* What is behind lorry/stack.h. Private to stack_*.c. */
#ifndef LORRY_CLI_STACK_OBJECT_H
#define LORRY_CLI_STACK_OBJECT_H

#include "cli/deploy_screen.h"
#include "lorry/stack.h"
#include "stack/deploy.h"
#include "stack/description.h"

/* Of a description as text: every byte escaped, and its line indented. */
#define STACK_FILE_CAP (8 * YAML_SIZE_MAX)

/* `failed` tells whether the last call did, `err` why; without a domain: for its mistakes. */
struct lorry_stack {
    struct description description;
    struct findings findings;     /* of the last look at it */
    struct lorry_finding finding; /* that was asked for last */
    bool failed;
    struct error err;
    struct lorry_error error;
    struct cfn_stack deployed; /* by the last deployment or refresh; zeroed before */
};

/* Talks to the callbacks of a program, else to the terminal. */
struct stack_talk {
    const struct lorry_stack_options *options;
    struct deploy_screen screen;
    struct deploy_ui ui; /* give this to the library */
};

/* `options` and `cli` are borrowed. */
void stack_talk_begin(struct stack_talk *talk, const struct lorry_stack_options *options,
                      const struct cli *cli);
void stack_talk_end(struct stack_talk *talk);

/* A command that only such programs have. */
extern const struct command command_stack_file;

#endif
