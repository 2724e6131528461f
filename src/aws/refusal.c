#include "aws/refusal.h"

#include <string.h>

#include "base/memory.h"

void aws_refusal_release(struct aws_refusal *refusal)
{
    buf_release(&refusal->code);
    buf_release(&refusal->message);
    buf_release(&refusal->request_id);
    buf_release(&refusal->region);
}

enum outlook {
    FINAL,
    TRANSIENT, /* the same may succeed a moment later */
    THROTTLED, /* ... if the service is given time */
    EXPIRED,   /* ... with other credentials */
};

/* What a code means beyond its message. `advice` may have one "%s", for the argument. */
static const struct meaning {
    const char *code;
    enum outlook outlook;
    enum { NO_ARGUMENT, PERMISSION, REGION } argument;
    const char *advice; /* NULL: the message says all */
} meanings[] = {
    {"AccessDenied", FINAL, PERMISSION, "allow \"%s\" on it to whoever calls"},
    {"AccessDeniedException", FINAL, PERMISSION, "allow \"%s\" on it to whoever calls"},
    {"ResourceNotFoundException", FINAL, REGION, "is the name right, and is it in region \"%s\"?"},
    {"ParameterNotFound", FINAL, REGION, "is the name right, and is it in region \"%s\"?"},
    {"RepositoryNotFoundException", FINAL, REGION,
     "is the name right, and is it in region \"%s\"? \"lorry registry create\" makes it"},
    {"DecryptionFailure", FINAL, NO_ARGUMENT, "allow \"kms:Decrypt\" on its key to whoever calls"},
    {"InvalidKeyId", FINAL, NO_ARGUMENT, "allow \"kms:Decrypt\" on its key to whoever calls"},
    {"ExpiredToken", EXPIRED, NO_ARGUMENT, "the AWS credentials have expired: renew them"},
    {"ExpiredTokenException", EXPIRED, NO_ARGUMENT, "the AWS credentials have expired: renew them"},
    {"TokenRefreshRequired", EXPIRED, NO_ARGUMENT, "the AWS credentials have expired: renew them"},
    {"UnrecognizedClientException", FINAL, NO_ARGUMENT, "the AWS credentials are not valid"},
    {"InvalidClientTokenId", FINAL, NO_ARGUMENT, "the AWS credentials are not valid"},
    {"InvalidAccessKeyId", FINAL, NO_ARGUMENT, "the AWS credentials are not valid"},
    {"InvalidSignatureException", FINAL, NO_ARGUMENT,
     "the AWS secret access key is not valid, or the clock is wrong"},
    {"SignatureDoesNotMatch", FINAL, NO_ARGUMENT,
     "the AWS secret access key is not valid, or the clock is wrong"},
    {"RequestTimeTooSkewed", FINAL, NO_ARGUMENT, "set the clock of this machine"},
    {"RequestInTheFuture", FINAL, NO_ARGUMENT, "set the clock of this machine"},
    {"RequestExpired", FINAL, NO_ARGUMENT, "set the clock of this machine"},
    /* A refused HEAD has a status and no reason. */
    {"BadRequest", FINAL, NO_ARGUMENT, "the AWS credentials may have expired"},
    {"Forbidden", FINAL, PERMISSION,
     "allow \"%s\" on it to whoever calls, if credentials and clock are right"},
    {"NoSuchBucket", FINAL, NO_ARGUMENT, "create it first, or name another one"},
    /* [AWS SDKs Reference "Retry behavior"] */
    {"BandwidthLimitExceeded", THROTTLED, NO_ARGUMENT, NULL},
    {"EC2ThrottledException", THROTTLED, NO_ARGUMENT, NULL},
    {"LimitExceededException", THROTTLED, NO_ARGUMENT, NULL},
    {"PriorRequestNotComplete", THROTTLED, NO_ARGUMENT, NULL},
    {"ProvisionedThroughputExceededException", THROTTLED, NO_ARGUMENT, NULL},
    {"RequestLimitExceeded", THROTTLED, NO_ARGUMENT, NULL},
    {"RequestThrottled", THROTTLED, NO_ARGUMENT, NULL},
    {"RequestThrottledException", THROTTLED, NO_ARGUMENT, NULL},
    {"SlowDown", THROTTLED, NO_ARGUMENT, NULL},
    {"ThrottledException", THROTTLED, NO_ARGUMENT, NULL},
    {"Throttling", THROTTLED, NO_ARGUMENT, NULL},
    {"ThrottlingException", THROTTLED, NO_ARGUMENT, NULL},
    {"TooManyRequestsException", THROTTLED, NO_ARGUMENT, NULL},
    {"TransactionInProgressException", THROTTLED, NO_ARGUMENT, NULL},
    {"ConditionalRequestConflict", TRANSIENT, NO_ARGUMENT, NULL},
    {"IDPCommunicationError", TRANSIENT, NO_ARGUMENT, NULL},
    {"RequestTimeout", TRANSIENT, NO_ARGUMENT, NULL},
    {"RequestTimeoutException", TRANSIENT, NO_ARGUMENT, NULL},
};

