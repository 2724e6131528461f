/* What a function writes, cut into lines. Private to emulate*.c. */
#ifndef LORRY_LAMBDA_EMULATE_LOG_H
#define LORRY_LAMBDA_EMULATE_LOG_H

#include "base/buf.h"

struct emulate_log {
    struct buf *whole; /* gets all, as long as its cap allows */
    struct buf line;   /* that has not ended yet */
    bool full;
    void (*take)(void *user, struct view line);
    void *user;
};

/* Reads what is there, and does not wait. False at the end. */
bool emulate_log_read(struct emulate_log *log, int from);

/* The last line, if it has no newline; and the end. */
void emulate_log_end(struct emulate_log *log);

#endif
