/* A scripted struct http_client: a handler plays the server, in the process, without sockets. */
#ifndef LORRY_TESTS_HTTP_SCRIPT_H
#define LORRY_TESTS_HTTP_SCRIPT_H

#include "net/http.h"

/* Answers one request: fills `response` (status, and body and header by buf_append(); see
 * http_script_answer()) and returns 0, or sets `err` and returns -1: the exchange fails with it.
 * Called for the exchanges of one http_perform() in their order. */
typedef int http_script_handler(void *user, const struct http_request *request,
                                struct http_response *response, struct error *err);

/* Free with http_client_free(). As a real client would, it fails an exchange whose answer is larger
 * than its `response_cap`, and asserts that the request is one that could be sent. */
struct http_client *http_script_new(http_script_handler *handler, void *user);

/* Status and body, with a content-length. Always returns 0, so that handlers end with
 * `return http_script_answer(...)`. */
int http_script_answer(struct http_response *response, int status, const char *body);

/* Adds a header (name in lower case). */
void http_script_header(struct http_response *response, const char *name, const char *value);

/* A header of the request (any case), or the empty view. */
struct view http_script_request_header(const struct http_request *request, const char *name);

/* What is behind scheme, host and port: path and query. */
struct view http_script_target(const struct http_request *request);

/* A fixed course of requests and answers, instead of a handler of one's own. */
struct http_script_step {
    const char *method; /* what the request must be; NULL: anything */
    const char *target; /* path and query; NULL: anything */
    const char *body;   /* NULL: anything */
    int status;         /* 0: the exchange fails with `answer` as its message (ERROR_NET, retry) */
    const char *header; /* "name: value\n" lines, or NULL */
    const char *answer;
};

struct http_script_course {
    const struct http_script_step *steps;
    size_t count;
    size_t next; /* how many were played so far */
};

/* The handler for it; `user` is a struct http_script_course. Fails the test (cmocka) on a request
 * that differs, or when no step is left. */
http_script_handler http_script_play;

#endif
