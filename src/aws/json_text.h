/* One text out of a small JSON answer, for the processor, which has no JSON trees. */
#ifndef LORRY_AWS_JSON_TEXT_H
#define LORRY_AWS_JSON_TEXT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"

/* Appends the text of a member of `json`, reached by the names of `path` from the outermost object
 * on (NULL-terminated), to `out`. False if there is none, or if it is no string; or if `json` is no
 * JSON. `out` is untouched then. */
bool aws_json_text(struct view json, const char *const *path, struct buf *out);

#endif
