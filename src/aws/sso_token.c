#include "aws/sso_token.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "aws/credentials_json.h"
#include "aws/json_text.h"

void sso_token_release(struct sso_token *token)
{
    buf_wipe(&token->text);
    token->expires_us = 0;
}

/* The files are named by a digest that is no secret [botocore]. */
static int append_path(const char *name, struct buf *path, struct error *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const char *home = getenv("HOME");
    if (!home || !*home)
        return error_set(err, ERROR_SETTING, 0, "HOME is not set: ~/.aws/sso/cache is not found");
    if (!EVP_Digest(name, strlen(name), digest, &len, EVP_sha1(), NULL))
        return error_set(err, ERROR_SYSTEM, 0, "OpenSSL has no SHA-1");
    buf_printf(path, "%s/.aws/sso/cache/", home);
    for (unsigned i = 0; i < len; i++)
        buf_printf(path, "%02x", digest[i]);
    buf_append_str(path, ".json");
    return 0;
}

/* It becomes a header. */
static bool is_sendable(const struct buf *text)
{
    return text->len && strlen(buf_str(text)) == text->len && !strpbrk(buf_str(text), "\r\n");
}

int sso_token_parse(struct view json, struct sso_token *token, struct error *err)
{
    static const char *const access_token[] = {"accessToken", NULL};
    static const char *const expires_at[] = {"expiresAt", NULL};
    cleanup_buf struct buf expires = BUF_INIT(SSO_TOKEN_FILE_MAX);
    struct sso_token read = {.text = BUF_INIT(SSO_TOKEN_FILE_MAX)};
    bool complete = aws_json_text(json, access_token, &read.text) && is_sendable(&read.text) &&
                    aws_json_text(json, expires_at, &expires) &&
                    clock_parse_us(buf_str(&expires), &read.expires_us);
    if (complete) {
        *token = read;
        return 0;
    }
    sso_token_release(&read);
    return error_set(err, ERROR_INPUT, 0,
                     "the cached token is no JSON object with \"accessToken\" and \"expiresAt\"");
}

int sso_token_read(const char *name, struct sso_token *token, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    cleanup_secret struct buf json = BUF_INIT(SSO_TOKEN_FILE_MAX);
    if (append_path(name, &path, err) < 0 || buf_read_file(&json, buf_str(&path), err) < 0)
        return -1;
    if (sso_token_parse(buf_view(&json), token, err) < 0)
        return error_prefix(err, "%s", buf_str(&path));
    return 0;
}
