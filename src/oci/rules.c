#include "oci/rules.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/printable.h"
#include "oci/layer.h"
#include "oci/tree.h"

/* What breaks a rule is counted; some of it is named. */
struct tally {
    size_t count;
    struct buf names;
};

enum { NAMES_SHOWN = 3 };

/* The files of the image while they are visited. */
struct visit {
    struct tree tree;
    size_t layer;
    struct tally orphans;    /* files whose folder is in no layer */
    struct tally strays;     /* those whose folder is in a lower layer only */
    struct tally unreadable; /* files and folders that not everybody may read */
};

static void visit_release(struct visit *visit)
{
    tree_release(&visit->tree);
    buf_release(&visit->orphans.names);
    buf_release(&visit->strays.names);
    buf_release(&visit->unreadable.names);
}

void oci_findings_release(struct oci_findings *findings)
{
    arena_release(&findings->arena);
    free(findings->items);
    *findings = (struct oci_findings){0};
}

const char *oci_lambda_architecture(const char *architecture)
{
    if (strcmp(architecture, "amd64") == 0)
        return "x86_64";
    return strcmp(architecture, "arm64") == 0 ? "arm64" : NULL;
}

__attribute__((format(printf, 4, 5))) static void
add_finding(struct oci_findings *findings, const char *rule, bool refused, const char *format, ...)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP), shown = BUF_INIT(BUF_TEXT_CAP);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    printable_append(&shown, buf_view(&text));
    findings->items = xreallocarray(findings->items, findings->count + 1, sizeof(*findings->items));
    findings->items[findings->count++] =
        (struct oci_finding){rule, refused, arena_copy(&findings->arena, buf_view(&shown)).ptr};
    findings->refused |= refused;
}

static void count(struct tally *tally, const char *name)
{
    if (tally->count < NAMES_SHOWN) {
        tally->names.cap = BUF_TEXT_CAP;
        buf_printf(&tally->names, "%s%s", tally->count ? ", " : "", name);
    }
    tally->count++;
}

static void add_tally(struct oci_findings *findings, const char *rule, bool refused,
                      const struct tally *tally, const char *what)
{
    const char *more = tally->count > NAMES_SHOWN ? ", ..." : "";
    if (tally->count)
        add_finding(findings, rule, refused, "%zu %s %s: %s%s", tally->count,
                    tally->count == 1 ? "file" : "files", what, buf_str(&tally->names), more);
}

static void check_platform(const struct oci_config *config, struct oci_findings *findings)
{
    if (strcmp(config->os, "linux") == 0 && oci_lambda_architecture(config->architecture))
        return;
    add_finding(findings, "platform", true,
                "it is for %s/%s, and Lambda runs linux/amd64 and linux/arm64", config->os,
                config->architecture);
}

static void check_entrypoint(const struct oci_config *config, struct oci_findings *findings)
{
    const struct oci_texts *entrypoint = &config->entrypoint;
    if (!entrypoint->count && !config->cmd.count)
        add_finding(findings, "entrypoint", true, "there is no entrypoint, nothing to be run");
    else if (!entrypoint->count)
        add_finding(findings, "entrypoint", false,
                    "there is a command, but no entrypoint, which Lambda asks for");
    else if (*entrypoint->items[0] != '/')
        add_finding(findings, "entrypoint", true, "the entrypoint \"%s\" is no absolute path",
                    entrypoint->items[0]);
}

/* An uncompressed layer is refused with UnsupportedImageLayerDetected, but not in all manifests. */
static void check_compression(const struct oci_image *image, struct oci_findings *findings)
{
    bool docker = strcmp(image->manifest.media_type, OCI_TYPE_DOCKER_MANIFEST) == 0;
    for (size_t i = 0; i < image->layer_count; i++) {
        enum layer_compression is = layer_compression(image->layers[i].media_type);
        if (is == LAYER_PLAIN)
            add_finding(findings, "compression", docker, "layer %zu is not compressed", i + 1);
        if (is == LAYER_OTHER)
            add_finding(findings, "compression", true, "layer %zu is not compressed with gzip",
                        i + 1);
    }
    if (!image->layer_count)
        add_finding(findings, "layers", true, "there is no layer in it");
}

static void check_folder(struct visit *visit, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return;
    const struct tree_node *folder = tree_at(&visit->tree, view_between(path, slash));
    if (!folder)
        count(&visit->orphans, path);
    else if (folder->layer != visit->layer)
        count(&visit->strays, path);
}

