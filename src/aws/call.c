#include "aws/call.h"

#include <stdlib.h>
#include <string.h>

#include "aws/refusal.h"
#include "aws/sigv4.h"
#include "base/memory.h"
#include "base/parse.h"

#define URL_CAP 65536
/* A body on its way at less than that is stuck. */
#define SLOWEST_BYTES_PER_MS 32

/* A try: the request, and what it borrows from. */
struct attempt {
    struct http_exchange x;
    struct sigv4 signature;
    struct buf url;
    struct buf target;
};

static void attempt_release(struct attempt *attempt)
{
    http_release(&attempt->x);
    sigv4_release(&attempt->signature);
    buf_release(&attempt->url);
    buf_release(&attempt->target);
}

static void add_headers(const struct aws_call *call, struct attempt *attempt)
{
    const struct aws_service *service = call->operation->service;
    struct http_request *request = &attempt->x.request;
    if (service->protocol->content_type)
        http_add_header(request, VIEW("Content-Type"), view_str(service->protocol->content_type));
    if (service->protocol->target_header) {
        buf_printf(&attempt->target, "%s.%s", service->target, call->operation->name);
        http_add_header(request, VIEW("X-Amz-Target"), buf_view(&attempt->target));
    }
    for (size_t i = 0; i < call->header_count; i++)
        http_add_header(request, call->headers[i].name, call->headers[i].value);
}

static int sign(struct aws_client *client, const struct aws_call *call, struct attempt *attempt,
                struct error *err)
{
    const struct aws_service *service = call->operation->service;
    cleanup_aws_credentials struct aws_credentials credentials = {0};
    if (client->credentials->get(client->credentials, &credentials, err) < 0)
        return -1;
    struct sigv4_options options = {
        .credentials = &credentials,
        .region = view_str(aws_signing_region(service, client->region)),
        .service = view_str(service->signing_name),
        .time_us = client->clock->now_us(client->clock) + client->skew_us,
        .flags = service->signing,
    };
    return sigv4_sign(&attempt->x.request, &options, &attempt->signature, err);
}

static int append_url(const struct aws_client *client, const struct aws_call *call, struct buf *url,
                      struct error *err)
{
    const struct aws_service *service = call->operation->service;
    int result = call->bucket
                     ? aws_bucket_endpoint(service, call->bucket, client->region,
                                           &client->endpoints, url, err)
                     : aws_endpoint(service, client->region, &client->endpoints, url, NULL, err);
    buf_append_view(url, call->target);
    return result;
}

static int prepare(struct aws_client *client, const struct aws_call *call, struct attempt *attempt,
                   struct error *err)
{
    const struct aws_operation *operation = call->operation;
    attempt->url = BUF_INIT(URL_CAP);
    attempt->target = BUF_INIT(URL_CAP);
    if (append_url(client, call, &attempt->url, err) < 0)
        return -1;
    attempt->x.request = (struct http_request){
        .method = operation->method ? operation->method : "POST",
        .url = buf_view(&attempt->url),
        .body = call->body,
        .deadline_ms = clock_system.steady_ms(&clock_system) + client->timeout_ms +
                       (int64_t)(call->body.len / SLOWEST_BYTES_PER_MS),
        .response_cap = call->response_cap,
        .ask_first = call->ask_first,
        .on_sent = call->on_sent,
        .on_body = call->on_body,
        .stop = call->stop,
        .user = call->user,
    };
    add_headers(call, attempt);
    return operation->anonymous ? 0 : sign(client, call, attempt, err);
}

/* The time that the server's Date tells, less ours; what is known so far without one. */
static int64_t skew_of(struct aws_client *client, const struct http_response *response)
{
    int64_t time_us;
    if (!http_date_us(response, &time_us))
        return client->skew_us;
    return time_us - client->clock->now_us(client->clock);
}

