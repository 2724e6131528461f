/* Messages of an event stream, as AWS sends them. */
#ifndef LORRY_TESTS_EVENT_FRAME_H
#define LORRY_TESTS_EVENT_FRAME_H

#include "base/buf.h"

/* Appends a message with the headers ":message-type" (`kind`: "event", "exception") and
 * ":event-type" or ":exception-type" (`type`). */
void event_frame_append(struct buf *out, const char *kind, const char *type, const char *payload);

#endif
