/* The environment of the processor: what src/lambda/settings.h reads. */
#include <string.h>

#include "base/memory.h"
#include "net/url.h"
#include "stack/template_parts.h"

#define HOURS_OF_A_DAY 24

/* What other settings say; two answers to one question would be one too many, and a password among
 * the variables would be in the template. */
static const struct {
    const char *variable, *setting;
} elsewhere[] = {
    {"SINK_URL", "sink.url"},
    {"SINK_SQLALCHEMY_URL", "sink.url"},
    {"CRATEDB_SQLALCHEMY_URL", "sink.url"},
    {"SINK_TABLE", "sink.table"},
    {"SINK_PASSWORD", "sink.password"},
    {"SINK_PASSWORD_SECRET", "sink.password"},
    {"SINK_PASSWORD_SECRET_KEY", "sink.password"},
    {"SINK_PASSWORD_SSM", "sink.password"},
    {"ON_ERROR", "processor.on-error"},
    /* The mapping says it, always: an answer that it does not listen to loses records. */
    {"REPORT_BATCH_ITEM_FAILURES", "processor.batch"},
};

const char *template_variable_setting(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
        if (strcmp(elsewhere[i].variable, name) == 0)
            return elsewhere[i].setting;
    return NULL;
}

int template_check_environment(const struct stack *stack, struct error *err)
{
    cleanup_url struct url url = {0};
    for (size_t i = 0; i < stack->processor.environment_count; i++) {
        const char *name = stack->processor.environment[i].name;
        const char *setting = template_variable_setting(name);
        if (setting)
            return error_set(err, ERROR_SETTING, 0,
                             "environment variable \"%s\" is set by lorry, from \"%s\": leave it "
                             "out",
                             name, setting);
    }
    if (url_parse(view_str(stack->sink.url), &url, err) < 0)
        return error_prefix(err, "sink.url");
    return 0;
}

static void put_url(struct template *template, json_t *variables)
{
    cleanup_buf struct buf url = BUF_INIT(URL_LENGTH_MAX);
    if (url_append_without_password(&url, view_str(template->stack->sink.url), NULL) < 0)
        template->broken = true;
    template_put_text(template, variables, "SINK_URL", buf_str(&url));
}

static void put_password(struct template *template, json_t *variables)
{
    const struct stack_password *password = &template->stack->sink.password;
    template_put_text(template, variables, "SINK_PASSWORD_SECRET", password->secret);
    template_put_text(template, variables, "SINK_PASSWORD_SECRET_KEY", password->secret_key);
    template_put_text(template, variables, "SINK_PASSWORD_SSM", password->ssm);
    if (template_takes_password(template->stack))
        template_put(template, variables, "SINK_PASSWORD", template_ref(TEMPLATE_SINK_PASSWORD));
}

static json_t *tombstone_retention(const struct stack *stack)
{
    int hours = stack_tombstone_hours(stack);
    if (hours % HOURS_OF_A_DAY == 0)
        return json_sprintf("%dd", hours / HOURS_OF_A_DAY);
    return json_sprintf("%dh", hours);
}

static void put_variable(struct template *template, json_t *variables,
                         const struct stack_pair *variable)
{
    json_t *value = template_is_secret(variable->name, variable->value)
                        ? template_secret_ref(variable->name)
                        : json_string(variable->value);
    template_put(template, variables, variable->name, value);
}

json_t *template_environment(struct template *template)
{
    const struct stack *stack = template->stack;
    json_t *variables = json_object();
    put_url(template, variables);
    put_password(template, variables);
    template_put_text(template, variables, "SINK_TABLE", stack->sink.table);
    template_put(template, variables, "SINK_TOMBSTONE_RETENTION", tombstone_retention(stack));
    template_put_text(template, variables, "ON_ERROR", stack->processor.on_error);
    template_put_text(template, variables, "REPORT_BATCH_ITEM_FAILURES", "true");
    for (size_t i = 0; i < stack->processor.environment_count; i++)
        put_variable(template, variables, &stack->processor.environment[i]);
    return variables;
}
