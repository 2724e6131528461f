/* A change set as people read it: what is added, changed, replaced, removed, and what is lost. */
#ifndef LORRY_STACK_CHANGE_SUMMARY_H
#define LORRY_STACK_CHANGE_SUMMARY_H

#include "aws/change_set.h"

enum change_gravity {
    CHANGE_HARMLESS, /* added, or changed in place */
    CHANGE_REPLACES, /* something is made anew: its name or ARN may change, it may be away a moment
                      */
    CHANGE_LOSES,    /* what holds data is deleted */
};

enum change_gravity change_gravity(const struct change_set_change *change);

/* The greatest of them all. */
enum change_gravity change_set_gravity(const struct change_set *set);

/* Appends a line: a sign (+ ~ ! -), the logical id, the type, what happens. No newline. */
void change_summary_append(const struct change_set_change *change, struct buf *out);

/* How much of such a line is sign and name, with the spaces behind them: the rest is a sentence. */
size_t change_summary_name_length(const char *line);

#endif
