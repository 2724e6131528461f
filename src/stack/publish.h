/* Images into ECR, with all that takes: a login, renewed when it expires, and the repository. */
#ifndef LORRY_STACK_PUBLISH_H
#define LORRY_STACK_PUBLISH_H

#include "oci/registry.h"
#include "stack/repository.h"

/* What to do. All of it is borrowed. */
struct publish {
    /* Of the region of the registry. Its clock also waits. */
    struct aws_client *client;
    const struct oci_reference *reference; /* into a registry of ECR (ecr_registry.h) */
    const struct oci_image *image;
    bool no_create;              /* the repository has to be there */
    struct repository_plan plan; /* of the repository; its name is that of the reference */
    void (*on_progress)(void *user, const struct registry_progress *progress); /* NULL: none */
    void *user;
};

/* What came of it. */
struct published {
    struct registry_progress progress;
    bool created;        /* the repository */
    bool policy_changed; /* Lambda may fetch its images now */
    struct buf remarks;  /* what has been left undone, a line each without the last newline */
};

/* Safe on a zeroed one. */
void published_release(struct published *published);
#define cleanup_published __attribute__((cleanup(published_release)))

/* Pushes the image. When ECR has no such repository, it is made, and the push goes on. Lambda may
 * fetch the image afterwards; where the caller must not set policies, a remark says so. `published`
 * is zeroed before. Errors: those of registry_push() and repository_ensure(), which say what to do.
 */
int publish_image(const struct publish *publish, struct published *published, struct error *err);

#endif
