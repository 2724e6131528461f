#include "stack/template.h"

#include "base/memory.h"
#include "stack/cfn_yaml.h"
#include "stack/template_parts.h"

static const char *const fixed_tags[] = {"ProjectName", "Stage"};

bool template_sets_tag(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(fixed_tags); i++)
        if (strcmp(name, fixed_tags[i]) == 0)
            return true;
    return false;
}

static int check_tags(const struct stack *stack, struct error *err)
{
    for (size_t i = 0; i < stack->tag_count; i++)
        if (template_sets_tag(stack->tags[i].name))
            return error_set(err, ERROR_SETTING, 0,
                             "tag \"%s\" is set by lorry itself: leave it out of \"tags\"",
                             stack->tags[i].name);
    return 0;
}

void template_each_tag(const struct stack *stack, template_take_tag *take, void *user)
{
    take(user, fixed_tags[0], stack->project);
    take(user, fixed_tags[1], stack->stage);
    for (size_t i = 0; i < stack->tag_count; i++)
        take(user, stack->tags[i].name, stack->tags[i].value);
}

static void add_tag(void *user, const char *name, const char *value)
{
    struct template *template = user;
    template_append(template, template->tags, json_pack("{s:s, s:s}", "Key", name, "Value", value));
}

static json_t *description(const struct stack *stack)
{
    if (stack->description)
        return json_string(stack->description);
    return json_sprintf("Moves the changes of the DynamoDB table %s into a database",
                        stack->source.table);
}

static json_t *assemble(const struct template *template)
{
    return json_pack("{s:s, s:o, s:{s:{s:s}}, s:O, s:O, s:O}", "AWSTemplateFormatVersion",
                     "2010-09-09", "Description", description(template->stack), "Metadata",
                     TEMPLATE_METADATA, "Version", LORRY_VERSION, "Parameters",
                     template->parameters, "Resources", template->resources, "Outputs",
                     template->outputs);
}

static void release(struct template *template)
{
    json_decref(template->parameters);
    json_decref(template->resources);
    json_decref(template->outputs);
    json_decref(template->tags);
}

json_t *template_make(const struct stack *stack, struct error *err)
{
    if (check_tags(stack, err) < 0 || template_check_environment(stack, err) < 0 ||
        template_check_secrets(stack, err) < 0)
        return NULL;
    struct template template = {.stack = stack,
                                .parameters = json_object(),
                                .resources = json_object(),
                                .outputs = json_object(),
                                .tags = json_array()};
    template_each_tag(stack, add_tag, &template);
    template_add_source(&template);
    template_add_failure(&template);
    template_add_role(&template);
    template_add_function(&template);
    template_add_secrets(&template);
    template_add_alarms(&template);
    json_t *made = template.broken ? NULL : assemble(&template);
    release(&template);
    if (!made)
        error_set(err, ERROR_SETTING, 0,
                  "a text of the pipeline \"%s\" is not valid UTF-8, or a name is missing",
                  stack->project);
    return made;
}

void template_append_yaml(const json_t *template, struct buf *out)
{
    cfn_yaml_append(out, template);
}

static int append(const char *bytes, size_t len, void *out)
{
    buf_append(out, bytes, len);
    return 0;
}

void template_append_json(const json_t *template, struct buf *out)
{
    json_dump_callback(template, append, out, JSON_INDENT(2));
    buf_append_char(out, '\n');
}
