#include "sink/crate_http.h"

#include <assert.h>
#include <strings.h>

#include "base/base64.h"
#include "base/log.h"
#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "json/reader.h"
#include "json/scan.h"
#include "json/writer.h"

#define DEFAULT_PORT 4200
#define DEFAULT_USER "crate"

/* A request waits this long for which nobody says how long. */
#define PATIENCE_MS (5 * 60 * 1000)

/* What an answer may take beyond the request that an error message echoes, escaped. */
#define ANSWER_ROOM ((size_t)1 << 20)
/* Answers to statements without rows in the request: queries, the catalogue. */
#define ANSWER_MAX ((size_t)64 << 20)

static void forget(char **secret)
{
    if (*secret)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

void crate_http_release(struct crate_http *http)
{
    forget(&http->password);
    forget(&http->authorization);
    free(http->url);
    free(http->name);
    free(http->schema);
    free(http->user);
    *http = (struct crate_http){0};
}

/* -1: neither yes nor no. */
static int read_flag(const char *text)
{
    static const char *const no[] = {"false", "0", "no", "off"};
    static const char *const yes[] = {"true", "1", "yes", "on"};
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        if (strcasecmp(text, yes[i]) == 0)
            return 1;
        if (strcasecmp(text, no[i]) == 0)
            return 0;
    }
    return -1;
}

static int refuse_unknown(const struct url *url, struct error *err)
{
    static const char *const known[] = {"ssl", "schema", "verify_ssl"};
    for (const char *p = url->query; *p;) {
        size_t len = strcspn(p, "&"), name = strcspn(p, "=&");
        bool found = name == 0;
        for (size_t i = 0; i < ARRAY_LEN(known) && !found; i++)
            found = strlen(known[i]) == name && memcmp(known[i], p, name) == 0;
        if (!found)
            return error_set(err, ERROR_SETTING, 0,
                             "the URL of a crate sink has no parameter \"%.*s\"; there are: ssl, "
                             "schema",
                             (int)name, p);
        p += len + (p[len] == '&');
    }
    return 0;
}

static int read_ssl(const struct url *url, bool *ssl, struct error *err)
{
    cleanup_free char *verify = url_query(url, "verify_ssl");
    if (verify && read_flag(verify) != 1)
        return error_set(err, ERROR_SETTING, 0,
                         "\"verify_ssl=%s\" is not supported: whoever can pose as the server would "
                         "get the password; name the CA in SSL_CERT_FILE instead",
                         verify);
    cleanup_free char *text = url_query(url, "ssl");
    int flag = text ? read_flag(text) : 0;
    if (flag < 0)
        return error_set(err, ERROR_SETTING, 0, "\"ssl=%s\" is neither true nor false", text);
    *ssl = flag;
    return 0;
}

static int read_schema(const struct url *url, char **schema, struct error *err)
{
    cleanup_free char *given = url_query(url, "schema");
    const char *path = url->path[0] == '/' ? url->path + 1 : url->path;
    size_t len = strcspn(path, "/");
    if (path[len] && path[len + 1])
        return error_set(err, ERROR_SETTING, 0,
                         "\"%s\" is no schema: the URL is crate://host:4200/schema", url->path);
    if (given && !*given)
        return error_set(err, ERROR_SETTING, 0, "the URL has an empty \"schema=\"");
    if (given && len && (strlen(given) != len || memcmp(given, path, len) != 0))
        return error_set(err, ERROR_SETTING, 0,
                         "the URL names two schemas, \"%.*s\" and \"%s\": leave one out", (int)len,
                         path, given);
    if (given)
        *schema = steal(&given);
    else if (len)
        *schema = xstrndup(path, len);
    return 0;
}

__attribute__((format(printf, 1, 2))) static char *print(const char *format, ...)
{
    struct buf out = BUF_INIT(BUF_TEXT_CAP);
    va_list args;
    va_start(args, format);
    buf_vprintf(&out, format, args);
    va_end(args);
    return out.ptr;
}

