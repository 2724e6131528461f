/* What the registry of ECR refuses with, in words that say what to do: its own name neither cause
 * nor remedy [ECR User Guide "Troubleshooting"]. */
#ifndef LORRY_STACK_ECR_REFUSAL_H
#define LORRY_STACK_ECR_REFUSAL_H

#include <stdbool.h>

#include "base/error.h"
#include "oci/reference.h"

struct ecr_refused {
    const struct oci_reference *reference;
    const char *region; /* that the login is from */
    bool pushed;        /* else pulled */
    bool no_create;     /* the user did not want the repository made */
};

/* Replaces the message of an error of registry_push() or registry_inspect(), if there is more to
 * say; domain, code and name stay. */
void ecr_refusal_explain(const struct ecr_refused *refused, struct error *err);

#endif
