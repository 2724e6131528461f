/* Amazon Elastic Container Registry, what of it is needed [ECR API Reference, version
 * 2015-09-21]. */
#ifndef LORRY_AWS_ECR_H
#define LORRY_AWS_ECR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/client.h"
#include "base/buf.h"

/* The limits of the texts [botocore ecr/2015-09-21]. */
#define ECR_REPOSITORY_POLICY_MAX 10240
#define ECR_LIFECYCLE_POLICY_MAX 30720

/* Appends the URL that ECR is reached at, with a slash at the end; `*overridden` tells whether it
 * is none of AWS's own. Errors: those of aws_endpoint(). */
int ecr_endpoint(const struct aws_client *client, struct buf *url, bool *overridden,
                 struct error *err);

/* What a docker login at the registries of the region takes; valid for 12 hours. */
struct ecr_token {
    struct buf user; /* "AWS" */
    struct buf password;
    int64_t expires_us; /* since 1970; 0: the answer does not say */
};

/* Overwrites the password. Safe on a zeroed one. */
void ecr_token_release(struct ecr_token *token);
#define cleanup_ecr_token __attribute__((cleanup(ecr_token_release)))

/* GetAuthorizationToken. `token` is zeroed or released before. Errors: those of aws_json(). */
int ecr_get_authorization_token(struct aws_client *client, struct ecr_token *token,
                                struct error *err);

/* Which repository. Borrowed. */
struct ecr_name {
    const char *account;    /* whose registry; NULL: the caller's */
    const char *repository; /* "team/name" */
};

/* A repository, as it is. */
struct ecr_repository {
    char *arn;
    char *account;
    char *uri;        /* "<registry>/<repository>" */
    char *mutability; /* "MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", ... */
    bool scan_on_push;
};

/* Safe on a zeroed one. */
void ecr_repository_release(struct ecr_repository *repository);
#define cleanup_ecr_repository __attribute__((cleanup(ecr_repository_release)))

struct ecr_tag {
    const char *key;
    const char *value;
};

/* A repository to make, encrypted with ECR's own key. */
struct ecr_new_repository {
    struct ecr_name name;
    const char *mutability; /* as above */
    /* With "..._WITH_EXCLUSION": the tags that it does not hold for ("app-*"); else NULL. */
    const char *excluded_tags;
    bool scan_on_push;
    const struct ecr_tag *tags;
    size_t tag_count;
};

/* CreateRepository. `repository` is zeroed or released before, as below. Errors: those of
 * aws_json(); named "RepositoryAlreadyExistsException". */
int ecr_create_repository(struct aws_client *client, const struct ecr_new_repository *wanted,
                          struct ecr_repository *repository, struct error *err);

/* DescribeRepositories, of one. Errors: those of aws_json(); named "RepositoryNotFoundException".
 */
int ecr_describe_repository(struct aws_client *client, const struct ecr_name *name,
                            struct ecr_repository *repository, struct error *err);

/* GetRepositoryPolicy and GetLifecyclePolicy: the JSON is appended to `text`; nothing, if there is
 * none. Errors: those of aws_json(). */
int ecr_get_repository_policy(struct aws_client *client, const struct ecr_name *name,
                              struct buf *text, struct error *err);
int ecr_get_lifecycle_policy(struct aws_client *client, const struct ecr_name *name,
                             struct buf *text, struct error *err);

/* SetRepositoryPolicy and PutLifecyclePolicy: replace what is there. Errors: those of aws_json().
 */
int ecr_set_repository_policy(struct aws_client *client, const struct ecr_name *name,
                              struct view text, struct error *err);
int ecr_put_lifecycle_policy(struct aws_client *client, const struct ecr_name *name,
                             struct view text, struct error *err);

/* Takes the tag of an image; returns 0 to go on, 1 if that was enough, -1 with `err` set. */
typedef int ecr_take_tag(void *user, const char *tag, struct error *err);

/* ListImages, page after page: every tag of a repository. Errors: those of aws_json(), aws_pages()
 * and `take`. */
int ecr_list_image_tags(struct aws_client *client, const struct ecr_name *name, ecr_take_tag *take,
                        void *user, struct error *err);

/* BatchDeleteImage: takes a tag away, and with its last tag the image. Fine if it is not there.
 * Errors: those of aws_json(); ERROR_AWS if ECR does not do it. */
int ecr_delete_image_tag(struct aws_client *client, const struct ecr_name *name, const char *tag,
                         struct error *err);

/* ListTagsForResource: whether a repository has that tag with that value. 1, 0, or -1 and `err`:
 * those of aws_json(). */
int ecr_has_tag(struct aws_client *client, const char *repository_arn, const struct ecr_tag *tag,
                struct error *err);

/* DescribeImages: whether the repository has an image of that digest ("sha256:..."), and whether
 * that has the tag. 1, 0, or -1 and `err`: those of aws_json(). */
int ecr_find_image(struct aws_client *client, const struct ecr_name *name, const char *digest,
                   const char *tag, bool *tagged, struct error *err);

/* DeleteRepository, with all its images. Errors: those of aws_json(). */
int ecr_delete_repository(struct aws_client *client, const struct ecr_name *name,
                          struct error *err);

#endif
