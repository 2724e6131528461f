#include "cli/image_report.h"

#include <inttypes.h>

#include "base/memory.h"
#include "base/printable.h"
#include "base/size.h"
#include "json/writer.h"

enum { WIDTH = 79, INDENT = 9 };

void image_report_release(struct image_report *report)
{
    oci_findings_release(&report->findings);
    oci_config_release(&report->config);
    oci_image_release(&report->image);
}

static size_t layers_size(const struct oci_image *image)
{
    size_t total = 0;
    for (size_t i = 0; i < image->layer_count; i++)
        total += image->layers[i].size;
    return total;
}

/* As Lambda has it, where it has a name for it. */
static const char *architecture(const struct image_report *report)
{
    const char *name = oci_lambda_architecture(report->config.architecture);
    return name ? name : report->config.architecture;
}

static void put_texts(struct json_writer *json, const char *name, const struct oci_texts *texts)
{
    json_put_name(json, view_str(name));
    json_begin_array(json);
    for (size_t i = 0; i < texts->count; i++)
        json_put_string(json, view_str(texts->items[i]));
    json_end_array(json);
}

static void put_config(struct json_writer *json, const struct oci_config *config)
{
    json_member_string(json, "created", view_str(config->created));
    put_texts(json, "entrypoint", &config->entrypoint);
    put_texts(json, "cmd", &config->cmd);
    json_member_string(json, "working_dir", view_str(config->working_dir));
    put_texts(json, "env", &config->env);
    json_put_name(json, VIEW("labels"));
    json_begin_object(json);
    for (size_t i = 0; i < config->label_count; i++)
        json_member_string(json, config->labels[i].name, view_str(config->labels[i].value));
    json_end_object(json);
}

