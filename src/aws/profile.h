/* The files of the AWS CLI: ~/.aws/config and ~/.aws/credentials, or those that AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE name [AWS CLI User Guide "Configuration and credential file
 * settings"]. */
#ifndef LORRY_AWS_PROFILE_H
#define LORRY_AWS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/view.h"

#define PROFILE_FILE_MAX ((size_t)1 << 20)

enum profile_section {
    PROFILE_CREDENTIALS, /* of the credentials file: [name] */
    PROFILE_CONFIG,      /* of the configuration file: [profile name], [default] */
    PROFILE_SSO_SESSION, /* [sso-session name] */
    PROFILE_SERVICES,    /* [services name] */
};

struct profiles;

/* Reads both files; one that is not there is an empty one. Errors: ERROR_SETTING with file and line
 * for what is no line of such a file; ERROR_SYSTEM, ERROR_INPUT if it cannot be read. */
struct profiles *profiles_read(struct error *err);

/* Adds the text of a file to `profiles` (made if it is NULL); `credentials`: which of the two it
 * is. `path` is for messages. On failure what `profiles` holds is unspecified. */
int profiles_parse(struct profiles **profiles, struct view text, bool credentials, const char *path,
                   struct error *err);

/* Overwrites what it holds. NULL is allowed. */
void profiles_free(struct profiles *profiles);

/* Whether a section of that name is there. */
bool profiles_has(const struct profiles *profiles, enum profile_section section, const char *name);

/* The value of a key, in lower case: files may spell it in any. Of a nested one,
 * "secrets_manager.endpoint_url", of which only the first part may be spelt in any case. Of several
 * the last. NULL if there is none. Owned by `profiles`. */
const char *profiles_get(const struct profiles *profiles, enum profile_section section,
                         const char *name, const char *key);

/* The same of a profile: the credentials file first, then the configuration file. */
const char *profiles_value(const struct profiles *profiles, const char *profile, const char *key);

/* Calls `each` with every key and value of a section, in the order of the file. */
void profiles_each(const struct profiles *profiles, enum profile_section section, const char *name,
                   void (*each)(void *user, const char *key, const char *value), void *user);

#endif
