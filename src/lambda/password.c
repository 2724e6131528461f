#include "lambda/password.h"

#include <stdlib.h>

#include "aws/json_text.h"
#include "aws/secrets_manager.h"
#include "aws/ssm.h"
#include "base/log.h"
#include "base/memory.h"
#include "json/reader.h"

#define PASSWORD_CAP ((size_t)SECRET_SIZE_MAX)

struct password {
    struct password_source source;
    const struct settings *settings;
    struct aws_client *aws;
    struct buf value; /* empty until it was read */
    bool known;
    bool read_again;   /* at least once */
    int64_t reread_ms; /* when it was read again last, by the steady clock */
};

static bool is_object(struct view text)
{
    struct json_reader reader;
    json_reader_init(&reader, text);
    if (json_next(&reader) != JSON_OBJECT)
        return false;
    json_span(&reader);
    return json_next(&reader) == JSON_END;
}

/* The password within a secret. */
static int pick(const struct settings *settings, struct view secret, struct buf *value,
                struct error *err)
{
    const char *key = settings->secret_key;
    if (!key && !is_object(secret)) {
        buf_append_view(value, secret);
        return 0;
    }
    if (aws_json_text(secret, (const char *const[]){key ? key : "password", NULL}, value))
        return 0;
    if (key)
        return error_set(err, ERROR_SETTING, 0,
                         "secret \"%s\": it is no JSON object with a text \"%s\": correct "
                         "SINK_PASSWORD_SECRET_KEY",
                         settings->secret, key);
    return error_set(err, ERROR_SETTING, 0,
                     "secret \"%s\": it is a JSON object without a text \"password\": name the "
                     "member in SINK_PASSWORD_SECRET_KEY",
                     settings->secret);
}

static int read_secret(struct password *password, struct buf *value, struct error *err)
{
    const struct settings *settings = password->settings;
    if (settings->parameter)
        return ssm_get_parameter(password->aws, settings->parameter, value, err);
    cleanup_secret struct buf secret = BUF_INIT(PASSWORD_CAP);
    if (secrets_manager_get_value(password->aws, settings->secret, &secret, err) < 0)
        return -1;
    return pick(settings, buf_view(&secret), value, err);
}

/* Whether what is known has to do. */
static bool is_enough(const struct password *password, bool refused, int64_t now_ms)
{
    if (!password->known)
        return false;
    return !refused || (password->read_again && now_ms - password->reread_ms < PASSWORD_REREAD_MS);
}

static const char *secret_get(struct password_source *source, bool refused, struct error *err)
{
    struct password *password = (struct password *)source;
    int64_t now_ms = password->aws->clock->steady_ms(password->aws->clock);
    if (is_enough(password, refused, now_ms))
        return buf_str(&password->value);
    struct buf value = BUF_INIT(PASSWORD_CAP);
    if (password->known) {
        password->read_again = true;
        password->reread_ms = now_ms;
        log_info("the sink refused the password: reading it again");
    }
    if (read_secret(password, &value, err) < 0) {
        error_prefix(err, "cannot read the password of the sink");
        buf_wipe(&value);
        return NULL;
    }
    buf_wipe(&password->value);
    password->value = value;
    password->known = true;
    return buf_str(&password->value);
}

static const char *constant_get(struct password_source *source, bool refused, struct error *err)
{
    (void)refused;
    (void)err;
    return ((struct password *)source)->settings->password;
}

struct password_source *password_new(const struct settings *settings, struct aws_client *aws)
{
    bool remote = settings->secret || settings->parameter;
    if (!remote && !settings->password)
        return NULL;
    struct password *password = xcalloc(1, sizeof(*password));
    *password = (struct password){.source = {remote ? secret_get : constant_get},
                                  .settings = settings,
                                  .aws = aws,
                                  .value = BUF_INIT(PASSWORD_CAP)};
    return &password->source;
}

void password_free(struct password_source *source)
{
    if (!source)
        return;
    struct password *password = (struct password *)source;
    buf_wipe(&password->value);
    free(password);
}
