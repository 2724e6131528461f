#include "oci/build.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/map.h"
#include "base/memory.h"
#include "oci/closure.h"
#include "oci/gzip.h"
#include "oci/input.h"
#include "oci/tar.h"
#include "json/writer.h"

#define LAYER_MAX ((size_t)512 << 20)
#define LAYERS 3 /* at most */
#define TMP_MODE 01777
#define LABEL "org.opencontainers.image."

/* An image while it is made. */
struct making {
    const struct oci_build *build;
    struct file_map executable, bundle;
    struct elf elf;
    char entrypoint[PATH_MAX];
    char created[32];
    struct oci_label labels[OCI_LABELS_MAX + 2]; /* sorted by name */
    size_t label_count;
    struct closure closure;             /* empty: linked statically */
    struct oci_digest diff_ids[LAYERS]; /* of the layers, not compressed */
    struct oci_image image;
};

static void making_release(struct making *making)
{
    file_map_release(&making->executable);
    file_map_release(&making->bundle);
    closure_release(&making->closure);
    oci_image_release(&making->image);
}

/* What OCI, after Go, calls it. */
static const char *platform(const char *architecture)
{
    return strcmp(architecture, "x86_64") == 0 ? "amd64" : "arm64";
}

static int compare_labels(const void *a, const void *b)
{
    return strcmp(((const struct oci_label *)a)->name, ((const struct oci_label *)b)->name);
}

/* One that goes without saying: what was said goes first. */
static void add_label(struct making *making, const char *name, const char *value)
{
    for (size_t i = 0; i < making->build->label_count; i++)
        if (strcmp(making->build->labels[i].name, name) == 0)
            return;
    making->labels[making->label_count++] = (struct oci_label){name, value};
}

static int sort_labels(struct making *making, struct error *err)
{
    const struct oci_build *build = making->build;
    time_t seconds = (time_t)build->created_s;
    struct tm tm;
    if (build->label_count > OCI_LABELS_MAX)
        return error_set(err, ERROR_INPUT, 0, "more than %d labels", OCI_LABELS_MAX);
    if (!gmtime_r(&seconds, &tm) ||
        !strftime(making->created, sizeof(making->created), "%Y-%m-%dT%H:%M:%SZ", &tm))
        return error_set(err, ERROR_INPUT, 0, "the time of the image is beyond all calendars");
    for (size_t i = 0; i < build->label_count; i++)
        making->labels[making->label_count++] = build->labels[i];
    add_label(making, LABEL "created", making->created);
    if (build->version)
        add_label(making, LABEL "version", build->version);
    qsort(making->labels, making->label_count, sizeof(*making->labels), compare_labels);
    for (size_t i = 1; i < making->label_count; i++)
        if (compare_labels(&making->labels[i - 1], &making->labels[i]) == 0)
            return error_set(err, ERROR_INPUT, 0, "the label \"%s\" is there twice",
                             making->labels[i].name);
    return 0;
}

static int read_inputs(struct making *making, struct error *err)
{
    const struct oci_build *build = making->build;
    if (input_executable(build->executable, &making->executable, &making->elf, err) < 0 ||
        input_bundle(build->ca_bundle, &making->bundle, err) < 0)
        return -1;
    if (build->architecture && strcmp(build->architecture, making->elf.architecture) != 0)
        return error_set(err, ERROR_INPUT, 0, "\"%s\": built for %s, and the image is to be for %s",
                         build->executable, making->elf.architecture, build->architecture);
    const char *slash = strrchr(build->executable, '/');
    snprintf(making->entrypoint, sizeof(making->entrypoint), "/usr/bin/%s",
             slash ? slash + 1 : build->executable);
    const struct closure_of of = {build->executable, making->executable.bytes, &making->elf,
                                  making->entrypoint};
    return making->elf.interpreter.len ? closure_find(&of, &making->closure, err) : 0;
}

static int add_bundle(struct making *making, struct tar *tar, struct error *err)
{
    static const struct {
        const char *path;
        mode_t mode;
    } folders[] = {{"etc", 0755}, {"etc/ssl", 0755}, {"etc/ssl/certs", 0755}, {"tmp", TMP_MODE}};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        if (tar_add_folder(tar, folders[i].path, folders[i].mode, err) < 0)
            return -1;
    return tar_add_file(tar, "etc/ssl/certs/ca-certificates.crt", making->bundle.bytes, 0644, err);
}

/* The folders of a path, each once: `made` has those that there are. */
static int add_folders(struct tar *tar, const char *path, struct map *made, struct error *err)
{
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        cleanup_buf struct buf folder = BUF_INIT(PATH_MAX);
        void **place = map_at(made, view_between(path, slash));
        if (*place)
            continue;
        *place = made;
        buf_append_view(&folder, view_between(path, slash));
        bool is_tmp = strcmp(buf_str(&folder), "tmp") == 0;
        if (tar_add_folder(tar, buf_str(&folder), is_tmp ? TMP_MODE : 0755, err) < 0)
            return -1;
    }
    return 0;
}

/* All may be run: the loader has to be, and nothing depends on what the modes are here. */
static int add_libraries(struct making *making, struct tar *tar, struct error *err)
{
    cleanup_map struct map made = MAP_INIT;
    for (size_t i = 0; i < making->closure.count; i++) {
        const struct closure_file *file = &making->closure.files[i];
        if (add_folders(tar, file->path + 1, &made, err) < 0 ||
            tar_add_file(tar, file->path + 1, file->map.bytes, 0755, err) < 0)
            return -1;
    }
    return 0;
}

