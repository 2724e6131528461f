#include "support/fake_ecr.h"

#include "support/aws_script.h"
#include "unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t now_us(struct clock *clock)
{
    return ((struct fake_ecr *)(void *)clock)->slept_ms * 1000;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    ((struct fake_ecr *)(void *)clock)->slept_ms += ms;
}

void fake_ecr_init(struct fake_ecr *ecr)
{
    *ecr = (struct fake_ecr){.clock = {.now_us = now_us, .sleep_ms = sleep_ms}};
    struct buf *texts[] = {&ecr->policy, &ecr->lifecycle, &ecr->created_as, &ecr->calls,
                           &ecr->blobs};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = BUF_INIT(BUF_TEXT_CAP);
}

void fake_ecr_release(struct fake_ecr *ecr)
{
    struct buf *texts[] = {&ecr->policy, &ecr->lifecycle, &ecr->created_as, &ecr->calls,
                           &ecr->blobs};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        buf_release(texts[i]);
}

static int refuse(struct http_response *response, const char *code)
{
    char body[200];
    snprintf(body, sizeof(body), "{\"__type\":\"%s\",\"message\":\"no\"}", code);
    return http_script_answer(response, 400, body);
}

static int answer_json(struct http_response *response, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    http_script_answer(response, 200, text);
    free(text);
    return 0;
}

static json_t *describe(const struct fake_ecr *ecr, const char *name)
{
    return json_pack("{s:s, s:s, s:s, s:s+, s:s, s:{s:b}}", "repositoryArn", "arn", "registryId",
                     FAKE_ECR_ACCOUNT, "repositoryName", name, "repositoryUri",
                     FAKE_ECR_REGISTRY "/", name, "imageTagMutability",
                     ecr->mutability ? ecr->mutability : "MUTABLE", "imageScanningConfiguration",
                     "scanOnPush", !ecr->no_scan);
}

static int create(struct fake_ecr *ecr, const json_t *input, struct http_response *response)
{
    const char *name = json_string_value(json_object_get(input, "repositoryName"));
    char *text = json_dumps(input, JSON_COMPACT);
    buf_append_str(&ecr->created_as, text);
    free(text);
    if (ecr->exists)
        return refuse(response, "RepositoryAlreadyExistsException");
    ecr->exists = true;
    return answer_json(response, json_pack("{s:o}", "repository", describe(ecr, name)));
}

static int give_token(struct fake_ecr *ecr, struct http_response *response)
{
    static const char *const tokens[] = {"QVdTOjE=", "QVdTOjI=", "QVdTOjM="}; /* AWS:1 ... */
    assert_in_range(ecr->tokens, 0, 2);
    ecr->requests = 0;
    return answer_json(response, json_pack("{s:[{s:s}]}", "authorizationData", "authorizationToken",
                                           tokens[ecr->tokens++]));
}

static int text(struct buf *stored, const json_t *input, const char *member, const char *absent,
                struct http_response *response)
{
    const char *given = json_string_value(json_object_get(input, member));
    if (given) {
        buf_clear(stored);
        buf_append_str(stored, given);
    }
    if (!stored->len)
        return refuse(response, absent);
    return answer_json(response, json_pack("{s:s}", member, buf_str(stored)));
}

static int call(struct fake_ecr *ecr, const char *operation, const json_t *input,
                struct http_response *response)
{
    buf_printf(&ecr->calls, "%s ", operation);
    if (ecr->denied && strcmp(ecr->denied, operation) == 0)
        return refuse(response, "AccessDeniedException");
    if (strcmp(operation, "GetAuthorizationToken") == 0)
        return give_token(ecr, response);
    if (strcmp(operation, "CreateRepository") == 0)
        return create(ecr, input, response);
    if (!ecr->exists)
        return refuse(response, "RepositoryNotFoundException");
    if (strstr(operation, "RepositoryPolicy"))
        return text(&ecr->policy, input, "policyText", "RepositoryPolicyNotFoundException",
                    response);
    if (strstr(operation, "LifecyclePolicy"))
        return text(&ecr->lifecycle, input, "lifecyclePolicyText",
                    "LifecyclePolicyNotFoundException", response);
    assert_string_equal(operation, "DescribeRepositories");
    const json_t *names = json_object_get(input, "repositoryNames");
    return answer_json(response,
                       json_pack("{s:[o]}", "repositories",
                                 describe(ecr, json_string_value(json_array_get(names, 0)))));
}

