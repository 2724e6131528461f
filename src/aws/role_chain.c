#include "aws/role_chain.h"

#include <string.h>

#include "base/buf.h"

bool role_chain_begins(const struct profiles *profiles, const char *profile)
{
    return profiles_value(profiles, profile, "role_arn") &&
           !profiles_value(profiles, profile, "web_identity_token_file");
}

static bool has_keys(const struct profiles *profiles, const char *profile)
{
    return profiles_value(profiles, profile, "aws_access_key_id") ||
           profiles_value(profiles, profile, "aws_secret_access_key");
}

static bool is_visited(const struct role_chain *chain, const char *profile)
{
    for (size_t i = 0; i < chain->count; i++)
        if (strcmp(chain->profiles[i], profile) == 0)
            return true;
    return false;
}

static int endless(const struct role_chain *chain, const char *again, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < chain->count; i++)
        buf_printf(&path, "\"%s\" -> ", chain->profiles[i]);
    return error_set(
        err, ERROR_SETTING, 0,
        "source_profile leads around in a circle: %s\"%s\"; one of these profiles needs "
        "keys of its own",
        buf_str(&path), again);
}

/* Checks what the last profile of the chain names. */
static int check_source(const struct profiles *profiles, const struct role_chain *chain,
                        const char *source, struct error *err)
{
    const char *profile = chain->profiles[chain->count - 1];
    if (!profiles_has(profiles, PROFILE_CREDENTIALS, source) &&
        !profiles_has(profiles, PROFILE_CONFIG, source))
        return error_set(err, ERROR_SETTING, 0,
                         "profile \"%s\": there is no profile \"%s\", its source_profile", profile,
                         source);
    bool own_keys = strcmp(source, profile) == 0 && has_keys(profiles, profile);
    if (is_visited(chain, source) && !own_keys)
        return endless(chain, source, err);
    return 0;
}

/* 1: the chain has become longer; 0: it is complete. */
static int follow_once(const struct profiles *profiles, struct role_chain *chain, struct error *err)
{
    const char *profile = chain->profiles[chain->count - 1];
    chain->source_profile = profiles_value(profiles, profile, "source_profile");
    chain->credential_source = profiles_value(profiles, profile, "credential_source");
    if (!chain->source_profile == !chain->credential_source)
        return error_set(
            err, ERROR_SETTING, 0,
            "profile \"%s\" has role_arn and %s: one of the two has to tell whose keys "
            "the role is assumed with",
            profile,
            chain->source_profile ? "both source_profile and credential_source"
                                  : "neither source_profile nor credential_source");
    if (chain->credential_source)
        return 0;
    if (check_source(profiles, chain, chain->source_profile, err) < 0)
        return -1;
    if (has_keys(profiles, chain->source_profile) ||
        !role_chain_begins(profiles, chain->source_profile))
        return 0;
    if (chain->count == ROLE_CHAIN_MAX)
        return error_set(err, ERROR_SETTING, 0,
                         "there are more than %d roles between \"%s\" and keys", ROLE_CHAIN_MAX,
                         chain->profiles[0]);
    chain->profiles[chain->count++] = chain->source_profile;
    return 1;
}

int role_chain_follow(const struct profiles *profiles, const char *profile,
                      struct role_chain *chain, struct error *err)
{
    struct role_chain followed = {.profiles = {profile}, .count = 1};
    int more;
    do
        more = follow_once(profiles, &followed, err);
    while (more > 0);
    if (more == 0)
        *chain = followed;
    return more;
}
