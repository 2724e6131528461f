/* What of a pipeline must not be in its template: parameters that CloudFormation does not show take
 * its place. */
#include <string.h>

#include "base/memory.h"
#include "net/url.h"
#include "stack/template_parts.h"

static bool has_password(const char *text)
{
    cleanup_url struct url url = {0};
    return url_parse(view_str(text), &url, NULL) == 0 && url.password && *url.password;
}

bool template_is_secret(const char *name, const char *value)
{
    static const char *const words[] = {"PASSWORD", "PASSWD",      "SECRET",     "TOKEN",
                                        "API_KEY",  "PRIVATE_KEY", "CREDENTIAL", "ACCESS_KEY"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcasestr(name, words[i]))
            return true;
    return has_password(value);
}

/* "SecretAPITOKEN" of API_TOKEN: the names of parameters have no underscores. */
static void append_id(struct buf *out, const char *variable)
{
    buf_append_str(out, "Secret");
    for (const char *p = variable; *p; p++)
        if (*p != '_')
            buf_append_char(out, *p);
}

json_t *template_secret_ref(const char *variable)
{
    cleanup_buf struct buf id = BUF_INIT(BUF_TEXT_CAP);
    append_id(&id, variable);
    return template_ref(buf_str(&id));
}

static bool same_id(const char *one, const char *other)
{
    cleanup_buf struct buf a = BUF_INIT(BUF_TEXT_CAP), b = BUF_INIT(BUF_TEXT_CAP);
    append_id(&a, one);
    append_id(&b, other);
    return view_equal(buf_view(&a), buf_view(&b));
}

int template_check_secrets(const struct stack *stack, struct error *err)
{
    const struct stack_pair *variables = stack->processor.environment;
    for (size_t i = 0; i < stack->processor.environment_count; i++)
        for (size_t j = 0; j < i; j++)
            if (template_is_secret(variables[i].name, variables[i].value) &&
                template_is_secret(variables[j].name, variables[j].value) &&
                same_id(variables[i].name, variables[j].name))
                return error_set(err, ERROR_SETTING, 0,
                                 "environment variables \"%s\" and \"%s\" would be one parameter "
                                 "of the template: rename one of them",
                                 variables[j].name, variables[i].name);
    return 0;
}

bool template_takes_password(const struct stack *stack)
{
    const struct stack_password *password = &stack->sink.password;
    if (password->secret || password->ssm)
        return false;
    return password->variable || has_password(stack->sink.url);
}

static void take_password(const struct stack *stack, template_take *take, void *user)
{
    cleanup_url struct url url = {0};
    struct template_secret secret = {.parameter = TEMPLATE_SINK_PASSWORD,
                                     .variable = "SINK_PASSWORD",
                                     .from = stack->sink.password.variable};
    if (!secret.from && url_parse(view_str(stack->sink.url), &url, NULL) == 0)
        secret.value = url.password;
    take(user, &secret);
}

void template_each_secret(const struct stack *stack, template_take *take, void *user)
{
    if (template_takes_password(stack))
        take_password(stack, take, user);
    for (size_t i = 0; i < stack->processor.environment_count; i++) {
        const struct stack_pair *variable = &stack->processor.environment[i];
        if (!template_is_secret(variable->name, variable->value))
            continue;
        cleanup_buf struct buf id = BUF_INIT(BUF_TEXT_CAP);
        append_id(&id, variable->name);
        take(user, &(struct template_secret){.parameter = buf_str(&id),
                                             .variable = variable->name,
                                             .value = variable->value});
    }
}

const char *template_secret_value(const struct template_secret *secret,
                                  const char *(*environment)(const char *name), struct error *err)
{
    const char *value = secret->value ? secret->value : environment(secret->from);
    if (value && *value)
        return value;
    error_set(err, ERROR_SETTING, 0, "%s is expected in the environment variable %s",
              secret->variable, secret->from);
    return NULL;
}

static void add_parameter(void *template, const struct template_secret *secret)
{
    json_t *description = json_sprintf("Variable %s of the record processor", secret->variable);
    template_add_parameter(
        template, secret->parameter,
        json_pack("{s:s, s:b, s:o}", "Type", "String", "NoEcho", 1, "Description", description));
}

void template_add_secrets(struct template *template)
{
    template_each_secret(template->stack, add_parameter, template);
}
