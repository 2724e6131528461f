/* pipeline.yaml: read, expanded (${ENV_VAR}, ${project}, ${stage}), merged with its stage, checked.
 * Every mistake is reported, not only the first. */
#ifndef LORRY_STACK_STACK_FILE_H
#define LORRY_STACK_STACK_FILE_H

#include "base/error.h"
#include "stack/stack.h"

#define STACK_FILE_MAX ((size_t)1 << 20)

enum finding_level { FINDING_WARNING, FINDING_ERROR };

/* "file:line:column: message", with a suggestion where there is one. */
struct finding {
    enum finding_level level;
    int line, column; /* from 1 on; 0: the file as a whole */
    char *message;
};

struct findings {
    char *path;
    struct finding *items; /* in the order of the file */
    size_t count;
    size_t errors; /* how many of them */
};

/* Safe on a zeroed one. */
void findings_release(struct findings *findings);
#define cleanup_findings __attribute__((cleanup(findings_release)))

/* Reads the file at `path` for a stage (NULL: the one that the file names). Returns 0 and fills
 * `stack` when there is no finding of level error; else -1 with the findings. `findings` is
 * filled in both cases. A file that cannot be read is a finding, too. */
int stack_file_read(const char *path, const char *stage, struct stack *stack,
                    struct findings *findings);

#endif