static int visit_entry(void *user, const struct layer_entry *entry, struct error *err)
{
    (void)err;
    struct visit *visit = user;
    mode_t wanted = entry->type == LAYER_FOLDER ? 05 : 04;
    bool concerned = entry->type == LAYER_FOLDER || entry->type == LAYER_FILE;
    check_folder(visit, entry->path);
    if (concerned && (entry->mode & wanted) != wanted)
        count(&visit->unreadable, entry->path);
    tree_add(&visit->tree, visit->layer, entry);
    return 0;
}

static void check_layer(const struct oci_blob *layer, const char *diff_id, struct visit *visit,
                        struct oci_findings *findings)
{
    const struct layer_walk walk = {visit_entry, visit, OCI_IMAGE_MAX - findings->unpacked_size};
    struct layer_seen seen;
    struct error err = {0};
    size_t number = visit->layer + 1;
    if (layer_walk(layer, &walk, &seen, &err) < 0) {
        add_finding(findings, "layers", true, "layer %zu cannot be unpacked: %s", number,
                    err.message);
        return;
    }
    findings->unpacked_size += seen.size;
    if (strcmp(seen.diff_id.text, diff_id) != 0)
        add_finding(findings, "layers", true, "layer %zu is not the one that the config names",
                    number);
}

/* What the kernel says of both is "exec format error" and "no such file or directory". */
static void check_executable(const struct oci_config *config, const struct tree *tree,
                             const struct tree_node *node, struct oci_findings *findings)
{
    const char *path = config->entrypoint.items[0];
    const char *wanted = oci_lambda_architecture(config->architecture);
    if (node->architecture && wanted && strcmp(node->architecture, wanted) != 0)
        add_finding(findings, "platform", true,
                    "the entrypoint \"%s\" is for %s, and the image for %s", path,
                    node->architecture, wanted);
    if (*node->interpreter && !tree_find(tree, node->interpreter))
        add_finding(findings, "entrypoint", true,
                    "the entrypoint \"%s\" needs the loader %s, which is in no layer", path,
                    node->interpreter);
}

static void check_program(const struct oci_config *config, const struct tree *tree,
                          struct oci_findings *findings)
{
    const char *path = config->entrypoint.count ? config->entrypoint.items[0] : "";
    if (*path != '/')
        return;
    const struct tree_node *node = tree_find(tree, path);
    const char *problem = !node                         ? "is in no layer"
                          : node->type == LAYER_SYMLINK ? "is a symbolic link"
                          : node->type != LAYER_FILE    ? "is no file"
                          : (node->mode & 05) != 05     ? "may not be read and run by everybody"
                                                        : NULL;
    if (problem)
        add_finding(findings, "entrypoint", true, "the entrypoint \"%s\" %s", path, problem);
    else
        check_executable(config, tree, node, findings);
}

static bool can_be_walked(const struct oci_image *image)
{
    for (size_t i = 0; i < image->layer_count; i++)
        if (layer_compression(image->layers[i].media_type) == LAYER_OTHER)
            return false;
    return image->complete;
}

static void check_files(const struct oci_image *image, const struct oci_config *config,
                        struct oci_findings *findings)
{
    struct visit visit __attribute__((cleanup(visit_release))) = {0};
    size_t before = findings->count;
    for (size_t i = 0; i < image->layer_count; i++) {
        visit.layer = i;
        check_layer(&image->layers[i], config->diff_ids.items[i], &visit, findings);
    }
    if (findings->count > before) { /* what is damaged says nothing about the files */
        findings->unpacked_size = 0;
        return;
    }
    add_tally(findings, "folders", true, &visit.orphans, "in folders that no layer has");
    add_tally(findings, "folders", false, &visit.strays,
              "in folders that only lower layers have, and not their own");
    add_tally(findings, "modes", false, &visit.unreadable,
              "that not everybody may read, as Lambda's user has to");
    if (visit.tree.cut)
        add_finding(findings, "files", false, "there are more than %zu files: not all are checked",
                    TREE_FILES_MAX);
    else
        check_program(config, &visit.tree, findings);
}

void oci_check_rules(const struct oci_image *image, const struct oci_config *config,
                     struct oci_findings *findings)
{
    *findings = (struct oci_findings){0};
    check_platform(config, findings);
    check_entrypoint(config, findings);
    check_compression(image, findings);
    if (can_be_walked(image))
        check_files(image, config, findings);
}
