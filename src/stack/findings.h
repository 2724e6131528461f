/* What is wrong with a file, or doubtful: all of it, each with its place and once. */
#ifndef LORRY_STACK_FINDINGS_H
#define LORRY_STACK_FINDINGS_H

#include <stddef.h>

#include "base/buf.h"

/* A place in a file, both from 1 on, columns in characters. 0: the file as a whole, or the whole
 * line. */
struct mark {
    int line, column;
    const char *file; /* NULL: the one that is being read; of a program, its source */
};

enum finding_level { FINDING_WARNING, FINDING_ERROR };

struct finding {
    enum finding_level level;
    struct mark mark;
    char *message; /* lower case, without a full stop; no control characters */
};

struct findings {
    struct finding *items;
    size_t count;
    size_t errors; /* how many of them are of that level */
    size_t size;   /* private */
};

/* Safe on a zeroed one. */
void findings_release(struct findings *findings);
#define cleanup_findings __attribute__((cleanup(findings_release)))

void findings_add(struct findings *findings, enum finding_level level, struct mark mark,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
#define findings_error(findings, ...) findings_add(findings, FINDING_ERROR, __VA_ARGS__)
#define findings_warning(findings, ...) findings_add(findings, FINDING_WARNING, __VA_ARGS__)

/* In the order of the file (programs: of their sources behind it); of two that say the same about
 * one place, the graver one stays. */
void findings_sort(struct findings *findings);

/* Appends "file:line:column: message\n", with "warning: " before the message of one; what is about
 * the file as a whole has no line and column. `path`: of the file that was read. */
void findings_put(const struct finding *finding, const char *path, struct buf *out);

#endif
