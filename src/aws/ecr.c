#include "aws/ecr.h"

#include <stdlib.h>
#include <string.h>

#include "aws/json.h"
#include "aws/paging.h"
#include "base/base64.h"
#include "base/memory.h"

static const struct aws_service service = {
    .name = "ECR",
    .host = "api.ecr",
    .signing_name = "ecr",
    .variable = "ECR",
    .protocol = &aws_protocol_json_1_1,
    .target = "AmazonEC2ContainerRegistry_V20150921",
};

enum {
    GET_AUTHORIZATION_TOKEN,
    CREATE_REPOSITORY,
    DESCRIBE_REPOSITORIES,
    GET_REPOSITORY_POLICY,
    SET_REPOSITORY_POLICY,
    GET_LIFECYCLE_POLICY,
    PUT_LIFECYCLE_POLICY,
    LIST_TAGS,
    DELETE_REPOSITORY,
    DESCRIBE_IMAGES,
};

static const struct aws_operation operations[] = {
    [GET_AUTHORIZATION_TOKEN] = {&service, "GetAuthorizationToken", "ecr:GetAuthorizationToken"},
    [CREATE_REPOSITORY] = {&service, "CreateRepository", "ecr:CreateRepository"},
    [DESCRIBE_REPOSITORIES] = {&service, "DescribeRepositories", "ecr:DescribeRepositories"},
    [GET_REPOSITORY_POLICY] = {&service, "GetRepositoryPolicy", "ecr:GetRepositoryPolicy"},
    [SET_REPOSITORY_POLICY] = {&service, "SetRepositoryPolicy", "ecr:SetRepositoryPolicy"},
    [GET_LIFECYCLE_POLICY] = {&service, "GetLifecyclePolicy", "ecr:GetLifecyclePolicy"},
    [PUT_LIFECYCLE_POLICY] = {&service, "PutLifecyclePolicy", "ecr:PutLifecyclePolicy"},
    [LIST_TAGS] = {&service, "ListTagsForResource", "ecr:ListTagsForResource"},
    [DELETE_REPOSITORY] = {&service, "DeleteRepository", "ecr:DeleteRepository"},
    [DESCRIBE_IMAGES] = {&service, "DescribeImages", "ecr:DescribeImages"},
};

int ecr_endpoint(const struct aws_client *client, struct buf *url, bool *overridden,
                 struct error *err)
{
    return aws_endpoint(&service, client->region, &client->endpoints, url, overridden, err);
}

void ecr_token_release(struct ecr_token *token)
{
    buf_release(&token->user);
    buf_wipe(&token->password);
}

void ecr_repository_release(struct ecr_repository *repository)
{
    free(repository->arn);
    free(repository->account);
    free(repository->uri);
    free(repository->mutability);
    *repository = (struct ecr_repository){0};
}

/* jansson knows no text that is overwritten. */
static void wipe_text(const json_t *text)
{
    explicit_bzero((char *)(uintptr_t)json_string_value(text), json_string_length(text));
}

/* "user:password" in base64. */
static int split_token(const json_t *text, struct ecr_token *token)
{
    size_t len = json_string_length(text);
    cleanup_secret struct buf plain = BUF_INIT(BASE64_DECODED_MAX(len) + BASE64_SLACK);
    char *to = buf_reserve(&plain, plain.cap);
    ssize_t count = base64_decode(view_of(json_string_value(text), len), to);
    const char *colon = count > 0 ? memchr(to, ':', (size_t)count) : NULL;
    if (!colon)
        return -1;
    buf_commit(&plain, (size_t)count);
    token->user = BUF_INIT(len);
    token->password = BUF_INIT(len);
    buf_append_view(&token->user, view_between(to, colon));
    buf_append_view(&token->password, view_between(colon + 1, to + count));
    return 0;
}

int ecr_get_authorization_token(struct aws_client *client, struct ecr_token *token,
                                struct error *err)
{
    json_t *answer;
    if (aws_json(client, &operations[GET_AUTHORIZATION_TOKEN], "login", NULL, &answer, err) < 0)
        return -1;
    const json_t *data = json_array_get(json_object_get(answer, "authorizationData"), 0);
    const json_t *text = json_object_get(data, "authorizationToken");
    int result = json_is_string(text) ? split_token(text, token) : -1;
    double expires_s = json_number_value(json_object_get(data, "expiresAt"));
    if (result == 0)
        token->expires_us = expires_s > 0 && expires_s < (double)(INT64_MAX / 2000000)
                                ? (int64_t)expires_s * 1000000
                                : 0;
    else
        error_set(err, ERROR_AWS, 200, "ECR: the answer has no authorization token");
    if (json_is_string(text))
        wipe_text(text);
    json_decref(answer);
    return result;
}

static json_t *name_input(const struct ecr_name *name)
{
    return name->account ? json_pack("{s:s, s:s}", "registryId", name->account, "repositoryName",
                                     name->repository)
                         : json_pack("{s:s}", "repositoryName", name->repository);
}

