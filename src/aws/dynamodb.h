/* Amazon DynamoDB: PartiQL [DynamoDB API Reference, version 2012-08-10]. */
#ifndef LORRY_AWS_DYNAMODB_H
#define LORRY_AWS_DYNAMODB_H

#include <jansson.h>

#include "aws/client.h"

struct dynamodb_statement {
    struct view text;   /* one PartiQL statement, at most 8192 characters */
    json_t *parameters; /* typed values for its question marks, borrowed; NULL: none */
    bool consistent;    /* a strongly consistent read */
};

/* Takes an item, an object of typed values (borrowed). Returns 0 to go on, 1 if that was enough, -1
 * with `err` set. */
typedef int dynamodb_take_item(void *user, const json_t *item, struct error *err);

/* ExecuteStatement, page after page. Errors: those of aws_call() and `take`. A statement that
 * writes may have been executed although no answer came. */
int dynamodb_execute_statement(struct aws_client *client,
                               const struct dynamodb_statement *statement, dynamodb_take_item *take,
                               void *user, struct error *err);

#endif
