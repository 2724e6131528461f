/* What of a request or an answer may be shown. When in doubt, it is left out. */
#ifndef LORRY_NET_HTTP_REDACT_H
#define LORRY_NET_HTTP_REDACT_H

#include "base/buf.h"
#include "base/view.h"

/* Appends a URL with "***" for user info and for the values of parameters that sign or log in
 * (X-Amz-Signature, token, ...). */
void http_redact_url(struct view url, struct buf *out);

/* Appends the value of a header, or what of it is no secret: of Authorization the scheme, and of
 * Signature Version 4 all but the signature; of cookies and tokens nothing. */
void http_redact_header(struct view name, struct view value, struct buf *out);

/* Appends a body of JSON, XML or form members with "***" for the values of those whose names say
 * that they are secrets (SecretString, authorizationToken, password, ...), and with the parameters
 * of SQL statements ("args", "bulk_args") left out. Of other content, of JSON that is none and of
 * what is too long, the size is told. */
void http_redact_body(struct view content_type, struct view body, struct buf *out);

#endif
