/* Shows what an HTTP client sends and gets, without the secrets in it: for --debug-http. */
#ifndef LORRY_NET_HTTP_DEBUG_H
#define LORRY_NET_HTTP_DEBUG_H

#include <stdio.h>

#include "net/http.h"

/* A client that passes everything on to `inner` (which it owns from now on) and writes each request
 * and its answer to `out`: method, URL, headers, text bodies up to a few KiB, status, time. See
 * http_redact.h for what is left out. */
struct http_client *http_debug_new(struct http_client *inner, FILE *out);

#endif