static int refuse_push(struct http_response *response, const struct http_request *request,
                       int status, const char *code, const char *message)
{
    char body[400];
    snprintf(body, sizeof(body), "{\"errors\":[{\"code\":\"%s\",\"message\":\"%s\"}]}", code,
             message);
    return http_script_answer(response, status, strcmp(request->method, "HEAD") == 0 ? "" : body);
}

static bool is_logged_in(struct fake_ecr *ecr, const struct http_request *request)
{
    static const char *const logins[] = {"", "Basic QVdTOjE=", "Basic QVdTOjI=", "Basic QVdTOjM="};
    struct view given = http_script_request_header(request, "authorization");
    if (ecr->never_valid || !ecr->tokens || !view_equal(given, view_str(logins[ecr->tokens])))
        return false;
    if (ecr->refuses && strcmp(request->method, ecr->refuses) == 0)
        return false;
    return !ecr->valid_for || ecr->requests++ < ecr->valid_for;
}

static int refuse_login(struct http_response *response, const struct http_request *request)
{
    if (http_script_request_header(request, "authorization").len)
        return refuse_push(response, request, 403, "DENIED",
                           "Your authorization token has expired. Reauthenticate and try again.");
    http_script_header(response, "www-authenticate", "Basic realm=\"x\",service=\"ecr\"");
    return http_script_answer(response, 401, "");
}

static bool has(const struct fake_ecr *ecr, struct view line)
{
    return line.len && memmem(buf_str(&ecr->blobs), ecr->blobs.len, line.ptr, line.len);
}

static int put_manifest(struct fake_ecr *ecr, const struct http_request *request, struct view tag,
                        struct http_response *response)
{
    if (ecr->immutable)
        return refuse_push(response, request, 400, "TAG_INVALID",
                           "The image tag 't' already exists in the 'r' repository and cannot be "
                           "overwritten because the tag is immutable.");
    buf_printf(&ecr->blobs, "%.*s\n", VIEW_ARG(tag));
    return http_script_answer(response, 201, "");
}

static int registry(struct fake_ecr *ecr, const struct http_request *request,
                    struct http_response *response)
{
    struct view target = http_script_target(request);
    const char *slash = memrchr(target.ptr, '/', target.len);
    struct view last = view_between(slash + 1, target.ptr + target.len);
    bool sends = strcmp(request->method, "PUT") == 0,
         is_manifest = memmem(target.ptr, target.len, "/manifests/", 11) != NULL;
    if (!is_logged_in(ecr, request))
        return refuse_login(response, request);
    if (strcmp(request->method, "POST") == 0 && (!ecr->exists || ecr->unknown-- > 0))
        return refuse_push(response, request, 404, "NAME_UNKNOWN",
                           "The repository with name 'r' does not exist in the registry with id "
                           "'" FAKE_ECR_ACCOUNT "'");
    if (strcmp(request->method, "HEAD") == 0)
        return http_script_answer(response, ecr->exists && has(ecr, last) ? 200 : 404, "");
    if (sends && is_manifest)
        return put_manifest(ecr, request, last, response);
    if (sends) { /* "...?digest=sha256%3A<hex>" */
        ecr->uploads++;
        buf_printf(&ecr->blobs, "sha256:%.64s\n", target.ptr + target.len - 64);
        return http_script_answer(response, 201, "");
    }
    http_script_header(response, "location", "/v2/upload");
    return http_script_answer(response, 202, "");
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    (void)err;
    struct fake_ecr *ecr = user;
    struct view target = http_script_request_header(request, "x-amz-target");
    if (!target.len)
        return registry(ecr, request, response);
    char operation[100];
    const char *dot = memrchr(target.ptr, '.', target.len);
    snprintf(operation, sizeof(operation), "%.*s", (int)(target.ptr + target.len - dot - 1),
             dot + 1);
    json_t *input = json_loadb(request->body.ptr, request->body.len, 0, NULL);
    int result = call(ecr, operation, input, response);
    json_decref(input);
    return result;
}

struct aws_client fake_ecr_client(struct fake_ecr *ecr)
{
    struct aws_client client = aws_script_client(serve, ecr);
    client.clock = &ecr->clock;
    return client;
}
