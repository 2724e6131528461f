/* The checks of the doctor, and what they share. Private to doctor*.c. */
#ifndef LORRY_STACK_DOCTOR_PARTS_H
#define LORRY_STACK_DOCTOR_PARTS_H

#include <jansson.h>

#include "aws/ecr.h"
#include "stack/doctor.h"
#include "stack/permissions.h"
#include "stack/survey.h"

/* What has been found out, so that later checks can build on it. */
enum doctor_known {
    KNOWS_FILE = 1 << 0,
    KNOWS_REGION = 1 << 1, /* which one it is */
    KNOWS_CALLER = 1 << 2,
    KNOWS_STACK = 1 << 3,
    KNOWS_REPOSITORY = 1 << 4,
    KNOWS_FUNCTION = 1 << 5,
    KNOWS_MAPPING = 1 << 6, /* one at least */
    KNOWS_STREAM = 1 << 7,
    KNOWS_TABLE = 1 << 8,
    KNOWS_DESTINATION = 1 << 9,
    KNOWS_SINK = 1 << 10,     /* it answers */
    KNOWS_LAYOUT = 1 << 11,   /* of its table */
    KNOWS_PASSWORD = 1 << 13, /* of the sink, where the file says that it is in AWS */
    KNOWS_TIME = 1 << 12,     /* that of AWS */
};

/* What belongs together: of several that are missing, the first is the reason that is given. */
#define KNOWS_PIPELINE (KNOWS_FILE | KNOWS_REGION | KNOWS_CALLER)
#define KNOWS_DEPLOYED (KNOWS_PIPELINE | KNOWS_FUNCTION)
#define KNOWS_FED (KNOWS_DEPLOYED | KNOWS_MAPPING)

/* A permission that is not there. */
struct doctor_denied {
    const char *action;
    enum permission_on on;
    const char *why; /* "by the organization", ...; "" if nothing more is known */
};

struct examination {
    const struct doctor *doctor;
    const struct stack *stack;
    struct aws_client *client;
    struct doctor_report *report;
    struct diagnosis *current;
    bool noted; /* the last doctor_note() counted */
    unsigned known;

    struct survey survey;          /* its parts when they are looked at */
    bool unreachable;              /* AWS did not answer whoever called first */
    struct error simulation_error; /* why permissions cannot be simulated */
    bool simulated;
    struct doctor_denied *denied;
    size_t denied_count;

    const char *stack_name;
    json_t *wanted; /* that the file describes; NULL: it cannot be made */
    struct ecr_repository repository;
    struct table_info sink_info;
    int64_t time_offset_us; /* what the clock here is ahead of AWS */
};

/* Says what was found. Of several notes those with the gravest verdict stay, in their order. */
void doctor_note(struct examination *x, enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How to mend what the last note said; nothing if that did not count. The same twice counts once.
 */
void doctor_mend(struct examination *x, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether AWS refused a call because the caller may not make it. */
bool doctor_is_denial(const struct error *err);

/* Notes a call that failed: unknown if the caller may not make it, else failed. */
void doctor_note_error(struct examination *x, const struct error *err);

/* Looks at the stack, at the function; once. */
enum survey_state doctor_look_at_stack(struct examination *x);
enum survey_state doctor_look_at_function(struct examination *x);

extern const char doctor_to_come[];

/* Notes that something is skipped that does not exist before a first deployment; false if there was
 * one. */
bool doctor_is_not_deployed(struct examination *x);

/* A setting that is not as it should be, and what there is to do about it. */
struct doctor_setting {
    const char *logical_id, *property; /* where it stands in templates */
    const char *edit; /* what to say in the file instead; NULL: the file is right */
    const char *call; /* what sets it without a stack: the AWS CLI */
};

/* An edit where the file itself says what is wrong; `lorry deploy` where that has not been done
 * since; the same with --revert-drift where somebody has changed it behind the stack's back; `call`
 * where there is no stack of ours, or its template leaves the setting open. */
void doctor_mend_setting(struct examination *x, const struct doctor_setting *setting);

struct doctor_check {
    const char *group, *name;
    unsigned needs;                             /* enum doctor_known, ored */
    bool (*applies)(const struct stack *stack); /* NULL: to all. Needs KNOWS_FILE else */
    void (*check)(struct examination *x);
};

/* The checks, a file each: ended by one without a name. */
extern const struct doctor_check doctor_checks_file[], doctor_checks_identity[],
    doctor_checks_package[], doctor_checks_stack[], doctor_checks_mapping[], doctor_checks_stream[],
    doctor_checks_sink[], doctor_checks_clock[];

#endif
