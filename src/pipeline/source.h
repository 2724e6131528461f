/* An input of `relay`, cut into what it consists of, as a stream: Lambda events (JSON objects with
 * "Records"; pretty-printed or not, one or many after another) and CDC records, one a line. Each
 * piece is recognised by itself, so the two may alternate:
 *
 *   - an object whose first member is "Records" is an event, over as many lines as it takes;
 *   - so is a line that holds an object with "Records" in any other place;
 *   - a line that is nothing but "{" begins a pretty-printed value: an event or a single record;
 *   - every other line that is not blank is a record, whatever it holds (it may be poison). */
#ifndef LORRY_PIPELINE_SOURCE_H
#define LORRY_PIPELINE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

/* A longer line is an error: Kinesis takes records of up to 10 MiB. */
#define SOURCE_LINE_MAX ((size_t)32 << 20)
/* A longer value of several lines is an error: Lambda delivers events of up to 6 MB. */
#define SOURCE_VALUE_MAX ((size_t)256 << 20)

enum source_kind {
    SOURCE_END,
    SOURCE_EVENT,
    SOURCE_RECORD,
    SOURCE_PAUSE, /* nothing more for now: the pieces so far can be dealt with meanwhile */
};

struct source_piece {
    enum source_kind kind;
    struct view bytes; /* valid until source_next() is called without `keep` */
    uint64_t line;     /* of its first byte, from 1 */
};

struct source {
    const char *name; /* as the user gave it; borrowed */
    int fd;
    bool eof;
    bool begun;      /* a byte order mark at the beginning was looked for */
    bool broken;     /* a value of several lines did not end: from now on every line is a record */
    struct buf text; /* what was read and is not forgotten yet */
    size_t at;       /* where the next piece begins in it */
    uint64_t line;   /* the line of that byte */
    uint64_t bytes;  /* read so far */
};

/* Opens a file, or standard input if `name` is "-". Error: ERROR_SYSTEM, with the name. */
int source_open(struct source *source, const char *name, struct error *err);

/* Safe on one that could not be opened, and on a zeroed one. */
void source_close(struct source *source);

/* The next piece. With `keep`, the pieces handed out before stay valid, and SOURCE_PAUSE comes as
 * soon as finding another one would mean to read: use them then. Without, they are forgotten.
 * Slow input is handed out, and waiting for it interrupted by SOURCE_PAUSE, after a second at most,
 * and by a signal at once.
 * Error: ERROR_SYSTEM, or ERROR_INPUT for what exceeds a limit and for an event that does not end;
 * "name:line: ...". */
int source_next(struct source *source, bool keep, struct source_piece *piece, struct error *err);

#endif
