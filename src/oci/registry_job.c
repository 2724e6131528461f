#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/backoff.h"
#include "base/memory.h"
#include "net/url.h"
#include "oci/registry_private.h"

#define PARALLEL 6 /* requests at a time: as many as browsers allow themselves */
#define TRIES 5    /* of a job */
#define HOPS_MAX 5

/* The numbers of aws/retry.h would give a registry that is restarted too little time. */
#define SCALE_MS 500
#define SCALE_THROTTLED_MS 1000
#define CEILING_MS 60000

/* A request may take this long, and a body longer: 32 KiB/s are slow. */
#define ANSWER_MS 60000
#define SLOWEST_BYTES_PER_MS 32

void registry_job_ask(struct registry_job *job, const char *method, const char *format, ...)
{
    va_list args;
    buf_clear(&job->url);
    buf_append_view(&job->url, buf_view(&job->registry->base));
    va_start(args, format);
    buf_vprintf(&job->url, format, args);
    va_end(args);
    job->method = method;
    job->body = VIEW("");
    job->content_type = job->accept = NULL;
    job->hops = 0;
}

int registry_job_move(struct registry_job *job, struct view location, struct error *err)
{
    const struct registry *registry = job->registry;
    struct buf url = BUF_INIT(REGISTRY_URL_CAP);
    struct http_origin origin;
    struct error why;
    url_resolve(buf_view(&job->url), location, &url);
    const char *fault = !location.len  ? "leads nowhere"
                        : url.overflow ? "leads to a URL that is too long"
                        : http_origin_of(buf_view(&url), &origin, &why) < 0
                            ? "leads to what is no usable URL"
                        : registry->origin.tls && !origin.tls ? "leads from https to http"
                                                              : NULL;
    if (fault) {
        buf_release(&url);
        return error_set(err, ERROR_NET, EPROTO, "\"%s/%s\": %s: the answer to %s %s",
                         registry->reference->registry, registry->reference->repository, job->what,
                         job->method, fault);
    }
    buf_release(&job->url);
    job->url = url;
    return 0;
}

void registry_job_release(struct registry_job *job)
{
    buf_release(&job->url);
}

/* The jobs whose requests are under way, and these. */
struct round {
    struct registry_job *jobs[PARALLEL];
    struct http_exchange exchanges[PARALLEL];
    size_t count;
};

static void round_release(struct round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        if (round->jobs[i]->to_realm)
            buf_wipe(&round->exchanges[i].response.body);
        http_release(&round->exchanges[i]);
    }
}

static void report_sent(void *user, size_t bytes)
{
    struct registry_job *job = user;
    job->ops->sent(job, bytes);
}

/* What the registry may know, nobody else may. */
static void add_authorization(struct registry *registry, struct registry_job *job,
                              struct http_request *request)
{
    static const struct view name = VIEW("Authorization");
    struct http_origin origin;
    job->at_home = !job->to_realm && http_origin_of(request->url, &origin, NULL) == 0 &&
                   http_same_origin(&origin, &registry->origin);
    if (job->to_realm) {
        if (job->authorization.len)
            http_add_header(request, name, job->authorization);
        return;
    }
    job->generation = registry->auth.generation;
    if (job->at_home && registry->auth.header.len)
        http_add_header(request, name, buf_view(&registry->auth.header));
}

static int add_request(struct registry *registry, struct registry_job *job, struct round *round,
                       struct error *err)
{
    struct http_request *request = &round->exchanges[round->count].request;
    if (job->url.overflow)
        return error_set(err, ERROR_INPUT, 0, "%s: the URL to ask is too long", job->what);
    *request = (struct http_request){
        .method = job->method,
        .url = buf_view(&job->url),
        .body = job->body,
        .deadline_ms = clock_system.steady_ms(&clock_system) + ANSWER_MS +
                       (int64_t)(job->body.len / SLOWEST_BYTES_PER_MS),
        .response_cap = job->response_cap,
        .on_sent = job->ops->sent ? report_sent : NULL,
        .user = job,
    };
    if (job->content_type)
        http_add_header(request, VIEW("Content-Type"), view_str(job->content_type));
    if (job->accept)
        http_add_header(request, VIEW("Accept"), view_str(job->accept));
    add_authorization(registry, job, request);
    round->jobs[round->count++] = job;
    return 0;
}

