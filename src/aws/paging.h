/* Lists that come in pages: each page tells where the next one begins. */
#ifndef LORRY_AWS_PAGING_H
#define LORRY_AWS_PAGING_H

#include <jansson.h>

#include "aws/client.h"
#include "aws/service.h"
#include "base/buf.h"

/* More than any list that is asked for: whoever gives more pages gives them for ever. */
#define AWS_PAGES_MAX 10000
#define AWS_PAGE_TOKEN_CAP ((size_t)64 << 10)

/* Fetches the page that begins at `token` (NULL: the first one) and appends the token of the next
 * page to `next` (nothing: it was the last). Returns 0 to go on, 1 if that was enough, -1 with
 * `err` set. */
typedef int aws_page(void *user, const char *token, struct buf *next, struct error *err);

/* Fetches page after page, in any protocol. `what` is what is listed, for messages. 0 when there
 * are no more, or enough. Errors: those of `fetch`; ERROR_AWS if a page names itself as the next
 * one, or there is no end of them. */
int aws_pages(aws_page *fetch, void *user, const char *what, struct error *err);

/* The same for an operation of a JSON service. */
struct aws_json_pages {
    const struct aws_operation *operation;
    const char *subject;
    json_t *input;         /* an object, borrowed; its member `token_in` is set on the way */
    const char *token_in;  /* "NextToken", "ExclusiveStartStreamName", ... */
    const char *token_out; /* the member of the answer with the next token */
    /* Takes a page; returns as aws_page does. */
    int (*take)(void *user, const json_t *page, struct error *err);
    void *user;
};

/* Errors: those of aws_json(), aws_pages() and `take`. */
int aws_json_pages(struct aws_client *client, const struct aws_json_pages *pages,
                   struct error *err);

#endif
