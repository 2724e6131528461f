#include "cli/help_json.h"

#include "json/writer.h"

static void put_choices(struct json_writer *json, const struct cli_option *option)
{
    json_put_name(json, VIEW("choices"));
    json_begin_array(json);
    for (size_t i = 0; option->choices && option->choices[i]; i++)
        json_put_string(json, view_str(option->choices[i]));
    json_end_array(json);
}

static void put_option(struct json_writer *json, const struct cli_option *option)
{
    const char letter[2] = {option->letter};
    json_begin_object(json);
    json_member_string(json, "name", view_str(option->name));
    json_member_text(json, "letter", view_str(option->letter ? letter : NULL));
    json_member_text(json, "value", view_str(option->value));
    json_member_bool(json, "repeatable", option->kind == OPTION_LIST);
    put_choices(json, option);
    json_member_text(json, "default", view_str(option->standard));
    json_member_string(json, "help", view_str(option->help));
    json_end_object(json);
}

static void put_options(struct json_writer *json, const struct cli_option *options)
{
    json_put_name(json, VIEW("options"));
    json_begin_array(json);
    for (; options && options->name; options++)
        put_option(json, options);
    json_end_array(json);
}

static void put_command(struct json_writer *json, const struct command *command)
{
    json_begin_object(json);
    json_member_string(json, "name", view_str(command->name));
    json_member_string(json, "summary", view_str(command->summary));
    json_member_string(json, "arguments", view_str(command->args));
    json_member_string(json, "details", view_str(command->details));
    put_options(json, command->options);
    json_end_object(json);
}

void help_put_json(const struct command *only, struct buf *text)
{
    struct json_writer json;
    json_writer_init(&json, text);
    json_begin_object(&json);
    json_member_string(&json, "version", VIEW(LORRY_VERSION));
    json_put_name(&json, VIEW("commands"));
    json_begin_array(&json);
    for (const struct command *const *command = commands; *command; command++)
        if (!only || only == *command)
            put_command(&json, *command);
    json_end_array(&json);
    put_options(&json, global_options);
    json_end_object(&json);
}
