#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/memory.h"

void buf_release(struct buf *buf)
{
    if (!buf)
        return;
    free(buf->ptr);
    *buf = (struct buf){.cap = buf->cap};
}

void buf_wipe(struct buf *buf)
{
    if (buf && buf->ptr)
        explicit_bzero(buf->ptr, buf->size);
    buf_release(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->overflow = false;
    if (buf->ptr)
        buf->ptr[0] = '\0';
}

char *buf_reserve(struct buf *buf, size_t extra)
{
    if (extra > buf->cap - buf->len) {
        buf->overflow = true;
        return NULL;
    }
    size_t need = buf->len + extra;
    if (!buf->ptr || need > buf->size) {
        size_t size = buf->size ? buf->size * 2 : 64;
        if (size < need)
            size = need;
        if (size > buf->cap)
            size = buf->cap;
        buf->ptr = xreallocarray(buf->ptr, size + 1, 1);
        buf->ptr[buf->len] = '\0';
        buf->size = size;
    }
    return buf->ptr + buf->len;
}

void buf_append(struct buf *buf, const void *bytes, size_t len)
{
    char *to = buf_reserve(buf, len);
    if (!to)
        return;
    if (len)
        memcpy(to, bytes, len);
    buf_commit(buf, len);
}

/* U+0080 to U+009F, which terminals obey as well, have two bytes. */
static bool is_control(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    return c < ' ' || c == 0x7F || (c == 0xC2 && p + 1 < end && (unsigned char)p[1] < 0xA0);
}

void text_defuse(char *text, size_t len)
{
    for (char *p = text, *end = text + len; p < end; p++)
        if (is_control(p, end)) {
            if ((unsigned char)*p == 0xC2)
                *p++ = ' ';
            *p = ' ';
        }
}

void buf_defuse(struct buf *buf)
{
    if (buf->len)
        text_defuse(buf->ptr, buf->len);
}

void buf_append_char(struct buf *buf, char c)
{
    buf_append(buf, &c, 1);
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    /* vsnprintf writes a NUL as well: there is always room for one behind what was reserved. */
    char *to = len < 0 ? NULL : buf_reserve(buf, (size_t)len);
    if (to) {
        vsnprintf(to, (size_t)len + 1, format, again);
        buf_commit(buf, (size_t)len);
    }
    va_end(again);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

static int read_all(struct buf *buf, int fd, const char *path, struct error *err)
{
    for (;;) {
        size_t room = buf->size - buf->len;
        if (room == 0)
            room = buf->cap - buf->len < 65536 ? buf->cap - buf->len : 65536;
        if (room == 0) {
            char more;
            if (read(fd, &more, 1) == 0)
                return 0;
            return error_set(err, ERROR_INPUT, 0, "%s: larger than %zu bytes", path, buf->cap);
        }
        ssize_t got = read(fd, buf_reserve(buf, room), room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, "%s: cannot read", path);
        if (got == 0)
            return 0;
        buf_commit(buf, (size_t)got);
    }
}

int buf_read_file(struct buf *buf, const char *path, struct error *err)
{
    buf_clear(buf);
    if (strcmp(path, "-") == 0)
        return read_all(buf, STDIN_FILENO, "standard input", err);
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "%s: cannot open", path);
    return read_all(buf, fd, path, err);
}
