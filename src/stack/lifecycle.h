/* The lifecycle policy of a repository: which images expire [ECR User Guide "Automate the cleanup
 * of images by using lifecycle policies", "Lifecycle policy properties"].
 *
 * Deployed images carry the tag "<project>-<stage>". An image that the tag pattern of a rule fits
 * cannot be expired by the rules behind it, whatever other tags it has. So there is a rule for the
 * tags "<project>-*" of each project, which has room for them all; behind it, one for images
 * without a tag (that is what a deployed one becomes when the next is deployed); and one for images
 * with other tags. Without a project nobody knows which tags are deployed: only images without a
 * tag expire then. */
#ifndef LORRY_STACK_LIFECYCLE_H
#define LORRY_STACK_LIFECYCLE_H

#include "base/buf.h"

#define LIFECYCLE_KEEP_STANDARD 10
#define LIFECYCLE_KEEP_MAX 9999

enum lifecycle_change {
    LIFECYCLE_SAME,    /* the policy does what is wanted */
    LIFECYCLE_CHANGED, /* a new one has been appended */
    LIFECYCLE_FOREIGN, /* it was made by somebody else, and is not touched */
};

/* Compares the policy that there is (empty: none) with what is wanted, and appends the JSON of the
 * new one to `policy` if there has to be another. Projects that it protects already stay
 * protected. `project`: NULL if there is none; `keep`: how many images without a tag, and with
 * other tags, stay; 0: as it is, else LIFECYCLE_KEEP_STANDARD. */
enum lifecycle_change lifecycle_policy(struct view current, const char *project, int keep,
                                       struct buf *policy);

/* How many images without a tag a policy of ours keeps; 0 if it is none of ours. */
int lifecycle_kept(struct view policy);

#endif
