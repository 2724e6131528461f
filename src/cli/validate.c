#include "cli/command.h"

#include "cli/pipeline_file.h"
#include "stack/schema.h"
#include "json/writer.h"

struct validate_options {
    bool schema;
};

static const struct cli_option options_table[] = {
    {.name = "schema",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct validate_options, schema),
     .help = "Print the JSON Schema of the file, for editors, instead"},
    {0},
};

/* What is about the file as a whole is at no place in it. */
static void put_place(struct json_writer *writer, const char *name, int value)
{
    json_put_name(writer, view_str(name));
    if (value)
        json_put_int(writer, value);
    else
        json_put_null(writer);
}

static void put_findings(struct json_writer *writer, const char *path,
                         const struct findings *findings)
{
    json_put_name(writer, VIEW("findings"));
    json_begin_array(writer);
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        json_begin_object(writer);
        json_member_string(writer, "level",
                           view_str(finding->level == FINDING_ERROR ? "error" : "warning"));
        json_member_string(writer, "file",
                           view_str(finding->mark.file ? finding->mark.file : path));
        put_place(writer, "line", finding->mark.line);
        put_place(writer, "column", finding->mark.column);
        json_member_string(writer, "message", view_str(finding->message));
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void put_json(const char *path, const struct stack *stack, const struct findings *findings)
{
    cleanup_buf struct buf text = BUF_INIT((size_t)64 << 20);
    struct json_writer writer;
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_member_string(&writer, "file", view_str(path));
    json_member_bool(&writer, "valid", findings->errors == 0);
    json_put_name(&writer, VIEW("stages"));
    json_begin_array(&writer);
    for (size_t i = 0; i < stack->stage_count; i++)
        json_put_string(&writer, view_str(stack->stages[i]));
    json_end_array(&writer);
    put_findings(&writer, path, findings);
    json_end_object(&writer);
    cli_put(&text);
}

static void say_good(const struct cli *cli, const struct stack *stack,
                     const struct findings *findings)
{
    cleanup_buf struct buf stages = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < stack->stage_count; i++)
        buf_printf(&stages, "%s%s", i ? ", " : "", stack->stages[i]);
    if (!cli->quiet)
        printf("%s: %s; %s %s\n", pipeline_file_path(cli),
               findings->count ? "no errors" : "all is well",
               stack->stage_count == 1 ? "stage" : "stages", buf_str(&stages));
}

static int print_schema(void)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    stack_schema(&text);
    fputs(buf_str(&text), stdout);
    return CLI_DONE;
}

static int validate(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct validate_options *options = values;
    if (options->schema)
        return print_schema();
    cleanup_findings struct findings findings = {0};
    cleanup_stack struct stack stack = {0};
    int status = pipeline_file_check(cli, PIPELINE_PACKING | PIPELINE_AWS, &stack, &findings);
    if (cli->json)
        put_json(pipeline_file_path(cli), &stack, &findings);
    else
        pipeline_file_show(cli, &findings, true);
    if (status == 0 && !cli->json)
        say_good(cli, &stack, &findings);
    return status == 0 ? CLI_DONE : CLI_FAILED;
}

const struct command command_validate = {
    .name = "validate",
    .summary = "checks the file that describes the pipeline",
    .args = "",
    .details =
        "Checks pipeline.yaml, all of its stages, without any network: keys, values, the limits of "
        "AWS, what contradicts itself. Every mistake is shown as FILE:LINE:COLUMN: MESSAGE; a file "
        "with warnings alone is good.",
    .options = options_table,
    .options_size = sizeof(struct validate_options),
    .run = validate,
};
