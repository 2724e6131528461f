#include "cli/stack_task.h"

#include "cli/aws_access.h"
#include "stack/package.h"

/* What a task works with. */
struct work {
    struct package package;
    struct aws_access access;
    const struct oci_image *image; /* the package: one of the two */
    const struct zip_made *zip;
};

static void work_release(struct work *work)
{
    package_release(&work->package);
    aws_access_release(&work->access);
}
#define cleanup_work __attribute__((cleanup(work_release)))

static int work_begin(const struct stack_task *task, struct work *work, struct error *err)
{
    struct package *package = &work->package;
    if (package_make(task->stack, package, err) < 0)
        return -1;
    work->image = package->kind == STACK_IMAGE ? &package->image : NULL;
    work->zip = package->kind == STACK_ZIP ? &package->zip : NULL;
    return aws_access_open(task->cli, task->stack->region, &work->access, err);
}

int stack_task_deploy(const struct stack_task *task, struct deployed *deployed, struct error *err)
{
    cleanup_work struct work work = {0};
    if (work_begin(task, &work, err) < 0)
        return -1;
    const struct deploy deploy = {
        .client = work.access.client,
        .stack = task->stack,
        .ui = task->ui,
        .image = work.image,
        .zip = work.zip,
        .environment = cli_environment,
        .password = task->password,
        .no_create = task->no_create,
        .revert_drift = task->revert_drift,
    };
    return deploy_run(&deploy, deployed, err);
}

int stack_task_diff(const struct stack_task *task, struct diffed *diffed, struct error *err)
{
    cleanup_work struct work work = {0};
    if (work_begin(task, &work, err) < 0)
        return -1;
    const struct diff diff = {.client = work.access.client,
                              .stack = task->stack,
                              .ui = task->ui,
                              .image = work.image,
                              .zip = work.zip};
    return diff_run(&diff, diffed, err);
}

int stack_task_refresh(const struct stack_task *task, struct refreshed *refreshed,
                       struct error *err)
{
    cleanup_work struct work work = {0};
    if (work_begin(task, &work, err) < 0)
        return -1;
    const struct refresh refresh = {.client = work.access.client,
                                    .stack = task->stack,
                                    .ui = task->ui,
                                    .image = work.image,
                                    .zip = work.zip};
    return refresh_run(&refresh, refreshed, err);
}

int stack_task_destroy(const struct stack_task *task, struct destroyed *destroyed,
                       struct error *err)
{
    cleanup_aws_access struct aws_access access = {0};
    if (aws_access_open(task->cli, task->stack->region, &access, err) < 0)
        return -1;
    const struct destroy destroy = {
        .client = access.client,
        .stack = task->stack,
        .ui = task->ui,
        .data = task->data,
        .registry = task->registry,
    };
    return destroy_run(&destroy, destroyed, err);
}
