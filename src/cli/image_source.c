#include "cli/image_source.h"

#include <string.h>

#include "base/arena.h"

bool image_source_is_given(const struct image_source *source)
{
    return source->entrypoint || source->ca_bundle || source->labels.count;
}

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

static int build(const struct image_source *source, const struct package_source *chosen,
                 struct oci_image *image, struct error *err)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    struct oci_label labels[OPTION_LIST_MAX];
    struct package_source package = *chosen;
    package.ca_bundle = source->ca_bundle;
    package.labels = labels;
    package.label_count = source->labels.count;
    if (read_labels(&source->labels, &arena, labels, err) < 0)
        return -1;
    return package_make_image(&package, image, err);
}

int image_source_build(const struct cli *cli, const struct image_source *source,
                       struct oci_image *image)
{
    cleanup_package_choice struct package_choice choice = {0};
    struct error err = {0};
    int status = package_choose(cli, source->entrypoint, &choice);
    if (status != CLI_DONE)
        return status;
    return build(source, &choice.source, image, &err) < 0 ? cli_fail(cli, &err) : CLI_DONE;
}