static int add_executable(struct making *making, struct tar *tar, struct error *err)
{
    if (tar_add_folder(tar, "usr", 0755, err) < 0 || tar_add_folder(tar, "usr/bin", 0755, err) < 0)
        return -1;
    return tar_add_file(tar, making->entrypoint + 1, making->executable.bytes, 0755, err);
}

static int make_layer(struct making *making,
                      int (*add)(struct making *, struct tar *, struct error *), struct error *err)
{
    size_t number = making->image.layer_count;
    cleanup_buf struct buf plain = BUF_INIT(LAYER_MAX), packed = BUF_INIT(LAYER_MAX);
    cleanup_tar struct tar *tar = tar_new(&plain, making->build->created_s);
    if (add(making, tar, err) < 0 || tar_end(tar, err) < 0 ||
        gzip_pack(buf_view(&plain), &packed, err) < 0)
        return -1;
    making->diff_ids[number] = oci_digest_of(buf_view(&plain));
    making->image.layers[number] = oci_image_keep(&making->image, OCI_TYPE_LAYER_GZIP, &packed);
    making->image.layer_count = number + 1;
    return 0;
}

static void put_labels(struct json_writer *json, const char *name, const struct making *making)
{
    json_put_name(json, view_str(name));
    json_begin_object(json);
    for (size_t i = 0; i < making->label_count; i++)
        json_member_string(json, making->labels[i].name, view_str(making->labels[i].value));
    json_end_object(json);
}

static void put_strings(struct json_writer *json, const char *name, const char *const *texts,
                        size_t count)
{
    json_put_name(json, view_str(name));
    json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        json_put_string(json, view_str(texts[i]));
    json_end_array(json);
}

/* [OCI Image Format Specification "Image Configuration"] */
static void make_config(struct making *making)
{
    struct buf text = BUF_INIT(OCI_MANIFEST_MAX);
    struct json_writer json;
    const char *const entrypoint[] = {making->entrypoint};
    const char *diff_ids[LAYERS] = {NULL};
    for (size_t i = 0; i < making->image.layer_count; i++)
        diff_ids[i] = making->diff_ids[i].text;
    json_writer_init(&json, &text);
    json_begin_object(&json);
    json_member_string(&json, "architecture", view_str(platform(making->elf.architecture)));
    json_put_name(&json, VIEW("config"));
    json_begin_object(&json);
    put_strings(&json, "Entrypoint", entrypoint, 1);
    put_labels(&json, "Labels", making);
    json_member_string(&json, "WorkingDir", VIEW("/"));
    json_end_object(&json);
    json_member_string(&json, "created", view_str(making->created));
    json_member_string(&json, "os", VIEW("linux"));
    json_put_name(&json, VIEW("rootfs"));
    json_begin_object(&json);
    put_strings(&json, "diff_ids", diff_ids, making->image.layer_count);
    json_member_string(&json, "type", VIEW("layers"));
    json_end_object(&json);
    json_end_object(&json);
    making->image.config = oci_image_keep(&making->image, OCI_TYPE_CONFIG, &text);
}

static void put_descriptor(struct json_writer *json, const struct oci_blob *blob)
{
    json_begin_object(json);
    json_member_string(json, "mediaType", view_str(blob->media_type));
    json_member_string(json, "digest", view_str(blob->digest.text));
    json_member_int(json, "size", (int64_t)blob->size);
    json_end_object(json);
}

/* [OCI Image Format Specification "Image Manifest"] */
static void make_manifest(struct making *making)
{
    struct buf text = BUF_INIT(OCI_MANIFEST_MAX);
    struct json_writer json;
    json_writer_init(&json, &text);
    json_begin_object(&json);
    json_member_int(&json, "schemaVersion", 2);
    json_member_string(&json, "mediaType", VIEW(OCI_TYPE_MANIFEST));
    json_put_name(&json, VIEW("config"));
    put_descriptor(&json, &making->image.config);
    json_put_name(&json, VIEW("layers"));
    json_begin_array(&json);
    for (size_t i = 0; i < making->image.layer_count; i++)
        put_descriptor(&json, &making->image.layers[i]);
    json_end_array(&json);
    put_labels(&json, "annotations", making);
    json_end_object(&json);
    making->image.manifest = oci_image_keep(&making->image, OCI_TYPE_MANIFEST, &text);
}

int oci_build(const struct oci_build *build, struct oci_image *image, struct error *err)
{
    struct making making __attribute__((cleanup(making_release))) = {.build = build};
    making.image.layers = xcalloc(LAYERS, sizeof(*making.image.layers));
    if (read_inputs(&making, err) < 0 || sort_labels(&making, err) < 0 ||
        make_layer(&making, add_bundle, err) < 0)
        return -1;
    if (making.closure.count && make_layer(&making, add_libraries, err) < 0)
        return -1;
    if (make_layer(&making, add_executable, err) < 0)
        return -1;
    make_config(&making);
    make_manifest(&making);
    making.image.complete = true;
    *image = making.image;
    making.image = (struct oci_image){0};
    return 0;
}
