/* URLs as users write them (RFC 3986, SQLAlchemy's form of database URLs included). */
#ifndef LORRY_NET_URL_H
#define LORRY_NET_URL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

#define URL_LENGTH_MAX 4096

/* All parts are NUL-terminated and owned. User, password and path are percent-decoded; a "%"
 * without two hexadecimal digits behind it stands for itself. */
struct url {
    char *scheme;   /* lower case */
    char *user;     /* "" if none */
    char *password; /* NULL if none; "" if empty */
    char *host;     /* lower case; an IPv6 address without its brackets; "" if none */
    int port;       /* 0 if none */
    char *path;     /* with its leading "/"; "" if none */
    char *query;    /* not decoded, without the "?"; "" if none */
};

/* "scheme://[user[:password]@][host][:port][/path][?query]". http and https follow RFC 3986; with
 * any other scheme a password reaches up to the first "@", as in SQLAlchemy, and need not be
 * encoded otherwise. Error: ERROR_SETTING; it quotes nothing of the URL, since a password may be
 * anywhere in one that is malformed. */
int url_parse(struct view text, struct url *url, struct error *err);

/* Appends the URL as it is written, but without its password and the colon in front of that. What
 * the password is, url_parse() says. Errors: its own. */
int url_append_without_password(struct buf *out, struct view text, struct error *err);

/* The decoded value of a query parameter into an owned string (free()), or NULL if it is not there.
 */
char *url_query(const struct url *url, const char *name);

/* Percent-encodes all but the unreserved characters of RFC 3986 and those in `keep`. */
void url_encode(struct view text, const char *keep, struct buf *out);

/* The opposite, as an owned string (free()), or NULL if it would contain a NUL. A "%" without two
 * hexadecimal digits behind it stands for itself. `plus_is_space`: as forms have it. */
char *url_decode(struct view text, bool plus_is_space);

/* Appends what a Location header means in the answer to a request for `base` (an absolute http or
 * https URL): RFC 3986 section 5.2, but dot segments stay. A fragment is left out. */
void url_resolve(struct view base, struct view location, struct buf *out);

/* Overwrites the password, frees everything. Safe on a zeroed one. */
void url_release(struct url *url);
#define cleanup_url __attribute__((cleanup(url_release)))

#endif
