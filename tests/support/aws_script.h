/* A scripted AWS: calls in the order in which they have to come, without the waiting. */
#ifndef LORRY_TESTS_AWS_SCRIPT_H
#define LORRY_TESTS_AWS_SCRIPT_H

#include "aws/client.h"
#include "support/http_script.h"

/* A call that has to come next, and its answer. */
struct aws_step {
    const char *operation; /* "DescribeStacks"; of REST: method and target, "DELETE /" */
    int status;
    const char *answer;
    const char *sends; /* what stands in the body of the request; NULL: whatever */
};

struct aws_script {
    const struct aws_step *steps;
    size_t count, next;
    struct clock clock;
    int64_t slept_ms; /* by whoever waited */
    struct aws_client client;
};

/* Cannot be copied afterwards. Fails the test (cmocka) on a call that differs, or when no step is
 * left. */
void aws_script_start(struct aws_script *script, const struct aws_step *steps, size_t count);

/* All steps have to have been played. */
void aws_script_finish(struct aws_script *script);

/* Credentials "AKIDEXAMPLE" and "the-secret-key" in the environment, and nothing else there that a
 * call looks at. A cmocka setup; returns 0. */
int aws_script_environment(void **state);

/* A client of those credentials in eu-central-1, with the clock of the system, whose requests
 * `handler` answers. Free its `http`. */
struct aws_client aws_script_client(http_script_handler *handler, void *user);

/* A client for which a course of requests is played. Cannot be copied. */
struct aws_course {
    struct http_script_course course;
    struct aws_client client;
};
void aws_course_start(struct aws_course *course, const struct http_script_step *steps,
                      size_t count);

/* All steps have to have been played. */
void aws_course_finish(struct aws_course *course);

/* Answers that refuse, and those of the Query protocol. */
#define AWS_REFUSED(operation, code)                                                               \
    {                                                                                              \
        operation, 400, "{\"__type\":\"" code "\",\"message\":\"no\"}"                             \
    }
#define AWS_XML(operation, result)                                                                 \
    operation, 200,                                                                                \
        "<" operation "Response><" operation "Result>" result "</" operation "Result></" operation \
        "Response>"

#endif
