/* Brings a new package to a stack and changes nothing else: same template, same parameters but
 * those that say where the package is. */
#ifndef LORRY_STACK_REFRESH_H
#define LORRY_STACK_REFRESH_H

#include "oci/digest.h"
#include "stack/deploy.h"

struct refresh {
    struct aws_client *client; /* of the region of the pipeline */
    const struct stack *stack;
    const struct deploy_ui *ui;
    const struct oci_image *image; /* the package: one of the two */
    const struct zip_made *zip;
};

/* What came of it. */
struct refreshed {
    struct cfn_stack stack;
    char function[128];       /* its name */
    struct oci_digest code;   /* what it runs now; see code_digest.h */
    struct oci_digest before; /* and what it ran; empty if Lambda did not say */
    bool changed;             /* false: all was as it should be */
    bool mended;              /* it ran what was not the stack's */
};

/* Safe on a zeroed one. */
void refreshed_release(struct refreshed *refreshed);
#define cleanup_refreshed __attribute__((cleanup(refreshed_release)))

/* Puts the package where Lambda takes it from, unless it is there; has CloudFormation change the
 * stack, unless its parameters are right; and waits until the function runs the package. A function
 * whose code was changed behind the back of its stack runs the package afterwards, too. `refreshed`
 * is zeroed before. Being interrupted does no harm: run it again.
 *
 * Errors: those of the calls; ERROR_SETTING if there is no stack, one that lorry did not make, one
 * that has more to be changed than the package, or if the user does not agree; ERROR_AWS with the
 * first failing resource and its reason, or with Lambda's reason. */
int refresh_run(const struct refresh *refresh, struct refreshed *refreshed, struct error *err);

#endif
