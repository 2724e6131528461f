/* What no field can know alone: rules across fields, and across stages. */
#ifndef LORRY_STACK_RULES_H
#define LORRY_STACK_RULES_H

#include <stdbool.h>

#include "stack/findings.h"
#include "stack/stack.h"
#include "stack/stack_file.h"
#include "stack/yaml.h"

/* A stage as it was read. Fields that were wrong are as in a zeroed stack, and not complained about
 * again. */
struct check {
    const struct stack *stack;
    const struct yaml_node *root; /* what it was read from: for the places of findings */
    const struct stack_file_options *options;
    struct findings *findings;
};

void rules_check(const struct check *check);

/* Whether stages would get into each other's way. */
void rules_check_stages(const struct check *stages, size_t count);

/* For the files that hold rules: adds a finding at the value of that path, or the closest that
 * there is. */
void check_error(const struct check *check, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void check_warning(const struct check *check, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether the file has something there. */
bool check_given(const struct check *check, const char *path);

/* Private to rules*.c. */
void rule_environment(const struct check *check);
void rule_tags(const struct check *check);
void rule_url(const struct check *check);
void rule_password(const struct check *check);

#endif
