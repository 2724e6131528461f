/* Private to template*.c: a template in the making, and what its parts are made of. All json_t
 * given become the template's. A part that could not be made, since a text is missing or no valid
 * UTF-8, is NULL and sets `broken`: that is looked at once, at the end. */
#ifndef LORRY_STACK_TEMPLATE_PARTS_H
#define LORRY_STACK_TEMPLATE_PARTS_H

#include <jansson.h>

#include "stack/stack.h"
#include "stack/template.h"

#define TEMPLATE_ROLE "Role"

struct template
{
    const struct stack *stack;
    json_t *parameters, *resources, *outputs;
    json_t *tags; /* of every resource that takes tags */
    bool broken;
};

/* What happens to a resource when its stack goes, or a change replaces it. */
enum template_fate {
    TEMPLATE_GOES,    /* it holds nothing, so that nothing needs to be said about it */
    TEMPLATE_DELETED, /* with what it holds */
    /* Stays. But not when the creation of the stack fails: the next try would find it in its way
     * (FACTS section 7). */
    TEMPLATE_KEPT,
};

/* Members of an object, a text of which may be NULL: then there is none. */
void template_put(struct template *template, json_t *object, const char *name, json_t *value);
void template_put_text(struct template *template, json_t *object, const char *name,
                       const char *text);
/* "Tags", for resources that take them. */
void template_put_tags(struct template *template, json_t *properties);

/* Appends to a list. */
void template_append(struct template *template, json_t *list, json_t *value);

void template_add_parameter(struct template *template, const char *id, json_t *parameter);
void template_add_resource(struct template *template, const char *id, const char *type,
                           enum template_fate fate, json_t *properties);
/* The first output of a name stays. */
void template_add_output(struct template *template, const char *id, const char *description,
                         json_t *value);

/* The intrinsic functions. Pseudo parameters work as `id` as well ("AWS::Region"). */
json_t *template_ref(const char *id);
json_t *template_get_att(const char *id, const char *attribute);
json_t *template_sub(const char *text);
/* Fn::Sub of an ARN in this region and account: "arn:...:<service>:...:<kind><name><end>". The name
 * is taken as it is, whatever it holds. */
json_t *template_arn(const char *service, const char *kind, const char *name, const char *end);

/* Which pipelines have what: for tables of parts. */
bool template_always(const struct stack *stack);
bool template_has_bucket(const struct stack *stack);
bool template_has_queue(const struct stack *stack);

/* The ARNs of table and stream, whether the stack owns them or not. */
json_t *template_table_arn(const struct template *template);
json_t *template_stream_arn(const struct template *template);
/* The ARN of what takes what Lambda gives up on; NULL if nothing does. */
json_t *template_failure_arn(const struct template *template);

json_t *template_texts(struct template *template, const char *const *texts, size_t count);

/* The resources, each with its outputs, in the order in which they stand. */
void template_add_source(struct template *template);   /* table, stream */
void template_add_failure(struct template *template);  /* where Lambda puts what it gives up on */
void template_add_role(struct template *template);     /* what the function may do */
void template_add_function(struct template *template); /* log group, function, mapping */
void template_add_alarms(struct template *template);

/* The variables of the function; ERROR_SETTING as for template_make(). */
int template_check_environment(const struct stack *stack, struct error *err);
json_t *template_environment(struct template *template);

/* The parameters of template_each_secret(). ERROR_SETTING if two would have the same name. */
int template_check_secrets(const struct stack *stack, struct error *err);
void template_add_secrets(struct template *template);
/* Whether the password of the sink is among them. */
bool template_takes_password(const struct stack *stack);
/* What stands for the value of a variable of the pipeline that is a secret. */
json_t *template_secret_ref(const char *variable);

#endif
