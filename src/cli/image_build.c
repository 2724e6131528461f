#include "base/arena.h"
#include "cli/command.h"
#include "cli/package.h"
#include "oci/build.h"
#include "oci/layout.h"
#include "json/writer.h"

struct build_options {
    const char *output;
    const char *tag;
    const char *entrypoint;
    const char *ca_bundle;
    struct option_list labels;
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
    PACKAGE_ENTRYPOINT_OPTION(struct build_options),
    PACKAGE_BUNDLE_OPTION(struct build_options),
    {.name = "label",
     .kind = OPTION_LIST,
     .offset = offsetof(struct build_options, labels),
     .value = "NAME=VALUE",
     .help = "A label; a NAME without a dot is one of OCI: version, revision, source, ..."},
    {0},
};

/* "version=1" is "org.opencontainers.image.version=1". */
static int read_labels(const struct option_list *list, struct arena *arena,
                       struct oci_label *labels, struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *equals = strchr(list->items[i], '=');
        if (!equals || equals == list->items[i])
            return error_set(err, ERROR_SETTING, 0, "--label \"%s\": not NAME=VALUE",
                             list->items[i]);
        struct view name = view_between(list->items[i], equals);
        cleanup_buf struct buf full = BUF_INIT(BUF_TEXT_CAP);
        buf_append_str(&full, memchr(name.ptr, '.', name.len) ? "" : "org.opencontainers.image.");
        buf_append_view(&full, name);
        labels[i] = (struct oci_label){arena_copy(arena, buf_view(&full)).ptr, equals + 1};
    }
    return 0;
}

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

static int build(const struct build_options *options, const struct package_choice *choice,
                 struct arena *arena, struct oci_image *image, struct error *err)
{
    struct oci_label labels[OPTION_LIST_MAX];
    struct oci_build build = {.executable = buf_str(&choice->executable),
                              .ca_bundle = options->ca_bundle,
                              .architecture = choice->architecture,
                              .labels = labels,
                              .label_count = options->labels.count,
                              .version = choice->version};
    if (read_labels(&options->labels, arena, labels, err) < 0 ||
        package_time(&build.created_s, err) < 0)
        return -1;
    if (oci_build(&build, image, err) < 0)
        return -1;
    return oci_layout_write(image, options->output, options->tag, err);
}

static int image_build(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct build_options *options = values;
    cleanup_arena struct arena arena = ARENA_INIT;
    cleanup_oci_image struct oci_image image = {0};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    cleanup_package_choice struct package_choice choice = PACKAGE_CHOICE_INIT;
    struct error err = {0};
    int status = package_choose(cli, options->entrypoint, &choice);
    if (status != CLI_DONE)
        return status;
    if (build(options, &choice, &arena, &image, &err) < 0)
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
