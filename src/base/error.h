/* The one error object. It is the last parameter of every function that can fail; such a function
 * returns 0 or -1 (or a pointer or NULL), and leaves its outputs untouched when it fails. Callers
 * add context on the way up with error_prefix(); only `main` and the Lambda entry point print.
 *
 * Messages are lower case, quote the subject, name the fix where there is one, and never contain a
 * secret. `err` may be NULL everywhere: the caller does not want to know. */
#ifndef LORRY_BASE_ERROR_H
#define LORRY_BASE_ERROR_H

#include <stdbool.h>

enum error_domain {
    ERROR_NONE,
    ERROR_SYSTEM,   /* code: errno */
    ERROR_USAGE,    /* wrong use of the command line; code: 0 */
    ERROR_SETTING,  /* a setting, an environment variable or a URL is wrong; code: 0 */
    ERROR_DECLINED, /* whoever was asked said no; code: 0 */
    ERROR_INPUT,    /* what was read is not what it should be; code: 0 */
    ERROR_NET,      /* no answer: DNS, connect, TLS, time-out; code: errno or 0 */
    ERROR_HTTP,     /* an answer that is no success; code: the status */
    ERROR_AWS,      /* an AWS service refused; code: the HTTP status */
    ERROR_SINK, /* the database refused; code: its own code (CrateDB 4xxx, SQLite result code) */
};

#define ERROR_MESSAGE_SIZE 1024
#define ERROR_NAME_SIZE 64

struct error {
    enum error_domain domain;
    int code;
    bool retry; /* the same call may succeed later */
    /* An earlier try of the same got no answer: what was asked for may have been done by that. */
    bool repeated;
    /* The peer's own name for it ("RepositoryNotFoundException"; an OCI registry's "NAME_UNKNOWN"):
     * what callers decide by. "" if it gave none. */
    char name[ERROR_NAME_SIZE];
    char message[ERROR_MESSAGE_SIZE];
};

/* Fills `err` (unless NULL); a message that is too long is cut. Always returns -1, so that
 * `return error_set(...)` reads well. */
int error_set(struct error *err, enum error_domain domain, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same with `retry` set. */
int error_set_retry(struct error *err, enum error_domain domain, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Sets the name of an error, cut if it is too long. `err` may be NULL. */
void error_set_name(struct error *err, const char *name);

/* Whether the peer called it that. False for NULL. */
bool error_is(const struct error *err, const char *name);

/* ERROR_SYSTEM from `errno`: "<formatted>: <strerror>". */
int error_errno(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "<formatted>: " before the message. Always returns -1. */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
