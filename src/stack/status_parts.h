/* The checks of a status. Private to stack/. */
#ifndef LORRY_STACK_STATUS_PARTS_H
#define LORRY_STACK_STATUS_PARTS_H

#include "stack/status.h"

/* A status in the making. */
struct judging {
    const struct survey *survey;
    struct status *status;
};

/* Adds a finding, with its sentence; more than there may be are left out. Returns it, so that what
 * is special about it can be set; valid until the next one. */
struct status_finding *judging_add(struct judging *judging, enum status_level level, const char *id,
                                   const char *brief, const char *what, ...)
    __attribute__((format(printf, 5, 6)));

/* The command that undoes what was deleted or changed behind the stack's back. CloudFormation does
 * not notice that by itself: a plain `lorry deploy` has nothing to change then. */
extern const char status_revert[];

/* A formatted text that lives as long as the status. */
const char *judging_text(struct judging *judging, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The first finding that keeps everything from being processed; NULL: there is none. */
const struct status_finding *judging_stopped_by(const struct judging *judging);

/* What is deployed: stack, function, mappings, stream, table, package. */
void status_check_stack(struct judging *judging);
void status_check_function(struct judging *judging);
void status_check_mappings(struct judging *judging);
void status_check_stream(struct judging *judging);
void status_check_destination(struct judging *judging);
void status_check_package(struct judging *judging);

/* What goes through it. */
void status_check_invocations(struct judging *judging);
void status_check_failing(struct judging *judging);
void status_check_lag(struct judging *judging);
void status_check_throttles(struct judging *judging);
void status_check_replication(struct judging *judging);
void status_check_log(struct judging *judging);

/* Where it arrives, and what does not. */
void status_check_sink(struct judging *judging);
void status_check_dead_letters(struct judging *judging);
void status_check_failures(struct judging *judging);

#endif
