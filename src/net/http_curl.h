/* HTTP on libcurl, for the command line: proxies (HTTPS_PROXY, NO_PROXY), AWS_CA_BUNDLE,
 * SSL_CERT_FILE. */
#ifndef LORRY_NET_HTTP_CURL_H
#define LORRY_NET_HTTP_CURL_H

#include "net/http.h"

/* NULL and `err` if libcurl cannot be set up. */
struct http_client *http_curl_new(struct error *err);

#endif
