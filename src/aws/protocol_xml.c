/* The protocols that answer in XML: Query (STS, IAM, CloudFormation), REST-XML (S3). */
#include "aws/protocol.h"

#include "aws/xml.h"
#include "base/memory.h"

/* In the order in which they are looked at: the answer of Query, that of EC2, and that of S3. */
static const struct xml_node *find_error(const struct xml_node *root)
{
    static const char *const places[] = {"Error", "Errors/Error"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const struct xml_node *error = xml_find(root, places[i]);
        if (error)
            return error;
    }
    return view_equal(root->name, VIEW("Error")) ? root : NULL;
}

static void append_text(const struct xml_node *node, const char *const *paths, size_t count,
                        struct buf *out)
{
    for (size_t i = 0; i < count && !out->len; i++)
        buf_append_view(out, xml_text(node, paths[i]));
}

static void append_header(const struct http_response *response, const char *const *names,
                          size_t count, struct buf *out)
{
    for (size_t i = 0; i < count && !out->len; i++)
        buf_append_view(out, http_response_header(response, names[i]));
}

static void read_body(const struct xml_node *root, struct aws_refusal *refusal)
{
    static const char *const codes[] = {"Code"}, *const messages[] = {"Message"},
                             *const regions[] = {"Region"},
                             *const ids[] = {"RequestId", "RequestID"};
    const struct xml_node *error = find_error(root);
    append_text(error, codes, ARRAY_LEN(codes), &refusal->code);
    append_text(error, messages, ARRAY_LEN(messages), &refusal->message);
    append_text(error, regions, ARRAY_LEN(regions), &refusal->region);
    append_text(root, ids, ARRAY_LEN(ids), &refusal->request_id);
    append_text(error, ids, ARRAY_LEN(ids), &refusal->request_id);
}

/* What is no XML comes from a proxy or a load balancer: there is nothing in it for us. */
static void read_refusal(const struct http_response *response, struct aws_refusal *refusal)
{
    static const char *const ids[] = {"x-amzn-requestid", "x-amz-request-id"},
                             *const regions[] = {"x-amz-bucket-region"};
    cleanup_xml struct xml xml = {0};
    if (xml_parse(buf_view(&response->body), &xml, NULL) == 0)
        read_body(xml.root, refusal);
    append_header(response, ids, ARRAY_LEN(ids), &refusal->request_id);
    append_header(response, regions, ARRAY_LEN(regions), &refusal->region);
}

/* The answer to HEAD has no body, whatever it is about. The names are those that S3 gives to other
 * methods where it has one. */
static void name_status(struct aws_refusal *refusal)
{
    static const struct {
        int status;
        const char *code;
    } names[] = {
        {301, "PermanentRedirect"}, {304, "NotModified"},        {307, "TemporaryRedirect"},
        {400, "BadRequest"},        {403, "Forbidden"},          {404, "NotFound"},
        {405, "MethodNotAllowed"},  {412, "PreconditionFailed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].status == refusal->status)
            buf_append_str(&refusal->code, names[i].code);
}

static void read_rest_refusal(const struct http_response *response, struct aws_refusal *refusal)
{
    read_refusal(response, refusal);
    if (!response->body.len)
        name_status(refusal);
}

const struct aws_protocol aws_protocol_query = {
    .content_type = "application/x-www-form-urlencoded; charset=utf-8",
    .read_refusal = read_refusal,
};

const struct aws_protocol aws_protocol_rest_xml = {
    .read_refusal = read_rest_refusal,
};
