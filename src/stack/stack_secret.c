#include "stack/stack_secret.h"

#include "aws/secrets_manager.h"
#include "aws/ssm.h"
#include "base/memory.h"
#include "json/writer.h"

/* So much of a password in a message is not by chance. */
#define TELLING 8

static bool may_not_look(const struct error *why)
{
    return error_is(why, "AccessDeniedException") || error_is(why, "AccessDenied");
}

static int look(struct aws_client *client, const struct stack_secret *secret, bool *deleting,
                struct error *err)
{
    return strcmp(secret->kind, "secret") == 0
               ? secrets_manager_find(client, secret->name, deleting, err)
               : ssm_find_parameter(client, secret->name, err);
}

int stack_secret_find(struct aws_client *client, const struct stack *stack,
                      struct stack_secret *secret, struct error *err)
{
    const struct stack_password *password = &stack->sink.password;
    struct stack_secret found = {.kind = password->secret ? "secret" : "parameter",
                                 .name = password->secret ? password->secret : password->ssm};
    bool deleting = false;
    if (found.name) {
        found.by_arn = view_starts_with(view_str(found.name), VIEW("arn:"));
        int there = look(client, &found, &deleting, &found.why);
        if (there < 0 && !may_not_look(&found.why)) {
            if (err)
                *err = found.why;
            return -1;
        }
        found.state = there < 0  ? STACK_SECRET_UNKNOWN
                      : !there   ? STACK_SECRET_MISSING
                      : deleting ? STACK_SECRET_DELETING
                                 : STACK_SECRET_THERE;
    }
    *secret = found;
    return 0;
}

/* {"<key>":"<password>"}; at once in its final size, since a buffer that grows leaves copies. */
static void put_member(const char *key, const char *password, struct buf *out)
{
    size_t room = 6 * (strlen(key) + strlen(password)) + 64;
    struct json_writer json;
    *out = BUF_INIT(room);
    buf_reserve(out, room);
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_member_string(&json, key, view_str(password));
    json_end_object(&json);
}

/* AWS quotes in some messages what it was sent. */
static void hide(const char *password, struct error *err)
{
    size_t len = strnlen(password, TELLING);
    if (!err || !len || !memmem(err->message, strlen(err->message), password, len))
        return;
    struct error plain = {0};
    error_set(&plain, err->domain, err->code, "it was refused (%s): the message holds the password",
              err->name);
    memcpy(err->message, plain.message, sizeof(err->message));
}

static int make(struct aws_client *client, const struct stack_secret *secret,
                const struct new_secret *wanted, struct error *err)
{
    struct error why = {0};
    bool is_secret = strcmp(secret->kind, "secret") == 0;
    int result = is_secret ? secrets_manager_create(client, wanted, &why)
                           : ssm_put_parameter(client, wanted, &why);
    if (result == 0)
        return 1;
    /* Secrets Manager knows a request again; the Parameter Store does not. */
    if (error_is(&why, "ParameterAlreadyExists"))
        return why.repeated;
    if (error_is(&why, "ResourceExistsException"))
        return 0;
    if (err)
        *err = why;
    return -1;
}

int stack_secret_make(struct aws_client *client, const struct stack *stack,
                      const struct stack_secret *secret, const char *password, struct error *err)
{
    const struct secret_tag tags[] = {{"ProjectName", stack->project}, {"Stage", stack->stage}};
    cleanup_secret struct buf member = {0};
    cleanup_buf struct buf description = BUF_INIT(BUF_TEXT_CAP);
    const char *key = stack->sink.password.secret_key;
    if (key)
        put_member(key, password, &member);
    buf_append_str(&description, "Password of the sink of ");
    stack_name(stack, &description);
    const struct new_secret wanted = {
        .name = secret->name,
        .description = buf_str(&description),
        .text = key ? buf_str(&member) : password,
        .tags = tags,
        .tag_count = ARRAY_LEN(tags),
    };
    int result = make(client, secret, &wanted, err);
    if (result < 0) {
        hide(password, err);
        error_prefix(err, "%s \"%s\" cannot be made", secret->kind, secret->name);
    }
    return result;
}
