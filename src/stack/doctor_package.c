/* What the function runs: an image in a repository, or a zip package in a bucket. */
#include <string.h>

#include "aws/s3.h"
#include "base/base64.h"
#include "stack/doctor_parts.h"
#include "stack/repository_policy.h"
#include "stack/template.h"

static bool is_image(const struct stack *stack)
{
    return stack->processor.package == STACK_IMAGE;
}

static bool is_zip(const struct stack *stack)
{
    return stack->processor.package == STACK_ZIP;
}

static struct ecr_name repository_name(const struct examination *x)
{
    return (struct ecr_name){x->survey.account, x->stack->processor.repository};
}

static void check_repository(struct examination *x)
{
    const struct ecr_name name = repository_name(x);
    struct error err = {0};
    if (ecr_describe_repository(x->client, &name, &x->repository, &err) == 0) {
        x->known |= KNOWS_REPOSITORY;
        doctor_note(x, VERDICT_OK, "repository %s", name.repository);
    } else if (!error_is(&err, "RepositoryNotFoundException")) {
        doctor_note_error(x, &err);
    } else if (!doctor_is_not_deployed(x)) {
        doctor_note(x, VERDICT_FAILED,
                    "there is no repository %s, so that Lambda cannot fetch the "
                    "image any more",
                    name.repository);
        doctor_mend(x, "`lorry deploy` makes it, and pushes the image");
    }
}

static void check_policy(struct examination *x)
{
    const struct ecr_name name = repository_name(x);
    const struct policy_function function = {x->survey.account, x->client->region,
                                             x->stack->processor.name};
    cleanup_buf struct buf text = BUF_INIT(ECR_REPOSITORY_POLICY_MAX);
    struct error err = {0};
    if (ecr_get_repository_policy(x->client, &name, &text, &err) < 0) {
        doctor_note_error(x, &err);
        return;
    }
    json_t *policy = repository_policy_read(buf_view(&text), &err);
    if (!policy) {
        doctor_note(x, VERDICT_UNKNOWN, "%s", err.message);
    } else if (repository_policy_allows(policy, &function)) {
        doctor_note(x, VERDICT_OK, "Lambda may fetch images for %s", function.name);
    } else {
        doctor_note(x, VERDICT_FAILED,
                    "Lambda may not fetch images for %s: the policy of %s does "
                    "not allow it",
                    function.name, name.repository);
        doctor_mend(x, "`lorry registry create %s` adds what is missing", name.repository);
    }
    json_decref(policy);
}

/* "sha256:..." of "REGISTRY/REPOSITORY@sha256:..."; "" if there is none. */
static const char *digest_of(const char *uri)
{
    const char *at = uri ? strchr(uri, '@') : NULL;
    return at ? at + 1 : "";
}

static const char *parameter(const struct examination *x, const char *name)
{
    const struct cfn_stack *stack = &x->survey.stack.found;
    const char *value = cfn_value(stack->parameters, stack->parameter_count, name);
    return value ? value : "";
}

/* What runs, if there is a function; else says why that is not known. */
static bool find_function(struct examination *x)
{
    enum survey_state state = doctor_look_at_function(x);
    if (state != SURVEY_FOUND && !doctor_is_not_deployed(x))
        doctor_note(x, VERDICT_SKIPPED, "needs the function");
    return state == SURVEY_FOUND;
}

/* The stack may be somebody else's, or not be there: then nobody says what should run. */
static void note_other_package(struct examination *x, const char *what, bool other)
{
    if (!other)
        return;
    doctor_note(x, VERDICT_WARNING, "the function runs another %s than the stack says", what);
    doctor_mend(x, "`lorry deploy --revert-drift`");
}

static void note_image(struct examination *x, const char *digest, bool tagged)
{
    if (tagged) {
        doctor_note(x, VERDICT_OK, "%.19s is what runs", digest);
        return;
    }
    doctor_note(x, VERDICT_WARNING, "%.19s runs without the tag %s, so that it may expire", digest,
                x->stack_name);
    doctor_mend(x, "`lorry deploy` tags what runs");
}

static void check_image(struct examination *x)
{
    const struct ecr_name name = repository_name(x);
    struct error err = {0};
    bool tagged = false;
    if (!find_function(x))
        return;
    const char *digest = digest_of(x->survey.function.found.resolved_image_uri);
    if (!*digest) {
        doctor_note(x, VERDICT_WARNING, "%s runs no image", x->stack->processor.name);
        doctor_mend(x, "`lorry deploy`");
        return;
    }
    int found = ecr_find_image(x->client, &name, digest, x->stack_name, &tagged, &err);
    if (found < 0) {
        doctor_note_error(x, &err);
    } else if (!found) {
        doctor_note(x, VERDICT_FAILED, "the image that runs (%.19s) is no more in %s", digest,
                    name.repository);
        doctor_mend(x, "`lorry deploy` pushes it again");
    } else {
        note_image(x, digest, tagged);
        const char *wanted = digest_of(parameter(x, TEMPLATE_IMAGE_URI));
        note_other_package(x, "image", *wanted && strcmp(wanted, digest) != 0);
    }
}

/* Whether `key` ends in "<SHA-256 in hexadecimal digits>.zip" of the sum in base64. */
static bool is_sum_of(const char *key, const char *base64)
{
    unsigned char bytes[BASE64_DECODED_MAX(64) + BASE64_SLACK];
    cleanup_buf struct buf hex = BUF_INIT(BUF_TEXT_CAP);
    if (strlen(base64) > 64)
        return false;
    ssize_t len = base64_decode(view_str(base64), (char *)bytes);
    for (ssize_t i = 0; i < len; i++)
        buf_printf(&hex, "%02x", bytes[i]);
    buf_append_str(&hex, ".zip");
    return view_ends_with(view_str(key), buf_view(&hex));
}

static void check_package(struct examination *x)
{
    struct error err = {0};
    struct s3_object object;
    if (!find_function(x))
        return;
    const char *key = parameter(x, TEMPLATE_CODE_KEY);
    const struct s3_location place = {(char *)parameter(x, TEMPLATE_CODE_BUCKET), (char *)key};
    if (!*key) {
        doctor_note(x, VERDICT_SKIPPED, "needs the stack");
    } else if (s3_head_object(x->client, &place, &object, &err) == 0) {
        doctor_note(x, VERDICT_OK, "the package is in bucket %s", place.bucket);
        note_other_package(x, "package", !is_sum_of(key, x->survey.function.found.code_sha256));
    } else if (error_is(&err, "NotFound")) {
        doctor_note(x, VERDICT_WARNING,
                    "s3://%s/%s is gone: what runs is not harmed, but a change "
                    "that fails cannot be undone",
                    place.bucket, key);
        doctor_mend(x, "`lorry deploy` puts it there again");
    } else {
        doctor_note_error(x, &err);
    }
}

const struct doctor_check doctor_checks_package[] = {
    {"package", "repository", KNOWS_PIPELINE, is_image, check_repository},
    {"package", "its policy", KNOWS_PIPELINE | KNOWS_REPOSITORY, is_image, check_policy},
    {"package", "image", KNOWS_PIPELINE | KNOWS_REPOSITORY, is_image, check_image},
    {"package", "zip", KNOWS_PIPELINE, is_zip, check_package},
    {0},
};
