#include "sink/sink.h"

#include "base/memory.h"
#include "sink/crate.h"
#include "sink/sqlite.h"

/* One line a database. A new one is a file with its `struct sink_ops`, and its line here. */
static const struct sink_ops *const drivers[] = {
    &crate_sink_ops,
    &sqlite_sink_ops,
    NULL,
};

static void append_schemes(struct buf *out)
{
    for (const struct sink_ops *const *driver = drivers; *driver; driver++)
        for (const char *const *scheme = (*driver)->schemes; *scheme; scheme++)
            buf_printf(out, "%s%s://", out->len ? ", " : "", *scheme);
}

static const struct sink_ops *find_driver(const char *scheme)
{
    for (const struct sink_ops *const *driver = drivers; *driver; driver++)
        for (const char *const *known = (*driver)->schemes; *known; known++)
            if (strcmp(*known, scheme) == 0)
                return *driver;
    return NULL;
}

int sink_open(const struct sink_config *config, struct sink **sink, struct error *err)
{
    const struct sink_ops *ops = find_driver(config->url->scheme);
    if (!ops) {
        cleanup_buf struct buf known = BUF_INIT(BUF_TEXT_CAP);
        append_schemes(&known);
        return error_set(err, ERROR_SETTING, 0,
                         "there is no sink for \"%s://\"; the URL of a sink begins with one of: %s",
                         config->url->scheme, buf_str(&known));
    }
    return ops->open(config, sink, err);
}

void sink_close(struct sink *sink)
{
    if (sink)
        sink->ops->close(sink);
}

void table_info_release(struct table_info *info)
{
    buf_release(&info->columns);
    buf_release(&info->key);
    buf_release(&info->advice);
}

void query_result_release(struct query_result *result)
{
    arena_release(&result->arena);
}

void dead_page_release(struct dead_page *page)
{
    arena_release(&page->arena);
    *page = (struct dead_page){0};
}
