#include "net/http_curl.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/http_request.h"

#define KEPT_CONNECTIONS 8L
#define BUFFER_SIZE (128L << 10)
#define STOP_ASKED_MS 200

struct http_curl {
    struct http_client client;
    CURLM *multi;
};

/* An exchange while it runs. */
struct transfer {
    struct http_exchange *x;
    struct http_origin origin;
    CURL *easy;
    char *url;
    struct curl_slist *headers;
    bool head_ended; /* lines from here on are trailers, or a further head */
    bool too_large;
    bool stopped; /* by the caller's `on_body` or `stop` */
    char message[CURL_ERROR_SIZE];
};

/* One line with its CR LF, of any of the heads that come (interim ones, too). */
static size_t on_header(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    struct buf *header = &t->x->response.header;
    struct view line = {bytes, size * count};
    while (line.len && strchr("\r\n", line.ptr[line.len - 1]))
        line.len--;
    if (view_starts_with(line, VIEW("HTTP/"))) {
        buf_clear(header);
        t->head_ended = false;
        return size * count;
    }
    const char *colon = memchr(line.ptr, ':', line.len);
    t->head_ended = t->head_ended || !line.len;
    if (t->head_ended || !colon)
        return size * count;
    for (const char *p = line.ptr; p < colon; p++)
        buf_append_char(header, *p >= 'A' && *p <= 'Z' ? (char)(*p + 'a' - 'A') : *p);
    struct view value = view_skip(line, (size_t)(colon - line.ptr) + 1);
    while (value.len && strchr(" \t", value.ptr[0]))
        value = view_skip(value, 1);
    buf_append_str(header, ": ");
    buf_append_view(header, value);
    buf_append_char(header, '\n');
    return header->overflow ? 0 : size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    const struct http_request *request = &t->x->request;
    struct buf *body = &t->x->response.body;
    curl_off_t announced = 0;
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (http_request_takes_body(request, (int)status)) {
        t->stopped = request->on_body(request->user, view_of(bytes, size * count)) != 0;
        return t->stopped ? 0 : size * count;
    }
    if (!body->len && !curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced) &&
        announced > 0)
        buf_reserve(body, (size_t)announced); /* once, instead of by doubling */
    buf_append(body, bytes, size * count);
    t->too_large = body->overflow;
    return body->overflow ? 0 : size * count;
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    (void)down_total;
    (void)down;
    (void)up_total;
    struct transfer *t = user;
    const struct http_request *request = &t->x->request;
    if (request->on_sent)
        request->on_sent(request->user, (size_t)up);
    t->stopped = t->stopped || (request->stop && request->stop(request->user));
    return t->stopped;
}

static const char *first_set(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return value;
    }
    return NULL;
}

static void add_line(struct transfer *t, const char *line)
{
    struct curl_slist *longer = curl_slist_append(t->headers, line);
    if (!longer)
        memory_exhausted();
    t->headers = longer;
}

/* libcurl's spelling: "name: value", "name;" for an empty value, "name:" to leave its own out. */
static void set_headers(struct transfer *t)
{
    static const char *const LEFT_OUT[] = {"Expect", "Accept", "Content-Type"};
    const struct http_request *request = &t->x->request;
    cleanup_buf struct buf line = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < request->header_count; i++) {
        buf_clear(&line);
        buf_append_view(&line, request->headers[i].name);
        buf_append_str(&line, request->headers[i].value.len ? ": " : ";");
        buf_append_view(&line, request->headers[i].value);
        add_line(t, buf_str(&line));
    }
    if (request->ask_first)
        add_line(t, "Expect: 100-continue");
    for (size_t i = request->ask_first; i < ARRAY_LEN(LEFT_OUT); i++) {
        if (http_request_has_header(request, LEFT_OUT[i]))
            continue;
        buf_clear(&line);
        buf_printf(&line, "%s:", LEFT_OUT[i]);
        add_line(t, buf_str(&line));
    }
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    if (!http_request_has_header(request, "user-agent"))
        curl_easy_setopt(t->easy, CURLOPT_USERAGENT, "lorry/" LORRY_VERSION);
}

static void set_request(struct transfer *t)
{
    const struct http_request *request = &t->x->request;
    t->url = xstrndup(request->url.ptr, request->url.len);
    curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
    curl_easy_setopt(t->easy, CURLOPT_PATH_AS_IS, 1L);
    if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
    } else if (http_request_has_body(request)) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, request->body.len ? request->body.ptr : "");
    }
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Who is there answers the telephone: libcurl itself would let it ring for five minutes. */
#define CONNECT_MS 30000L

static void set_rules(struct transfer *t)
{
    static const char *const CA_VARIABLES[] = {"AWS_CA_BUNDLE", "SSL_CERT_FILE"};
    const char *bundle = first_set(CA_VARIABLES, ARRAY_LEN(CA_VARIABLES));
    if (bundle)
        curl_easy_setopt(t->easy, CURLOPT_CAINFO, bundle);
    curl_easy_setopt(t->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(t->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(t->easy, CURLOPT_BUFFERSIZE, BUFFER_SIZE);
    curl_easy_setopt(t->easy, CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_SIZE);
}

static void set_callbacks(struct transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->message);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    if (t->x->request.on_sent || t->x->request.stop) {
        curl_easy_setopt(t->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(t->easy, CURLOPT_XFERINFODATA, t);
        curl_easy_setopt(t->easy, CURLOPT_NOPROGRESS, 0L);
    }
}

static int set_deadline(struct transfer *t, struct error *err)
{
    if (!t->x->request.deadline_ms)
        return 0;
    int64_t left = t->x->request.deadline_ms - clock_system.steady_ms(&clock_system);
    if (left <= 0)
        return error_set_retry(err, ERROR_NET, ETIMEDOUT, "no time is left for a request to \"%s\"",
                               t->origin.label);
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)left);
    return 0;
}

