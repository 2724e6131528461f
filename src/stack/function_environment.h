/* The environment of a pipeline's function, as its stack gives it. */
#ifndef LORRY_STACK_FUNCTION_ENVIRONMENT_H
#define LORRY_STACK_FUNCTION_ENVIRONMENT_H

#include "base/error.h"
#include "stack/stack.h"

/* Takes a variable; both texts are gone afterwards. */
typedef void function_environment_take(void *user, const char *name, const char *value);

/* Calls `take` for every variable that the template gives to the function, those that refer to
 * NoEcho parameters with what these would be filled with: a secret may be among them; and for the
 * two that Lambda makes of its LoggingConfig, AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL.
 * `environment`: as getenv(). Errors: those of template_make() and template_secret_value(). */
int function_environment(const struct stack *stack, const char *(*environment)(const char *name),
                         function_environment_take *take, void *user, struct error *err);

#endif