int crate_http_open(struct crate_http *http, const struct sink_config *config, struct error *err)
{
    const struct url *url = config->url;
    cleanup_free char *schema = NULL;
    bool ssl = false;
    if (!url->host[0])
        return error_set(err, ERROR_SETTING, 0,
                         "the URL of a crate sink names a host: crate://host:4200/");
    if (refuse_unknown(url, err) < 0 || read_ssl(url, &ssl, err) < 0 ||
        read_schema(url, &schema, err) < 0)
        return -1;
    bool bracket = strchr(url->host, ':') != NULL;
    *http = (struct crate_http){
        .client = config->http,
        .clock = config->clock,
        .patience_ms = config->patience_ms ? config->patience_ms : PATIENCE_MS,
        .source = config->password,
        .name =
            print(bracket ? "[%s]:%d" : "%s:%d", url->host, url->port ? url->port : DEFAULT_PORT),
        .schema = steal(&schema),
        .user = xstrdup(url->user),
        .password = url->password ? xstrdup(url->password) : NULL,
    };
    http->url = print("%s://%s/_sql", ssl ? "https" : "http", http->name);
    return 0;
}

/* ---- the password ---- */

static void set_authorization(struct crate_http *http, const char *password)
{
    forget(&http->authorization);
    if (!http->user[0] && !password)
        return;
    cleanup_free char *plain =
        print("%s:%s", http->user[0] ? http->user : DEFAULT_USER, password ? password : "");
    size_t len = strlen(plain), size = sizeof("Basic ") + BASE64_ENCODED_LEN(len);
    http->authorization = xcalloc(1, size);
    memcpy(http->authorization, "Basic ", 6);
    base64_encode(view_of(plain, len), http->authorization + 6);
    explicit_bzero(plain, len);
}

static int ask_password(struct crate_http *http, bool refused, struct error *err)
{
    if (!http->source) {
        set_authorization(http, http->password);
    } else {
        const char *password = http->source->get(http->source, refused, err);
        if (!password)
            return -1;
        set_authorization(http, password);
    }
    http->asked = true;
    return 0;
}

/* ---- the answer ---- */

struct server_error {
    int code;
    struct buf message;
};

/* Reads {"error":{"message":"...","code":4000}}. False: it is something else. */
static bool read_error(struct view body, struct server_error *found)
{
    struct json_reader r;
    json_reader_init(&r, body);
    bool inside = false, is_code = false, is_message = false;
    unsigned level = 0;
    for (enum json_token t; (t = json_next(&r)) > JSON_END;) {
        if (t == JSON_OBJECT || t == JSON_ARRAY)
            level++;
        else if (t == JSON_OBJECT_END || t == JSON_ARRAY_END)
            level--;
        if (t == JSON_NAME && level == 1)
            inside = json_text_is(&r, "error");
        is_code = t == JSON_NAME ? inside && level == 2 && json_text_is(&r, "code") : is_code;
        is_message =
            t == JSON_NAME ? inside && level == 2 && json_text_is(&r, "message") : is_message;
        if (t == JSON_NUMBER && is_code)
            found->code = (int)crate_integer(r.text, 0);
        if (t == JSON_STRING && is_message) {
            char *text = buf_reserve(&found->message, r.text.len);
            if (text)
                buf_commit(&found->message, json_unescape(r.text, text));
        }
    }
    return found->code != 0;
}

static bool status_may_pass(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

static void fail_login(const struct crate_http *http, struct crate_call *call)
{
    const char *origin = http->source ? http->source->origin : http->password ? "the URL" : NULL;
    error_set(&call->error, ERROR_HTTP, 401, "%s does not accept user \"%s\" with%s%s (401)",
              http->name, http->user[0] ? http->user : DEFAULT_USER,
              origin ? " the password from " : "out a password", origin ? origin : "");
}

static void fail_without_code(struct crate_http *http, struct crate_call *call, int status)
{
    call->outcome = CRATE_FAILED;
    if (status == 401)
        fail_login(http, call);
    else
        error_set(&call->error, ERROR_HTTP, status, "%s answered with HTTP status %d", http->name,
                  status);
    call->error.retry = status_may_pass(status);
}

static void fail_with_code(struct crate_http *http, struct crate_call *call, int status,
                           const struct server_error *found)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct view message = buf_view(&found->message);
    crate_redact(message, &text);
    call->code = found->code;
    call->reason = crate_reason(found->code, message);
    error_set(&call->error, ERROR_SINK, found->code, "%s: %.400s (%d)", http->name, buf_str(&text),
              found->code);
    /* A status of 5xx is trouble of the server, whatever the code: nothing of it may end as a
     * refused row. */
    call->outcome = status < 500 && crate_code_refuses(found->code) ? CRATE_REFUSED : CRATE_FAILED;
    call->error.retry = status_may_pass(status) || crate_code_unknown(found->code);
}

