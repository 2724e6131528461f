/* gzip without name, time or system: the same bytes for the same input [RFC 1952]. Private to oci/.
 */
#ifndef LORRY_OCI_GZIP_H
#define LORRY_OCI_GZIP_H

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

/* Appends the compressed bytes to `out`. Error: ERROR_INPUT beyond its cap. */
int gzip_pack(struct view bytes, struct buf *out, struct error *err);

#endif