static void fail(struct http_exchange *x, const struct error *err)
{
    struct error copy = *err; /* it may be the exchange's own */
    http_release(x);
    x->failed = true;
    x->error = copy;
}

static void transfer_free(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    free(t->url);
    free(t);
}

static void start(struct http_curl *client, struct http_exchange *x)
{
    struct transfer *t = xcalloc(1, sizeof(*t));
    struct error err;
    t->x = x;
    t->easy = curl_easy_init();
    if (!t->easy)
        memory_exhausted();
    if (http_request_check(&x->request, &t->origin, &err) || set_deadline(t, &err)) {
        fail(x, &err);
        transfer_free(t);
        return;
    }
    set_callbacks(t);
    set_rules(t);
    set_request(t);
    set_headers(t);
    curl_multi_add_handle(client->multi, t->easy);
}

static const struct {
    CURLcode result;
    bool final; /* trying again does not help */
    int code;
    const char *before; /* the label */
    const char *after;
} FAILURES[] = {
    {CURLE_OPERATION_TIMEDOUT, false, ETIMEDOUT, "time ran out while waiting for ", ""},
    {CURLE_COULDNT_RESOLVE_HOST, true, 0, "cannot look up the host of ", ""},
    {CURLE_COULDNT_RESOLVE_PROXY, true, 0, "cannot look up the proxy for ", ""},
    {CURLE_COULDNT_CONNECT, false, ECONNREFUSED, "cannot connect to ", ""},
    {CURLE_PEER_FAILED_VERIFICATION, true, 0, "certificate of ", " is not trusted"},
    {CURLE_SSL_CACERT_BADFILE, true, 0, "cannot verify ", ""},
    {CURLE_GOT_NOTHING, false, ECONNRESET, "", ""},
    {CURLE_RECV_ERROR, false, ECONNRESET, "", ""},
    {CURLE_SEND_ERROR, false, ECONNRESET, "", ""},
    {CURLE_PARTIAL_FILE, false, ECONNRESET, "", ""},
    {CURLE_UNSUPPORTED_PROTOCOL, false, EPROTO, "", ": the answer is not HTTP/1.1"},
    {CURLE_WEIRD_SERVER_REPLY, false, EPROTO, "", ": the answer is not HTTP/1.1"},
};

/* Who was never told what is wanted is not slow, but not there. */
static CURLcode cause(const struct transfer *t, CURLcode result)
{
    long sent = 0;
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
    return result == CURLE_OPERATION_TIMEDOUT && !sent ? CURLE_COULDNT_CONNECT : result;
}

static void explain(const struct transfer *t, CURLcode result, struct error *err)
{
    if (t->stopped) {
        http_request_stopped(&t->origin, err);
        return;
    }
    if (t->too_large) {
        error_set(err, ERROR_NET, EMSGSIZE, "\"%s\": the answer is larger than %zu bytes",
                  t->origin.label, t->x->response.body.cap);
        return;
    }
    static const struct view BOILERPLATE = VIEW("SSL certificate problem: ");
    const char *message = *t->message ? t->message : curl_easy_strerror(result);
    if (view_starts_with(view_str(message), BOILERPLATE))
        message += BOILERPLATE.len;
    for (size_t i = 0; i < ARRAY_LEN(FAILURES); i++) {
        if (FAILURES[i].result != result)
            continue;
        error_set(err, ERROR_NET, FAILURES[i].code, "%s\"%s\"%s: %s", FAILURES[i].before,
                  t->origin.label, FAILURES[i].after, message);
        err->retry = !FAILURES[i].final;
        return;
    }
    error_set_retry(err, ERROR_NET, 0, "\"%s\": %s", t->origin.label, message);
}

static void finish(struct http_curl *client, CURL *easy, CURLcode result)
{
    struct transfer *t;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    t->x->response.status = (int)status;
    if (result) {
        struct error err;
        explain(t, cause(t, result), &err);
        fail(t->x, &err);
    }
    curl_multi_remove_handle(client->multi, easy);
    transfer_free(t);
}

/* libcurl asks for progress whenever it is performed, and that happens after every wait. */
static int longest_wait_ms(const struct http_exchange *exchanges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (exchanges[i].request.stop)
            return STOP_ASKED_MS;
    return 60000;
}

static void curl_perform(struct http_client *base, struct http_exchange *exchanges, size_t count)
{
    struct http_curl *client = (struct http_curl *)base;
    const int wait_ms = longest_wait_ms(exchanges, count);
    for (size_t i = 0; i < count; i++)
        start(client, &exchanges[i]);
    for (int running = 1; running;) {
        curl_multi_perform(client->multi, &running);
        int queued;
        for (CURLMsg *m; (m = curl_multi_info_read(client->multi, &queued));)
            if (m->msg == CURLMSG_DONE)
                finish(client, m->easy_handle, m->data.result);
        if (running)
            curl_multi_poll(client->multi, NULL, 0, wait_ms, NULL);
    }
}

static void curl_client_free(struct http_client *base)
{
    struct http_curl *client = (struct http_curl *)base;
    curl_multi_cleanup(client->multi);
    free(client);
}

static const struct http_client_ops CURL_OPS = {.perform = curl_perform, .free = curl_client_free};

struct http_client *http_curl_new(struct error *err)
{
    CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = rc ? NULL : curl_multi_init();
    if (!multi) {
        error_set(err, ERROR_NET, 0, "cannot set up libcurl: %s", curl_easy_strerror(rc));
        return NULL;
    }
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
    struct http_curl *client = xcalloc(1, sizeof(*client));
    client->client.ops = &CURL_OPS;
    client->multi = multi;
    return &client->client;
}
