#include "stack/stack_template.h"

#include "aws/cloudformation.h"
#include "stack/template.h"

/* lorry's templates are JSON and say so; nothing else is touched. */
int stack_template_read(struct aws_client *client, const char *stack, json_t **template,
                        struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT((size_t)4 << 20);
    if (cfn_get_template(client, stack, &text, err) < 0)
        return -1;
    json_t *json = json_loadb(buf_str(&text), text.len, 0, NULL);
    if (json_is_object(json_object_get(json_object_get(json, "Metadata"), TEMPLATE_METADATA))) {
        *template = json;
        return 1;
    }
    json_decref(json);
    return 0;
}
