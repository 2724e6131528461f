#include <errno.h>

#include "base/memory.h"
#include "cli/diff_print.h"
#include "cli/new_password.h"
#include "cli/pipeline_file.h"
#include "cli/stack_object.h"
#include "cli/stack_task.h"
#include "stack/template.h"
#include "stack/yaml_write.h"

#define TEMPLATE_CAP ((size_t)4 << 20)

static const struct lorry_stack_options no_options;

/* A call under way. */
struct call {
    struct lorry_stack *object;
    const struct lorry_stack_options *options;
    struct cli cli; /* what `lorry` would make of these options */
    struct stack stack;
    struct stack_talk talk;
    enum lorry_format format; /* of what is given to `out` */
    char **out;               /* NULL: nobody wants it */
    struct error *err;        /* the object's */
};

static void call_end(struct call *call)
{
    stack_release(&call->stack);
}
#define cleanup_call __attribute__((cleanup(call_end)))

/* Those who look at the error only learn of the first mistake. */
static int tell_mistakes(struct lorry_stack *object)
{
    const struct findings *findings = &object->findings;
    const struct finding *first = findings->items;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    while (first->level != FINDING_ERROR)
        first++;
    findings_put(first, description_name(&object->description), &text);
    return error_set(&object->err, ERROR_NONE, 0,
                     "%s describes no pipeline that works (mistakes: %zu): %.*s",
                     description_name(&object->description), findings->errors, (int)text.len - 1,
                     buf_str(&text));
}

/* Reads the description. `wanted`: of pipeline_file.h. */
static int call_begin(struct call *call, unsigned wanted)
{
    struct lorry_stack *object = call->object;
    call->options = call->options ? call->options : &no_options;
    call->err = &object->err;
    call->cli = (struct cli){
        .name = program_invocation_short_name,
        .described = &object->description,
        .stage = call->options->stage,
        .region = call->options->region,
        .profile = call->options->profile,
        .endpoint_url = call->options->endpoint_url,
        .quiet = call->options->quiet,
    };
    findings_release(&object->findings);
    object->err = (struct error){0};
    object->failed = false;
    if (pipeline_file_check(&call->cli, wanted, &call->stack, &object->findings) < 0)
        return tell_mistakes(object);
    return 0;
}

/* What a call returns: `result`, or for an error -1. */
static int call_result(const struct call *call, int result)
{
    call->object->failed = result < 0;
    return result;
}

int lorry_stack_check(struct lorry_stack *stack, const struct lorry_stack_options *options)
{
    cleanup_call struct call call = {.object = stack, .options = options};
    return call_result(&call, call_begin(&call, PIPELINE_PACKING | PIPELINE_AWS));
}

/* The text goes to the caller, who frees it. */
static void give(struct buf *text, char **out)
{
    if (out)
        *out = xstrndup(buf_str(text), text->len);
}

static int put_template(const struct call *call, enum lorry_format format, struct buf *text)
{
    json_t *template = template_make(&call->stack, call->err);
    if (!template)
        return -1;
    if (format == LORRY_JSON)
        template_append_json(template, text);
    else
        template_append_yaml(template, text);
    json_decref(template);
    return text->overflow ? error_set(call->err, ERROR_SETTING, 0,
                                      "the template is larger than %zu bytes", TEMPLATE_CAP)
                          : 0;
}

char *lorry_stack_template(struct lorry_stack *stack, const struct lorry_stack_options *options,
                           enum lorry_format format)
{
    cleanup_call struct call call = {.object = stack, .options = options};
    cleanup_buf struct buf text = BUF_INIT(TEMPLATE_CAP);
    char *template = NULL;
    int result = call_begin(&call, PIPELINE_AWS);
    if (result == 0)
        result = put_template(&call, format, &text);
    if (call_result(&call, result) == 0)
        give(&text, &template);
    return template;
}

char *lorry_stack_file(struct lorry_stack *stack, const struct lorry_stack_options *options)
{
    cleanup_call struct call call = {.object = stack, .options = options};
    cleanup_secret struct buf text = BUF_INIT(STACK_FILE_CAP);
    char *file = NULL;
    if (call_result(&call, call_begin(&call, 0)) == 0) {
        yaml_append_tree(stack->description.root, &text);
        give(&text, &file);
    }
    return file;
}

