#include "aws/new_secret.h"

#include "aws/json.h"

static json_t *tags_of(const struct new_secret *secret)
{
    json_t *tags = json_array();
    for (size_t i = 0; i < secret->tag_count; i++)
        json_array_append_new(tags, json_pack("{s:s, s:s}", "Key", secret->tags[i].key, "Value",
                                              secret->tags[i].value));
    return tags;
}

/* jansson knows no text that is overwritten. */
static void wipe(const json_t *text)
{
    explicit_bzero((char *)(uintptr_t)json_string_value(text), json_string_length(text));
}

int new_secret_send(struct aws_client *client, const struct aws_operation *operation,
                    const struct new_secret *secret, const char *member, struct json_t *more,
                    struct error *err)
{
    json_t *text = json_string(secret->text), *input = more;
    if (!text) {
        json_decref(more);
        return error_set(err, ERROR_SETTING, 0, "%s \"%s\": the text is not valid UTF-8",
                         operation->service->name, secret->name);
    }
    json_object_set_new(input, "Name", json_string(secret->name));
    json_object_set_new(input, "Description", json_string(secret->description));
    json_object_set_new(input, "Tags", tags_of(secret));
    json_object_set(input, member, text);
    int result = aws_json(client, operation, secret->name, input, NULL, err);
    wipe(text);
    json_decref(text);
    json_decref(input);
    return result;
}
