/* What a deployment would change, without changing anything. */
#ifndef LORRY_STACK_DIFF_H
#define LORRY_STACK_DIFF_H

#include "oci/digest.h"
#include "stack/deploy.h"
#include "stack/template_diff.h"

struct diff {
    struct aws_client *client; /* of the region of the pipeline */
    const struct stack *stack;
    const struct deploy_ui *ui;    /* `say` */
    const struct oci_image *image; /* the package: one of the two */
    const struct zip_made *zip;
};

/* A parameter of the template whose value differs, or cannot be compared. */
struct diff_parameter {
    const char *name;
    const char *before, *after; /* NULL: there is none; of a secret both are NULL */
    bool secret;                /* CloudFormation does not tell its value */
};

/* Something outside of the stack that is going to be made or changed. */
struct diff_thing {
    const char *kind; /* "repository", "bucket", "secret", "parameter", "table" */
    const char *name;
    const char *what; /* "is made", ... */
};

#define DIFF_THINGS_MAX 4

struct diffed {
    struct arena arena; /* owns all texts that the templates do not own */
    json_t *before, *after;
    const char *name;   /* of the stack */
    const char *status; /* as CloudFormation calls it; NULL: there is no stack */
    struct template_diff template;
    struct diff_parameter *parameters;
    size_t parameter_count;
    struct diff_parameter *tags; /* of a stack that is there, that differ */
    size_t tag_count;
    struct oci_digest running; /* what the function runs; see code_digest.h; empty: not known */
    struct oci_digest stated;  /* what its stack says; empty: there is none */
    struct oci_digest built;
    bool protected_before, protected_after; /* from being deleted */
    struct diff_thing things[DIFF_THINGS_MAX];
    size_t thing_count;
    bool differs; /* anything of that, as far as it can be known */
};

/* Safe on a zeroed one. */
void diffed_release(struct diffed *diffed);
#define cleanup_diffed __attribute__((cleanup(diffed_release)))

/* Compares; `diffed` is zeroed before. It is no error that there is no stack: then everything is
 * new. Errors: those of the calls, and those of deploy_run() for what it would not deploy. */
int diff_run(const struct diff *diff, struct diffed *diffed, struct error *err);

#endif
