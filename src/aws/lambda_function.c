#include "aws/lambda_function.h"

#include "aws/json.h"
#include "aws/lambda_service.h"
#include "base/memory.h"

static const struct aws_operation get_function = {
    .service = &lambda_service,
    .name = "GetFunction",
    .permission = "lambda:GetFunction",
    .method = "GET",
};

void lambda_function_release(struct lambda_function *function)
{
    arena_wipe(&function->arena);
    *function = (struct lambda_function){0};
}

const char *lambda_function_variable(const struct lambda_function *function, const char *name)
{
    for (size_t i = 0; i < function->variable_count; i++)
        if (strcmp(function->variables[i].name, name) == 0)
            return function->variables[i].value;
    return NULL;
}

/* Where which text stands: under "Configuration" or "Code", in an object there or not. */
static const struct {
    size_t offset;
    const char *path[4];
} texts[] = {
    {offsetof(struct lambda_function, arn), {"Configuration", "FunctionArn"}},
    {offsetof(struct lambda_function, version), {"Configuration", "Version"}},
    {offsetof(struct lambda_function, state), {"Configuration", "State"}},
    {offsetof(struct lambda_function, state_reason), {"Configuration", "StateReason"}},
    {offsetof(struct lambda_function, state_code), {"Configuration", "StateReasonCode"}},
    {offsetof(struct lambda_function, update_status), {"Configuration", "LastUpdateStatus"}},
    {offsetof(struct lambda_function, update_reason), {"Configuration", "LastUpdateStatusReason"}},
    {offsetof(struct lambda_function, update_code),
     {"Configuration", "LastUpdateStatusReasonCode"}},
    {offsetof(struct lambda_function, package_type), {"Configuration", "PackageType"}},
    {offsetof(struct lambda_function, code_sha256), {"Configuration", "CodeSha256"}},
    {offsetof(struct lambda_function, image_uri), {"Code", "ImageUri"}},
    {offsetof(struct lambda_function, resolved_image_uri), {"Code", "ResolvedImageUri"}},
    {offsetof(struct lambda_function, runtime), {"Configuration", "Runtime"}},
    {offsetof(struct lambda_function, role), {"Configuration", "Role"}},
    {offsetof(struct lambda_function, last_modified), {"Configuration", "LastModified"}},
    {offsetof(struct lambda_function, log_group), {"Configuration", "LoggingConfig", "LogGroup"}},
    {offsetof(struct lambda_function, variables_error),
     {"Configuration", "Environment", "Error", "ErrorCode"}},
};

static void read_texts(const json_t *answer, struct lambda_function *function)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const json_t *value = answer;
        for (size_t j = 0; j < ARRAY_LEN(texts[i].path) && texts[i].path[j]; j++)
            value = json_object_get(value, texts[i].path[j]);
        *(const char **)((char *)function + texts[i].offset) =
            aws_json_keep(&function->arena, value);
    }
}

static void read_variables(const json_t *environment, struct lambda_function *function)
{
    json_t *variables = json_object_get(environment, "Variables"), *value;
    const char *name;
    function->variables =
        arena_calloc(&function->arena, json_object_size(variables), sizeof(*function->variables));
    json_object_foreach(variables, name, value) function->variables[function->variable_count++] =
        (struct lambda_variable){
            arena_copy(&function->arena, view_str(name)).ptr,
            aws_json_keep(&function->arena, value),
        };
}

static void read_function(const json_t *answer, struct lambda_function *function)
{
    const json_t *configuration = json_object_get(answer, "Configuration");
    const json_t *reserved =
        json_object_get(json_object_get(answer, "Concurrency"), "ReservedConcurrentExecutions");
    read_texts(answer, function);
    read_variables(json_object_get(configuration, "Environment"), function);
    function->architecture = aws_json_keep(
        &function->arena, json_array_get(json_object_get(configuration, "Architectures"), 0));
    function->memory_mb = (int)json_integer_value(json_object_get(configuration, "MemorySize"));
    function->timeout_s = (int)json_integer_value(json_object_get(configuration, "Timeout"));
    function->reserved_concurrency =
        json_is_integer(reserved) ? (int)json_integer_value(reserved) : -1;
}

int lambda_get_function(struct aws_client *client, const char *name,
                        struct lambda_function *function, struct error *err)
{
    cleanup_buf struct buf target = BUF_INIT(BUF_TEXT_CAP);
    struct error why = {0};
    json_t *answer = NULL;
    lambda_append_target(&target, name, "");
    const struct aws_call call = {
        .operation = &get_function,
        .subject = name,
        .target = buf_view(&target),
        .response_cap = AWS_JSON_ANSWER_CAP,
    };
    if (aws_json_call(client, &call, &answer, &why) < 0) {
        if (error_is(&why, "ResourceNotFoundException"))
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    read_function(answer, function);
    json_decref(answer);
    return 1;
}
