#include "aws/query.h"

#include "aws/paging.h"
#include "net/url.h"

/* What fits has not to grow: growing would leave copies of a token behind. */
#define FORM_SIZE ((size_t)128 << 10)
#define NAME_CAP 1024

void aws_query_init(struct aws_query *query, const struct aws_operation *operation)
{
    *query = (struct aws_query){.operation = operation, .form = BUF_INIT(AWS_QUERY_FORM_CAP)};
    buf_reserve(&query->form, FORM_SIZE);
    buf_printf(&query->form, "Action=%s&Version=%s", operation->name, operation->service->version);
}

void aws_query_release(struct aws_query *query)
{
    buf_wipe(&query->form);
}

void aws_query_put(struct aws_query *query, struct view value, const char *name, ...)
{
    cleanup_buf struct buf formatted = BUF_INIT(NAME_CAP);
    va_list args;
    va_start(args, name);
    buf_vprintf(&formatted, name, args);
    va_end(args);
    buf_append_char(&query->form, '&');
    url_encode(buf_view(&formatted), "", &query->form);
    buf_append_char(&query->form, '=');
    url_encode(value, "", &query->form);
}

void aws_query_put_text(struct aws_query *query, const char *name, const char *text)
{
    if (text)
        aws_query_put(query, view_str(text), "%s", name);
}

static bool is_named(const struct xml_node *node, const char *operation, const char *suffix)
{
    size_t len = strlen(operation);
    return view_starts_with(node->name, view_of(operation, len)) &&
           view_equal(view_skip(node->name, len), view_str(suffix));
}

/* Makes the result of the operation the root. False if the document is another answer. */
static bool find_result(struct xml *xml, const char *operation)
{
    if (!is_named(xml->root, operation, "Response"))
        return false;
    for (const struct xml_node *node = xml->root->first; node; node = node->next)
        if (is_named(node, operation, "Result")) {
            xml->root = node;
            break;
        }
    return true;
}

static int decode(const struct aws_call *call, struct view body, struct xml *answer,
                  struct error *err)
{
    cleanup_xml struct xml xml = {0};
    const char *operation = call->operation->name;
    struct error why;
    if (xml_parse(body, &xml, &why) < 0)
        return error_set(err, ERROR_AWS, 200, "%s \"%s\": the answer to %s is %s",
                         call->operation->service->name, call->subject, operation, why.message);
    if (!find_result(&xml, operation))
        return error_set(err, ERROR_AWS, 200,
                         "%s \"%s\": the answer to %s is that of something else",
                         call->operation->service->name, call->subject, operation);
    *answer = xml;
    xml = (struct xml){0};
    return 0;
}

int aws_query_call(struct aws_client *client, const struct aws_query *query, const char *subject,
                   struct xml *answer, struct error *err)
{
    struct http_response response = {0};
    const struct aws_call call = {
        .operation = query->operation,
        .subject = subject,
        .body = buf_view(&query->form),
        .response_cap = AWS_QUERY_ANSWER_CAP,
    };
    if (query->form.overflow)
        return error_set(err, ERROR_INPUT, 0, "%s \"%s\": what %s has to send is too large",
                         query->operation->service->name, subject, query->operation->name);
    if (aws_call(client, &call, &response, err) < 0)
        return -1;
    int result = answer ? decode(&call, buf_view(&response.body), answer, err) : 0;
    buf_wipe(&response.body);
    http_response_release(&response);
    return result;
}

struct query_run {
    struct aws_client *client;
    const struct aws_query_pages *pages;
    size_t first_len; /* of the form without a token */
};

static int fetch(void *user, const char *token, struct buf *next, struct error *err)
{
    const struct query_run *run = user;
    const struct aws_query_pages *pages = run->pages;
    cleanup_xml struct xml page = {0};
    pages->query->form.len = run->first_len;
    aws_query_put_text(pages->query, pages->token_in, token);
    if (aws_query_call(run->client, pages->query, pages->subject, &page, err) < 0)
        return -1;
    buf_append_view(next, xml_text(page.root, pages->token_out));
    return pages->take(pages->user, page.root, err);
}

int aws_query_pages(struct aws_client *client, const struct aws_query_pages *pages,
                    struct error *err)
{
    struct query_run run = {client, pages, pages->query->form.len};
    return aws_pages(fetch, &run, pages->subject, err);
}
