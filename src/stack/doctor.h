/* Looks at everything that a pipeline needs, in order, and says what is wrong and how to mend it.
 * Works half-configured: what cannot be looked at, since something before it is missing, is said to
 * be skipped. Changes nothing. */
#ifndef LORRY_STACK_DOCTOR_H
#define LORRY_STACK_DOCTOR_H

#include "aws/client.h"
#include "base/arena.h"
#include "sink/sink.h"
#include "stack/findings.h"
#include "stack/stack.h"

/* From good to bad, as far as that can be compared. */
enum verdict {
    VERDICT_SKIPPED, /* something before it is missing, or it cannot be looked at from here */
    VERDICT_OK,
    VERDICT_UNKNOWN, /* it is there to be looked at, and that could not be done */
    VERDICT_WARNING,
    VERDICT_FAILED,
};

/* "ok", "warning", "failed", "unknown", "skipped". */
const char *verdict_name(enum verdict verdict);

/* What came of a check; texts live in the report's arena, or are constant. */
struct diagnosis {
    const char *group; /* "mapping" */
    const char *name;  /* "partial answers" */
    enum verdict verdict;
    const char *found; /* what was found, a phrase */
    const char *mend;  /* what to do: a command or an edit; "" if there is nothing */
};

/* More than there are checks. */
#define DOCTOR_CHECKS_MAX 64

struct doctor_report {
    struct arena arena;
    struct diagnosis items[DOCTOR_CHECKS_MAX];
    size_t count;
    size_t counts[VERDICT_FAILED + 1]; /* how many of each verdict */
};

/* Whether nothing failed, and everything could be looked at that is there. What is skipped does not
 * count: if it matters, what it needs has failed, or is unknown, by itself. */
bool doctor_is_healthy(const struct doctor_report *report);

/* Safe on a zeroed one. */
void doctor_report_release(struct doctor_report *report);
#define cleanup_doctor_report __attribute__((cleanup(doctor_report_release)))

/* What is looked at. Borrowed; what is NULL is not there. */
struct doctor {
    const char *path;                /* of the pipeline file */
    bool named;                      /* somebody named it: then it has to be there */
    bool file_found;                 /* `findings` are those of the file */
    const struct findings *findings; /* sorted */
    const struct stack *stack;       /* NULL: no file, or one that is wrong */
    struct aws_client *client;       /* NULL: it cannot be set up, and `client_error` says why */
    const struct error *client_error;
    struct sink *sink; /* NULL: there is none, or it cannot be opened: `sink_error` says why */
    bool sink_fetches; /* its password is the one in AWS that the file names */
    const struct error *sink_error; /* NULL, and no sink: nobody said which */
    const struct url *sink_url;
    const struct table_name *sink_table;  /* NULL: nobody said which */
    bool (*is_setting)(const char *name); /* whether the processor reads a variable of that name */
    struct clock *clock;
    int64_t until_ms; /* clock.steady_ms() after which checks are skipped; 0: never */
    /* Called before each check; NULL: nobody wants to know. */
    void (*on_check)(void *user, const char *group, const char *name);
    void *user;
};

/* Performs all checks that apply; `report` is zeroed before. Never fails: what fails is a
 * verdict. */
void doctor_run(const struct doctor *doctor, struct doctor_report *report);

#endif
