/* What is done to a stack: the same for the commands and for lorry/stack.h. */
#ifndef LORRY_CLI_STACK_TASK_H
#define LORRY_CLI_STACK_TASK_H

#include "cli/cli.h"
#include "stack/destroy.h"
#include "stack/diff.h"
#include "stack/refresh.h"

struct stack_task {
    const struct cli *cli;
    const struct stack *stack;
    const struct deploy_ui *ui;
    struct deploy_password *password; /* deploy: who has it */
    bool no_create, revert_drift;     /* deploy */
    bool data, registry;              /* destroy */
};

/* Each makes the package, if it takes one, and opens the way to AWS. Errors: those of
 * package_make(), aws_access_open(), and of deploy_run(), diff_run(), refresh_run(), destroy_run().
 */
int stack_task_deploy(const struct stack_task *task, struct deployed *deployed, struct error *err);
int stack_task_diff(const struct stack_task *task, struct diffed *diffed, struct error *err);
int stack_task_refresh(const struct stack_task *task, struct refreshed *refreshed,
                       struct error *err);
int stack_task_destroy(const struct stack_task *task, struct destroyed *destroyed,
                       struct error *err);

#endif
