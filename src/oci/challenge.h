/* What a registry wants to see before it answers: the header WWW-Authenticate (RFC 9110 section
 * 11.6.1; Distribution's "Token Authentication Specification"). Private to oci/. */
#ifndef LORRY_OCI_CHALLENGE_H
#define LORRY_OCI_CHALLENGE_H

#include "base/buf.h"
#include "base/view.h"

enum challenge_scheme {
    CHALLENGE_NONE,   /* nothing that is known here */
    CHALLENGE_BASIC,  /* user and password */
    CHALLENGE_BEARER, /* a token, which `realm` gives out */
};

struct challenge {
    enum challenge_scheme scheme;
    struct buf realm; /* of Bearer: a URL */
    struct buf service;
};

/* Reads the header lines of an answer (struct http_response). Of several challenges, in one header
 * or many, the best one that is understood: Bearer with a realm before Basic. Whatever is malformed
 * ends the header it is in. */
void challenge_read(struct view header, struct challenge *challenge);

/* Safe on a zeroed one. */
void challenge_release(struct challenge *challenge);
#define cleanup_challenge __attribute__((cleanup(challenge_release)))

#endif
