/* The template that a stack has, if lorry made it. */
#ifndef LORRY_STACK_STACK_TEMPLATE_H
#define LORRY_STACK_STACK_TEMPLATE_H

#include <jansson.h>

#include "aws/client.h"

/* 1: `*template` is a new reference to the template of the stack (name or id); 0: it is none of
 * lorry's; -1 and `err`: those of cfn_get_template(). */
int stack_template_read(struct aws_client *client, const char *stack, json_t **template,
                        struct error *err);

#endif
