/* Looks for credentials as `lorry` does, for a comparison with other finders. Each line of standard
 * input, {"environment": {name: value}, "profile": text or null}, becomes {"id", "secret", "token"}
 * or {"error"} on standard output. Pauses take no time, and every MFA code is 123456. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/session.h"
#include "net/http_curl.h"

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return clock_system.now_us(&clock_system);
}

static int64_t steady_ms(struct clock *clock)
{
    (void)clock;
    return clock_system.steady_ms(&clock_system);
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    (void)clock;
    (void)ms;
}

static int ask(struct aws_prompt *prompt, const char *question, struct buf *answer,
               struct error *err)
{
    (void)prompt;
    (void)question;
    (void)err;
    buf_append_str(answer, "123456");
    return 0;
}

static int find(const char *profile, struct aws_credentials *keys, struct error *err)
{
    static struct clock clock = {now_us, steady_ms, sleep_ms};
    static struct aws_prompt prompt = {ask};
    struct http_client *http = http_curl_new(err);
    const struct aws_session_options options = {.http = http,
                                                .clock = &clock,
                                                .profile = profile,
                                                .endpoint_url = "http://127.0.0.1:9/not-for-keys",
                                                .prompt = &prompt};
    struct aws_session *session = http ? aws_session_open(&options, err) : NULL;
    int result = -1;
    if (session) {
        struct aws_credentials_provider *provider = aws_session_client(session)->credentials;
        result = provider->get(provider, keys, err);
    }
    aws_session_free(session);
    http_client_free(http);
    return result;
}

static void answer(const json_t *input)
{
    cleanup_aws_credentials struct aws_credentials keys = {0};
    struct error err = {0};
    const char *name;
    json_t *value;
    clearenv();
    json_object_foreach(json_object_get(input, "environment"), name, value)
        setenv(name, json_string_value(value), 1);
    json_t *output = find(json_string_value(json_object_get(input, "profile")), &keys, &err) < 0
                         ? json_pack("{s:s}", "error", err.message)
                         : json_pack("{s:s, s:s, s:s?}", "id", keys.access_key_id, "secret",
                                     keys.secret_access_key, "token", keys.session_token);
    json_dumpf(output, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(output);
}

int main(void)
{
    for (json_t *input; (input = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL));) {
        answer(input);
        json_decref(input);
    }
    return EXIT_SUCCESS;
}
