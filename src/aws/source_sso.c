#include "aws/credential_client.h"
#include "aws/sso.h"
#include "aws/sso_token.h"
#include "base/memory.h"

#define SETTING_COUNT 4

/* Of a profile, and of the session that it names. */
struct sso_settings {
    const struct credential_search *search;
    const char *session; /* NULL: the older way, everything in the profile */
    const char *values[SETTING_COUNT];
    const char *conflict; /* the key that profile and session have different values for */
};

enum { ACCOUNT_ID, ROLE_NAME, START_URL, REGION };
static const char *const keys[SETTING_COUNT] = {"sso_account_id", "sso_role_name", "sso_start_url",
                                                "sso_region"};

static const char *of_profile(const struct credential_search *search, const char *key)
{
    return profiles_value(search->profiles, search->profile, key);
}

static void compare(void *user, const char *key, const char *value)
{
    struct sso_settings *settings = user;
    const char *other = of_profile(settings->search, key);
    if (other && strcmp(other, value) != 0)
        settings->conflict = key;
}

static int read_session(struct sso_settings *settings, struct error *err)
{
    const struct profiles *profiles = settings->search->profiles;
    const char *session = settings->session;
    if (!profiles_has(profiles, PROFILE_SSO_SESSION, session))
        return error_set(err, ERROR_SETTING, 0, "there is no section [sso-session %s]", session);
    profiles_each(profiles, PROFILE_SSO_SESSION, session, compare, settings);
    if (settings->conflict)
        return error_set(err, ERROR_SETTING, 0,
                         "\"%s\" has another value than in [sso-session %s]: leave it to one",
                         settings->conflict, session);
    /* The place and the region of the sign-on have to be in the session. */
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *value = profiles_get(profiles, PROFILE_SSO_SESSION, session, keys[i]);
        if (value || i == START_URL || i == REGION)
            settings->values[i] = value;
    }
    return 0;
}

static int read_settings(struct sso_settings *settings, struct error *err)
{
    if (settings->session && read_session(settings, err) < 0)
        return -1;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (!settings->values[i])
            return error_set(err, ERROR_SETTING, 0, "\"%s\" is missing in %s", keys[i],
                             settings->session && i >= START_URL ? "the [sso-session]"
                                                                 : "the profile");
    return 0;
}

static int sign_on_again(const struct credential_search *search, struct error *err)
{
    struct error reason = *err;
    return error_set(err, reason.domain, reason.code, "%s: run \"aws sso login --profile %s\"",
                     reason.message, search->profile);
}

static int read_token(const struct sso_settings *settings, struct sso_token *token,
                      struct error *err)
{
    const struct credential_search *search = settings->search;
    struct clock *clock = search->client->clock;
    const char *name = settings->session ? settings->session : settings->values[START_URL];
    char when[32];
    if (sso_token_read(name, token, err) < 0) {
        error_prefix(err, "there is no sign-on");
        return sign_on_again(search, err);
    }
    if (token->expires_us > clock->now_us(clock))
        return 0;
    clock_format_us(token->expires_us, when);
    error_set(err, ERROR_AWS, 0, "the sign-on expired at %s", when);
    return sign_on_again(search, err);
}

static int fetch(const struct sso_settings *settings, struct credential_found *found,
                 struct error *err)
{
    cleanup_sso_token struct sso_token token = {0};
    const struct sso_role role = {settings->values[ACCOUNT_ID], settings->values[ROLE_NAME]};
    struct aws_client client = credential_client(settings->search, NULL);
    client.region = settings->values[REGION];
    if (read_token(settings, &token, err) < 0)
        return -1;
    if (sso_get_role_credentials(&client, &role, buf_view(&token.text), &found->keys,
                                 &found->expires_us, err) < 0)
        return error_is(err, "UnauthorizedException") ? sign_on_again(settings->search, err) : -1;
    return 0;
}

int source_sso(const struct credential_search *search, struct credential_found *found,
               struct buf *why, struct error *err)
{
    struct error failure = {0};
    struct sso_settings settings = {.search = search, .session = of_profile(search, "sso_session")};
    for (size_t i = 0; i < SETTING_COUNT; i++)
        settings.values[i] = of_profile(search, keys[i]);
    if (!settings.values[ROLE_NAME] && !settings.values[ACCOUNT_ID]) {
        buf_append_str(why, "no sso_role_name");
        return 0;
    }
    if (read_settings(&settings, &failure) == 0 && fetch(&settings, found, &failure) == 0)
        return 1;
    if (err)
        *err = failure;
    return error_prefix(err, "profile \"%s\"", search->profile);
}
