#include "faulty_sink.h"

#include "base/memory.h"

struct faulty {
    struct sink sink;
    struct sink_ops ops;
    struct sink *inner;
    struct rng rng;
    unsigned percent;
    bool crashed;
};

static struct faulty *faulty_of(struct sink *sink)
{
    return (struct faulty *)sink;
}

static bool strikes(struct faulty *faulty, const char *when, struct error *err)
{
    if (!faulty->crashed && !rng_chance(&faulty->rng, faulty->percent))
        return false;
    if (faulty->crashed || rng_chance(&faulty->rng, 30)) {
        faulty->crashed = true;
        error_set(err, ERROR_SINK, 0, "injected: crash %s", when);
    } else if (rng_chance(&faulty->rng, 50)) {
        error_set_retry(err, ERROR_NET, 0, "injected: passing failure %s", when);
    } else {
        error_set(err, ERROR_SINK, 0, "injected: lasting failure %s", when);
    }
    return true;
}

#define WITH_FAULTS(call)                                                                          \
    do {                                                                                           \
        struct faulty *faulty = faulty_of(sink);                                                   \
        if (strikes(faulty, "before " #call, err))                                                 \
            return -1;                                                                             \
        if (faulty->inner->ops->call < 0)                                                          \
            return -1;                                                                             \
        return strikes(faulty, "after " #call, err) ? -1 : 0;                                      \
    } while (0)

static int begin(struct sink *sink, const struct change *sample, int64_t deadline,
                 struct error *err)
{
    WITH_FAULTS(begin(faulty->inner, sample, deadline, err));
}

static int write_rows(struct sink *sink, struct sink_row *rows, size_t count, int64_t deadline,
                      struct error *err)
{
    WITH_FAULTS(write(faulty->inner, rows, count, deadline, err));
}

static int keep_dead(struct sink *sink, const struct dead_letter *letters, size_t count,
                     int64_t deadline, struct error *err)
{
    WITH_FAULTS(keep_dead(faulty->inner, letters, count, deadline, err));
}

static int commit(struct sink *sink, int64_t deadline, struct error *err)
{
    WITH_FAULTS(commit(faulty->inner, deadline, err));
}

static int list_dead(struct sink *sink, const struct dead_letter *after, size_t max,
                     int64_t deadline, struct dead_page *page, struct error *err)
{
    struct faulty *faulty = faulty_of(sink);
    if (strikes(faulty, "before list_dead", err) ||
        faulty->inner->ops->list_dead(faulty->inner, after, max, deadline, page, err) < 0)
        return -1;
    if (!strikes(faulty, "after list_dead", err))
        return 0;
    dead_page_release(page);
    return -1;
}

static int delete_dead(struct sink *sink, const struct kept_letter *letters, size_t count,
                       int64_t deadline, struct error *err)
{
    WITH_FAULTS(delete_dead(faulty->inner, letters, count, deadline, err));
}

static int guard(struct sink *sink, int64_t deadline, struct guard_info *info, struct error *err)
{
    WITH_FAULTS(guard(faulty->inner, deadline, info, err));
}

static int find_versions(struct sink *sink, const struct key *const *keys, size_t count,
                         int64_t deadline, int64_t *versions, struct error *err)
{
    WITH_FAULTS(find_versions(faulty->inner, keys, count, deadline, versions, err));
}

static void rollback(struct sink *sink)
{
    struct faulty *faulty = faulty_of(sink);
    if (!faulty->crashed)
        faulty->inner->ops->rollback(faulty->inner);
}

static void close_sink(struct sink *sink)
{
    sink_close(faulty_of(sink)->inner);
    free(sink);
}

struct sink *faulty_sink_new(struct sink *inner, uint64_t seed, unsigned percent)
{
    struct faulty *faulty = xcalloc(1, sizeof(*faulty));
    faulty->ops = (struct sink_ops){
        .transactional = inner->ops->transactional,
        .begin = begin,
        .write = write_rows,
        .keep_dead = keep_dead,
        .commit = commit,
        .rollback = rollback,
        .list_dead = list_dead,
        .delete_dead = delete_dead,
        .guard = guard,
        .find_versions = find_versions,
        .close = close_sink,
    };
    faulty->sink.ops = &faulty->ops;
    faulty->inner = inner;
    faulty->rng.state = seed;
    faulty->percent = percent;
    return &faulty->sink;
}

bool faulty_sink_crashed(const struct sink *sink)
{
    return ((const struct faulty *)sink)->crashed;
}
