#include "aws/session.h"

#include <stdlib.h>
#include <string.h>

#include "aws/credential_chain.h"
#include "aws/profile.h"
#include "base/memory.h"
#include "base/parse.h"

#define TRY_TIMEOUT_MS 60000

struct aws_session {
    struct profiles *profiles;
    char *profile;
    char *region;
    char *endpoint_url;
    struct aws_endpoint_setting *settings; /* services and URLs are owned */
    size_t setting_count;
    struct credential_chain chain;
    struct aws_retry retry;
    struct aws_client client;
};

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static char *copy(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

/* In botocore's order. */
static const char *chosen_profile(const struct aws_session_options *options)
{
    const char *places[] = {options->profile, environment("AWS_DEFAULT_PROFILE"),
                            environment("AWS_PROFILE")};
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (places[i])
            return places[i];
    return NULL;
}

static int choose_profile(struct aws_session *session, const char *chosen, struct error *err)
{
    if (chosen && !profiles_has(session->profiles, PROFILE_CREDENTIALS, chosen) &&
        !profiles_has(session->profiles, PROFILE_CONFIG, chosen))
        return error_set(err, ERROR_SETTING, 0,
                         "there is no AWS profile \"%s\" in the configuration or the credentials "
                         "file: run \"aws configure list-profiles\" to see which there are",
                         chosen);
    session->profile = xstrdup(chosen ? chosen : "default");
    return 0;
}

static void add_endpoint(struct aws_session *session, struct view service, const char *url)
{
    session->settings =
        xreallocarray(session->settings, session->setting_count + 1, sizeof(*session->settings));
    session->settings[session->setting_count++] = (struct aws_endpoint_setting){
        .service = service.len ? xstrndup(service.ptr, service.len) : NULL,
        .url = xstrdup(url),
    };
}

static void add_service(void *user, const char *key, const char *value)
{
    static const struct view end = VIEW(".endpoint_url");
    struct view name = view_str(key);
    if (name.len == end.len || !*value || !view_ends_with(name, end))
        return;
    name.len -= end.len;
    add_endpoint(user, name, value);
}

static int read_endpoints(struct aws_session *session, struct error *err)
{
    const char *services = profiles_value(session->profiles, session->profile, "services");
    const char *url = profiles_value(session->profiles, session->profile, "endpoint_url");
    if (services && !profiles_has(session->profiles, PROFILE_SERVICES, services))
        return error_set(err, ERROR_SETTING, 0,
                         "AWS profile \"%s\": there is no section [services %s]", session->profile,
                         services);
    if (services)
        profiles_each(session->profiles, PROFILE_SERVICES, services, add_service, session);
    if (url)
        add_endpoint(session, VIEW(""), url);
    return 0;
}

/* The environment comes before the profile. */
static const char *find_setting(const struct aws_session *session, const char *variable,
                                const char *key)
{
    const char *value = environment(variable);
    return value ? value : profiles_value(session->profiles, session->profile, key);
}

/* Of the modes, what matters here is how often a call is tried in all if nothing else says so:
 * there is one way to wait. Other names count for nothing [botocore]. */
static void apply_retry_mode(struct aws_session *session)
{
    const char *mode = find_setting(session, "AWS_RETRY_MODE", "retry_mode");
    if (mode && strcmp(mode, "legacy") == 0 && !environment("AWS_MAX_ATTEMPTS"))
        session->retry.attempts = 5;
}

static int read_retries(struct aws_session *session, struct error *err)
{
    int64_t attempts;
    const char *text = profiles_value(session->profiles, session->profile, "max_attempts");
    if (aws_retry_init(&session->retry, err) < 0)
        return -1;
    apply_retry_mode(session);
    if (!text || environment("AWS_MAX_ATTEMPTS"))
        return 0;
    if (parse_int64(view_str(text), 1, 1000, &attempts, err) < 0)
        return error_prefix(err, "AWS profile \"%s\": max_attempts", session->profile);
    session->retry.attempts = (unsigned)attempts;
    return 0;
}

static int read_sts_endpoints(const struct aws_session *session, bool *legacy, struct error *err)
{
    const char *value =
        find_setting(session, "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints");
    *legacy = value && strcmp(value, "legacy") == 0;
    if (!value || *legacy || strcmp(value, "regional") == 0)
        return 0;
    return error_set(err, ERROR_SETTING, 0,
                     "AWS_STS_REGIONAL_ENDPOINTS, or sts_regional_endpoints of AWS profile \"%s\", "
                     "is \"%s\" instead of \"regional\" or \"legacy\"",
                     session->profile, value);
}

static const char *find_region(const struct aws_session *session,
                               const struct aws_session_options *options)
{
    const char *region = options->region ? options->region : aws_region_environment();
    return region ? region : profiles_value(session->profiles, session->profile, "region");
}

static void set_up_client(struct aws_session *session, const struct aws_session_options *options,
                          bool sts_legacy)
{
    credential_chain_init(&session->chain, &(struct credential_search){
                                               .profiles = session->profiles,
                                               .profile = session->profile,
                                               .profile_option = options->profile != NULL,
                                               .sts_legacy = sts_legacy,
                                               .client = &session->client,
                                               .prompt = options->prompt,
                                           });
    session->client = (struct aws_client){
        .http = options->http,
        .credentials = &session->chain.provider,
        .clock = options->clock,
        .region = session->region,
        .timeout_ms = TRY_TIMEOUT_MS,
        .retry = &session->retry,
        .endpoints = {session->endpoint_url, session->settings, session->setting_count},
    };
}

struct aws_session *aws_session_open(const struct aws_session_options *options, struct error *err)
{
    struct aws_session *session = xcalloc(1, sizeof(*session));
    bool sts_legacy;
    session->profiles = profiles_read(err);
    if (!session->profiles || choose_profile(session, chosen_profile(options), err) < 0 ||
        read_endpoints(session, err) < 0 || read_retries(session, err) < 0 ||
        read_sts_endpoints(session, &sts_legacy, err) < 0) {
        aws_session_free(session);
        return NULL;
    }
    session->region = copy(find_region(session, options));
    session->endpoint_url = copy(options->endpoint_url);
    set_up_client(session, options, sts_legacy);
    return session;
}

void aws_session_free(struct aws_session *session)
{
    if (!session)
        return;
    for (size_t i = 0; i < session->setting_count; i++) {
        free((char *)session->settings[i].service);
        free((char *)session->settings[i].url);
    }
    free(session->settings);
    credential_chain_release(&session->chain);
    profiles_free(session->profiles);
    free(session->profile);
    free(session->region);
    free(session->endpoint_url);
    free(session);
}

struct aws_client *aws_session_client(struct aws_session *session)
{
    return &session->client;
}
