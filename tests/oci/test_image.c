#include "unit.h"

#include "base/buf.h"
#include "oci/config.h"
#include "oci/image.h"

#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define LAYER "{\"mediaType\":\"" OCI_TYPE_LAYER_GZIP "\",\"digest\":\"sha256:" HEX "\",\"size\":7}"
#define CONFIG                                                                                     \
    "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["  \
    "\"sha256:" HEX "\"]}}"

/* A manifest of the members given, and the config. */
static void make_manifest(struct buf *out, const char *begin, const char *config_type,
                          const char *config, const char *layers)
{
    struct oci_digest digest = oci_digest_of(view_str(config));
    buf_printf(out,
               "{%s,\"config\":{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu},"
               "\"layers\":[%s]}",
               begin, config_type, digest.text, strlen(config), layers);
}

static void parses(const char *begin, const char *config_type, const char *manifest_type)
{
    cleanup_buf struct buf manifest = BUF_INIT(BUF_TEXT_CAP);
    cleanup_oci_image struct oci_image image = {0};
    struct error err = {0};
    make_manifest(&manifest, begin, config_type, CONFIG, LAYER);
    if (oci_image_parse(buf_view(&manifest), VIEW(CONFIG), &image, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(image.manifest.media_type, manifest_type);
    assert_string_equal(image.config.media_type, config_type);
    assert_true(view_equal(image.manifest.bytes, buf_view(&manifest)));
    assert_ptr_not_equal(image.manifest.bytes.ptr, manifest.ptr);
    assert_view(image.config.bytes, CONFIG);
    struct oci_digest digest = oci_digest_of(buf_view(&manifest));
    assert_string_equal(image.manifest.digest.text, digest.text);
    assert_int_equal(image.layer_count, 1);
    assert_string_equal(image.layers[0].media_type, OCI_TYPE_LAYER_GZIP);
    assert_string_equal(image.layers[0].digest.text, "sha256:" HEX);
    assert_int_equal(image.layers[0].size, 7);
    assert_int_equal(image.layers[0].bytes.len, 0);
    assert_false(image.complete);
}

static void takes_both_families(void **state)
{
    (void)state;
    parses("\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_MANIFEST "\"", OCI_TYPE_CONFIG,
           OCI_TYPE_MANIFEST);
    parses("\"schemaVersion\":2", OCI_TYPE_CONFIG, OCI_TYPE_MANIFEST);
    parses("\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_DOCKER_MANIFEST "\"",
           OCI_TYPE_DOCKER_CONFIG, OCI_TYPE_DOCKER_MANIFEST);
}

static void refused(const char *manifest, const char *config, const char *says)
{
    struct oci_image image = {.layer_count = 99};
    struct error err = {0};
    assert_int_equal(oci_image_parse(view_str(manifest), view_str(config), &image, &err), -1);
    assert_int_equal(err.domain, ERROR_INPUT);
    if (!strstr(err.message, says))
        fail_msg("\"%s\" does not say \"%s\"", err.message, says);
    assert_int_equal(image.layer_count, 99);
}

static void refuses_what_is_no_manifest(void **state)
{
    (void)state;
    refused("", CONFIG, "the manifest is not JSON");
    refused("[]", CONFIG, "the manifest is no JSON object");
    refused("{\"a\":1,\"a\":2}", CONFIG, "the manifest is not JSON");
    refused("{}", CONFIG, "\"schemaVersion\" 2");
    refused("{\"schemaVersion\":1}", CONFIG, "\"schemaVersion\" 2");
    refused("{\"schemaVersion\":2}", CONFIG, "the config has no \"mediaType\"");
    refused("{\"schemaVersion\":2,\"mediaType\":\"a/\\u001b[1m\"}", CONFIG,
            "media type \"a/\\x1b[1m\"");
    refused("{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_INDEX "\"}", CONFIG,
            "Lambda takes a single manifest");
    refused("{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_DOCKER_LIST "\"}", CONFIG,
            "Lambda takes a single manifest");
    refused("{\"schemaVersion\":2,\"manifests\":[]}", CONFIG, "Lambda takes a single manifest");
}

static void refused_layers(const char *layers, const char *says)
{
    cleanup_buf struct buf manifest = BUF_INIT(BUF_TEXT_CAP);
    make_manifest(&manifest, "\"schemaVersion\":2", OCI_TYPE_CONFIG, CONFIG, layers);
    refused(buf_str(&manifest), CONFIG, says);
}

#define TYPE "\"mediaType\":\"" OCI_TYPE_LAYER "\""
#define DIGEST "\"digest\":\"sha256:" HEX "\""

static void refuses_wrong_layers(void **state)
{
    (void)state;
    refused_layers("", "the config knows 1 layers, and the manifest 0");
    refused_layers(LAYER "," LAYER, "the config knows 1 layers, and the manifest 2");
    refused_layers("7", "layer 1 has no \"mediaType\"");
    refused_layers("{" TYPE "}", "\"digest\" of the layer 1");
    refused_layers("{" TYPE ",\"digest\":\"sha512:00\"}", "\"digest\" of the layer 1");
    refused_layers(LAYER ",{" TYPE "," DIGEST "}", "\"size\" of the layer 2");
    refused_layers("{" TYPE "," DIGEST ",\"size\":-1}", "\"size\" of the layer 1");
    refused_layers("{" TYPE "," DIGEST ",\"size\":1.5}", "\"size\" of the layer 1");
    refused_layers("{" TYPE "," DIGEST ",\"size\":10737418241}", "10 GB");
    refused_layers("{" TYPE "," DIGEST ",\"size\":10737418240}," LAYER, "10 GB");
    refused_layers("{\"mediaType\":\"application/vnd.in-toto+json\"," DIGEST ",\"size\":1}",
                   "the layer 1 has the media type \"application/vnd.in-toto+json\"");
}

static void refuses_too_many_layers(void **state)
{
    (void)state;
    cleanup_buf struct buf layers = BUF_INIT(BUF_TEXT_CAP);
    for (int i = 0; i <= OCI_LAYERS_MAX; i++)
        buf_printf(&layers, "%s" LAYER, i ? "," : "");
    refused_layers(buf_str(&layers), "129 layers");
}

static void refused_config(const char *config, const char *says)
{
    cleanup_buf struct buf manifest = BUF_INIT(BUF_TEXT_CAP);
    make_manifest(&manifest, "\"schemaVersion\":2", OCI_TYPE_CONFIG, config, "");
    refused(buf_str(&manifest), config, says);
}

#define PLATFORM "{\"architecture\":\"amd64\",\"os\":\"linux\""

static void refuses_wrong_configs(void **state)
{
    (void)state;
    refused_config("x", "the config is not JSON");
    refused_config("{\"rootfs\":{}}", "for which platform");
    refused_config(PLATFORM "}", "\"rootfs\" of the config is no object");
    refused_config(PLATFORM ",\"rootfs\":{\"diff_ids\":[\"x\"]}}", "\"diff_ids\"");
    refused_config(PLATFORM ",\"rootfs\":{\"diff_ids\":[7]}}", "\"diff_ids\"");
    refused_config("{\"architecture\":7}", "\"architecture\" of the config is no text");
    refused_config(PLATFORM ",\"config\":7}", "\"config\" of the config is no object");
    refused_config(PLATFORM ",\"config\":{\"Entrypoint\":\"x\"}}", "\"Entrypoint\"");
    refused_config(PLATFORM ",\"config\":{\"Labels\":{\"a\":1}}}", "\"Labels\"");
    cleanup_buf struct buf manifest = BUF_INIT(BUF_TEXT_CAP);
    make_manifest(&manifest, "\"schemaVersion\":2", OCI_TYPE_CONFIG, CONFIG, LAYER);
    refused(buf_str(&manifest), CONFIG " ", "not the one that the manifest names");
}

static void config_in_full(void **state)
{
    (void)state;
    static const struct view text = VIEW(
        PLATFORM ",\"created\":\"2024-01-01T00:00:00Z\",\"config\":{\"Env\":[\"A=1\",\"B=2\"],"
                 "\"Entrypoint\":[\"/a\",\"b\"],\"Cmd\":null,\"WorkingDir\":\"/w\",\"User\":\"1\","
                 "\"Labels\":{\"z\":\"1\",\"a\":\"2\"}},\"rootfs\":{\"diff_ids\":[]}}");
    cleanup_oci_config struct oci_config config = {0};
    assert_int_equal(oci_config_parse(text, &config, NULL), 0);
    assert_string_equal(config.architecture, "amd64");
    assert_string_equal(config.os, "linux");
    assert_string_equal(config.created, "2024-01-01T00:00:00Z");
    assert_int_equal(config.env.count, 2);
    assert_string_equal(config.env.items[1], "B=2");
    assert_int_equal(config.entrypoint.count, 2);
    assert_string_equal(config.entrypoint.items[0], "/a");
    assert_int_equal(config.cmd.count, 0);
    assert_string_equal(config.working_dir, "/w");
    assert_string_equal(config.user, "1");
    assert_int_equal(config.label_count, 2);
    assert_string_equal(config.labels[0].name, "a");
    assert_string_equal(config.labels[0].value, "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_both_families),   cmocka_unit_test(refuses_what_is_no_manifest),
        cmocka_unit_test(refuses_wrong_layers),  cmocka_unit_test(refuses_too_many_layers),
        cmocka_unit_test(refuses_wrong_configs), cmocka_unit_test(config_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
