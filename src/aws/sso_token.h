/* The token of a sign-on, as "aws sso login" leaves it in ~/.aws/sso/cache. It is only read: what
 * would renew it would have to write it. Private to aws/. */
#ifndef LORRY_AWS_SSO_TOKEN_H
#define LORRY_AWS_SSO_TOKEN_H

#include <stdint.h>

#include "base/buf.h"

#define SSO_TOKEN_FILE_MAX ((size_t)64 << 10)

struct sso_token {
    struct buf text;
    int64_t expires_us; /* since 1970 */
};

/* Overwrites it. Safe on a zeroed one. */
void sso_token_release(struct sso_token *token);
#define cleanup_sso_token __attribute__((cleanup(sso_token_release)))

/* Reads the (zeroed) token of a session of the configuration file, or without one (the older way)
 * of a start URL: `name`. Errors: ERROR_SYSTEM with ENOENT if nobody has signed on; ERROR_INPUT if
 * the file is not what it should be. Nothing of it is quoted. */
int sso_token_read(const char *name, struct sso_token *token, struct error *err);

/* The same of a file's text. */
int sso_token_parse(struct view json, struct sso_token *token, struct error *err);

#endif
