/* application/vnd.amazon.eventstream: messages with typed headers and a payload, framed and
 * checksummed, as CloudWatch Logs sends its live tail [Smithy "Amazon Event Stream
 * Specification"]. Bytes go in as they come, messages come out. */
#ifndef LORRY_AWS_EVENT_STREAM_H
#define LORRY_AWS_EVENT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

/* The limits of the specification. */
#define EVENT_HEADERS_MAX ((uint32_t)128 << 10)
#define EVENT_PAYLOAD_MAX ((uint32_t)24 << 20)

/* As they are numbered on the wire. */
enum event_type {
    EVENT_TRUE,
    EVENT_FALSE,
    EVENT_BYTE,
    EVENT_SHORT,
    EVENT_INTEGER,
    EVENT_LONG,
    EVENT_BYTES,
    EVENT_STRING,
    EVENT_TIMESTAMP, /* milliseconds since 1970 */
    EVENT_UUID,      /* 16 bytes */
};

struct event_header {
    struct view name;
    enum event_type type;
    int64_t number;    /* of the types from TRUE (1) and FALSE (0) to LONG, and TIMESTAMP */
    struct view bytes; /* BYTES, STRING, UUID */
};

/* A message; borrowed for the time of the handler. */
struct event_message {
    struct view headers; /* well-formed: see event_header_next() */
    struct view payload;
};

/* Takes the next header off the front of `headers`, a copy of a message's. False at the end. */
bool event_header_next(struct view *headers, struct event_header *header);

/* The text of a header of type STRING, ":event-type" for example; the empty view without one. */
struct view event_text(const struct event_message *message, const char *name);

/* 0 for an event. For an exception or an error of the service: -1 and ERROR_AWS, with its type as
 * the name of the error, and `what` in front of the message. */
int event_refused(const struct event_message *message, const char *what, struct error *err);

/* Returns 0, or -1 with `err` set: the rest is not wanted. */
typedef int event_handler(void *user, const struct event_message *message, struct error *err);

struct event_stream {
    struct buf pending; /* the beginning of a message */
};

void event_stream_init(struct event_stream *stream);
void event_stream_release(struct event_stream *stream);

/* Takes the next bytes, as many or few as came, and calls `handler` for every message that they
 * complete. Errors: that of the handler; ERROR_INPUT for what is no message: nothing can be fed
 * behind that, since where the next one begins is unknown. */
int event_stream_feed(struct event_stream *stream, struct view bytes, event_handler *handler,
                      void *user, struct error *err);

/* At the end of the bytes: ERROR_INPUT if they end within a message. */
int event_stream_end(const struct event_stream *stream, struct error *err);

#endif