static bool is_redirect(const struct registry_job *job, int status)
{
    bool safe = strcmp(job->method, "GET") == 0 || strcmp(job->method, "HEAD") == 0;
    return status == 307 || status == 308 ||
           (safe && (status == 301 || status == 302 || status == 303));
}

static int follow(struct registry_job *job, const struct http_response *response, struct error *err)
{
    if (job->to_realm || ++job->hops > HOPS_MAX)
        return error_set(err, ERROR_NET, EPROTO, "\"%s/%s\": %s: %s",
                         job->registry->reference->registry, job->registry->reference->repository,
                         job->what,
                         job->to_realm ? "a redirect, which a login does not follow"
                                       : "it is redirected for ever");
    return registry_job_move(job, http_response_header(response, "location"), err);
}

/* 401; and 403, with which ECR says that a login has expired, and to HEAD without a text. Nobody
 * but the registry itself may ask for one. */
static bool wants_login(const struct registry_job *job, const struct http_response *response)
{
    static const char expired[] = "token has expired";
    const struct buf *body = &response->body;
    if (!job->at_home)
        return false;
    if (response->status != 403)
        return response->status == 401;
    return job->registry->auth.generation && (!body->len || strcasestr(buf_str(body), expired));
}

/* The same request again, with a new login; another job may have got it already. */
static int log_in(struct registry_job *job, const struct http_response *response, struct error *err)
{
    struct registry *registry = job->registry;
    struct error refusal, why;
    if (job->generation != registry->auth.generation)
        return 0;
    if (registry_auth_renew(registry, response, &why) == 0)
        return 0;
    registry_refuse(job, response, &refusal);
    if (err && why.domain == ERROR_NET)
        *err = why;
    else if (err) {
        error_set(err, ERROR_HTTP, response->status, "%s; %s", refusal.message, why.message);
        error_set_name(err, refusal.name);
    }
    return -1;
}

/* What comes of an exchange: the job has its next request, or is done, or `err` says why not. */
static int take(struct registry_job *job, const struct http_exchange *x, struct error *err)
{
    const struct http_response *response = &x->response;
    job->wanted_ms = -1;
    if (x->failed) {
        *err = x->error;
        return error_prefix(err, "%s", job->what);
    }
    job->wanted_ms = http_retry_after_ms(response);
    if (is_redirect(job, response->status))
        return follow(job, response, err);
    if (wants_login(job, response))
        return log_in(job, response, err);
    if (!job->to_realm)
        job->registry->auth.refused = 0;
    return job->ops->answered(job, response, err);
}

/* Whether to try again after a failure: then the job begins anew, after a pause. */
static bool begin_anew(struct registry_job *job, const struct error *failure, int64_t *pause_ms)
{
    if (!failure->retry || ++job->failed >= TRIES)
        return false;
    bool throttled = failure->domain == ERROR_HTTP && failure->code == 429;
    int64_t ms = backoff_ms(throttled ? SCALE_THROTTLED_MS : SCALE_MS, CEILING_MS, job->failed - 1,
                            job->wanted_ms);
    *pause_ms = ms > *pause_ms ? ms : *pause_ms;
    job->ops->begin(job);
    return true;
}

static int run_round(struct registry *registry, struct round *round, struct error *err)
{
    int64_t pause_ms = 0;
    http_perform(registry->options->http, round->exchanges, round->count);
    for (size_t i = 0; i < round->count; i++) {
        struct error failure = {0};
        if (take(round->jobs[i], &round->exchanges[i], &failure) == 0 ||
            begin_anew(round->jobs[i], &failure, &pause_ms))
            continue;
        if (err)
            *err = failure;
        return -1;
    }
    if (pause_ms)
        registry->options->clock->sleep_ms(registry->options->clock, pause_ms);
    return 0;
}

int registry_run(struct registry *registry, struct registry_job **jobs, size_t count,
                 struct error *err)
{
    for (size_t i = 0; i < count; i++)
        jobs[i]->ops->begin(jobs[i]);
    for (;;) {
        struct round round __attribute__((cleanup(round_release))) = {0};
        for (size_t i = 0; i < count && round.count < PARALLEL; i++)
            if (!jobs[i]->done && add_request(registry, jobs[i], &round, err) < 0)
                return -1;
        if (!round.count)
            return 0;
        if (run_round(registry, &round, err) < 0)
            return -1;
    }
}
