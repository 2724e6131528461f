#include "pipeline/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "base/clock.h"
#include "base/memory.h"
#include "json/reader.h"
#include "json/scan.h"

/* What is read before the first piece is cut: a batch's worth, so that a batch is one read. */
#define READ_AHEAD ((size_t)6 << 20)
#define READ_STEP ((size_t)1 << 20)
/* Slow input (`tail -f`, a pipe) is not gathered for longer than this. */
#define GATHER_MS 1000

int source_open(struct source *source, const char *name, struct error *err)
{
    *source = (struct source){.name = name, .fd = -1, .line = 1};
    source->text = BUF_INIT(SOURCE_VALUE_MAX + READ_STEP);
    source->fd = strcmp(name, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                        : open(name, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0)
        return error_errno(err, "%s: cannot open", name);
    return 0;
}

void source_close(struct source *source)
{
    if (source->name && source->fd >= 0)
        close(source->fd);
    buf_release(&source->text);
    *source = (struct source){.fd = -1};
}

static void forget_used(struct source *source)
{
    if (source->at == 0)
        return;
    size_t left = source->text.len - source->at;
    memmove(source->text.ptr, source->text.ptr + source->at, left);
    source->text.len = 0;
    buf_commit(&source->text, left);
    source->at = 0;
}

/* Reads until at least `target` bytes are there, the end is, or GATHER_MS have passed. 1; 0:
 * nothing came, or a signal did; -1. */
static int fill(struct source *source, size_t target, struct error *err)
{
    int64_t begin = clock_system.steady_ms(&clock_system);
    size_t before = source->text.len;
    while (source->text.len < target && !source->eof) {
        int64_t left = begin + GATHER_MS - clock_system.steady_ms(&clock_system);
        struct pollfd input = {.fd = source->fd, .events = POLLIN};
        int ready = poll(&input, 1, left > 0 ? (int)left : 0);
        if (ready == 0)
            return source->text.len > before;
        ssize_t got = -1;
        if (ready > 0)
            got = read(source->fd, buf_reserve(&source->text, READ_STEP), READ_STEP);
        if (got < 0 && errno == EINTR)
            return 0;
        if (got < 0)
            return error_errno(err, "%s: cannot read", source->name);
        source->eof = got == 0;
        buf_commit(&source->text, (size_t)got);
        source->bytes += (uint64_t)got;
    }
    return 1;
}

static struct view rest_of(const struct source *source)
{
    return view_skip(buf_view(&source->text), source->at);
}

static void advance(struct source *source, size_t len)
{
    const char *p = source->text.ptr + source->at, *end = p + len;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        source->line++;
        p++;
    }
    source->at += len;
}

static void skip_blank(struct source *source)
{
    struct view rest = rest_of(source);
    if (!rest.len)
        return;
    if (!source->begun && view_starts_with(rest, VIEW("\xEF\xBB\xBF"))) {
        source->at += 3;
        rest = view_skip(rest, 3);
    }
    source->begun = true;
    advance(source, (size_t)(json_skip_space(rest.ptr, rest.ptr + rest.len) - rest.ptr));
}

/* Whether an object has a member "Records" at its top level. */
static bool holds_records(struct view value)
{
    if (!memmem(value.ptr, value.len, "\"Records\"", strlen("\"Records\"")))
        return false;
    struct json_reader reader;
    json_reader_init(&reader, value);
    if (json_next(&reader) != JSON_OBJECT)
        return false;
    while (json_next(&reader) == JSON_NAME) {
        if (json_text_is(&reader, "Records"))
            return true;
        json_next(&reader);
        json_span(&reader);
    }
    return false;
}

/* {"Records" - with white space, if there is any. */
static bool begins_event(struct view rest)
{
    const char *end = rest.ptr + rest.len;
    if (rest.len == 0 || *rest.ptr != '{')
        return false;
    const char *p = json_skip_space(rest.ptr + 1, end);
    return view_starts_with(view_between(p, end), VIEW("\"Records\""));
}

