#include "oci/image.h"

#include <stdlib.h>

#include "base/memory.h"

void oci_image_release(struct oci_image *image)
{
    free(image->manifest.media_type);
    free(image->config.media_type);
    for (size_t i = 0; i < image->layer_count; i++)
        free(image->layers[i].media_type);
    free(image->layers);
    for (size_t i = 0; i < image->buffer_count; i++)
        buf_release(&image->buffers[i]);
    free(image->buffers);
    for (size_t i = 0; i < image->map_count; i++)
        file_map_release(&image->maps[i]);
    free(image->maps);
    *image = (struct oci_image){0};
}

struct oci_blob oci_image_keep(struct oci_image *image, const char *media_type, struct buf *bytes)
{
    image->buffers =
        xreallocarray(image->buffers, image->buffer_count + 1, sizeof(*image->buffers));
    image->buffers[image->buffer_count++] = *bytes;
    struct view view = buf_view(bytes);
    *bytes = (struct buf){0};
    return (struct oci_blob){xstrdup(media_type), oci_digest_of(view), view, view.len};
}

void oci_image_keep_map(struct oci_image *image, struct file_map *map)
{
    image->maps = xreallocarray(image->maps, image->map_count + 1, sizeof(*image->maps));
    image->maps[image->map_count++] = *map;
    *map = (struct file_map){0};
}
