#include <string.h>

#include "aws/credential_client.h"
#include "aws/role_chain.h"
#include "aws/sts.h"
#include "base/parse.h"

#define CODE_CAP 64

/* Gives the keys that a role is assumed with. */
struct fixed_keys {
    struct aws_credentials_provider provider; /* first, so that it can be cast */
    const struct aws_credentials *keys;
};

static int fixed_get(struct aws_credentials_provider *provider, struct aws_credentials *credentials,
                     struct error *err)
{
    (void)err;
    aws_credentials_copy(((struct fixed_keys *)provider)->keys, credentials);
    return 0;
}

/* Six digits, as the devices show them. */
static bool is_code(const struct buf *code)
{
    return code->len == 6 && strspn(buf_str(code), "0123456789") == 6;
}

static int ask_code(const struct credential_search *search, const char *profile, const char *device,
                    struct buf *code, struct error *err)
{
    cleanup_buf struct buf question = BUF_INIT(BUF_TEXT_CAP);
    struct error failure = {0};
    buf_printf(&question, "MFA code of %s: ", device);
    if (!search->prompt)
        error_set(&failure, ERROR_AWS, 0, "there is nobody to ask");
    else if (search->prompt->ask(search->prompt, buf_str(&question), code, &failure) == 0)
        return is_code(code)
                   ? 0
                   : error_set(err, ERROR_AWS, 0, "an MFA code of \"%s\" has six digits", device);
    return error_set(
        err, failure.domain, failure.code,
        "a code of the MFA device \"%s\" is needed: %s. Run \"aws configure "
        "export-credentials --profile %s --format env\" at a terminal, and set what it "
        "prints in the environment, without --profile",
        device, failure.message, profile);
}

static int read_duration(const struct credential_search *search, const char *profile,
                         struct sts_role *role, struct error *err)
{
    const char *text = profiles_value(search->profiles, profile, "duration_seconds");
    int64_t seconds;
    if (!text)
        return 0;
    if (parse_int64(view_str(text), 900, 43200, &seconds, err) < 0)
        return error_prefix(err, "duration_seconds");
    role->duration_s = (int)seconds;
    return 0;
}

/* `found` has the keys to assume the role with, and gets those of the role. */
static int assume(const struct credential_search *search, const char *profile,
                  struct credential_found *found, struct error *err)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    cleanup_secret struct buf code = BUF_INIT(CODE_CAP);
    struct fixed_keys source = {{.get = fixed_get}, &found->keys};
    struct aws_client client = sts_client(search, &source.provider);
    struct sts_session session = {0};
    struct sts_role role = {
        .arn = profiles_value(search->profiles, profile, "role_arn"),
        .session_name = profiles_value(search->profiles, profile, "role_session_name"),
        .external_id = profiles_value(search->profiles, profile, "external_id"),
        .serial_number = profiles_value(search->profiles, profile, "mfa_serial"),
    };
    if (!role.session_name)
        role.session_name = sts_session_name(search, &name);
    if (read_duration(search, profile, &role, err) < 0)
        return -1;
    if (role.serial_number && ask_code(search, profile, role.serial_number, &code, err) < 0)
        return -1;
    role.token_code = role.serial_number ? buf_str(&code) : NULL;
    int result = sts_assume_role(&client, &role, &session, err);
    search->client->skew_us = client.skew_us;
    if (result < 0)
        return -1;
    credential_found_release(found);
    *found = (struct credential_found){session.keys, session.expires_us};
    return 0;
}

static int find_in_source_profile(const struct credential_search *search, const char *profile,
                                  struct credential_found *found, struct error *err)
{
    struct credential_search inner = *search;
    cleanup_buf struct buf tried = BUF_INIT(BUF_TEXT_CAP);
    inner.profile = profile;
    int result = credentials_find_in_profile(&inner, found, &tried, err);
    if (result < 0)
        return error_prefix(err, "source_profile \"%s\"", profile);
    return result ? 0
                  : error_set(err, ERROR_AWS, 0, "source_profile \"%s\" has no credentials: %s",
                              profile, buf_str(&tried));
}

/* The source counts even if --profile was given: it is what the profile names. */
static int find_named(const struct credential_search *search, const char *name,
                      struct credential_found *found, struct error *err)
{
    struct credential_search inner = *search;
    credential_source_find *find = credentials_source_named(name);
    cleanup_buf struct buf why = BUF_INIT(BUF_TEXT_CAP);
    inner.profile_option = false;
    if (!find)
        return error_set(err, ERROR_SETTING, 0,
                         "credential_source \"%s\" is none of \"Environment\", \"EcsContainer\", "
                         "\"Ec2InstanceMetadata\"",
                         name);
    int result = find(&inner, found, &why, err);
    if (result < 0)
        return error_prefix(err, "credential_source \"%s\"", name);
    return result ? 0
                  : error_set(err, ERROR_AWS, 0, "credential_source \"%s\" has no credentials: %s",
                              name, buf_str(&why));
}

static int follow(const struct credential_search *search, const struct role_chain *chain,
                  struct credential_found *found, struct error *err)
{
    size_t i = chain->count - 1;
    int result = chain->source_profile
                     ? find_in_source_profile(search, chain->source_profile, found, err)
                     : find_named(search, chain->credential_source, found, err);
    if (result < 0)
        return error_prefix(err, "profile \"%s\"", chain->profiles[i]);
    for (size_t left = chain->count; left-- > 0;)
        if (assume(search, chain->profiles[left], found, err) < 0)
            return error_prefix(err, "profile \"%s\"", chain->profiles[left]);
    return 0;
}

int source_role(const struct credential_search *search, struct credential_found *found,
                struct buf *why, struct error *err)
{
    cleanup_credential_found struct credential_found keys = {0};
    struct role_chain chain;
    if (!role_chain_begins(search->profiles, search->profile)) {
        buf_append_str(why, "no role_arn");
        return 0;
    }
    if (role_chain_follow(search->profiles, search->profile, &chain, err) < 0 ||
        follow(search, &chain, &keys, err) < 0)
        return -1;
    *found = keys;
    keys = (struct credential_found){0};
    return 1;
}
