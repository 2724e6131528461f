#include "net/http_patience.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"

struct impatient {
    struct http_client client;
    struct http_client *inner;
    struct http_patience patience;
};

static int64_t earlier(int64_t a, int64_t b)
{
    return a && a < b ? a : b;
}

static void perform(struct http_client *base, struct http_exchange *exchanges, size_t count)
{
    struct impatient *client = (struct impatient *)base;
    const struct http_patience *patience = &client->patience;
    int64_t now_ms = patience->clock->steady_ms(patience->clock);
    int64_t limit_ms = earlier(now_ms + patience->each_ms, patience->until_ms);
    for (size_t i = 0; i < count; i++) {
        struct http_request *request = &exchanges[i].request;
        request->deadline_ms = earlier(request->deadline_ms, limit_ms);
    }
    if (now_ms < patience->until_ms) {
        client->inner->ops->perform(client->inner, exchanges, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        exchanges[i].failed = true;
        error_set(&exchanges[i].error, ERROR_NET, ETIMEDOUT, "no time is left for a request");
    }
}

static void release(struct http_client *base)
{
    http_client_free(((struct impatient *)base)->inner);
    free(base);
}

static const struct http_client_ops OPS = {.perform = perform, .free = release};

struct http_client *http_patience_new(struct http_client *inner,
                                      const struct http_patience *patience)
{
    struct impatient *client = xcalloc(1, sizeof(*client));
    *client = (struct impatient){{&OPS}, inner, *patience};
    return &client->client;
}
