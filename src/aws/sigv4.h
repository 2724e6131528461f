/* Signature Version 4 of a request, in its headers [AWS General Reference "Signature Version 4
 * signing process"]: canonical request, string to sign, signature, Authorization. Computes only: no
 * clock, no environment, no network. */
#ifndef LORRY_AWS_SIGV4_H
#define LORRY_AWS_SIGV4_H

#include <stddef.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"
#include "net/http.h"

#define SHA256_HEX_LEN 64

enum sigv4_flag {
    /* The path is signed as it is sent: no second percent-encoding, no normalisation of dots and
     * slashes. S3 wants that, no other service does. */
    SIGV4_S3_PATH = 1,
    /* Dots and repeated slashes in the path stay, though it is encoded once more. */
    SIGV4_KEEP_DOTS = 2,
    /* Adds and signs x-amz-content-sha256, as S3 wants it. */
    SIGV4_SIGN_BODY = 4,
    /* The session token is sent but not signed. */
    SIGV4_OMIT_TOKEN = 8,
};

struct sigv4_options {
    const struct aws_credentials *credentials;
    struct view region;  /* "eu-central-1" */
    struct view service; /* the signing name: "secretsmanager", "ssm", "dynamodb", ... */
    int64_t time_us;     /* now, microseconds since 1970 */
    unsigned flags;      /* enum sigv4_flag */
};

/* What signing gives. The headers that sigv4_sign() adds to the request borrow from it. */
struct sigv4 {
    char date[17];                           /* 20150830T123600Z, x-amz-date */
    char content_sha256[SHA256_HEX_LEN + 1]; /* of the body, in hexadecimal */
    char signature[SHA256_HEX_LEN + 1];
    struct buf canonical_request;
    struct buf string_to_sign;
    struct buf authorization; /* the value of the header */
    struct buf token;         /* the session token; empty if there is none */
};

/* Signs `request` and adds x-amz-date, x-amz-content-sha256 and x-amz-security-token (where due)
 * and Authorization to it; they borrow from `result`, which is initialised by the call and has to
 * live as long as the request is used.
 *
 * All headers of the request are signed, but for those that proxies and clients alter. A Host
 * header is signed as if it were there: it is made from the URL, as the HTTP clients do, with the
 * port only if it is not the scheme's own. Query parameters may come in any order; they are taken
 * apart at
 * "&" and the first "=", and "%XX" in them is undone before they are encoded canonically; a plus is
 * a plus.
 *
 * Error: ERROR_USAGE if the URL is not absolute or too much has to be signed; the request is
 * untouched then. */
int sigv4_sign(struct http_request *request, const struct sigv4_options *options,
               struct sigv4 *result, struct error *err);

/* Overwrites the token, frees everything. Safe on a zeroed one. */
void sigv4_release(struct sigv4 *result);
#define cleanup_sigv4 __attribute__((cleanup(sigv4_release)))

#endif
