#include "cli/command.h"

#include "base/file.h"
#include "base/memory.h"
#include "cli/aws_access.h"
#include "cli/package.h"
#include "cli/progress.h"
#include "stack/content_upload.h"
#include "json/writer.h"

struct zip_options {
    const char *output;
    const char *entrypoint;
    const char *ca_bundle;
    const char *upload;
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
    {.name = "upload",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct zip_options, upload),
     .value = "S3-URL",
     .help = "Upload it to s3://BUCKET/FOLDER/ as well, under a name made from its content"},
    {0},
};

/* All that a run makes. */
struct zip_run {
    const struct cli *cli;
    const struct zip_options *options;
    struct package_choice choice;
    struct s3_location place; /* no bucket: nothing is uploaded */
    struct zip_made made;
    struct content_uploaded uploaded;
    struct progress progress;
};

static void zip_run_release(struct zip_run *run)
{
    package_choice_release(&run->choice);
    s3_location_release(&run->place);
    zip_made_release(&run->made);
    content_uploaded_release(&run->uploaded);
}

static void show_sent(void *user, size_t sent)
{
    struct zip_run *run = user;
    progress_bytes(&run->progress, run->place.bucket, sent, run->made.bytes.len);
}

static int upload(struct zip_run *run, struct error *err)
{
    cleanup_aws_access struct aws_access access = {0};
    const struct content_upload upload = {.place = &run->place,
                                          .kind = &content_zip,
                                          .bytes = buf_view(&run->made.bytes),
                                          .on_sent = show_sent,
                                          .user = run};
    if (aws_access_open(run->cli, run->choice.stack.region, &access, err) < 0)
        return -1;
    progress_begin(&run->progress, run->cli);
    int result = content_upload(access.client, &upload, &run->uploaded, err);
    progress_end(&run->progress);
    return result;
}

static int run_all(struct zip_run *run, struct error *err)
{
    const char *place = run->options->upload;
    if (place && s3_location_parse(place, &run->place, err) < 0)
        return error_prefix(err, "--upload");
    if (package_make_zip(&run->choice.source, &run->made, err) < 0 ||
        file_write(run->options->output, buf_view(&run->made.bytes), 0644, err) < 0)
        return -1;
    return place ? upload(run, err) : 0;
}

static void write_upload(const struct zip_run *run, struct json_writer *writer)
{
    const struct s3_location *location = &run->uploaded.location;
    if (location->bucket) {
        json_member_string(writer, "bucket", view_str(location->bucket));
        json_member_string(writer, "key", view_str(location->key));
        json_member_bool(writer, "uploaded", run->uploaded.sent);
        return;
    }
    static const struct view names[] = {VIEW("bucket"), VIEW("key"), VIEW("uploaded")};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        json_put_name(writer, names[i]);
        json_put_null(writer);
    }
}

static void write_json(const struct zip_run *run, struct buf *text)
{
    struct json_writer writer;
    json_writer_init(&writer, text);
    json_begin_object(&writer);
    json_member_string(&writer, "path", view_str(run->options->output));
    json_member_int(&writer, "size", (int64_t)run->made.bytes.len);
    json_member_string(&writer, "architecture", view_str(run->made.architecture));
    json_member_string(&writer, "code_sha256", view_str(run->made.code_sha256));
    write_upload(run, &writer);
    json_end_object(&writer);
}

static void write_text(const struct zip_run *run, struct buf *text)
{
    const struct s3_location *location = &run->uploaded.location;
    buf_printf(text, "%s  %.1f MB  %s  sha256 %s", run->options->output,
               (double)run->made.bytes.len / 1e6, run->made.architecture, run->made.code_sha256);
    if (location->bucket)
        buf_printf(text, "\ns3://%s/%s  %s", location->bucket, location->key,
                   run->uploaded.sent ? "uploaded" : "was there already");
}

static int zip(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    struct zip_run run __attribute__((cleanup(zip_run_release))) = {.cli = cli, .options = values};
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    int status = package_choose(cli, run.options->entrypoint, &run.choice);
    if (status != CLI_DONE)
        return status;
    run.choice.source.ca_bundle = run.options->ca_bundle;
    if (run_all(&run, &err) < 0)
        return cli_fail(cli, &err);
    if (cli->json)
        write_json(&run, &text);
    else
        write_text(&run, &text);
    cli_put(&text);
    return CLI_DONE;
}

const struct command command_zip = {
    .name = "zip",
    .summary = "makes the zip package for Lambda",
    .args = "",
    .details =
        "Makes the zip package for Lambda's runtime provided.al2023: the record processor as "
        "`bootstrap`, and a CA bundle. The same inputs make the same bytes; the SHA-256 is "
        "printed as Lambda states it. With --upload it goes to S3, too, unless it is there.",
    .options = options_table,
    .options_size = sizeof(struct zip_options),
    .run = zip,
};
