/* The canonical forms of Signature Version 4: of a path, a query, a set of headers. Every function
 * appends to `out`; more than it may hold shows in its `overflow`. */
#ifndef LORRY_AWS_CANONICAL_H
#define LORRY_AWS_CANONICAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "net/http.h"

/* The path, "/" if empty: encoded as it is (one that is encoded already is encoded twice), after
 * taking out "." and ".." segments and repeated slashes if `normalize`. */
void canonical_path(struct view path, bool normalize, struct buf *out);

/* S3's form: what is encoded stays so, everything else but slashes is encoded. */
void canonical_path_once(struct view path, struct buf *out);

/* The parameters, decoded, encoded, sorted by name and then by value. */
void canonical_query(struct view query, struct buf *out);

/* A header that is signed, and its place among those of equal names. */
struct canonical_header {
    struct view name; /* as given: any case */
    struct view value;
    size_t position;
};

/* Order of header names: bytes, ASCII letters without case. <0, 0, >0. */
int canonical_compare_names(struct view a, struct view b);

/* Sorts in place: by name in lower case, equal names in the order of their positions. */
void canonical_sort_headers(struct canonical_header *headers, size_t count);

/* "name:value\n" each; values of equal names joined with commas, white space runs become one space.
 * `headers` are sorted. */
void canonical_headers(const struct canonical_header *headers, size_t count, struct buf *out);

/* "a;b;c". `headers` are sorted. */
void canonical_signed_headers(const struct canonical_header *headers, size_t count,
                              struct buf *out);

/* Whether a header may be signed: proxies and HTTP clients leave it alone. */
bool canonical_header_signable(struct view name);

#endif
