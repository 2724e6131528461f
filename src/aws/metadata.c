#include "aws/metadata.h"

#include "aws/credentials_json.h"

static int send_once(const struct credential_search *search, const struct metadata_request *request,
                     struct buf *body, struct error *err)
{
    struct http_exchange x = {
        .request = {.method = request->method,
                    .url = request->url,
                    .deadline_ms = clock_system.steady_ms(&clock_system) + request->timeout_ms,
                    .response_cap = CREDENTIALS_JSON_CAP}};
    http_add_header(&x.request, VIEW("Accept"), VIEW("*/*"));
    if (request->header.name.len)
        http_add_header(&x.request, request->header.name, request->header.value);
    int result = http_send(search->client->http, &x, err);
    int status = x.response.status;
    if (result == 0 && status == 200)
        buf_append_view(body, buf_view(&x.response.body));
    else if (result == 0)
        result = status < 400 || status > 499
                     ? error_set_retry(err, ERROR_HTTP, status, "it answered status %d", status)
                     : error_set(err, ERROR_HTTP, status, "it answered status %d", status);
    buf_wipe(&x.response.body);
    http_release(&x);
    return result;
}

int metadata_send(const struct credential_search *search, const struct metadata_request *request,
                  struct buf *body, struct error *err)
{
    struct error failure = {0};
    for (unsigned i = 1; send_once(search, request, body, &failure) < 0; i++) {
        if (i >= request->tries || !failure.retry) {
            if (err)
                *err = failure;
            return -1;
        }
        search->client->clock->sleep_ms(search->client->clock, 1000);
    }
    return 0;
}
