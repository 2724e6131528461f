#include "cli/command.h"

#include "cli/pipeline_file.h"
#include "stack/template.h"

enum format { FORMAT_YAML, FORMAT_JSON };

struct template_options {
    int format; /* enum format */
};

static const char *const formats[] = {"yaml", "json", NULL};

static const struct cli_option options_table[] = {
    {.name = "format",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct template_options, format),
     .value = "FORMAT",
     .help = "How it is written: yaml or json",
     .standard = "yaml",
     .choices = formats},
    {0},
};

static int print(struct cli *cli, const json_t *template, enum format format)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (format == FORMAT_JSON || cli->json)
        template_append_json(template, &text);
    else
        template_append_yaml(template, &text);
    if (text.overflow) {
        cli_error(cli, "the template is larger than %zu bytes", BUF_TEXT_CAP);
        return CLI_FAILED;
    }
    fputs(buf_str(&text), stdout);
    return CLI_DONE;
}

static int template(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct template_options *options = values;
    cleanup_stack struct stack stack = {0};
    struct error err = {0};
    if (pipeline_file_read(cli, PIPELINE_REQUIRED | PIPELINE_AWS, &stack) != PIPELINE_READ)
        return CLI_FAILED;
    json_t *made = template_make(&stack, &err);
    if (!made)
        return cli_fail(cli, &err);
    int status = print(cli, made, (enum format)options->format);
    json_decref(made);
    return status;
}

const struct command command_template = {
    .name = "template",
    .summary = "prints the CloudFormation template",
    .args = "",
    .details =
        "Prints the CloudFormation template of the pipeline that pipeline.yaml describes, without "
        "any network. It is what `lorry deploy` deploys, and can be deployed by other means: its "
        "parameters are the image, by digest, or the bucket and key of the zip package.",
    .options = options_table,
    .options_size = sizeof(struct template_options),
    .run = template,
};
