/* A call of a service with the Query protocol: a form goes in, a tree of XML comes out [Smithy "AWS
 * query protocol"]. */
#ifndef LORRY_AWS_QUERY_H
#define LORRY_AWS_QUERY_H

#include "aws/call.h"
#include "aws/xml.h"

/* Of a request: a metric's data, a template or a policy, every byte percent-encoded [CloudWatch
 * User Guide, CloudFormation User Guide "Quotas"]. */
#define AWS_QUERY_FORM_CAP ((size_t)4 << 20)
/* Of an answer. */
#define AWS_QUERY_ANSWER_CAP ((size_t)8 << 20)

/* The parameters of a call. */
struct aws_query {
    const struct aws_operation *operation;
    struct buf form; /* percent-encoded */
};

/* Action and version; the parameters follow. */
void aws_query_init(struct aws_query *query, const struct aws_operation *operation);

/* Overwrites the form, since it may hold secrets. Safe on a zeroed one. */
void aws_query_release(struct aws_query *query);
#define cleanup_aws_query __attribute__((cleanup(aws_query_release)))

/* Adds a parameter. Its name is formatted, and as the API Reference has it: lists count from 1, and
 * members follow a dot: "Parameters.member.%zu.ParameterKey". A name that was added before is not
 * replaced. */
void aws_query_put(struct aws_query *query, struct view value, const char *name, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a text that may be NULL: nothing is added then. */
void aws_query_put_text(struct aws_query *query, const char *name, const char *text);

/* Performs the call. `subject` is what it is about, for messages. `answer` (zeroed or released
 * before; untouched on failure) becomes the answer; its root is <OperationResult>, or
 * <OperationResponse> where the operation has no result. xml_release() it. `answer` may be NULL: it
 * is not wanted.
 *
 * Errors: those of aws_call(); ERROR_INPUT if the parameters are too large; ERROR_AWS if the answer
 * is no XML, or that of another operation. */
int aws_query_call(struct aws_client *client, const struct aws_query *query, const char *subject,
                   struct xml *answer, struct error *err);

/* Pages of a list (see paging.h). */
struct aws_query_pages {
    struct aws_query *query; /* borrowed; the token is added on the way */
    const char *subject;
    const char *token_in;  /* the parameter: "NextToken", "Marker" */
    const char *token_out; /* the element of the answer with the next token */
    /* Takes the root of a page; returns as aws_page does. */
    int (*take)(void *user, const struct xml_node *page, struct error *err);
    void *user;
};

/* Errors: those of aws_query_call(), aws_pages() and `take`. */
int aws_query_pages(struct aws_client *client, const struct aws_query_pages *pages,
                    struct error *err);

#endif
