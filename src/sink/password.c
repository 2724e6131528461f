#include "sink/password.h"

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
    struct password_place place;
    struct buf origin; /* for the source */
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
static int pick(const struct password_place *place, struct view secret, struct buf *value,
                struct error *err)
{
    const char *key = place->secret_key;
    if (!key && !is_object(secret)) {
        buf_append_view(value, secret);
        return 0;
    }
    if (aws_json_text(secret, (const char *const[]){key ? key : "password", NULL}, value))
        return 0;
    if (key)
        return error_set(err, ERROR_SETTING, 0,
                         "secret \"%s\": it is no JSON object with a text \"%s\": correct %s",
                         place->secret, key, place->key_setting);
    return error_set(err, ERROR_SETTING, 0,
                     "secret \"%s\": it is a JSON object without a text \"password\": name the "
                     "member in %s",
                     place->secret, place->key_setting);
}

static int read_secret(struct password *password, struct buf *value, struct error *err)
{
    const struct password_place *place = &password->place;
    if (place->parameter)
        return ssm_get_parameter(password->aws, place->parameter, value, err);
    cleanup_secret struct buf secret = BUF_INIT(PASSWORD_CAP);
    if (secrets_manager_get_value(password->aws, place->secret, &secret, err) < 0)
        return -1;
    return pick(place, buf_view(&secret), value, err);
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
        error_prefix(err, "cannot read the password of the sink (%s)", password->place.setting);
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
    return ((struct password *)source)->place.password;
}

static void name_origin(struct password *password)
{
    const struct password_place *place = &password->place;
    password->origin = BUF_INIT(BUF_TEXT_CAP);
    if (place->secret)
        buf_printf(&password->origin, "secret \"%s\"", place->secret);
    else if (place->parameter)
        buf_printf(&password->origin, "parameter \"%s\"", place->parameter);
    else
        buf_append_str(&password->origin, place->setting);
    password->source.origin = buf_str(&password->origin);
}

struct password_source *password_new(const struct password_place *place, struct aws_client *aws)
{
    bool remote = place->secret || place->parameter;
    if (!remote && !place->password)
        return NULL;
    struct password *password = xcalloc(1, sizeof(*password));
    *password = (struct password){.source = {.get = remote ? secret_get : constant_get},
                                  .place = *place,
                                  .aws = aws,
                                  .value = BUF_INIT(PASSWORD_CAP)};
    name_origin(password);
    return &password->source;
}

void password_free(struct password_source *source)
{
    if (!source)
        return;
    struct password *password = (struct password *)source;
    buf_wipe(&password->value);
    buf_release(&password->origin);
    free(password);
}
