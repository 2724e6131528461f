/* A program that uses lorry/stack.h call by call, and tells all that it is told:
 *
 *     stack-program [-q] [-y] [-n] [-d] [-s STAGE] [-p PASSWORD] FILE ACTION [PATH=VALUE]...
 *
 * FILE is a pipeline.yaml, ACTION diff, deploy, refresh, destroy, or check. -q: with callbacks,
 * which agree to everything with -y and to nothing with -n. Without -q -y is the option `yes`. -d:
 * data and registry. */
#include <lorry/stack.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void line(void *user, const char *text)
{
    (void)user;
    printf("line %s\n", text);
}

static void changes(void *user, const struct lorry_stack_change *change, size_t count)
{
    static const char *const names[] = {
        [LORRY_HARMLESS] = "harmless", [LORRY_REPLACES] = "replaces", [LORRY_LOSES_DATA] = "loses"};
    (void)user;
    for (size_t i = 0; i < count; i++)
        printf("change %s %s %s %s: %s\n", names[change[i].gravity], change[i].action,
               change[i].logical_id, change[i].type, change[i].text);
}

static bool question(void *user, const char *text)
{
    printf("question %s\n", text);
    return *(bool *)user;
}

static void event(void *user, const struct lorry_stack_event *event)
{
    (void)user;
    printf("event %s %s %s %s %" PRId64 " %s\n", event->time, event->status, event->logical_id,
           event->type, event->took_us, event->reason);
}

static void waiting(void *user, const char *text)
{
    (void)user;
    printf("waiting %s\n", text);
}

static void progress(void *user, size_t sent, size_t total)
{
    (void)user;
    printf("progress %d\n", sent <= total);
}

static void report(struct lorry_stack *stack, int result)
{
    static const char *const kinds[] = {
        [LORRY_ERROR_DESCRIPTION] = "description", [LORRY_ERROR_SETTING] = "setting",
        [LORRY_ERROR_SYSTEM] = "system",           [LORRY_ERROR_INPUT] = "input",
        [LORRY_ERROR_NETWORK] = "network",         [LORRY_ERROR_AWS] = "aws"};
    const struct lorry_error *error = lorry_stack_error(stack);
    const struct lorry_finding *found;
    const char *name, *value;
    for (size_t i = 0; (found = lorry_stack_finding(stack, i)); i++)
        printf("%s %s:%d:%d %s\n", found->error ? "mistake" : "warning", found->file, found->line,
               found->column, found->message);
    for (size_t i = 0; lorry_stack_output_at(stack, i, &name, &value); i++)
        printf("output %s %s\n", name, value);
    if (error)
        printf("error %s (%s) %s\n", kinds[error->kind], error->name, error->message);
    printf("result %d\n", result);
}

static int diff(struct lorry_stack *stack, const struct lorry_stack_options *options)
{
    char *text = NULL, *json = NULL;
    int result = lorry_stack_diff(stack, options, LORRY_TEXT, &text);
    if (lorry_stack_diff(stack, options, LORRY_JSON, &json) != result ||
        lorry_stack_diff(stack, options, LORRY_JSON, NULL) != result)
        abort();
    if (json)
        printf("json %s", json);
    for (char *rest = text, *next; rest && (next = strsep(&rest, "\n"));)
        printf("text %s\n", next);
    free(text);
    free(json);
    return result;
}

static int act(struct lorry_stack *stack, const char *action,
               const struct lorry_stack_options *options)
{
    if (strcmp(action, "diff") == 0)
        return diff(stack, options);
    if (strcmp(action, "deploy") == 0)
        return lorry_stack_deploy(stack, options);
    if (strcmp(action, "refresh") == 0)
        return lorry_stack_refresh(stack, options);
    if (strcmp(action, "destroy") == 0)
        return lorry_stack_destroy(stack, options);
    return lorry_stack_check(stack, options);
}

int main(int argc, char **argv)
{
    static bool agrees;
    static const struct lorry_stack_ui callbacks = {line,    changes,  question, event,
                                                    waiting, progress, &agrees};
    struct lorry_stack_options options = {.quiet = false};
    for (int option; (option = getopt(argc, argv, "qyndp:s:")) != -1;) {
        switch (option) {
        case 'q': options.ui = &callbacks; break;
        case 'y': agrees = true; break;
        case 'd': options.data = options.registry = true; break;
        case 'p': options.password = optarg; break;
        case 's': options.stage = optarg; break;
        default: break;
        }
    }
    options.yes = agrees && !options.ui;
    if (argc - optind < 2)
        return 2;
    struct lorry_stack *stack = lorry_stack_read(argv[optind]);
    for (int i = optind + 2; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            return 2;
        *equals = '\0';
        lorry_stack_set(stack, argv[i], equals + 1);
    }
    int result = act(stack, argv[optind + 1], &options);
    report(stack, result);
    lorry_stack_free(stack);
    return result < 0;
}
