#include "base/memory.h"
#include "cli/stack_object.h"

struct lorry_stack *lorry_stack_new_at(const char *file, int line)
{
    struct lorry_stack *stack = xcalloc(1, sizeof(*stack));
    description_init(&stack->description, (struct mark){.line = line, .file = file});
    return stack;
}

struct lorry_stack *lorry_stack_read(const char *path)
{
    struct lorry_stack *stack = xcalloc(1, sizeof(*stack));
    description_init_file(&stack->description, path);
    return stack;
}

void lorry_stack_free(struct lorry_stack *stack)
{
    if (!stack)
        return;
    findings_release(&stack->findings);
    cfn_stack_release(&stack->deployed);
    description_release(&stack->description);
    free(stack);
}

void lorry_stack_set_at(struct lorry_stack *stack, const char *path, const char *value,
                        const char *file, int line)
{
    description_set(&stack->description, path, value, (struct mark){.line = line, .file = file});
}

void lorry_stack_add_at(struct lorry_stack *stack, const char *path, const char *value,
                        const char *file, int line)
{
    description_add(&stack->description, path, value, (struct mark){.line = line, .file = file});
}

size_t lorry_stack_finding_count(const struct lorry_stack *stack)
{
    return stack->findings.count;
}

const struct lorry_finding *lorry_stack_finding(struct lorry_stack *stack, size_t index)
{
    if (index >= stack->findings.count)
        return NULL;
    const struct finding *finding = &stack->findings.items[index];
    const struct mark *mark = &finding->mark;
    stack->finding = (struct lorry_finding){
        .error = finding->level == FINDING_ERROR,
        .file = mark->file ? mark->file : stack->description.path,
        .line = mark->line,
        .column = mark->column,
        .message = finding->message,
    };
    return &stack->finding;
}

const char *lorry_stack_output(const struct lorry_stack *stack, const char *name)
{
    const struct cfn_stack *deployed = &stack->deployed;
    return cfn_value(deployed->outputs, deployed->output_count, name);
}

bool lorry_stack_output_at(const struct lorry_stack *stack, size_t index, const char **name,
                           const char **value)
{
    const struct cfn_stack *deployed = &stack->deployed;
    if (index >= deployed->output_count)
        return false;
    *name = deployed->outputs[index].name;
    *value = deployed->outputs[index].value;
    return true;
}

static enum lorry_error_kind kind_of(const struct error *err)
{
    switch (err->domain) {
    case ERROR_NONE: return LORRY_ERROR_DESCRIPTION;
    case ERROR_USAGE:
    case ERROR_SETTING:
    case ERROR_DECLINED: return LORRY_ERROR_SETTING;
    case ERROR_INPUT: return LORRY_ERROR_INPUT;
    case ERROR_NET:
    case ERROR_HTTP: return LORRY_ERROR_NETWORK;
    case ERROR_AWS: return LORRY_ERROR_AWS;
    case ERROR_SINK: /* no sink is called */
    case ERROR_SYSTEM: break;
    }
    return LORRY_ERROR_SYSTEM;
}

const struct lorry_error *lorry_stack_error(struct lorry_stack *stack)
{
    if (!stack->failed)
        return NULL;
    stack->error = (struct lorry_error){
        .kind = kind_of(&stack->err),
        .retry = stack->err.retry,
        .name = stack->err.name,
        .message = stack->err.message,
    };
    return &stack->error;
}
