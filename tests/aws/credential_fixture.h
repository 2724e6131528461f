/* A chain of credential sources over made-up files, servers and time. */
#ifndef LORRY_TESTS_CREDENTIAL_FIXTURE_H
#define LORRY_TESTS_CREDENTIAL_FIXTURE_H

#include "aws/credential_chain.h"
#include "support/http_script.h"

#define FIXTURE_KEYS(id, expires)                                                                  \
    "{\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"the-secret\",\"Token\":\"tok\","            \
    "\"Expiration\":\"" expires "\"}"

/* What the clock of all chains shows; a steady one may jump with every look at it. */
extern int64_t fixture_time_us;
extern int64_t fixture_steady_step_ms;
extern struct clock fixture_clock;

/* "2026-01-01T00:00:00Z" in microseconds. */
int64_t fixture_time_of(const char *text);

/* cmocka's set-up: no AWS variable is set, the year 2026 begins. */
int fixture_clear(void **state);

struct credential_fixture {
    struct credential_chain chain;
    struct aws_client client;
    struct profiles *profiles;
    struct http_script_course course;
};

/* With a configuration file and these answers of servers; the profile is "default". */
void fixture_set_up(struct credential_fixture *f, const char *config,
                    const struct http_script_step *steps, size_t count);
/* A server instead of steps. */
void fixture_serve(struct credential_fixture *f, http_script_handler *handler, void *user);
/* Checks that all steps were played. */
void fixture_tear_down(struct credential_fixture *f);

/* "id+token", or "" and `err`. The secret has to be "the-secret". */
const char *fixture_get(struct credential_fixture *f, struct error *err);

/* The chain finds nothing; the message has `expected` in it and no secret. */
void fixture_check_failure(const char *config, const struct http_script_step *steps, size_t count,
                           const char *expected);

#endif