/* Small differences are no reason for a refusal: the limit is 5 minutes, 15 with S3. */
static bool correct_skew(struct aws_client *client, const struct http_response *response,
                         const struct error *failure)
{
    enum { TOLERATED_US = 60 * 1000000 };
    if (!aws_refusal_is_skew(failure))
        return false;
    int64_t skew_us = skew_of(client, response);
    if (llabs(skew_us - client->skew_us) < TOLERATED_US)
        return false;
    client->skew_us = skew_us;
    return true;
}

static bool renew_credentials(struct aws_client *client, const struct aws_call *call,
                              const struct error *failure)
{
    if (call->operation->anonymous || !aws_refusal_is_expiry(failure) ||
        !client->credentials->expired)
        return false;
    client->credentials->expired(client->credentials);
    return true;
}

/* What a call has tried so far. Each remedy is taken once: a service that refuses all the same will
 * refuse for ever. */
struct progress {
    struct aws_tries tries;
    bool lost; /* one that may have been carried out all the same */
    bool skew_corrected;
    bool credentials_renewed;
};

/* Whether the refusal had a reason that is gone now, so that the same can be tried at once. */
static bool mend(struct aws_client *client, const struct aws_call *call,
                 const struct http_response *response, const struct error *failure,
                 struct progress *progress)
{
    if (!progress->skew_corrected && correct_skew(client, response, failure))
        return progress->skew_corrected = true;
    if (!progress->credentials_renewed && renew_credentials(client, call, failure))
        return progress->credentials_renewed = true;
    return false;
}

/* How long the service wants to be left alone; -1: it does not say. AWS's own header counts in
 * milliseconds, that of RFC 9110 in seconds (AWS sends no dates in it). */
static int64_t wanted_pause_ms(const struct http_response *response)
{
    struct view own = http_response_header(response, "x-amz-retry-after");
    int64_t ms;
    return parse_int64(own, 0, INT32_MAX, &ms, NULL) == 0 ? ms : http_retry_after_ms(response);
}

static int exchange(struct aws_client *client, const struct aws_call *call, struct attempt *attempt,
                    struct error *err)
{
    struct http_exchange *x = &attempt->x;
    if (prepare(client, call, attempt, err) < 0)
        return -1;
    if (http_send(client->http, x, err) < 0)
        return error_prefix(err, "%s \"%s\"", call->operation->service->name, call->subject);
    if (x->response.status < 200 || x->response.status > 299)
        return aws_refuse(client, call, &x->response, err);
    return 0;
}

static bool is_lost(const struct error *failure)
{
    return failure->domain == ERROR_NET || (failure->domain == ERROR_AWS && failure->code >= 500);
}

/* Whether to try again after a failure; waits before that, if need be. */
static bool try_again(struct aws_client *client, const struct aws_call *call,
                      const struct http_response *response, const struct error *failure,
                      struct progress *progress)
{
    if (mend(client, call, response, failure, progress))
        return true;
    return client->retry && aws_retry_wait(client->retry, client->clock, &progress->tries, failure,
                                           wanted_pause_ms(response));
}

int aws_call(struct aws_client *client, const struct aws_call *call, struct http_response *answer,
             struct error *err)
{
    struct progress progress = {0};
    if (!client->region && !call->operation->anonymous)
        return error_set(err, ERROR_SETTING, 0, "no AWS region: set AWS_REGION");
    for (;;) {
        struct attempt attempt __attribute__((cleanup(attempt_release))) = {0};
        struct error failure = {0};
        if (exchange(client, call, &attempt, &failure) == 0) {
            *answer = attempt.x.response;
            attempt.x.response = (struct http_response){0};
            if (client->retry)
                aws_retry_succeeded(client->retry, &progress.tries);
            return 0;
        }
        if (!try_again(client, call, &attempt.x.response, &failure, &progress)) {
            failure.repeated = progress.lost;
            if (err)
                *err = failure;
            return -1;
        }
        progress.lost = progress.lost || is_lost(&failure);
    }
}
