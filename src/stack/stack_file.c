#include "stack/stack_file.h"

#include <errno.h>

#include "base/memory.h"
#include "stack/expand.h"
#include "stack/fields.h"
#include "stack/rules.h"
#include "stack/stage.h"
#include "stack/yaml.h"

/* So many mistakes are no slips: what other stages add to them does not matter any more. */
#define ERRORS_ENOUGH 1000

/* One file being read. */
struct reading {
    const struct stack_file_options *options;
    struct expansion expansion;
    const struct yaml_node *root;
    struct stage *stages;
    size_t count;
    struct stack *stacks; /* one for each stage */
    struct check *checks;
};

/* A path in the file is as seen from the file's folder. */
static void resolve_entrypoint(const struct stack_file_options *options, struct stack *stack)
{
    const char *path = stack->processor.entrypoint;
    const char *slash = strrchr(options->path, '/');
    if (!path || *path == '/' || !slash)
        return;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_append(&text, options->path, (size_t)(slash - options->path) + 1);
    buf_append_str(&text, path);
    stack->processor.entrypoint = arena_copy(&stack->arena, buf_view(&text)).ptr;
}

static void read_stage(struct reading *reading, size_t index)
{
    struct expansion *expansion = &reading->expansion;
    const struct stage *stage = &reading->stages[index];
    struct stack *stack = &reading->stacks[index];
    struct yaml_node *root = stage_merge(expansion->arena, reading->root, stage);
    expansion->stage = stage->name;
    expansion->unset = index == 0 ? FINDING_ERROR : FINDING_WARNING;
    expand_node(expansion, root);
    fields_read(expansion, root, stack);
    resolve_entrypoint(reading->options, stack);
    reading->checks[index] = (struct check){stack, root, reading->options, expansion->findings};
    rules_check(&reading->checks[index]);
}

/* Too many stages are looked at no further. */
static void read_stages(struct reading *reading)
{
    struct expansion *expansion = &reading->expansion;
    const struct yaml_node *declared = yaml_find(reading->root, "stages").node;
    size_t before = expansion->findings->count;
    if (declared && !yaml_is_null(declared))
        field_read(expansion, field_find(VIEW("stages")), declared, NULL);
    if (expansion->findings->count == before)
        reading->count =
            stages_read(expansion, reading->root, reading->options->stage, &reading->stages);
    reading->stacks = xcalloc(reading->count + 1, sizeof(*reading->stacks));
    reading->checks = arena_calloc(expansion->arena, reading->count + 1, sizeof(struct check));
    for (size_t i = 0; i < reading->count; i++) {
        if (expansion->findings->errors > ERRORS_ENOUGH)
            reading->count = i;
        else
            read_stage(reading, i);
    }
    rules_check_stages(reading->checks, reading->count);
}

static void keep_stages(const struct reading *reading, struct stack *stack)
{
    stack->stages = arena_calloc(&stack->arena, reading->count, sizeof(*stack->stages));
    stack->stage_count = reading->count;
    for (size_t i = 0; i < reading->count; i++)
        stack->stages[i] = arena_copy(&stack->arena, view_str(reading->stages[i].name)).ptr;
}

static struct yaml_node *parse(struct view text, struct arena *arena, struct findings *findings)
{
    struct yaml_node *root = yaml_parse(text, arena, findings);
    if (root && root->kind == YAML_MAPPING)
        return root;
    if (findings->count == 0)
        findings_error(findings, root ? root->mark : (struct mark){0},
                       "this describes no pipeline (`lorry init` writes a file that does)");
    return NULL;
}

int stack_tree_read(const struct stack_file_options *options, const struct yaml_node *root,
                    struct stack *stack, struct findings *findings)
{
    cleanup_secret_arena struct arena arena = ARENA_INIT;
    struct reading reading = {.options = options,
                              .expansion = {.environment = options->environment,
                                            .unset = FINDING_ERROR,
                                            .arena = &arena,
                                            .findings = findings},
                              .root = root};
    if (root)
        read_stages(&reading);
    findings_sort(findings);
    bool good = findings->errors == 0 && reading.count > 0;
    if (good) {
        *stack = reading.stacks[0];
        keep_stages(&reading, stack);
    }
    for (size_t i = good; i < reading.count; i++)
        stack_release(&reading.stacks[i]);
    free(reading.stacks);
    return good ? 0 : -1;
}

int stack_file_parse(const struct stack_file_options *options, struct view text,
                     struct stack *stack, struct findings *findings)
{
    cleanup_secret_arena struct arena arena = ARENA_INIT;
    return stack_tree_read(options, parse(text, &arena, findings), stack, findings);
}

static void report_unreadable(const struct error *err, struct findings *findings)
{
    if (err->domain != ERROR_SYSTEM)
        findings_error(findings, (struct mark){0}, "longer than %zu bytes", YAML_SIZE_MAX);
    else
        findings_error(findings, (struct mark){0}, "cannot be read: %s%s", strerror(err->code),
                       err->code == ENOENT ? " (`lorry init` writes one)" : "");
}

struct yaml_node *stack_file_load(const char *path, struct arena *arena, struct findings *findings)
{
    cleanup_secret struct buf text = BUF_INIT(YAML_SIZE_MAX);
    struct error err;
    if (buf_read_file(&text, path, &err) == 0)
        return parse(buf_view(&text), arena, findings);
    report_unreadable(&err, findings);
    return NULL;
}

int stack_file_read(const struct stack_file_options *options, struct stack *stack,
                    struct findings *findings)
{
    cleanup_secret_arena struct arena arena = ARENA_INIT;
    const struct yaml_node *root = stack_file_load(options->path, &arena, findings);
    return stack_tree_read(options, root, stack, findings);
}
