#include "cli/command.h"

#include "base/file.h"
#include "cli/package.h"
#include "oci/zip.h"
#include "json/writer.h"

struct zip_options {
    const char *output;
    const char *entrypoint;
    const char *ca_bundle;
};

static const struct cli_option options_table[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .offset = offsetof(struct zip_options, output),
     .value = "FILE",
     .help = "Where the zip file goes",
     .standard = "lorry-processor.zip"},
    PACKAGE_ENTRYPOINT_OPTION(struct zip_options, entrypoint),
    PACKAGE_BUNDLE_OPTION(struct zip_options, ca_bundle),
    {0},
};

static void print(const struct cli *cli, const char *path, const struct zip_made *made)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (cli->json) {
        struct json_writer writer;
        json_writer_init(&writer, &text);
        json_begin_object(&writer);
        json_member_string(&writer, "path", view_str(path));
        json_member_int(&writer, "size", (int64_t)made->bytes.len);
        json_member_string(&writer, "architecture", view_str(made->architecture));
        json_member_string(&writer, "code_sha256", view_str(made->code_sha256));
        json_end_object(&writer);
    } else {
        buf_printf(&text, "%s  %.1f MB  %s  sha256 %s", path, (double)made->bytes.len / 1e6,
                   made->architecture, made->code_sha256);
    }
    cli_put(&text);
}

static int make(const struct zip_options *options, const struct package_choice *choice,
                struct zip_made *made, struct error *err)
{
    struct zip_package package = {.executable = buf_str(&choice->executable),
                                  .ca_bundle = options->ca_bundle};
    if (package_time(&package.time_s, err) < 0 || zip_make(&package, made, err) < 0)
        return -1;
    if (choice->architecture && strcmp(choice->architecture, made->architecture) != 0)
        return error_set(err, ERROR_INPUT, 0,
                         "\"%s\": built for %s, and the package is to be for %s",
                         package.executable, made->architecture, choice->architecture);
    return file_write(options->output, buf_view(&made->bytes), 0644, err);
}

static int zip(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct zip_options *options = values;
    cleanup_package_choice struct package_choice choice = PACKAGE_CHOICE_INIT;
    cleanup_zip_made struct zip_made made = {0};
    struct error err = {0};
    int status = package_choose(cli, options->entrypoint, &choice);
    if (status != CLI_DONE)
        return status;
    if (make(options, &choice, &made, &err) < 0)
        return cli_fail(cli, &err);
    print(cli, options->output, &made);
    return CLI_DONE;
}

const struct command command_zip = {
    .name = "zip",
    .summary = "makes the zip package for Lambda",
    .args = "",
    .details =
        "Makes the zip package for Lambda's runtime provided.al2023: the record processor as "
        "`bootstrap`, and a CA bundle. The same inputs make the same bytes; the SHA-256 is "
        "printed as Lambda states it.",
    .options = options_table,
    .options_size = sizeof(struct zip_options),
    .run = zip,
};