/* NULL: nothing is known of it. */
static const struct meaning *meaning_of(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
        if (strcmp(code, meanings[i].code) == 0)
            return &meanings[i];
    return NULL;
}

static enum outlook outlook_of(const char *code, int status)
{
    static const struct {
        int status;
        enum outlook outlook;
    } statuses[] = {
        {429, THROTTLED}, {500, TRANSIENT}, {502, TRANSIENT}, {503, TRANSIENT}, {504, TRANSIENT},
    };
    const struct meaning *meaning = meaning_of(code);
    if (meaning && meaning->outlook != FINAL)
        return meaning->outlook;
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].outlook;
    return FINAL;
}

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

/* A bucket is asked for in the region where it is, and nowhere else. True if that was the reason.
 */
static bool explain_region(const struct aws_client *client, const struct aws_refusal *refusal,
                           struct buf *out)
{
    const char *region = buf_str(&refusal->region);
    if (!aws_region_valid(region) || (client->region && strcmp(region, client->region) == 0))
        return false;
    buf_printf(out, "; it is in region \"%s\": use that one", region);
    return true;
}

static void explain(const struct aws_client *client, const struct aws_call *call,
                    const struct aws_refusal *refusal, struct buf *out)
{
    if (explain_region(client, refusal, out))
        return;
    const char *code = buf_str(&refusal->code);
    const char *permission = call->operation->permission;
    /* Secrets Manager and SSM report a key that may not be used as access denied to KMS. */
    if (strcmp(code, "AccessDeniedException") == 0 && strstr(buf_str(&refusal->message), "KMS"))
        code = "DecryptionFailure";
    const struct meaning *meaning = meaning_of(code);
    if (!meaning || !meaning->advice)
        return;
    const char *const arguments[] = {"", permission ? permission : call->operation->name,
                                     client->region ? client->region : ""};
    append_advice(meaning->advice, arguments[meaning->argument], out);
}

/* Only the first line of the message: others quote what was signed, the session token included.
 * Without its full stop, since more may follow. */
static struct view reason_of(const struct aws_refusal *refusal)
{
    size_t len = strcspn(buf_str(&refusal->message), "\r\n");
    while (len && strchr(". ", buf_str(&refusal->message)[len - 1]))
        len--;
    return view_of(buf_str(&refusal->message), len);
}

static void describe(const struct aws_client *client, const struct aws_call *call,
                     const struct aws_refusal *refusal, struct buf *text)
{
    buf_printf(text, "%s \"%s\": %s (HTTP %d", call->operation->service->name, call->subject,
               refusal->code.len ? buf_str(&refusal->code) : "an error without a code",
               refusal->status);
    if (refusal->request_id.len)
        buf_printf(text, ", request %s", buf_str(&refusal->request_id));
    buf_append_char(text, ')');
    struct view reason = reason_of(refusal);
    if (reason.len)
        buf_printf(text, ": %.*s", VIEW_ARG(reason));
    /* AWS numbers what it answers, as a rule. */
    if (!refusal->code.len && !refusal->request_id.len)
        buf_append_str(text,
                       "; perhaps no answer of AWS: a proxy or an endpoint may lead elsewhere");
    buf_defuse(text);
    explain(client, call, refusal, text);
}

int aws_refuse(const struct aws_client *client, const struct aws_call *call,
               const struct http_response *response, struct error *err)
{
    cleanup_aws_refusal struct aws_refusal refusal = {
        .status = response->status,
        .code = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
        .message = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
        .request_id = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
        .region = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
    };
    cleanup_buf struct buf text = BUF_INIT(4 * AWS_REFUSAL_TEXT_CAP);
    call->operation->service->protocol->read_refusal(response, &refusal);
    describe(client, call, &refusal, &text);
    error_set(err, ERROR_AWS, response->status, "%s", buf_str(&text));
    error_set_name(err, buf_str(&refusal.code));
    enum outlook outlook = outlook_of(buf_str(&refusal.code), response->status);
    if (err)
        err->retry = outlook == TRANSIENT || outlook == THROTTLED;
    return -1;
}

bool aws_refusal_is_throttling(const struct error *err)
{
    return err->domain == ERROR_AWS && outlook_of(err->name, err->code) == THROTTLED;
}

bool aws_refusal_is_expiry(const struct error *err)
{
    return err->domain == ERROR_AWS && outlook_of(err->name, err->code) == EXPIRED;
}

bool aws_refusal_is_skew(const struct error *err)
{
    static const char *const names[] = {
        "RequestTimeTooSkewed",
        "RequestExpired",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "RequestInTheFuture",
        "AuthFailure",
        "Forbidden", /* to HEAD there is no body that would tell */
    };
    if (err->domain != ERROR_AWS)
        return false;
    if (err->code == 403 && !*err->name)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (error_is(err, names[i]))
            return true;
    return false;
}