static char *member(const json_t *object, const char *name)
{
    const json_t *text = json_object_get(object, name);
    return xstrdup(json_is_string(text) ? json_string_value(text) : "");
}

static int read_repository(const json_t *json, const struct ecr_name *name,
                           struct ecr_repository *repository, struct error *err)
{
    if (!json_is_object(json))
        return error_set(err, ERROR_AWS, 200, "ECR \"%s\": the answer has no repository",
                         name->repository);
    const json_t *scanning = json_object_get(json, "imageScanningConfiguration");
    *repository = (struct ecr_repository){
        .arn = member(json, "repositoryArn"),
        .account = member(json, "registryId"),
        .uri = member(json, "repositoryUri"),
        .mutability = member(json, "imageTagMutability"),
        .scan_on_push = json_is_true(json_object_get(scanning, "scanOnPush")),
    };
    return 0;
}

static json_t *tags_input(const struct ecr_new_repository *wanted)
{
    json_t *tags = json_array();
    for (size_t i = 0; i < wanted->tag_count; i++)
        json_array_append_new(tags, json_pack("{s:s, s:s}", "Key", wanted->tags[i].key, "Value",
                                              wanted->tags[i].value));
    return tags;
}

static json_t *repository_input(const struct ecr_new_repository *wanted)
{
    json_t *input = name_input(&wanted->name);
    if (wanted->tag_count)
        json_object_set_new(input, "tags", tags_input(wanted));
    json_object_set_new(input, "imageTagMutability", json_string(wanted->mutability));
    if (wanted->excluded_tags)
        json_object_set_new(
            input, "imageTagMutabilityExclusionFilters",
            json_pack("[{s:s, s:s}]", "filterType", "WILDCARD", "filter", wanted->excluded_tags));
    json_object_set_new(input, "imageScanningConfiguration",
                        json_pack("{s:b}", "scanOnPush", wanted->scan_on_push));
    return input;
}

int ecr_create_repository(struct aws_client *client, const struct ecr_new_repository *wanted,
                          struct ecr_repository *repository, struct error *err)
{
    json_t *input = repository_input(wanted), *answer = NULL;
    int result = aws_json(client, &operations[CREATE_REPOSITORY], wanted->name.repository, input,
                          &answer, err);
    if (result == 0)
        result =
            read_repository(json_object_get(answer, "repository"), &wanted->name, repository, err);
    json_decref(answer);
    json_decref(input);
    return result;
}

int ecr_describe_repository(struct aws_client *client, const struct ecr_name *name,
                            struct ecr_repository *repository, struct error *err)
{
    json_t *input = json_pack("{s:[s]}", "repositoryNames", name->repository), *answer = NULL;
    if (name->account)
        json_object_set_new(input, "registryId", json_string(name->account));
    int result =
        aws_json(client, &operations[DESCRIBE_REPOSITORIES], name->repository, input, &answer, err);
    if (result == 0)
        result = read_repository(json_array_get(json_object_get(answer, "repositories"), 0), name,
                                 repository, err);
    json_decref(answer);
    json_decref(input);
    return result;
}

/* A text of a repository: where it stands in the answer, and what its absence is called. */
struct text {
    int get, set;
    const char *member;
    const char *absent;
};

static const struct text repository_policy = {GET_REPOSITORY_POLICY, SET_REPOSITORY_POLICY,
                                              "policyText", "RepositoryPolicyNotFoundException"};
static const struct text lifecycle_policy = {GET_LIFECYCLE_POLICY, PUT_LIFECYCLE_POLICY,
                                             "lifecyclePolicyText",
                                             "LifecyclePolicyNotFoundException"};

static int get_text(struct aws_client *client, const struct ecr_name *name, const struct text *text,
                    struct buf *out, struct error *err)
{
    json_t *input = name_input(name), *answer = NULL;
    struct error failure = {0};
    int result =
        aws_json(client, &operations[text->get], name->repository, input, &answer, &failure);
    json_decref(input);
    if (result < 0 && error_is(&failure, text->absent))
        return 0;
    if (result < 0) {
        if (err)
            *err = failure;
        return -1;
    }
    const json_t *value = json_object_get(answer, text->member);
    if (json_is_string(value))
        buf_append(out, json_string_value(value), json_string_length(value));
    json_decref(answer);
    return 0;
}

static int set_text(struct aws_client *client, const struct ecr_name *name, const struct text *text,
                    struct view value, struct error *err)
{
    json_t *input = name_input(name);
    json_object_set_new(input, text->member, json_stringn(value.ptr, value.len));
    int result = aws_json(client, &operations[text->set], name->repository, input, NULL, err);
    json_decref(input);
    return result;
}

int ecr_get_repository_policy(struct aws_client *client, const struct ecr_name *name,
                              struct buf *text, struct error *err)
{
    return get_text(client, name, &repository_policy, text, err);
}

int ecr_get_lifecycle_policy(struct aws_client *client, const struct ecr_name *name,
                             struct buf *text, struct error *err)
{
    return get_text(client, name, &lifecycle_policy, text, err);
}

