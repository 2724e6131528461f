#include "cli/sink_wait.h"

#include <stdlib.h>

#include "base/memory.h"
#include "cli/progress.h"

/* Nobody wonders before. */
#define MOMENT_S 2

struct waiting {
    struct http_client client;
    struct http_client *inner;
    const struct cli *cli;
    const char *url;
    struct progress progress;
    int64_t shown_s;
};

static bool show(void *user)
{
    struct waiting *waiting = user;
    int64_t elapsed_s = progress_elapsed_ms(&waiting->progress) / 1000;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (elapsed_s < MOMENT_S || elapsed_s == waiting->shown_s)
        return false;
    waiting->shown_s = elapsed_s;
    buf_printf(&text, "waiting for %s: %lld s", waiting->url, (long long)elapsed_s);
    progress_text(&waiting->progress, buf_str(&text));
    return false;
}

static void perform(struct http_client *base, struct http_exchange *exchanges, size_t count)
{
    struct waiting *waiting = (struct waiting *)base;
    progress_begin(&waiting->progress, waiting->cli);
    for (size_t i = 0; i < count && waiting->progress.shown; i++) {
        exchanges[i].request.stop = show;
        exchanges[i].request.user = waiting;
    }
    waiting->inner->ops->perform(waiting->inner, exchanges, count);
    progress_end(&waiting->progress);
}

static void release(struct http_client *base)
{
    http_client_free(((struct waiting *)base)->inner);
    free(base);
}

static const struct http_client_ops OPS = {.perform = perform, .free = release};

struct http_client *sink_wait_new(struct http_client *inner, const struct cli *cli, const char *url)
{
    struct waiting *waiting = xcalloc(1, sizeof(*waiting));
    *waiting = (struct waiting){.client = {&OPS}, .inner = inner, .cli = cli, .url = url};
    return &waiting->client;
}
