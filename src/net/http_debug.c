#include "net/http_debug.h"

#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/http_redact.h"

#define SHOWN_MAX ((size_t)64 << 10)

struct http_debug {
    struct http_client client;
    struct http_client *inner;
    FILE *out;
};

static struct view content_type_of(const struct http_request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (request->headers[i].name.len == strlen("content-type") &&
            strncasecmp(request->headers[i].name.ptr, "content-type", strlen("content-type")) == 0)
            return request->headers[i].value;
    return VIEW("");
}

/* What a peer sent may hold anything: terminals get no control characters from it. */
static void put(FILE *out, const struct buf *text, const char *before)
{
    bool begin = true;
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->ptr[i];
        if (begin)
            fputs(before, out);
        begin = c == '\n';
        fputc(c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f) ? c : '?', out);
    }
    if (!begin)
        fputc('\n', out);
    if (text->overflow)
        fprintf(out, "%s...\n", before);
}

static void append_header(struct view name, struct view value, struct buf *text)
{
    buf_append_view(text, name);
    buf_append_str(text, ": ");
    http_redact_header(name, value, text);
    buf_append_char(text, '\n');
}

static void show_request(FILE *out, const struct http_request *request)
{
    cleanup_buf struct buf text = BUF_INIT(SHOWN_MAX);
    buf_printf(&text, "%s ", request->method);
    http_redact_url(request->url, &text);
    buf_append_char(&text, '\n');
    for (size_t i = 0; i < request->header_count; i++)
        append_header(request->headers[i].name, request->headers[i].value, &text);
    if (request->body.len)
        http_redact_body(content_type_of(request), request->body, &text);
    put(out, &text, "> ");
}

static void show_answer(FILE *out, const struct http_response *response, int64_t ms)
{
    cleanup_buf struct buf text = BUF_INIT(SHOWN_MAX);
    buf_printf(&text, "%d after %lld ms\n", response->status, (long long)ms);
    struct view rest = buf_view(&response->header);
    while (rest.len) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        struct view line = end ? view_between(rest.ptr, end) : rest;
        const char *colon = memchr(line.ptr, ':', line.len);
        rest = view_skip(rest, line.len + 1);
        if (colon)
            append_header(view_between(line.ptr, colon),
                          view_trim(view_skip(line, (size_t)(colon - line.ptr) + 1)), &text);
    }
    if (response->body.len)
        http_redact_body(http_response_header(response, "content-type"), buf_view(&response->body),
                         &text);
    put(out, &text, "< ");
}

static void debug_perform(struct http_client *base, struct http_exchange *exchanges, size_t count)
{
    struct http_debug *client = (struct http_debug *)base;
    int64_t begin = clock_system.steady_ms(&clock_system);
    for (size_t i = 0; i < count; i++)
        show_request(client->out, &exchanges[i].request);
    client->inner->ops->perform(client->inner, exchanges, count);
    int64_t ms = clock_system.steady_ms(&clock_system) - begin;
    for (size_t i = 0; i < count; i++) {
        if (exchanges[i].failed)
            fprintf(client->out, "< no answer after %lld ms: %s\n", (long long)ms,
                    exchanges[i].error.message);
        else
            show_answer(client->out, &exchanges[i].response, ms);
    }
    fflush(client->out);
}

static void debug_free(struct http_client *base)
{
    struct http_debug *client = (struct http_debug *)base;
    http_client_free(client->inner);
    free(client);
}

static const struct http_client_ops DEBUG_OPS = {.perform = debug_perform, .free = debug_free};

struct http_client *http_debug_new(struct http_client *inner, FILE *out)
{
    struct http_debug *client = xcalloc(1, sizeof(*client));
    *client = (struct http_debug){.client = {&DEBUG_OPS}, .inner = inner, .out = out};
    return &client->client;
}