int ecr_set_repository_policy(struct aws_client *client, const struct ecr_name *name,
                              struct view text, struct error *err)
{
    return set_text(client, name, &repository_policy, text, err);
}

int ecr_put_lifecycle_policy(struct aws_client *client, const struct ecr_name *name,
                             struct view text, struct error *err)
{
    return set_text(client, name, &lifecycle_policy, text, err);
}

static const struct aws_operation list_images = {&service, "ListImages", "ecr:ListImages"};
static const struct aws_operation batch_delete_image = {&service, "BatchDeleteImage",
                                                        "ecr:BatchDeleteImage"};

struct tags {
    ecr_take_tag *take;
    void *user;
};

static int take_tags(void *user, const json_t *page, struct error *err)
{
    const struct tags *tags = user;
    size_t i;
    json_t *image;
    json_array_foreach(json_object_get(page, "imageIds"), i, image)
    {
        const char *tag = json_string_value(json_object_get(image, "imageTag"));
        int result = tag ? tags->take(tags->user, tag, err) : 0;
        if (result != 0)
            return result;
    }
    return 0;
}

int ecr_list_image_tags(struct aws_client *client, const struct ecr_name *name, ecr_take_tag *take,
                        void *user, struct error *err)
{
    struct tags tags = {take, user};
    json_t *input = name_input(name);
    json_object_set_new(input, "filter", json_pack("{s:s}", "tagStatus", "TAGGED"));
    const struct aws_json_pages pages = {
        .operation = &list_images,
        .subject = name->repository,
        .input = input,
        .token_in = "nextToken",
        .token_out = "nextToken",
        .take = take_tags,
        .user = &tags,
    };
    int result = aws_json_pages(client, &pages, err);
    json_decref(input);
    return result;
}

/* An answer of 200 may say that nothing was done. */
static int read_failure(const json_t *answer, const struct ecr_name *name, const char *tag,
                        struct error *err)
{
    const json_t *failure = json_array_get(json_object_get(answer, "failures"), 0);
    const char *code = json_string_value(json_object_get(failure, "failureCode"));
    const char *reason = json_string_value(json_object_get(failure, "failureReason"));
    if (!failure || (code && strcmp(code, "ImageNotFound") == 0))
        return 0;
    return error_set(err, ERROR_AWS, 200, "ECR \"%s:%s\": the image is not deleted: %s (%s)",
                     name->repository, tag, reason ? reason : "no reason given", code ? code : "");
}

int ecr_delete_image_tag(struct aws_client *client, const struct ecr_name *name, const char *tag,
                         struct error *err)
{
    json_t *input = name_input(name), *answer = NULL;
    json_object_set_new(input, "imageIds", json_pack("[{s:s}]", "imageTag", tag));
    int result = aws_json(client, &batch_delete_image, name->repository, input, &answer, err);
    if (result == 0)
        result = read_failure(answer, name, tag, err);
    json_decref(answer);
    json_decref(input);
    return result;
}

int ecr_has_tag(struct aws_client *client, const char *repository_arn, const struct ecr_tag *tag,
                struct error *err)
{
    json_t *input = json_pack("{s:s}", "resourceArn", repository_arn), *answer = NULL;
    int result = aws_json(client, &operations[LIST_TAGS], repository_arn, input, &answer, err);
    json_decref(input);
    if (result < 0)
        return -1;
    result = aws_json_has_tag(json_object_get(answer, "tags"), tag->key, tag->value);
    json_decref(answer);
    return result;
}

int ecr_delete_repository(struct aws_client *client, const struct ecr_name *name, struct error *err)
{
    json_t *input = name_input(name);
    json_object_set_new(input, "force", json_true());
    int result =
        aws_json(client, &operations[DELETE_REPOSITORY], name->repository, input, NULL, err);
    json_decref(input);
    return result;
}

static bool has_text(const json_t *list, const char *text)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)list, i, one)
    {
        const char *value = json_string_value(one);
        if (value && strcmp(value, text) == 0)
            return true;
    }
    return false;
}

int ecr_find_image(struct aws_client *client, const struct ecr_name *name, const char *digest,
                   const char *tag, bool *tagged, struct error *err)
{
    json_t *input = name_input(name), *answer = NULL;
    struct error failure = {0};
    json_object_set_new(input, "imageIds", json_pack("[{s:s}]", "imageDigest", digest));
    int result =
        aws_json(client, &operations[DESCRIBE_IMAGES], name->repository, input, &answer, &failure);
    json_decref(input);
    if (result < 0 && error_is(&failure, "ImageNotFoundException"))
        return 0;
    if (result < 0) {
        if (err)
            *err = failure;
        return -1;
    }
    const json_t *image = json_array_get(json_object_get(answer, "imageDetails"), 0);
    int found = image != NULL;
    *tagged = has_text(json_object_get(image, "imageTags"), tag);
    json_decref(answer);
    return found;
}
