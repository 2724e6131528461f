/* Signs requests for a comparison with other signers. One JSON object a line, {"method", "url",
 * "headers": [[name, value], ...], "body", "region", "service", "id", "secret", "token", "time",
 * "flags"}, becomes {"authorization", "canonical"} on standard output. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/sigv4.h"

static const char *text(const json_t *input, const char *name)
{
    return json_string_value(json_object_get(input, name));
}

static void fill(const json_t *input, struct http_request *request)
{
    const json_t *body = json_object_get(input, "body"), *header;
    size_t i;
    request->method = text(input, "method");
    request->url = view_str(text(input, "url"));
    request->body = view_of(json_string_value(body), json_string_length(body));
    json_array_foreach(json_object_get(input, "headers"), i, header)
        http_add_header(request, view_str(json_string_value(json_array_get(header, 0))),
                        view_str(json_string_value(json_array_get(header, 1))));
}

static int sign(const json_t *input)
{
    struct http_request request = {0};
    struct aws_credentials credentials = {(char *)text(input, "id"), (char *)text(input, "secret"),
                                          (char *)text(input, "token")};
    struct sigv4_options options = {
        .credentials = &credentials,
        .region = view_str(text(input, "region")),
        .service = view_str(text(input, "service")),
        .time_us = json_integer_value(json_object_get(input, "time")) * 1000000,
        .flags = (unsigned)json_integer_value(json_object_get(input, "flags")),
    };
    cleanup_sigv4 struct sigv4 result = {0};
    struct error err;
    fill(input, &request);
    if (sigv4_sign(&request, &options, &result, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    json_t *output = json_pack("{s:s, s:s}", "authorization", buf_str(&result.authorization),
                               "canonical", buf_str(&result.canonical_request));
    json_dumpf(output, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(output);
    return 0;
}

int main(void)
{
    int status = 0;
    for (json_t *input; !status && (input = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL));) {
        status = sign(input);
        json_decref(input);
    }
    return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
