#include "net/http.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"

/* Of all header lines of an answer together. */
#define HEADER_CAP ((size_t)64 << 10)

void http_perform(struct http_client *client, struct http_exchange *exchanges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct http_exchange *x = &exchanges[i];
        http_release(x);
        x->response.header = BUF_INIT(HEADER_CAP);
        x->response.body = BUF_INIT(x->request.response_cap);
    }
    client->ops->perform(client, exchanges, count);
}

int http_send(struct http_client *client, struct http_exchange *exchange, struct error *err)
{
    http_perform(client, exchange, 1);
    if (!exchange->failed)
        return 0;
    if (err)
        *err = exchange->error;
    return -1;
}

void http_add_header(struct http_request *request, struct view name, struct view value)
{
    assert(request->header_count < HTTP_HEADERS_MAX);
    request->headers[request->header_count++] = (struct http_header){name, value};
}

bool http_next_header(struct view *rest, const char *name, struct view *value)
{
    struct view wanted = view_str(name);
    while (rest->len) {
        const char *end = memchr(rest->ptr, '\n', rest->len);
        size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
        struct view line = {rest->ptr, len};
        *rest = view_skip(*rest, len + 1);
        if (!view_starts_with(line, wanted) || line.len == wanted.len ||
            line.ptr[wanted.len] != ':')
            continue;
        *value = view_trim(view_skip(line, wanted.len + 1));
        return true;
    }
    return false;
}

struct view http_response_header(const struct http_response *response, const char *name)
{
    struct view rest = buf_view(&response->header), value = {"", 0};
    http_next_header(&rest, name, &value);
    return value;
}

bool http_date_us(const struct http_response *response, int64_t *us)
{
    cleanup_buf struct buf date = BUF_INIT(64);
    struct tm tm = {0};
    buf_append_view(&date, http_response_header(response, "date"));
    if (!date.len || !strptime(buf_str(&date), "%a, %d %b %Y %H:%M:%S GMT", &tm))
        return false;
    *us = (int64_t)timegm(&tm) * 1000000;
    return true;
}

int64_t http_retry_after_ms(const struct http_response *response)
{
    int64_t seconds;
    struct view text = http_response_header(response, "retry-after");
    return parse_int64(text, 0, INT32_MAX, &seconds, NULL) < 0 ? -1 : seconds * 1000;
}

void http_response_release(struct http_response *response)
{
    buf_release(&response->header);
    buf_release(&response->body);
    response->status = 0;
}

void http_release(struct http_exchange *exchange)
{
    http_response_release(&exchange->response);
    exchange->failed = false;
    exchange->error = (struct error){0};
}

void http_client_free(struct http_client *client)
{
    if (client)
        client->ops->free(client);
}