static struct view line_of(struct view rest)
{
    const char *newline = memchr(rest.ptr, '\n', rest.len);
    if (newline)
        rest.len = (size_t)(newline - rest.ptr);
    while (rest.len && strchr(" \t\r", rest.ptr[rest.len - 1]) && rest.ptr[rest.len - 1])
        rest.len--;
    return rest;
}

static int too_long(const struct source *source, const char *what, size_t limit, struct error *err)
{
    return error_set(err, ERROR_INPUT, 0, "%s:%llu: %s is longer than %zu MiB", source->name,
                     (unsigned long long)source->line, what, limit >> 20);
}

/* A value over several lines. 1: cut; 0: more has to be read; -1: it does not end. */
static int cut_value(struct source *source, struct view rest, struct source_piece *piece,
                     struct error *err)
{
    const char *end = json_scan_value(rest.ptr, rest.ptr + rest.len, JSON_DEPTH_MAX);
    if (end) {
        piece->bytes = view_between(rest.ptr, end);
        piece->kind = holds_records(piece->bytes) ? SOURCE_EVENT : SOURCE_RECORD;
        return 1;
    }
    if (rest.len > SOURCE_VALUE_MAX)
        return too_long(source, "an event", SOURCE_VALUE_MAX, err);
    if (!source->eof)
        return 0;
    struct json_reader reader;
    json_reader_init(&reader, rest);
    while (json_next(&reader) > JSON_END)
        ;
    json_reader_error(&reader, err);
    return error_prefix(err, "%s:%llu: this event is not JSON, or cut off", source->name,
                        (unsigned long long)source->line);
}

static int cut_line(struct source *source, struct view rest, struct source_piece *piece,
                    struct error *err)
{
    struct view line = line_of(rest);
    if (line.len > SOURCE_LINE_MAX)
        return too_long(source, "a line", SOURCE_LINE_MAX, err);
    if (!source->eof && !memchr(rest.ptr, '\n', rest.len))
        return 0;
    piece->bytes = line;
    piece->kind = holds_records(line) ? SOURCE_EVENT : SOURCE_RECORD;
    return 1;
}

/* The piece at the beginning of `rest`, which is not blank. As cut_value(). */
static int cut(struct source *source, struct view rest, struct source_piece *piece,
               struct error *err)
{
    if (begins_event(rest))
        return cut_value(source, rest, piece, err);
    if (view_equal(line_of(rest), VIEW("{")) && !source->broken) {
        /* That it was no value after all shows at the end only; looked for again at every such
         * line, it would make reading quadratic. */
        bool beyond = rest.len > SOURCE_VALUE_MAX;
        int result = cut_value(source, rest, piece, beyond ? err : NULL);
        if (result >= 0 || beyond)
            return result;
        source->broken = true;
    }
    return cut_line(source, rest, piece, err);
}

int source_next(struct source *source, bool keep, struct source_piece *piece, struct error *err)
{
    size_t target = READ_AHEAD;
    for (;;) {
        skip_blank(source);
        struct view rest = rest_of(source);
        *piece = (struct source_piece){.kind = SOURCE_PAUSE, .line = source->line};
        int result = rest.len ? cut(source, rest, piece, err) : 0;
        if (result < 0)
            return -1;
        if (result > 0) {
            advance(source, piece->bytes.len);
            return 0;
        }
        if (!rest.len && source->eof) {
            piece->kind = SOURCE_END;
            return 0;
        }
        if (keep)
            return 0;
        forget_used(source);
        /* Doubled, so that a long value is looked through a few times, not at every read. */
        if (target <= rest.len)
            target = rest.len < SOURCE_VALUE_MAX / 2 ? rest.len * 2 : SOURCE_VALUE_MAX + 1;
        int filled = fill(source, target, err);
        if (filled <= 0)
            return filled;
    }
}
