/* What credentials come from: answers of agents and IAM Identity Center, tokens of sign-ons. What
 * is taken for good has to be whole. */
#include <stdint.h>
#include <stdlib.h>

#include "aws/credentials_json.h"
#include "aws/sso.h"
#include "aws/sso_token.h"
#include "base/clock.h"

static void require(bool good)
{
    if (!good)
        abort();
}

static void read_answers(struct view json)
{
    static const struct credentials_names names = {"AccessKeyId", "SecretAccessKey", "Token",
                                                   "Expiration", true};
    cleanup_credential_found struct credential_found agent = {0}, sign_on = {0};
    if (credentials_read_json(json, &names, &agent, NULL) == 0)
        require(agent.keys.access_key_id && agent.keys.secret_access_key &&
                agent.keys.session_token);
    if (sso_read_role_credentials(json, &sign_on.keys, &sign_on.expires_us, NULL) == 0)
        require(sign_on.keys.session_token && sign_on.expires_us >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view json = view_of((const char *)data, size);
    cleanup_sso_token struct sso_token token = {0};
    cleanup_buf struct buf text = BUF_INIT(SSO_TOKEN_FILE_MAX);
    int64_t us;
    read_answers(json);
    if (sso_token_parse(json, &token, NULL) == 0)
        require(token.text.len && !strpbrk(buf_str(&token.text), "\r\n"));
    buf_append_view(&text, json);
    clock_parse_us(buf_str(&text), &us);
    return 0;
}
