/* Writes compact JSON into a buffer: commas and colons by itself, strings escaped in canonical form
 * (see json_escape()). The caller is trusted to nest properly (asserted). A full buffer shows in
 * buf->overflow. */
#ifndef LORRY_JSON_WRITER_H
#define LORRY_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

struct json_writer {
    struct buf *out;
    unsigned depth;
    bool comma; /* something precedes at this level */
};

void json_writer_init(struct json_writer *writer, struct buf *out);

void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);

/* A member's name; the value follows with the next call. */
void json_put_name(struct json_writer *writer, struct view name);

void json_put_string(struct json_writer *writer,
                     struct view text); /* invalid UTF-8 becomes U+FFFD */
void json_put_int(struct json_writer *writer, int64_t value);
void json_put_bool(struct json_writer *writer, bool value);
void json_put_null(struct json_writer *writer);

/* A value that is JSON already. */
void json_put_raw(struct json_writer *writer, struct view json);

/* A name and a value in one. */
void json_member_string(struct json_writer *writer, const char *name, struct view text);
void json_member_int(struct json_writer *writer, const char *name, int64_t value);
void json_member_bool(struct json_writer *writer, const char *name, bool value);

/* The same of what may not be there or not be known, which is null: an empty text, a number below
 * zero. */
void json_member_text(struct json_writer *writer, const char *name, struct view text);
void json_member_count(struct json_writer *writer, const char *name, int64_t count);

#endif
