/* Tokens [Distribution "Token Authentication Specification", "OAuth2 Token Authentication"]. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "net/url.h"
#include "oci/registry_private.h"

struct token_job {
    struct registry_job job;
    const struct registry_login *login;
    struct buf form;  /* what is sent to get a token for an identity token */
    struct buf basic; /* the value of Authorization */
    struct buf *header;
};

static void put_parameter(struct buf *out, const char *name, struct view value)
{
    buf_append_str(out, name);
    buf_append_char(out, '=');
    url_encode(value, "", out);
    buf_append_char(out, '&');
}

/* Without the last separator. */
static void put_parameters(const struct token_job *token, struct buf *out)
{
    const struct registry *registry = token->job.registry;
    cleanup_buf struct buf scope = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&scope, "repository:%s:%s", registry->reference->repository, registry->auth.actions);
    if (registry->auth.challenge.service.len)
        put_parameter(out, "service", buf_view(&registry->auth.challenge.service));
    put_parameter(out, "scope", buf_view(&scope));
    if (token->login->user.len && !token->login->is_token)
        put_parameter(out, "account", buf_view(&token->login->user));
    out->ptr[--out->len] = '\0';
}

static void ask_by_get(struct token_job *token)
{
    struct registry_job *job = &token->job;
    const char *realm = buf_str(&job->registry->auth.challenge.realm);
    job->method = "GET";
    buf_append_str(&job->url, realm);
    buf_append_char(&job->url, strchr(realm, '?') ? '&' : '?');
    put_parameters(token, &job->url);
    job->authorization = buf_view(&token->basic);
}

static void ask_by_post(struct token_job *token)
{
    struct registry_job *job = &token->job;
    buf_clear(&token->form);
    put_parameter(&token->form, "grant_type", VIEW("refresh_token"));
    put_parameter(&token->form, "client_id", VIEW("lorry"));
    put_parameter(&token->form, "refresh_token", buf_view(&token->login->password));
    put_parameters(token, &token->form);
    job->method = "POST";
    buf_append_view(&job->url, buf_view(&job->registry->auth.challenge.realm));
    job->body = buf_view(&token->form);
    job->content_type = "application/x-www-form-urlencoded";
}

static void begin_token(struct registry_job *job)
{
    struct token_job *token = (struct token_job *)job;
    buf_clear(&job->url);
    if (token->login->is_token)
        ask_by_post(token);
    else
        ask_by_get(token);
}

/* What goes into a header: visible characters only. */
static bool is_sendable(struct view text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] >= 0x7F)
            return false;
    return text.len > 0;
}

static int take_token(struct registry_job *job, const struct http_response *response,
                      struct error *err)
{
    static const char *const names[] = {"token", "access_token"};
    struct token_job *token = (struct token_job *)job;
    if (response->status != 200)
        return registry_refuse(job, response, err);
    json_t *answer = json_loadb(buf_str(&response->body), response->body.len, 0, NULL);
    buf_clear(token->header);
    for (size_t i = 0; i < 2 && !token->header->len; i++) {
        const json_t *text = json_object_get(answer, names[i]);
        struct view value = view_of(json_string_value(text), json_string_length(text));
        if (is_sendable(value)) {
            buf_append_str(token->header, "Bearer ");
            buf_append_view(token->header, value);
        }
    }
    json_decref(answer);
    if (!token->header->len)
        return error_set(err, ERROR_NET, 0, "\"%s\": %s: no token is in the answer",
                         job->registry->reference->registry, job->what);
    job->done = true;
    return 0;
}

static const struct registry_job_ops TOKEN_OPS = {.begin = begin_token, .answered = take_token};

static void release_token(struct token_job *token)
{
    registry_job_release(&token->job);
    buf_wipe(&token->form);
    buf_wipe(&token->basic);
}

/* Passwords go to a realm over https; over http if the registry itself is reached so. */
static int check_realm(const struct registry *registry, struct http_origin *realm,
                       struct error *err)
{
    const struct challenge *challenge = &registry->auth.challenge;
    if (http_origin_of(buf_view(&challenge->realm), realm, NULL) < 0)
        return error_set(err, ERROR_NET, 0, "it gives out tokens at a place that is no URL");
    if (registry->origin.tls && !realm->tls)
        return error_set(err, ERROR_NET, 0,
                         "it gives out tokens at \"%s\" over http: a login goes over https only",
                         realm->label);
    return 0;
}

int registry_token_get(struct registry *registry, const struct registry_login *login,
                       struct buf *header, struct error *err)
{
    struct http_origin realm;
    if (check_realm(registry, &realm, err) < 0)
        return -1;
    struct token_job token __attribute__((cleanup(release_token))) = {
        .job = {.ops = &TOKEN_OPS,
                .registry = registry,
                .url = BUF_INIT(REGISTRY_URL_CAP),
                .response_cap = REGISTRY_ANSWER_CAP,
                .to_realm = true},
        .login = login,
        .form = BUF_INIT(2 * REGISTRY_ANSWER_CAP),
        .basic = BUF_INIT(2 * REGISTRY_ANSWER_CAP),
        .header = header,
    };
    snprintf(token.job.what, sizeof(token.job.what), "token of \"%.60s\"", realm.label);
    if (login->user.len && !login->is_token)
        registry_put_basic(login, &token.basic);
    struct registry_job *job = &token.job;
    return registry_run(registry, &job, 1, err);
}
