/* The CloudFormation template of a pipeline (DESIGN section 4; docs/template.md says what is in it
 * and why), from the pipeline alone: the same pipeline gives the same bytes. */
#ifndef LORRY_STACK_TEMPLATE_H
#define LORRY_STACK_TEMPLATE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "stack/stack.h"

/* Bytes; a larger one is not taken inline but only from S3, up to the second size [CloudFormation
 * User Guide, "Quotas"]. */
#define TEMPLATE_INLINE_MAX 51200
#define TEMPLATE_MAX (1 << 20)

/* The parameters: of an image the first, of a zip package the next two; the password and other
 * secrets as template_each_secret() says. */
#define TEMPLATE_IMAGE_URI "ImageUri"     /* REGISTRY/REPOSITORY@sha256:DIGEST */
#define TEMPLATE_CODE_BUCKET "CodeBucket" /* of the zip package */
#define TEMPLATE_CODE_KEY "CodeKey"       /* ends in "<SHA-256 in hexadecimal digits>.zip" */
#define TEMPLATE_SINK_PASSWORD "SinkPassword"

/* Logical ids that others need. */
#define TEMPLATE_TABLE "Table"
#define TEMPLATE_STREAM "Stream"
#define TEMPLATE_FUNCTION "Function"
#define TEMPLATE_MAPPING "Mapping"
#define TEMPLATE_LOG_GROUP "LogGroup"
#define TEMPLATE_FAILURE_BUCKET "FailureBucket"
#define TEMPLATE_FAILURE_QUEUE "FailureQueue"

/* A stack whose template has this under "Metadata" was made by lorry; its member "Version" says by
 * which one. (GetTemplateSummary answers with the metadata.) */
#define TEMPLATE_METADATA "Lorry"

/* The template as a tree: the JSON form, its members in the order in which people read it.
 * json_decref() it. It holds no secret: a password in the sink's URL is left out there, and that
 * and whatever else is secret becomes a parameter. Errors: ERROR_SETTING if a text is not valid
 * UTF-8, or if the environment or the tags have what other settings say. */
json_t *template_make(const struct stack *stack, struct error *err);

/* Appends it for people, with a newline at its end. */
void template_append_yaml(const json_t *template, struct buf *out);
void template_append_json(const json_t *template, struct buf *out);

/* A secret of the pipeline: the value of a NoEcho parameter of its template. */
struct template_secret {
    const char *parameter;
    const char *variable; /* of the processor's environment, whose value it is */
    const char *value;    /* NULL: `from` has it */
    const char *from;     /* a variable in the environment of whoever deploys; or NULL */
};

/* Takes a secret; what it points to is gone afterwards. */
typedef void template_take(void *user, const struct template_secret *secret);

/* Calls `take` for every NoEcho parameter of the template, in their order: the password of the
 * sink, if it is in the URL or in an environment variable, and those variables of the processor
 * that template_is_secret(). */
void template_each_secret(const struct stack *stack, template_take *take, void *user);

/* Its value: that of the pipeline, or what `environment` (as getenv()) has. Error: ERROR_SETTING if
 * nothing is there; it names the variable that is expected. */
const char *template_secret_value(const struct template_secret *secret,
                                  const char *(*environment)(const char *name), struct error *err);

/* Whether an environment variable is taken for a secret: by its name (..._PASSWORD, ..._TOKEN), or
 * since it is a URL with a password. */
bool template_is_secret(const char *name, const char *value);

/* The setting of pipeline.yaml from which lorry sets the environment variable `name` of the
 * processor ("sink.url" for "SINK_URL"): it cannot be under `environment` then. NULL if it can. */
const char *template_variable_setting(const char *name);

/* Takes a tag. */
typedef void template_take_tag(void *user, const char *name, const char *value);

/* Calls `take` for every tag that the stack and its resources have, in their order. */
void template_each_tag(const struct stack *stack, template_take_tag *take, void *user);

/* Whether the template puts a tag of that name on everything by itself. */
bool template_sets_tag(const char *name);

#endif
