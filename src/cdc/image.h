/* The new image of a record: an object of typed values into the attributes of a change. Private to
 * cdc/. */
#ifndef LORRY_CDC_IMAGE_H
#define LORRY_CDC_IMAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "cdc/change.h"
#include "cdc/cursor.h"

/* Deeper than any record: attribute values nest two levels of JSON per level. */
#define RECORD_DEPTH_MAX 256

/* Working memory that is reused from record to record. */
struct image_scratch {
    struct arena arena; /* reset for every record */
    struct attribute *attributes;
    size_t attribute_size;
    struct buf exact;
};

void image_scratch_init(struct image_scratch *scratch);
void image_scratch_release(struct image_scratch *scratch);

/* The text of a JSON string as json_scan_string() found it: as it is, or unescaped into the arena.
 */
struct view image_text(struct view text, unsigned flags, struct arena *arena);

/* Transcodes the image at the cursor, which is left behind it, into the attributes of `change`,
 * leaving out those of its key (which is known). False: `*problem` says why (a constant or a text
 * in `arena`), or it is NULL: the input is not JSON. */
bool image_read(struct cursor *in, struct change *change, struct arena *arena,
                struct image_scratch *scratch, const char **problem);

/* The same for an image that stands by itself. NULL, or what is wrong with it. */
const char *image_set(struct change *change, struct view image, struct arena *arena,
                      struct image_scratch *scratch);

#endif
