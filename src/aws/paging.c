#include "aws/paging.h"

#include "aws/json.h"

int aws_pages(aws_page *fetch, void *user, const char *what, struct error *err)
{
    cleanup_buf struct buf token = BUF_INIT(AWS_PAGE_TOKEN_CAP);
    for (int page = 0; page < AWS_PAGES_MAX; page++) {
        cleanup_buf struct buf next = BUF_INIT(AWS_PAGE_TOKEN_CAP);
        int result = fetch(user, page ? buf_str(&token) : NULL, &next, err);
        if (result < 0)
            return -1;
        if (next.overflow)
            return error_set(err, ERROR_AWS, 0, "%s: the token of a page is too long", what);
        if (result > 0 || !next.len)
            return 0;
        if (view_equal(buf_view(&next), buf_view(&token)))
            return error_set(err, ERROR_AWS, 0, "%s: the same page came again", what);
        buf_clear(&token);
        buf_append_view(&token, buf_view(&next));
    }
    return error_set(err, ERROR_AWS, 0, "%s: there are more than %d pages", what, AWS_PAGES_MAX);
}

struct json_run {
    struct aws_client *client;
    const struct aws_json_pages *pages;
};

static int fetch_json(void *user, const char *token, struct buf *next, struct error *err)
{
    const struct json_run *run = user;
    const struct aws_json_pages *pages = run->pages;
    json_t *page;
    if (token)
        json_object_set_new(pages->input, pages->token_in, json_string(token));
    if (aws_json(run->client, pages->operation, pages->subject, pages->input, &page, err) < 0)
        return -1;
    const json_t *following = json_object_get(page, pages->token_out);
    if (json_is_string(following))
        buf_append(next, json_string_value(following), json_string_length(following));
    int result = pages->take(pages->user, page, err);
    json_decref(page);
    return result;
}

int aws_json_pages(struct aws_client *client, const struct aws_json_pages *pages, struct error *err)
{
    struct json_run run = {client, pages};
    return aws_pages(fetch_json, &run, pages->subject, err);
}
