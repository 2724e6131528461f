#include "cli/aws_access.h"

#include <string.h>

#include "base/clock.h"
#include "cli/hidden_input.h"
#include "cli/http.h"

static int ask(struct aws_prompt *prompt, const char *question, struct buf *answer,
               struct error *err)
{
    struct hidden_input line = {0};
    (void)prompt;
    int result = hidden_input_ask(question, &line, err);
    if (result == 0)
        buf_append_str(answer, line.text);
    explicit_bzero(&line, sizeof(line));
    return result;
}

int aws_access_open(const struct cli *cli, const char *region, struct aws_access *access,
                    struct error *err)
{
    static struct aws_prompt terminal = {ask};
    struct http_client *http = cli_http_new(cli, err);
    if (!http)
        return -1;
    const struct aws_session_options options = {
        .http = http,
        .clock = &clock_system,
        .profile = cli->profile,
        .region = cli->region ? cli->region : region,
        .endpoint_url = cli->endpoint_url,
        .prompt = &terminal,
    };
    struct aws_session *session = aws_session_open(&options, err);
    if (!session) {
        http_client_free(http);
        return -1;
    }
    *access = (struct aws_access){http, session, aws_session_client(session)};
    return 0;
}

void aws_access_release(struct aws_access *access)
{
    aws_session_free(access->session);
    http_client_free(access->http);
    *access = (struct aws_access){0};
}
