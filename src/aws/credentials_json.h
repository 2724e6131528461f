/* Credentials in the JSON that processes, containers and EC2 instances give. Private to aws/. */
#ifndef LORRY_AWS_CREDENTIALS_JSON_H
#define LORRY_AWS_CREDENTIALS_JSON_H

#include "aws/credential_source.h"

/* An answer with credentials is never larger. */
#define CREDENTIALS_JSON_CAP 65536

/* The names of the members; `token` may be missing in the JSON unless `expiring`. */
struct credentials_names {
    const char *id, *secret, *token, *expiration;
    bool expiring; /* they are always temporary: token and expiration have to be there */
};

/* Fills `found` (zeroed) from a JSON object. Error: ERROR_AWS, which quotes nothing of the text. */
int credentials_read_json(struct view json, const struct credentials_names *names,
                          struct credential_found *found, struct error *err);

#endif
