/* The file that describes the pipeline, as the options name it. */
#ifndef LORRY_CLI_PIPELINE_FILE_H
#define LORRY_CLI_PIPELINE_FILE_H

#include "cli/cli.h"
#include "stack/findings.h"
#include "stack/stack.h"

#define PIPELINE_FILE "pipeline.yaml"

enum pipeline_file {
    PIPELINE_READ,   /* `stack` is filled */
    PIPELINE_NONE,   /* none was named, and there is none here */
    PIPELINE_FAILED, /* said why on standard error; the status is CLI_FAILED */
};

/* What commands want of it. */
enum {
    PIPELINE_REQUIRED = 1, /* that there is none is a failure, too */
    PIPELINE_WARNINGS = 2, /* warnings are shown although there is no error (not with --quiet) */
    PIPELINE_PACKING = 4,  /* the entrypoint that it names has to be there */
    PIPELINE_AWS = 8, /* something is made of it for AWS: what only an emulator could reach or keep
                         is a mistake, not just doubtful */
};

/* Reads --file, or pipeline.yaml where there is one, for --stage. */
enum pipeline_file pipeline_file_read(const struct cli *cli, unsigned wanted, struct stack *stack);

/* The same for those who have an error to return: 1: `stack` is filled; 0: there is none; -1 and
 * ERROR_INPUT, what is wrong with the file having been shown. */
int pipeline_file_load(const struct cli *cli, unsigned wanted, struct stack *stack,
                       struct error *err);

/* The path of the file: --file, or pipeline.yaml. */
const char *pipeline_file_path(const struct cli *cli);

/* The same as pipeline_file_read() where one is needed, without showing anything: returns 0 or -1,
 * with the findings in both cases. */
int pipeline_file_check(const struct cli *cli, unsigned wanted, struct stack *stack,
                        struct findings *findings);

/* Shows findings on standard error; of warnings, only if they are wanted. */
void pipeline_file_show(const struct cli *cli, const struct findings *findings, bool warnings);

#endif