static void judge(struct crate_http *http, struct crate_call *call)
{
    struct http_exchange *x = &call->exchange;
    call->code = 0;
    call->reason = "";
    call->error = (struct error){0};
    call->answer = buf_view(&x->response.body);
    if (x->failed) {
        call->outcome = CRATE_FAILED;
        call->error = x->error;
        return;
    }
    int status = x->response.status;
    if (status == 200) {
        call->outcome = CRATE_DONE;
        return;
    }
    struct server_error found = {.message = BUF_INIT(2 * CRATE_BODY_MAX)};
    if (status == 413) {
        call->outcome = CRATE_TOO_LARGE;
        error_set(&call->error, ERROR_HTTP, 413, "%s: the request is too large (413)", http->name);
    } else if (read_error(call->answer, &found)) {
        fail_with_code(http, call, status, &found);
    } else {
        fail_without_code(http, call, status);
    }
    buf_release(&found.message);
}

/* A 401 in plain text is the login; with a code it is a missing privilege [wire 1051, 1060]. */
static bool is_bad_login(const struct crate_call *call)
{
    return call->outcome == CRATE_FAILED && call->error.domain == ERROR_HTTP &&
           call->error.code == 401;
}

/* ---- the request ---- */

/* That of a request without one; 0: it waits for ever. */
static int64_t own_deadline(const struct crate_http *http)
{
    return http->patience_ms < 0 ? 0 : http->clock->steady_ms(http->clock) + http->patience_ms;
}

static void prepare(struct crate_http *http, struct crate_call *call, int64_t deadline)
{
    struct http_request *request = &call->exchange.request;
    size_t cap = 2 * call->body.len + ANSWER_ROOM;
    *request = (struct http_request){
        .method = "POST",
        .url = view_str(http->url),
        .body = call->body,
        .deadline_ms = deadline ? deadline : own_deadline(http),
        .response_cap = cap > ANSWER_MAX ? cap : ANSWER_MAX,
    };
    http_add_header(request, VIEW("Content-Type"), VIEW("application/json"));
    http_add_header(request, VIEW("Accept"), VIEW("application/json"));
    if (http->schema)
        http_add_header(request, VIEW("Default-Schema"), view_str(http->schema));
    if (http->authorization)
        http_add_header(request, VIEW("Authorization"), view_str(http->authorization));
}

static void perform_once(struct crate_http *http, struct crate_call *const *calls, size_t count,
                         int64_t deadline)
{
    struct http_exchange exchanges[CRATE_CONNECTIONS] = {0};
    for (size_t i = 0; i < count; i++) {
        crate_call_release(calls[i]);
        prepare(http, calls[i], deadline);
        exchanges[i] = calls[i]->exchange;
        log_sql(calls[i]->statement);
    }
    http_perform(http->client, exchanges, count);
    for (size_t i = 0; i < count; i++) {
        calls[i]->exchange = exchanges[i];
        judge(http, calls[i]);
    }
}

static void fail_all(struct crate_call *const *calls, size_t count, const struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        calls[i]->outcome = CRATE_FAILED;
        calls[i]->error = *err;
    }
}

void crate_perform(struct crate_http *http, struct crate_call *calls, size_t count,
                   int64_t deadline)
{
    struct crate_call *chosen[CRATE_CONNECTIONS] = {0};
    struct error err = {0};
    assert(count <= CRATE_CONNECTIONS);
    for (size_t i = 0; i < count; i++)
        chosen[i] = &calls[i];
    if (!http->asked && ask_password(http, false, &err) < 0) {
        fail_all(chosen, count, &err);
        return;
    }
    perform_once(http, chosen, count, deadline);

    size_t refused = 0;
    for (size_t i = 0; i < count; i++)
        if (is_bad_login(&calls[i]))
            chosen[refused++] = &calls[i];
    if (!refused || !http->source)
        return;
    if (ask_password(http, true, &err) < 0)
        fail_all(chosen, refused, &err);
    else
        perform_once(http, chosen, refused, deadline);
}

int crate_send(struct crate_http *http, struct crate_call *call, int64_t deadline,
               struct error *err)
{
    crate_perform(http, call, 1, deadline);
    if (call->outcome == CRATE_DONE)
        return 0;
    if (err)
        *err = call->error;
    return -1;
}

void crate_begin_body(struct buf *body, struct view statement)
{
    struct json_writer w;
    buf_append_str(body, "{\"stmt\":");
    json_writer_init(&w, body);
    json_put_string(&w, statement);
}

void crate_call_release(struct crate_call *call)
{
    http_release(&call->exchange);
    call->answer = (struct view){0};
}
