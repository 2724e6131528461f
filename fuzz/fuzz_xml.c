/* XML answers: the tree, and what the protocols read from it. */
#include <stdint.h>

#include "aws/protocol.h"
#include "aws/xml.h"

static size_t size_of(const struct xml_node *node)
{
    size_t size = node->name.len + node->text.len;
    for (const struct xml_node *child = node->first; child; child = child->next)
        size += size_of(child);
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_xml struct xml xml = {0};
    cleanup_aws_refusal struct aws_refusal refusal = {
        .status = 400,
        .code = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
        .message = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
        .request_id = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
        .region = BUF_INIT(AWS_REFUSAL_TEXT_CAP),
    };
    struct http_response response = {.status = 400, .body = BUF_INIT(size)};
    struct view text = view_of((const char *)data, size);
    buf_append_view(&response.body, text);
    if (xml_parse(text, &xml, NULL) == 0 && size_of(xml.root) > 2 * size)
        __builtin_trap();
    aws_protocol_query.read_refusal(&response, &refusal);
    aws_protocol_rest_xml.read_refusal(&response, &refusal);
    http_response_release(&response);
    return 0;
}