/* The password that the options give. */
struct given_password {
    struct deploy_password source; /* first: this is one */
    const char *text;
};

static const char *get_given(struct deploy_password *source, const char *kind, const char *name,
                             struct error *err)
{
    (void)kind;
    (void)name;
    (void)err;
    return ((struct given_password *)source)->text;
}

static struct stack_task make_task(const struct call *call)
{
    return (struct stack_task){
        .cli = &call->cli,
        .stack = &call->stack,
        .ui = &call->talk.ui,
        .no_create = call->options->no_create,
        .revert_drift = call->options->revert_drift,
        .data = call->options->data,
        .registry = call->options->registry,
    };
}

static void keep_stack(struct call *call, struct cfn_stack *stack)
{
    cfn_stack_release(&call->object->deployed);
    call->object->deployed = *stack;
    *stack = (struct cfn_stack){0};
}

static int deploy(struct call *call)
{
    cleanup_deployed struct deployed deployed = {0};
    cleanup_new_password struct new_password asked;
    struct given_password given = {{get_given, "the options"}, call->options->password};
    struct stack_task task = make_task(call);
    new_password_init(&asked, &call->cli, NULL);
    task.password = given.text ? &given.source : &asked.source;
    int result = stack_task_deploy(&task, &deployed, call->err);
    keep_stack(call, &deployed.stack);
    return result < 0 ? -1 : deployed.changed;
}

static int refresh(struct call *call)
{
    cleanup_refreshed struct refreshed refreshed = {0};
    const struct stack_task task = make_task(call);
    int result = stack_task_refresh(&task, &refreshed, call->err);
    keep_stack(call, &refreshed.stack);
    return result < 0 ? -1 : refreshed.changed;
}

static int destroy(struct call *call)
{
    cleanup_destroyed struct destroyed destroyed = {0};
    const struct stack_task task = make_task(call);
    int result = stack_task_destroy(&task, &destroyed, call->err);
    return result < 0 ? -1 : destroyed.changed;
}

static int diff(struct call *call)
{
    cleanup_diffed struct diffed diffed = {0};
    cleanup_buf struct buf text = BUF_INIT(DIFF_TEXT_CAP);
    const struct stack_task task = make_task(call);
    if (stack_task_diff(&task, &diffed, call->err) < 0)
        return -1;
    if (call->format == LORRY_JSON)
        diff_append_json(&diffed, &text);
    else
        diff_append_text(&diffed, &(struct diff_style){0}, &text);
    give(&text, call->out);
    return diffed.differs;
}

/* Reads the description, and does it. */
static int call_do(struct call *call, unsigned wanted, int (*action)(struct call *call))
{
    int result = call_begin(call, wanted);
    if (result == 0) {
        stack_talk_begin(&call->talk, call->options, &call->cli);
        result = action(call);
        stack_talk_end(&call->talk);
    }
    return call_result(call, result);
}

int lorry_stack_diff(struct lorry_stack *stack, const struct lorry_stack_options *options,
                     enum lorry_format format, char **text)
{
    cleanup_call struct call call = {
        .object = stack, .options = options, .format = format, .out = text};
    return call_do(&call, PIPELINE_PACKING | PIPELINE_AWS, diff);
}

int lorry_stack_deploy(struct lorry_stack *stack, const struct lorry_stack_options *options)
{
    cleanup_call struct call call = {.object = stack, .options = options};
    return call_do(&call, PIPELINE_PACKING | PIPELINE_AWS, deploy);
}

int lorry_stack_refresh(struct lorry_stack *stack, const struct lorry_stack_options *options)
{
    cleanup_call struct call call = {.object = stack, .options = options};
    return call_do(&call, PIPELINE_PACKING | PIPELINE_AWS, refresh);
}

int lorry_stack_destroy(struct lorry_stack *stack, const struct lorry_stack_options *options)
{
    cleanup_call struct call call = {.object = stack, .options = options};
    return call_do(&call, 0, destroy);
}
