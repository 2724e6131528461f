/* The fields of pipeline.yaml: one table, from which the file is read, checked and explained, and
 * its JSON Schema and reference are made. */
#ifndef LORRY_STACK_FIELDS_H
#define LORRY_STACK_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/expand.h"
#include "stack/stack.h"
#include "stack/yaml.h"

enum field_kind {
    FIELD_GROUP,    /* a mapping of fields */
    FIELD_TEXT,     /* const char *; with `choices`: one of them */
    FIELD_CHOICE,   /* enum: index into `choices` */
    FIELD_INTEGER,  /* int */
    FIELD_DURATION, /* int, in units of `unit_s` seconds */
    FIELD_BOOL,     /* bool */
    FIELD_LIST,     /* const char **, size_t: texts */
    FIELD_PAIRS,    /* struct stack_pair *, size_t: a mapping of texts */
    FIELD_KEYS,     /* struct stack_key[2], size_t: a mapping of one or two names to S, N or B */
    FIELD_STAGES,   /* a mapping of names to mappings of fields; see stage.h */
};

#define FIELD_NOWHERE ((size_t)-1)

struct field {
    const char *path; /* "processor.batch.size" */
    enum field_kind kind;
    size_t offset, count_offset; /* in struct stack; FIELD_NOWHERE: kept nowhere */
    bool required;
    bool hidden;          /* its value may be a secret: never quoted */
    const char *standard; /* as the file would write it, with ${project} and ${stage}; NULL: none */
    /* Of an integer or duration the values, of a text the bytes, of the rest the elements; no
     * limits if both are 0. */
    int min, max;
    int unit_s;       /* of a duration: a second, an hour, a day */
    const char *word; /* a word that is accepted as well, for `word_value`; NULL: none */
    int word_value;
    const int *values;          /* the only ones that AWS takes, ended by 0; NULL: all */
    const char *const *choices; /* ended by NULL */
    const char *pattern; /* of a text, of elements, of names: POSIX extended and ECMA-262 alike */
    const char *shape;   /* the pattern, in words */
    const char *help;    /* what it means: a sentence without a full stop */
};

extern const struct field fields[];
extern const size_t field_count;

/* The field of that path, or NULL. */
const struct field *field_find(struct view path);

/* "memory" of "processor.memory". */
const char *field_name(const struct field *field);

/* Whether it is directly in that group ("" is the whole file). */
bool field_is_in(const struct field *field, struct view group);

/* Appends a value of a duration, in the largest unit that makes more than one of it: 7d, but 24h.
 */
void field_put_span(const struct field *field, int value, struct buf *out);

/* Appends the values of a duration that has a list of them: "1d, 3d, 5d". */
void field_put_values(const struct field *field, struct buf *out);

/* Fills `stack` (its texts are put into its arena) from a merged and expanded tree, with defaults
 * for what is not there. What is wrong is added to the findings of `expansion`; such fields stay as
 * they are. */
void fields_read(const struct expansion *expansion, const struct yaml_node *root,
                 struct stack *stack);

/* Reads one field from its value. */
void field_read(const struct expansion *expansion, const struct field *field,
                const struct yaml_node *node, struct stack *stack);

#endif
