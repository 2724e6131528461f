/* What differs between two templates: by resource and property, with what CloudFormation would make
 * of it. */
#ifndef LORRY_STACK_TEMPLATE_DIFF_H
#define LORRY_STACK_TEMPLATE_DIFF_H

#include <jansson.h>

#include "aws/change_set.h"
#include "base/arena.h"
#include "stack/replacement.h"

/* A value that is there on one side only, or differs. */
struct template_change {
    /* "MemorySize", "Environment.Variables.LOG_LEVEL", "Tags[Stage].Value", "Layers[0]"; elements
     * of a list that is a set have "[]": one that is new, or gone. */
    const char *path;
    const json_t *before, *after; /* borrowed from the templates; NULL: not there */
    enum replacement replaces;    /* the resource */
    const char *follows; /* the template says what it said before, and means another thing, since
                            that resource (its logical id) is replaced; `before` and `after` are
                            NULL then; else NULL */
};

struct template_changes {
    struct template_change *items;
    size_t count;
    size_t size; /* private: how many there is room for */
};

struct template_resource {
    /* As CloudFormation's change sets tell it, see change_summary.h; without properties. */
    struct change_set_change change;
    struct template_changes changes; /* of one that is changed */
    const char *blocked; /* why CloudFormation cannot do it, and what to do; NULL: it can */
};

struct template_diff {
    struct arena arena;                  /* owns what is not the templates' */
    struct template_resource *resources; /* those of the new template first, in its order */
    size_t resource_count;
    struct template_changes outputs; /* the paths are names and "NAME.Value" */
    struct template_changes texts;   /* "Description": CloudFormation changes it only along with
                                        something else */
};

/* Compares; both are borrowed, and have to outlive `diff` (zeroed before). `before` NULL:
 * everything is new. */
void template_diff(const json_t *before, const json_t *after, struct template_diff *diff);

/* Safe on a zeroed one. */
void template_diff_release(struct template_diff *diff);
#define cleanup_template_diff __attribute__((cleanup(template_diff_release)))

#endif
