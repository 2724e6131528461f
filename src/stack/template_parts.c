#include "stack/template_parts.h"

#include "base/buf.h"

void template_put(struct template *template, json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) < 0)
        template->broken = true;
}

void template_put_text(struct template *template, json_t *object, const char *name,
                       const char *text)
{
    if (text)
        template_put(template, object, name, json_string(text));
}

void template_put_tags(struct template *template, json_t *properties)
{
    template_put(template, properties, "Tags", json_incref(template->tags));
}

void template_append(struct template *template, json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) < 0)
        template->broken = true;
}

void template_add_parameter(struct template *template, const char *id, json_t *parameter)
{
    template_put(template, template->parameters, id, parameter);
}

void template_add_resource(struct template *template, const char *id, const char *type,
                           enum template_fate fate, json_t *properties)
{
    /* UpdateReplacePolicy knows no RetainExceptOnCreate. */
    static const char *const deletion[] = {NULL, "Delete", "RetainExceptOnCreate"};
    static const char *const replacement[] = {NULL, "Delete", "Retain"};
    template_put(template, template->resources, id,
                 json_pack("{s:s, s:s*, s:s*, s:o}", "Type", type, "DeletionPolicy", deletion[fate],
                           "UpdateReplacePolicy", replacement[fate], "Properties", properties));
}

void template_add_output(struct template *template, const char *id, const char *description,
                         json_t *value)
{
    if (json_object_get(template->outputs, id))
        json_decref(value);
    else
        template_put(template, template->outputs, id,
                     json_pack("{s:s, s:o}", "Description", description, "Value", value));
}

json_t *template_ref(const char *id)
{
    return json_pack("{s:s}", "Ref", id);
}

json_t *template_get_att(const char *id, const char *attribute)
{
    return json_pack("{s:[s, s]}", "Fn::GetAtt", id, attribute);
}

json_t *template_sub(const char *text)
{
    return json_pack("{s:s}", "Fn::Sub", text);
}

/* So that Fn::Sub leaves it as it is. */
static void append_literal(struct buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        buf_append_char(out, *p);
        if (p[0] == '$' && p[1] == '{')
            buf_append_str(out, "{!"), p++;
    }
}

json_t *template_arn(const char *service, const char *kind, const char *name, const char *end)
{
    cleanup_buf struct buf arn = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&arn, "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s", service, kind);
    append_literal(&arn, name);
    buf_append_str(&arn, end);
    return template_sub(buf_str(&arn));
}

json_t *template_texts(struct template *template, const char *const *texts, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        template_append(template, list, json_string(texts[i]));
    return list;
}

bool template_always(const struct stack *stack)
{
    return stack;
}

bool template_has_bucket(const struct stack *stack)
{
    return stack->processor.on_failure == STACK_TO_S3;
}

bool template_has_queue(const struct stack *stack)
{
    return stack->processor.on_failure == STACK_TO_SQS;
}
