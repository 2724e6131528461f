/* Rules about names that users choose: environment variables, tags. */
#include <ctype.h>
#include <strings.h>

#include "base/memory.h"
#include "stack/rules.h"
#include "stack/template.h"

#define ENVIRONMENT_MAX 4096 /* bytes in all [Lambda, "Quotas"] */
#define ENVIRONMENT_OWN 256  /* of it, about what lorry sets beside the sink */
#define TAG_NAME_MAX 128
#define TAG_VALUE_MAX 256

/* [Lambda, "Defined runtime environment variables"] */
static const char *const reserved[] = {
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
};

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

static void check_own(const struct check *check, const struct yaml_member *member)
{
    const char *name = member->key.ptr;
    const char *setting = template_variable_setting(name);
    if (setting)
        findings_error(check->findings, member->mark,
                       "\"%s\" is set by lorry, from \"%s\": leave it out", name, setting);
    else if (member->value->kind == YAML_SCALAR && template_is_secret(name, member->value->text))
        findings_warning(check->findings, member->mark,
                         "\"%s\" looks like a secret: it is kept out of the template, but whoever "
                         "may read the function's configuration will see it; keep it in Secrets "
                         "Manager instead",
                         name);
}

static size_t length(const char *text)
{
    return text ? strlen(text) : 0;
}

static void check_size(const struct check *check)
{
    const struct stack *stack = check->stack;
    size_t size = ENVIRONMENT_OWN + length(stack->sink.url) + length(stack->sink.table) +
                  length(stack->sink.password.secret) + length(stack->sink.password.secret_key) +
                  length(stack->sink.password.ssm);
    for (size_t i = 0; i < stack->processor.environment_count; i++)
        size += strlen(stack->processor.environment[i].name) +
                strlen(stack->processor.environment[i].value);
    if (size > ENVIRONMENT_MAX)
        check_error(check, "processor.environment",
                    "the environment of the function has about %zu bytes with what lorry sets "
                    "itself, but Lambda takes %d",
                    size, ENVIRONMENT_MAX);
}

void rule_environment(const struct check *check)
{
    const struct yaml_node *node = yaml_find(check->root, "processor.environment").node;
    for (size_t i = 0; node && node->kind == YAML_MAPPING && i < node->count; i++) {
        const char *name = node->members[i].key.ptr;
        if (is_reserved(name))
            findings_error(check->findings, node->members[i].mark,
                           "\"%s\" is set by Lambda: it cannot be changed", name);
        else
            check_own(check, &node->members[i]);
    }
    check_size(check);
}

/* Letters and digits of any script, spaces, and _ . : / = + - @. */
static bool is_tag_text(const char *text)
{
    for (; *text; text++)
        if (!(*text & 0x80) && !isalnum((unsigned char)*text) && !strchr(" _.:/=+-@", *text))
            return false;
    return true;
}

static void check_tag(const struct check *check, const struct yaml_member *tag)
{
    struct findings *findings = check->findings;
    const char *name = tag->key.ptr, *value = tag->value->text;
    if (template_sets_tag(name))
        findings_error(findings, tag->mark, "the tag \"%s\" is set by lorry: leave it out", name);
    else if (strncasecmp(name, "aws:", 4) == 0)
        findings_error(findings, tag->mark, "tags that begin with \"aws:\" belong to AWS");
    else if (!*name || tag->key.len > TAG_NAME_MAX)
        findings_error(findings, tag->mark, "the name of a tag must have 1 to %d characters",
                       TAG_NAME_MAX);
    else if (!is_tag_text(name))
        findings_error(findings, tag->mark,
                       "the name of a tag has letters, digits, spaces and _ . : / = + - @ only");
    if (!*value || strlen(value) > TAG_VALUE_MAX)
        findings_error(findings, tag->value->mark,
                       "the value of a tag must have 1 to %d characters", TAG_VALUE_MAX);
    else if (!is_tag_text(value))
        findings_error(findings, tag->value->mark,
                       "the value of a tag has letters, digits, spaces and _ . : / = + - @ only");
}

void rule_tags(const struct check *check)
{
    const struct yaml_node *node = yaml_find(check->root, "tags").node;
    for (size_t i = 0; node && node->kind == YAML_MAPPING && i < node->count; i++)
        if (node->members[i].value->kind == YAML_SCALAR && !yaml_is_null(node->members[i].value))
            check_tag(check, &node->members[i]);
}
