#include <string.h>

#include "base/base64.h"
#include "oci/registry_private.h"

void registry_login_release(struct registry_login *login)
{
    buf_wipe(&login->user);
    buf_wipe(&login->password);
    *login = (struct registry_login){0};
}

static int get_login(struct registry *registry, bool renew, struct registry_login *login,
                     struct error *err)
{
    struct registry_logins *logins = registry->options->logins;
    if (!logins && renew)
        return error_set(err, ERROR_SETTING, 0, "there is no login for it");
    registry_login_release(login);
    return logins ? logins->get(logins, registry->reference->registry, renew, login, err) : 0;
}

static bool is_anonymous(const struct registry_login *login)
{
    return !login->user.len && !login->password.len;
}

/* RFC 7617 */
void registry_put_basic(const struct registry_login *login, struct buf *header)
{
    cleanup_secret struct buf plain = BUF_INIT(2 * REGISTRY_LOGIN_CAP + 1);
    buf_append_view(&plain, buf_view(&login->user));
    buf_append_char(&plain, ':');
    buf_append_view(&plain, buf_view(&login->password));
    buf_append_str(header, "Basic ");
    size_t len = BASE64_ENCODED_LEN(plain.len);
    char *to = buf_reserve(header, len);
    if (!to)
        return;
    base64_encode(buf_view(&plain), to);
    buf_commit(header, len);
}

/* What to send with Basic. Nobody is nobody there: the reason for that is asked for. */
static int log_in_basic(struct registry *registry, bool renew, struct buf *header,
                        struct error *err)
{
    cleanup_registry_login struct registry_login login = {0};
    if (get_login(registry, renew, &login, err) < 0)
        return -1;
    if (is_anonymous(&login) && get_login(registry, true, &login, err) < 0)
        return -1;
    if (login.is_token)
        return error_set(err, ERROR_SETTING, 0,
                         "the login for it is an identity token, and it wants a password");
    registry_put_basic(&login, header);
    return 0;
}

/* A realm that refuses a login may take a newer one. */
static int log_in_bearer(struct registry *registry, bool renew, struct buf *header,
                         struct error *err)
{
    cleanup_registry_login struct registry_login login = {0};
    struct error refusal;
    if (get_login(registry, renew, &login, err) < 0)
        return -1;
    if (registry_token_get(registry, &login, header, &refusal) == 0)
        return 0;
    bool of_login = refusal.domain == ERROR_HTTP && (refusal.code == 401 || refusal.code == 403);
    if (renew || !of_login || get_login(registry, true, &login, NULL) < 0) {
        if (err)
            *err = refusal;
        return -1;
    }
    return registry_token_get(registry, &login, header, err);
}

/* An expired login may be refused without saying what is wanted instead: the same as before. */
static enum challenge_scheme read_challenge(struct registry_auth *auth,
                                            const struct http_response *refusal)
{
    struct challenge challenge;
    challenge_read(buf_view(&refusal->header), &challenge);
    if (challenge.scheme == CHALLENGE_NONE) {
        challenge_release(&challenge);
    } else {
        challenge_release(&auth->challenge);
        auth->challenge = challenge;
    }
    return auth->challenge.scheme;
}

/* In this order: what is known; once more with a renewed login; no further. A token expires by
 * itself, so that the next one is asked for with the same login first. */
int registry_auth_renew(struct registry *registry, const struct http_response *refusal,
                        struct error *err)
{
    struct registry_auth *auth = &registry->auth;
    cleanup_secret struct buf header = BUF_INIT(2 * REGISTRY_ANSWER_CAP);
    enum challenge_scheme scheme = read_challenge(auth, refusal);
    if (scheme == CHALLENGE_NONE)
        return error_set(err, ERROR_SETTING, 0,
                         "it asks for a login in no way that is known here (Basic, Bearer)");
    bool renew = auth->refused || (auth->generation && scheme == CHALLENGE_BASIC);
    if (auth->refused++ > 1)
        return error_set(err, ERROR_SETTING, 0, "it refuses the renewed login as well");
    int result = scheme == CHALLENGE_BASIC ? log_in_basic(registry, renew, &header, err)
                                           : log_in_bearer(registry, renew, &header, err);
    if (result < 0)
        return -1;
    if (header.overflow)
        return error_set(err, ERROR_INPUT, 0, "the login for it is too long");
    buf_wipe(&auth->header);
    auth->header = header;
    header = (struct buf){0};
    auth->generation++;
    return 0;
}
