#include "oci/config.h"

#include <stdlib.h>

#include "base/memory.h"
#include "oci/document.h"

void oci_config_release(struct oci_config *config)
{
    arena_release(&config->arena);
    *config = (struct oci_config){0};
}

static int wrong(const char *name, const char *wanted, struct error *err)
{
    return error_set(err, ERROR_INPUT, 0, "\"%s\" of the config is no %s", name, wanted);
}

static const char *keep(struct arena *arena, const json_t *text)
{
    return arena_copy(arena, view_str(json_string_value(text))).ptr;
}

/* Members may be missing, and null in the files of many builders. */
static int read_text(struct arena *arena, const json_t *object, const char *name, const char **text,
                     struct error *err)
{
    const json_t *value = json_object_get(object, name);
    *text = "";
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_string(value))
        return wrong(name, "text", err);
    *text = keep(arena, value);
    return 0;
}

static int read_texts(struct arena *arena, const json_t *object, const char *name,
                      struct oci_texts *texts, struct error *err)
{
    const json_t *list = json_object_get(object, name), *value;
    size_t i;
    *texts = (struct oci_texts){0};
    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list))
        return wrong(name, "list of texts", err);
    texts->items = arena_calloc(arena, json_array_size(list), sizeof(*texts->items));
    json_array_foreach(list, i, value)
    {
        if (!json_is_string(value))
            return wrong(name, "list of texts", err);
        texts->items[texts->count++] = keep(arena, value);
    }
    return 0;
}

static int compare_labels(const void *a, const void *b)
{
    return strcmp(((const struct oci_label *)a)->name, ((const struct oci_label *)b)->name);
}

static int read_labels(struct oci_config *config, json_t *object, struct error *err)
{
    json_t *labels = json_object_get(object, "Labels"), *value;
    const char *name;
    if (!labels || json_is_null(labels))
        return 0;
    if (!json_is_object(labels))
        return wrong("Labels", "object", err);
    config->labels =
        arena_calloc(&config->arena, json_object_size(labels) + 1, sizeof(*config->labels));
    json_object_foreach(labels, name, value)
    {
        if (!json_is_string(value))
            return wrong("Labels", "object of texts", err);
        config->labels[config->label_count++] = (struct oci_label){
            arena_copy(&config->arena, view_str(name)).ptr, keep(&config->arena, value)};
    }
    qsort(config->labels, config->label_count, sizeof(*config->labels), compare_labels);
    return 0;
}

static int read_execution(struct oci_config *config, json_t *object, struct error *err)
{
    struct arena *arena = &config->arena;
    if (object && !json_is_object(object) && !json_is_null(object))
        return wrong("config", "object", err);
    if (read_texts(arena, object, "Entrypoint", &config->entrypoint, err) < 0 ||
        read_texts(arena, object, "Cmd", &config->cmd, err) < 0 ||
        read_texts(arena, object, "Env", &config->env, err) < 0 ||
        read_text(arena, object, "WorkingDir", &config->working_dir, err) < 0 ||
        read_text(arena, object, "User", &config->user, err) < 0)
        return -1;
    return read_labels(config, object, err);
}

static int read_diff_ids(struct oci_config *config, const json_t *document, struct error *err)
{
    const json_t *rootfs = json_object_get(document, "rootfs");
    struct oci_digest digest;
    if (!json_is_object(rootfs))
        return wrong("rootfs", "object", err);
    if (read_texts(&config->arena, rootfs, "diff_ids", &config->diff_ids, err) < 0)
        return -1;
    for (size_t i = 0; i < config->diff_ids.count; i++)
        if (!oci_digest_parse(view_str(config->diff_ids.items[i]), &digest))
            return wrong("diff_ids", "list of sha256 digests", err);
    return 0;
}

int oci_config_parse(struct view text, struct oci_config *config, struct error *err)
{
    cleanup_document json_t *document = NULL;
    cleanup_oci_config struct oci_config found = {0};
    if (document_read(text, "config", &document, err) < 0 ||
        read_text(&found.arena, document, "architecture", &found.architecture, err) < 0 ||
        read_text(&found.arena, document, "os", &found.os, err) < 0 ||
        read_text(&found.arena, document, "created", &found.created, err) < 0 ||
        read_execution(&found, json_object_get(document, "config"), err) < 0 ||
        read_diff_ids(&found, document, err) < 0)
        return -1;
    if (!*found.architecture || !*found.os)
        return error_set(err, ERROR_INPUT, 0, "the config does not say for which platform it is");
    *config = found;
    found = (struct oci_config){0};
    return 0;
}
