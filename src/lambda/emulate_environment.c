#include "lambda/emulate_environment.h"

#include <stdio.h>

#include "base/memory.h"

struct pair {
    const char *name, *value;
};

static void set_all(struct variables *variables, const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        variables_set(variables, pairs[i].name, pairs[i].value);
}

static void set_proposed(struct variables *variables)
{
    static const struct pair pairs[] = {
        {"LANG", "en_US.UTF-8"},
        {"PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"},
        {"LD_LIBRARY_PATH", "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:"
                            "/var/task/lib:/opt/lib"},
        {"TZ", ":UTC"},
    };
    set_all(variables, pairs, ARRAY_LEN(pairs));
}

/* AWS_EXECUTION_ENV is not set for a runtime that comes with the package. */
static void set_reserved(const struct emulation *emulation, const char *api_address,
                         const char *log_stream, struct variables *variables)
{
    const struct emulate_package *package = emulation->package;
    char memory[16], group[256];
    snprintf(memory, sizeof(memory), "%d", emulation->memory_mb);
    snprintf(group, sizeof(group), "/aws/lambda/%s", emulation->function);
    const struct pair pairs[] = {
        {"AWS_EXECUTION_ENV", package->zip ? NULL : "AWS_Lambda_Image"},
        {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory},
        {"AWS_LAMBDA_FUNCTION_NAME", emulation->function},
        {"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
        {"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
        {"AWS_LAMBDA_LOG_GROUP_NAME", group},
        {"AWS_LAMBDA_LOG_STREAM_NAME", log_stream},
        {"AWS_LAMBDA_RUNTIME_API", api_address},
        {"AWS_DEFAULT_REGION", emulation->region},
        {"AWS_REGION", emulation->region},
        {"LAMBDA_RUNTIME_DIR", "/var/runtime"},
        {"LAMBDA_TASK_ROOT", "/var/task"},
        {"_HANDLER", package->zip ? "bootstrap" : NULL},
    };
    set_all(variables, pairs, ARRAY_LEN(pairs));
}

void emulate_environment(const struct emulation *emulation, const char *api_address,
                         const char *log_stream, struct variables *variables)
{
    const struct oci_texts *image = &emulation->package->config.env;
    set_proposed(variables);
    for (size_t i = 0; i < image->count; i++)
        variables_set_pair(variables, image->items[i]);
    for (size_t i = 0; i < emulation->variables->count; i++)
        variables_set_pair(variables, emulation->variables->items[i]);
    set_reserved(emulation, api_address, log_stream, variables);
}
