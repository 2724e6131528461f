#include "cli/command.h"
#include "cli/image_source.h"
#include "oci/layout.h"
#include "json/writer.h"

struct build_options {
    const char *output;
    const char *tag;
    struct image_source source;
};

static const struct cli_option options_table[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .offset = offsetof(struct build_options, output),
     .value = "PATH",
     .help = "Where the image goes: an OCI layout folder, or an archive if it ends in .tar",
     .standard = "lorry-processor.tar"},
    {.name = "tag",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct build_options, tag),
     .value = "NAME",
     .help = "The name of the image within the layout",
     .standard = "latest"},
    IMAGE_SOURCE_OPTIONS(struct build_options),
    {0},
};

static void put_json(const char *path, const struct oci_image *image, struct buf *text)
{
    struct json_writer writer;
    json_writer_init(&writer, text);
    json_begin_object(&writer);
    json_member_string(&writer, "path", view_str(path));
    json_member_string(&writer, "digest", view_str(image->manifest.digest.text));
    json_put_name(&writer, VIEW("layers"));
    json_begin_array(&writer);
    for (size_t i = 0; i < image->layer_count; i++) {
        json_begin_object(&writer);
        json_member_string(&writer, "digest", view_str(image->layers[i].digest.text));
        json_member_int(&writer, "size", (int64_t)image->layers[i].size);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
}

static void put_lines(const char *path, const struct oci_image *image, struct buf *text)
{
    size_t total = image->manifest.size + image->config.size;
    for (size_t i = 0; i < image->layer_count; i++) {
        buf_printf(text, "layer   %s  %9zu bytes\n", image->layers[i].digest.text,
                   image->layers[i].size);
        total += image->layers[i].size;
    }
    buf_printf(text, "image   %s  %9zu bytes in all\nwritten to %s", image->manifest.digest.text,
               total, path);
}

static int image_build(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct build_options *options = values;
    cleanup_oci_image struct oci_image image = {0};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    int status = image_source_build(cli, &options->source, &image);
    if (status != CLI_DONE)
        return status;
    if (oci_layout_write(&image, options->output, options->tag, &err) < 0)
        return cli_fail(cli, &err);
    if (cli->json)
        put_json(options->output, &image, &text);
    else
        put_lines(options->output, &image, &text);
    cli_put(&text);
    return CLI_DONE;
}

const struct command command_image_build = {
    .name = "image build",
    .summary = "makes the OCI image of the processor, without Docker",
    .args = "",
    .details =
        "Makes an OCI image of the record processor, ready for Lambda, without Docker: a "
        "layer with the CA bundle, one with the shared libraries if it needs any, and one with "
        "the executable. The same inputs make the same digest, whenever and wherever.",
    .options = options_table,
    .options_size = sizeof(struct build_options),
    .run = image_build,
};
