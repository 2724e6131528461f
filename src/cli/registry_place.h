/* Where the commands work that are about Amazon ECR: account, region, repository, and what the
 * pipeline wants of it. */
#ifndef LORRY_CLI_REGISTRY_PLACE_H
#define LORRY_CLI_REGISTRY_PLACE_H

#include "aws/sts.h"
#include "cli/aws_access.h"
#include "cli/cli.h"
#include "stack/ecr_registry.h"
#include "stack/repository.h"
#include "stack/stack.h"

struct registry_place {
    struct stack stack; /* of the file; zeroed without one */
    bool has_file;
    struct aws_access access;
    char *account;
    /* What a repository there has to be: for commands to complete. Borrows from the place. */
    struct repository_plan plan;
    struct ecr_tag *tags;
};

/* Safe on a zeroed one. */
void registry_place_release(struct registry_place *place);
#define cleanup_registry_place __attribute__((cleanup(registry_place_release)))

/* Reads the file, if there is one. `place` is zeroed before. Returns CLI_DONE; or after a message
 * the exit status: so do the others. */
int registry_place_read(const struct cli *cli, struct registry_place *place);

/* Which repository: `name` (borrowed), or for NULL that of the file. */
int registry_place_choose(const struct cli *cli, struct registry_place *place, const char *name);

/* Account and region are those of `registry`; for NULL AWS is asked who is calling. Says which they
 * are, unless --quiet. */
int registry_place_open(const struct cli *cli, const struct ecr_registry *registry,
                        struct registry_place *place);

#endif
