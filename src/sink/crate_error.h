/* What CrateDB's error codes and messages mean to a sink [FACTS 4 "Results"]. Messages carry values
 * of items, in backticks and elsewhere, and one of them the whole request: none of that may reach a
 * log or an error. Private to the CrateDB sink. */
#ifndef LORRY_SINK_CRATE_ERROR_H
#define LORRY_SINK_CRATE_ERROR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

enum crate_code {
    CRATE_PARSE = 4000,            /* and everything that is wrong with values */
    CRATE_INACCESSIBLE = 4007,     /* a view, a blocked or closed table */
    CRATE_COLUMN_NAME = 4008,      /* a name that columns cannot have */
    CRATE_NO_PRIVILEGE = 4011,     /* comes with status 401 */
    CRATE_NOT_FOUND = 4040,        /* of a row: its shard is elsewhere by now */
    CRATE_TABLE_UNKNOWN = 4041,    /* these three with 404 */
    CRATE_COLUMN_UNKNOWN = 4043,   /* */
    CRATE_SCHEMA_UNKNOWN = 4045,   /* also where the user may see nothing of it */
    CRATE_VERSION_CONFLICT = 4092, /* of a row: changed since it was read */
    CRATE_TABLE_EXISTS = 4093,     /* */
    CRATE_UNHANDLED = 5000,        /* of a row: its values led to an exception */
    CRATE_UNAVAILABLE = 5002,      /* a shard is, for now */
    CRATE_ROW_MISSING = 40411,     /* of a row: nothing to delete */
};

/* The codes that say: not these values. */
bool crate_code_refuses(int code);

/* The code of a row, as the newest servers would have it. Not every exception has a code of its
 * own: a version conflict was 5000 before 6.2.0, and trouble of the server that has nothing to do
 * with the row still is; since 6.4.3 that is told row by row (its release notes, "Breaking
 * Changes"). */
int crate_row_code(int code, struct view message);

/* The failure of a row may pass: it is tried again. */
bool crate_row_may_pass(int code);

/* The table is not what the sink takes it for. */
bool crate_code_unknown(int code);

/* The cause of a refusal in a few words of our own; constant, never a value. */
const char *crate_reason(int code, struct view message);

/* Appends a message of the server without what may be a value: what stands in backticks, what
 * follows "values:", the request that "Can't parse [" echoes. */
void crate_redact(struct view message, struct buf *out);

#endif
