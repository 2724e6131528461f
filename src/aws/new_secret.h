/* A secret text that is to be stored, in Secrets Manager or in the Parameter Store. */
#ifndef LORRY_AWS_NEW_SECRET_H
#define LORRY_AWS_NEW_SECRET_H

#include "aws/call.h"

struct secret_tag {
    const char *key, *value;
};

/* All of it is borrowed. */
struct new_secret {
    const char *name;
    const char *description;
    const char *text; /* UTF-8 */
    const struct secret_tag *tags;
    size_t tag_count;
};

struct json_t; /* jansson's, which the record processor does without */

/* Private to aws/. Performs the operation that stores it: name, description and tags, the text as
 * `member`, and the members of `more` (a reference that it takes). What was sent is overwritten.
 * Errors: those of aws_call(); ERROR_SETTING for a text that is not valid UTF-8. */
int new_secret_send(struct aws_client *client, const struct aws_operation *operation,
                    const struct new_secret *secret, const char *member, struct json_t *more,
                    struct error *err);

#endif
