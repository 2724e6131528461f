#include "stack/function_environment.h"

#include <string.h>

#include "stack/template.h"

/* A reference to a parameter, while its value is looked for. */
struct reference {
    const char *(*environment)(const char *name);
    const char *parameter;
    const char *variable;
    function_environment_take *take;
    void *user;
    int result;
    struct error *err;
};

static void resolve(void *user, const struct template_secret *secret)
{
    struct reference *reference = user;
    if (strcmp(secret->parameter, reference->parameter) != 0)
        return;
    const char *value = template_secret_value(secret, reference->environment, reference->err);
    if (value)
        reference->take(reference->user, reference->variable, value);
    reference->result = value ? 0 : -1;
}

static int take_reference(const struct stack *stack, struct reference *reference)
{
    reference->result = error_set(
        reference->err, ERROR_SETTING, 0,
        "the variable \"%s\" of the function is known to CloudFormation only", reference->variable);
    if (reference->parameter)
        template_each_secret(stack, resolve, reference);
    return reference->result;
}

static int take_all(const struct stack *stack, const json_t *variables, struct reference *reference)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)variables, name, value)
    {
        reference->variable = name;
        reference->parameter = json_string_value(json_object_get(value, "Ref"));
        if (json_is_string(value))
            reference->take(reference->user, name, json_string_value(value));
        else if (take_reference(stack, reference) < 0)
            return -1;
    }
    return 0;
}

static void take_text(const json_t *object, const char *name, const char *variable,
                      const struct reference *reference)
{
    const char *text = json_string_value(json_object_get(object, name));
    if (text)
        reference->take(reference->user, variable, text);
}

static const json_t *properties_of(const json_t *template)
{
    const json_t *resources = json_object_get(template, "Resources");
    return json_object_get(json_object_get(resources, TEMPLATE_FUNCTION), "Properties");
}

int function_environment(const struct stack *stack, const char *(*environment)(const char *name),
                         function_environment_take *take, void *user, struct error *err)
{
    struct reference reference = {environment, NULL, NULL, take, user, 0, err};
    json_t *template = template_make(stack, err);
    if (!template)
        return -1;
    const json_t *properties = properties_of(template);
    const json_t *logging = json_object_get(properties, "LoggingConfig");
    take_text(logging, "LogFormat", "AWS_LAMBDA_LOG_FORMAT", &reference);
    take_text(logging, "ApplicationLogLevel", "AWS_LAMBDA_LOG_LEVEL", &reference);
    const json_t *variables =
        json_object_get(json_object_get(properties, "Environment"), "Variables");
    int result = take_all(stack, variables, &reference);
    json_decref(template);
    return result;
}
