/* A bundle of CA certificates of which only those are decoded that a verification asks for: OpenSSL
 * takes 20 ms to load a usual bundle of 144, this index a tenth of that (FACTS section 9). */
#ifndef LORRY_NET_CA_STORE_H
#define LORRY_NET_CA_STORE_H

#include <openssl/x509_vfy.h>

#include "base/error.h"
#include "base/view.h"

struct ca_store;

/* Where systems keep their bundle, in the order in which they are tried. */
#define CA_STORE_PLACES 5
extern const char *const ca_store_places[CA_STORE_PLACES];

/* Reads a file of PEM certificates; other content is skipped. Errors: ERROR_SYSTEM if it cannot be
 * read, ERROR_SETTING if no certificate is in it. */
struct ca_store *ca_store_open(const char *path, struct error *err);

/* The same from memory, which is not kept. An index of nothing is no error here. */
struct ca_store *ca_store_parse(struct view pem);

/* How many certificates are in it. */
size_t ca_store_count(const struct ca_store *cas);

/* Makes `store` look for issuers here. `cas` must outlive it. 0 or -1 (out of memory in OpenSSL).
 */
int ca_store_attach(struct ca_store *cas, X509_STORE *store);

/* NULL is allowed. */
void ca_store_free(struct ca_store *cas);

#endif
