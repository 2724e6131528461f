/* An owned, growing byte buffer with a compulsory cap. The bytes are always followed by a NUL that
 * does not count. Appending beyond the cap sets `overflow` and changes nothing else: a writer may
 * append many times and look once, at the end. */
#ifndef LORRY_BASE_BUF_H
#define LORRY_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/view.h"

struct buf {
    char *ptr; /* NULL while nothing was allocated */
    size_t len;
    size_t size; /* allocated, less the byte for the NUL */
    size_t cap;  /* `len` never exceeds it */
    bool overflow;
};

/* A buffer that may grow to `cap` bytes; allocates nothing yet. */
#define BUF_INIT(max) ((struct buf){.cap = (max)})
/* For text that the program itself makes and whose size it knows to be small. */
#define BUF_TEXT_CAP ((size_t)1 << 20)

/* Frees what it holds; the buffer can be used again. Safe on a zeroed one and on NULL. */
void buf_release(struct buf *buf);
#define cleanup_buf __attribute__((cleanup(buf_release)))

/* Overwrites what it holds before freeing it: for secrets. */
void buf_wipe(struct buf *buf);
#define cleanup_secret __attribute__((cleanup(buf_wipe)))

/* Forgets the bytes and the overflow, keeps the memory. */
void buf_clear(struct buf *buf);

/* Makes room for `extra` more bytes and returns where they go, or NULL if that would exceed the cap
 * (`overflow` is set then). The caller adds what it wrote to `len` with buf_commit(). */
char *buf_reserve(struct buf *buf, size_t extra);

static inline void buf_commit(struct buf *buf, size_t len)
{
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

/* Makes control characters spaces: a peer whose text it is must not be able to steer a terminal. */
void text_defuse(char *text, size_t len);
void buf_defuse(struct buf *buf);

void buf_append(struct buf *buf, const void *bytes, size_t len);
void buf_append_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static inline void buf_append_view(struct buf *buf, struct view v)
{
    buf_append(buf, v.ptr, v.len);
}

static inline void buf_append_str(struct buf *buf, const char *text)
{
    buf_append(buf, text, strlen(text));
}

static inline struct view buf_view(const struct buf *buf)
{
    return (struct view){buf->ptr ? buf->ptr : "", buf->len};
}

/* The bytes as a NUL-terminated string, owned by the buffer; "" while empty. */
static inline const char *buf_str(const struct buf *buf)
{
    return buf->ptr ? buf->ptr : "";
}

/* Reads a file, or standard input if `path` is "-", to its end, into the (cleared) buffer. Errors:
 * ERROR_SYSTEM, or ERROR_INPUT beyond the cap; they name `path`. */
int buf_read_file(struct buf *buf, const char *path, struct error *err);

#endif
