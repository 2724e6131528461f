/* A blob or the manifest on its way to a registry. Private to oci/registry_push.c and
 * oci/registry_upload.c. */
#ifndef LORRY_OCI_REGISTRY_UPLOAD_H
#define LORRY_OCI_REGISTRY_UPLOAD_H

#include "oci/registry_private.h"

/* HEAD tells whether it is there; a blob is announced by POST, which tells where PUT goes. Trouble
 * begins with HEAD again: what was sent may have arrived. */
struct upload {
    struct registry_job job;
    const struct oci_blob *blob;
    const char *target; /* what the manifest is put as: tag or digest */
    enum upload_step { UPLOAD_LOOK, UPLOAD_ANNOUNCE, UPLOAD_SEND } step;
    bool missing; /* it has to be sent; of a manifest that is for the owner to say */
    bool taken;   /* the registry has not said that it keeps it: it has to show it */
    bool there;
    size_t sent;
    void (*changed)(void *user); /* after `sent` or `there` has changed */
    void *user;
};

extern const struct registry_job_ops upload_blob_ops;
/* Only looks, until it is said to be missing. */
extern const struct registry_job_ops upload_manifest_ops;

#endif
