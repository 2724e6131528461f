/* Fetches one value with the client of `lorry`: fetch-tool secret|parameter NAME. Prints it, or the
 * error; the environment says where and with which key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/secrets_manager.h"
#include "aws/session.h"
#include "aws/ssm.h"
#include "net/http_curl.h"

static int fetch(struct aws_client *client, char **argv, struct buf *value, struct error *err)
{
    if (strcmp(argv[1], "secret") == 0)
        return secrets_manager_get_value(client, argv[2], value, err);
    return ssm_get_parameter(client, argv[2], value, err);
}

int main(int argc, char **argv)
{
    struct buf value = BUF_INIT(SECRET_SIZE_MAX);
    struct error err = {0};
    struct http_client *http = argc == 3 ? http_curl_new(&err) : NULL;
    if (!http)
        return EXIT_FAILURE;
    struct aws_session_options options = {.http = http, .clock = &clock_system};
    struct aws_session *session = aws_session_open(&options, &err);
    int status = session ? fetch(aws_session_client(session), argv, &value, &err) : -1;
    printf("%s\n", status < 0 ? err.message : buf_str(&value));
    aws_session_free(session);
    http_client_free(http);
    buf_release(&value);
    return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
