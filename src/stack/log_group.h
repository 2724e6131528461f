/* The log group of a function. */
#ifndef LORRY_STACK_LOG_GROUP_H
#define LORRY_STACK_LOG_GROUP_H

#include "aws/client.h"
#include "base/buf.h"

/* What names of the groups of functions begin with, unless they are told otherwise. */
#define LOG_GROUP_PREFIX "/aws/lambda/"

/* Appends the name of the group of a function, of which `function` is the name or an ARN, with or
 * without a version or an alias. */
void log_group_of_function(const char *function, struct buf *group);

/* Error: ERROR_SETTING if `function` is an ARN of another region than `region` (NULL: none): the
 * group of the same name there is another one's. */
int log_group_check_region(const char *function, const char *region, struct error *err);

/* Error: ERROR_SETTING for what cannot be the name of a group. */
int log_group_check(const char *group, struct error *err);

/* Appends the ARN of a group, without ":*"; nothing if there is no such group, or it has none.
 * Errors: those of logs_describe_groups(). */
int log_group_find(struct aws_client *client, const char *group, struct buf *arn,
                   struct error *err);

/* Makes `err` say that the group is not there, what that means, and which may have been meant, as
 * far as that can be found out. Always returns -1. */
int log_group_missing(struct aws_client *client, const char *group, struct error *err);

#endif
