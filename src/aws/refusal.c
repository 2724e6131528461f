#include "aws/refusal.h"

#include <string.h>

#include "base/memory.h"

void aws_refusal_release(struct aws_refusal *refusal)
{
    buf_release(&refusal->code);
    buf_release(&refusal->message);
    buf_release(&refusal->request_id);
}

/* What a code means beyond its message. `advice` may have one "%s", for the argument. */
static const struct {
    const char *code;
    bool retry;
    enum { NO_ARGUMENT, PERMISSION, REGION } argument;
    const char *advice; /* NULL: the message says all */
} meanings[] = {
    {"AccessDenied", false, PERMISSION, "allow \"%s\" on it to whoever calls"},
    {"AccessDeniedException", false, PERMISSION, "allow \"%s\" on it to whoever calls"},
    {"ResourceNotFoundException", false, REGION, "is the name right, and is it in region \"%s\"?"},
    {"ParameterNotFound", false, REGION, "is the name right, and is it in region \"%s\"?"},
    {"DecryptionFailure", false, NO_ARGUMENT, "allow \"kms:Decrypt\" on its key to whoever calls"},
    {"InvalidKeyId", false, NO_ARGUMENT, "allow \"kms:Decrypt\" on its key to whoever calls"},
    {"ExpiredToken", false, NO_ARGUMENT, "the AWS credentials have expired: renew them"},
    {"ExpiredTokenException", false, NO_ARGUMENT, "the AWS credentials have expired: renew them"},
    {"UnrecognizedClientException", false, NO_ARGUMENT, "the AWS credentials are not valid"},
    {"InvalidClientTokenId", false, NO_ARGUMENT, "the AWS credentials are not valid"},
    {"InvalidAccessKeyId", false, NO_ARGUMENT, "the AWS credentials are not valid"},
    {"InvalidSignatureException", false, NO_ARGUMENT,
     "the AWS secret access key is not valid, or the clock is wrong"},
    {"SignatureDoesNotMatch", false, NO_ARGUMENT,
     "the AWS secret access key is not valid, or the clock is wrong"},
    /* [AWS SDKs Reference "Retry behavior"]: throttling and transient codes */
    {"Throttling", true, NO_ARGUMENT, NULL},
    {"ThrottlingException", true, NO_ARGUMENT, NULL},
    {"ThrottledException", true, NO_ARGUMENT, NULL},
    {"RequestThrottledException", true, NO_ARGUMENT, NULL},
    {"TooManyRequestsException", true, NO_ARGUMENT, NULL},
    {"ProvisionedThroughputExceededException", true, NO_ARGUMENT, NULL},
    {"TransactionInProgressException", true, NO_ARGUMENT, NULL},
    {"RequestLimitExceeded", true, NO_ARGUMENT, NULL},
    {"BandwidthLimitExceeded", true, NO_ARGUMENT, NULL},
    {"LimitExceededException", true, NO_ARGUMENT, NULL},
    {"RequestThrottled", true, NO_ARGUMENT, NULL},
    {"SlowDown", true, NO_ARGUMENT, NULL},
    {"PriorRequestNotComplete", true, NO_ARGUMENT, NULL},
    {"EC2ThrottledException", true, NO_ARGUMENT, NULL},
    {"RequestTimeout", true, NO_ARGUMENT, NULL},
    {"RequestTimeoutException", true, NO_ARGUMENT, NULL},
    {"IDPCommunicationError", true, NO_ARGUMENT, NULL},
};

/* A format of ours with at most one "%s". */
static void append_advice(const char *advice, const char *argument, struct buf *out)
{
    const char *slot = strstr(advice, "%s");
    buf_append_str(out, "; ");
    buf_append(out, advice, slot ? (size_t)(slot - advice) : strlen(advice));
    if (slot) {
        buf_append_str(out, argument);
        buf_append_str(out, slot + 2);
    }
}

static void explain(const struct aws_client *client, const struct aws_call *call,
                    const struct aws_refusal *refusal, bool *retry, struct buf *out)
{
    const char *code = buf_str(&refusal->code);
    const char *permission = call->operation->permission;
    /* Secrets Manager and SSM report a key that may not be used as access denied to KMS. */
    if (strcmp(code, "AccessDeniedException") == 0 && strstr(buf_str(&refusal->message), "KMS"))
        code = "DecryptionFailure";
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
        if (strcmp(code, meanings[i].code) != 0)
            continue;
        const char *const arguments[] = {"", permission ? permission : call->operation->name,
                                         client->region ? client->region : ""};
        if (meanings[i].advice)
            append_advice(meanings[i].advice, arguments[meanings[i].argument], out);
        *retry |= meanings[i].retry;
        return;
    }
}

static bool status_passes(int status)
{
    return status >= 500 || status == 429;
}

int aws_refuse(const struct aws_client *client, const struct aws_call *call,
               const struct http_response *response, struct error *err)
{
    const struct aws_service *service = call->operation->service;
    cleanup_aws_refusal struct aws_refusal refusal = {
        .status = response->status,
        .code = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
        .message = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
        .request_id = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
    };
    cleanup_buf struct buf text = BUF_INIT(4 * AWS_REFUSAL_TEXT_CAP);
    service->protocol->read_refusal(response, &refusal);
    bool retry = status_passes(response->status);
    buf_printf(&text, "%s \"%s\": %s (HTTP %d", service->name, call->subject,
               refusal.code.len ? buf_str(&refusal.code) : "an error without a code",
               response->status);
    if (refusal.request_id.len)
        buf_printf(&text, ", request %s", buf_str(&refusal.request_id));
    buf_append_char(&text, ')');
    if (refusal.message.len)
        buf_printf(&text, ": %.*s", (int)strcspn(buf_str(&refusal.message), "\r\n"),
                   buf_str(&refusal.message));
    explain(client, call, &refusal, &retry, &text);
    error_set(err, ERROR_AWS, response->status, "%s", buf_str(&text));
    error_set_name(err, buf_str(&refusal.code));
    if (err)
        err->retry = retry;
    return -1;
}

bool aws_refusal_is_skew(const struct error *err)
{
    static const char *const names[] = {
        "RequestTimeTooSkewed",  "RequestExpired",     "InvalidSignatureException",
        "SignatureDoesNotMatch", "RequestInTheFuture", "AuthFailure",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (error_is(err, names[i]))
            return true;
    return false;
}
