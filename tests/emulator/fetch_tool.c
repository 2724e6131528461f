/* Fetches one value with the client of `lorry`: fetch-tool secret|parameter|caller NAME [ROLE-ARN].
 * Prints it, or the error; the environment says where and with which key. With a role it is
 * assumed first, and asked with its credentials. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/secrets_manager.h"
#include "aws/session.h"
#include "aws/ssm.h"
#include "aws/sts.h"
#include "base/memory.h"
#include "net/http_curl.h"

/* Credentials that were assumed. */
struct assumed {
    struct aws_credentials_provider provider;
    struct sts_session session;
};

static int get_assumed(struct aws_credentials_provider *provider,
                       struct aws_credentials *credentials, struct error *err)
{
    const struct aws_credentials *keys = &((struct assumed *)provider)->session.keys;
    (void)err;
    *credentials =
        (struct aws_credentials){xstrdup(keys->access_key_id), xstrdup(keys->secret_access_key),
                                 xstrdup(keys->session_token)};
    return 0;
}

static int assume(struct aws_client *client, const char *arn, struct assumed *assumed,
                  struct error *err)
{
    const struct sts_role role = {.arn = arn, .session_name = "lorry-test"};
    assumed->provider.get = get_assumed;
    if (sts_assume_role(client, &role, &assumed->session, err) < 0)
        return -1;
    if (assumed->session.expires_us < client->clock->now_us(client->clock))
        return error_set(err, ERROR_AWS, 0, "they have expired already");
    client->credentials = &assumed->provider;
    return 0;
}

static int caller(struct aws_client *client, struct buf *value, struct error *err)
{
    cleanup_sts_identity struct sts_identity identity = {0};
    if (sts_get_caller_identity(client, &identity, err) < 0)
        return -1;
    buf_printf(value, "%s %s %s", identity.account, identity.arn, identity.user_id);
    return 0;
}

static int fetch(struct aws_client *client, char **argv, struct buf *value, struct error *err)
{
    if (strcmp(argv[1], "caller") == 0)
        return caller(client, value, err);
    if (strcmp(argv[1], "secret") == 0)
        return secrets_manager_get_value(client, argv[2], value, err);
    return ssm_get_parameter(client, argv[2], value, err);
}

static int run(struct aws_client *client, int argc, char **argv, struct buf *value,
               struct error *err)
{
    struct assumed assumed = {0};
    int status = argc < 4 ? 0 : assume(client, argv[3], &assumed, err);
    if (status == 0)
        status = fetch(client, argv, value, err);
    aws_credentials_release(&assumed.session.keys);
    return status;
}

int main(int argc, char **argv)
{
    struct buf value = BUF_INIT(SECRET_SIZE_MAX);
    struct error err = {0};
    struct http_client *http = argc >= 3 ? http_curl_new(&err) : NULL;
    if (!http)
        return EXIT_FAILURE;
    struct aws_session_options options = {.http = http, .clock = &clock_system};
    struct aws_session *session = aws_session_open(&options, &err);
    int status = session ? run(aws_session_client(session), argc, argv, &value, &err) : -1;
    printf("%s\n", status < 0 ? err.message : buf_str(&value));
    aws_session_free(session);
    http_client_free(http);
    buf_release(&value);
    return status < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
