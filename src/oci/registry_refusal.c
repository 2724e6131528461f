/* What a registry refuses with [Distribution Specification "Error Codes"]. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/memory.h"
#include "oci/registry_private.h"

#define SHOWN_MAX 300 /* of what a registry says */

static const struct {
    const char *code;
    const char *advice;
} advices[] = {
    {"DENIED", "does the login allow it, and is it still valid?"},
    {"NAME_UNKNOWN", "is there such a repository?"},
    {"TOOMANYREQUESTS", "try again later"},
};

/* A text of a registry, in one line and not too long. */
static void put_text(struct buf *out, const char *text)
{
    size_t len = strcspn(text, "\r\n");
    buf_append(out, text, len < SHOWN_MAX ? len : SHOWN_MAX);
}

/* The first of the errors; none in an answer of another form. */
static void read_error(const struct http_response *response, struct buf *code, struct buf *message)
{
    json_t *answer = json_loadb(buf_str(&response->body), response->body.len, 0, NULL);
    const json_t *first = json_array_get(json_object_get(answer, "errors"), 0);
    const char *text = json_string_value(json_object_get(first, "code"));
    if (text)
        put_text(code, text);
    text = json_string_value(json_object_get(first, "message"));
    if (text)
        put_text(message, text);
    json_decref(answer);
}

/* An answer to HEAD has no body that would tell. */
static const char *code_of_status(int status)
{
    return status == 401 ? "UNAUTHORIZED" : status == 403 ? "DENIED" : "";
}

static bool may_pass(int status)
{
    static const int statuses[] = {408, 429, 500, 502, 503, 504};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        if (statuses[i] == status)
            return true;
    return false;
}

static void put_advice(const char *code, struct buf *text)
{
    for (size_t i = 0; i < ARRAY_LEN(advices); i++)
        if (strcmp(code, advices[i].code) == 0)
            buf_printf(text, "; %s", advices[i].advice);
}

int registry_refuse(const struct registry_job *job, const struct http_response *response,
                    struct error *err)
{
    cleanup_buf struct buf code = BUF_INIT(SHOWN_MAX), message = BUF_INIT(SHOWN_MAX),
                           text = BUF_INIT(BUF_TEXT_CAP);
    const struct oci_reference *reference = job->registry->reference;
    read_error(response, &code, &message);
    if (!code.len && !response->body.len)
        buf_append_str(&code, code_of_status(response->status));
    buf_printf(&text, "\"%s/%s\": %s: %s (HTTP %d)", reference->registry, reference->repository,
               job->what, code.len ? buf_str(&code) : "an error without a code", response->status);
    if (message.len)
        buf_printf(&text, ": %s", buf_str(&message));
    buf_defuse(&code);
    buf_defuse(&text);
    put_advice(buf_str(&code), &text);
    error_set(err, ERROR_HTTP, response->status, "%s", buf_str(&text));
    error_set_name(err, buf_str(&code));
    if (err)
        err->retry = may_pass(response->status);
    return -1;
}

int registry_check_digest(const struct registry_job *job, const struct http_response *response,
                          const char *expected, struct error *err)
{
    struct view given = http_response_header(response, "docker-content-digest");
    if (!given.len || view_equal(given, view_str(expected)))
        return 0;
    cleanup_buf struct buf shown = BUF_INIT(SHOWN_MAX);
    buf_append(&shown, given.ptr, given.len < SHOWN_MAX ? given.len : SHOWN_MAX);
    buf_defuse(&shown);
    return error_set(err, ERROR_NET, EPROTO,
                     "\"%s/%s\": %s: the registry says that its digest is \"%s\", and it is \"%s\"",
                     job->registry->reference->registry, job->registry->reference->repository,
                     job->what, buf_str(&shown), expected);
}