static void put_layers(struct json_writer *json, const struct oci_image *image)
{
    json_put_name(json, VIEW("layers"));
    json_begin_array(json);
    for (size_t i = 0; i < image->layer_count; i++) {
        json_begin_object(json);
        json_member_string(json, "digest", view_str(image->layers[i].digest.text));
        json_member_int(json, "size", (int64_t)image->layers[i].size);
        json_member_string(json, "media_type", view_str(image->layers[i].media_type));
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_findings(struct json_writer *json, const struct oci_findings *findings)
{
    json_put_name(json, VIEW("findings"));
    json_begin_array(json);
    for (size_t i = 0; i < findings->count; i++) {
        json_begin_object(json);
        json_member_string(json, "rule", view_str(findings->items[i].rule));
        json_member_bool(json, "refused", findings->items[i].refused);
        json_member_string(json, "message", view_str(findings->items[i].text));
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_json(const struct image_report *report, struct buf *text)
{
    struct json_writer json;
    json_writer_init(&json, text);
    json_begin_object(&json);
    json_member_string(&json, "image", view_str(report->subject));
    json_member_string(&json, "digest", view_str(report->image.manifest.digest.text));
    json_member_string(&json, "media_type", view_str(report->image.manifest.media_type));
    json_member_string(&json, "os", view_str(report->config.os));
    json_member_string(&json, "architecture", view_str(architecture(report)));
    put_config(&json, &report->config);
    put_layers(&json, &report->image);
    json_member_int(&json, "size", (int64_t)layers_size(&report->image));
    json_put_name(&json, VIEW("unpacked_size"));
    if (report->findings.unpacked_size)
        json_put_int(&json, (int64_t)report->findings.unpacked_size);
    else
        json_put_null(&json);
    put_findings(&json, &report->findings);
    json_end_object(&json);
}

static void append_line(struct buf *text, const char *name, const char *value)
{
    buf_printf(text, "%-*s", INDENT, name);
    printable_append(text, view_str(value));
    buf_append_char(text, '\n');
}

/* A line for each, the name before the first. */
static void append_lines(struct buf *text, const char *name, const struct oci_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        append_line(text, i ? "" : name, texts->items[i]);
}

/* In quotes where a shell would want them, so that their ends can be seen. */
static void append_words(struct buf *text, const char *name, const struct oci_texts *words)
{
    if (!words->count)
        return;
    buf_printf(text, "%-*s", INDENT, name);
    for (size_t i = 0; i < words->count; i++) {
        bool quoted = !*words->items[i] || strpbrk(words->items[i], " \t'\"\\$");
        buf_append_str(text, i ? " " : "");
        buf_append_str(text, quoted ? "\"" : "");
        printable_append(text, view_str(words->items[i]));
        buf_append_str(text, quoted ? "\"" : "");
    }
    buf_append_char(text, '\n');
}

static void append_labels(struct buf *text, const struct oci_config *config)
{
    for (size_t i = 0; i < config->label_count; i++) {
        cleanup_buf struct buf line = BUF_INIT(text->cap);
        buf_printf(&line, "%s=%s", config->labels[i].name, config->labels[i].value);
        append_line(text, i ? "" : "labels", buf_str(&line));
    }
}

static void append_layers(struct buf *text, const struct image_report *report)
{
    const struct oci_image *image = &report->image;
    buf_append_str(text, "layers\n");
    for (size_t i = 0; i < image->layer_count; i++) {
        cleanup_buf struct buf size = BUF_INIT(BUF_TEXT_CAP);
        size_append(&size, image->layers[i].size);
        buf_printf(text, "%7s %s\n", buf_str(&size), image->layers[i].digest.text);
    }
    buf_printf(text, "%-*s", INDENT, "size");
    size_append(text, layers_size(image));
    buf_append_str(text, " compressed");
    if (report->findings.unpacked_size) {
        buf_append_str(text, ", ");
        size_append(text, report->findings.unpacked_size);
        buf_append_str(text, " unpacked");
    }
    buf_append_char(text, '\n');
}

/* Broken between words; what is longer than a line stays whole. */
static void append_wrapped(struct buf *text, const char *name, const char *words)
{
    size_t used = INDENT;
    buf_printf(text, "%-*s", INDENT, name);
    while (*words) {
        size_t len = strcspn(words, " ");
        if (used > INDENT && used + 1 + len > WIDTH) {
            buf_printf(text, "\n%*s", INDENT, "");
            used = INDENT;
        } else if (used > INDENT) {
            buf_append_char(text, ' ');
            used++;
        }
        buf_append(text, words, len);
        used += len;
        words += len + strspn(words + len, " ");
    }
    buf_append_char(text, '\n');
}

static void append_findings(struct buf *text, const struct oci_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        append_wrapped(text, findings->items[i].refused ? "refused" : "doubt",
                       findings->items[i].text);
    buf_printf(text, "%-*s%s", INDENT, "Lambda",
               findings->refused ? "does not take it" : "takes it, as far as can be seen");
}

static void put_lines(const struct image_report *report, struct buf *text)
{
    const struct oci_config *config = &report->config;
    append_line(text, "image", report->subject);
    append_line(text, "digest", report->image.manifest.digest.text);
    cleanup_buf struct buf platform = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&platform, "%s, %s", config->os, architecture(report));
    append_line(text, "platform", buf_str(&platform));
    append_line(text, "created", *config->created ? config->created : "not said");
    append_words(text, "runs", &config->entrypoint);
    append_words(text, config->entrypoint.count ? "with" : "runs", &config->cmd);
    if (*config->working_dir)
        append_line(text, "in", config->working_dir);
    append_lines(text, "env", &config->env);
    append_labels(text, config);
    append_layers(text, report);
    append_findings(text, &report->findings);
}

int image_report_print(const struct cli *cli, struct image_report *report)
{
    cleanup_buf struct buf text = BUF_INIT(4 * OCI_MANIFEST_MAX);
    struct error err = {0};
    if (oci_config_parse(report->image.config.bytes, &report->config, &err) < 0) {
        error_prefix(&err, "%s", report->subject);
        return cli_fail(cli, &err);
    }
    oci_check_rules(&report->image, &report->config, &report->findings);
    if (cli->json)
        put_json(report, &text);
    else
        put_lines(report, &text);
    cli_put(&text);
    return report->findings.refused ? CLI_FAILED : CLI_DONE;
}
