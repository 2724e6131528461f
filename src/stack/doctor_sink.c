/* The sink: its password, whether it answers, its table. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/parse.h"
#include "base/plural.h"
#include "sink/password.h"
#include "stack/doctor_parts.h"
#include "stack/template.h"

#define UNAUTHORIZED 401 /* of HTTP: a wrong user or password */
#define HOUR_S 3600
#define SECOND_US INT64_C(1000000)

/* How long the processor remembers removed items if nobody says it: as in lambda/settings.h. */
#define RETENTION_UNSET "7d"

/* Versions that serve [FACTS section 4]: 5.10, 6.0 to 6.5. Before, an upsert drops members of an
 * object that are null, once their column has a type (tried on 5.4.8 and 5.9.13). */
#define FIRST_MAJOR 5
#define FIRST_MINOR 10

static bool has_kept_password(const struct stack *stack)
{
    return stack->sink.password.secret || stack->sink.password.ssm;
}

static const char *place_name(const struct stack *stack)
{
    return stack->sink.password.secret ? stack->sink.password.secret : stack->sink.password.ssm;
}

static void mend_absence(struct examination *x)
{
    if (strncmp(place_name(x->stack), "arn:", 4) == 0)
        doctor_mend(x, "make it, or name another one under `sink: password:` in %s",
                    x->doctor->path);
    else
        doctor_mend(x, "`lorry deploy` makes it, with the password from SINK_PASSWORD or a prompt");
}

static bool is_absence(const struct error *err)
{
    return error_is(err, "ResourceNotFoundException") || error_is(err, "ParameterNotFound");
}

/* A secret that waits for its deletion; Secrets Manager has no code of its own for that. */
static bool is_deletion(const struct examination *x, const struct error *err)
{
    return x->stack->sink.password.secret && error_is(err, "InvalidRequestException") &&
           strstr(err->message, "deletion");
}

static void note_unreadable(struct examination *x, const struct error *err)
{
    if (is_absence(err) && doctor_is_not_deployed(x))
        return;
    if (is_deletion(x, err)) {
        doctor_note(x, VERDICT_FAILED, "%s", err->message);
        doctor_mend(x, "`aws secretsmanager restore-secret --region %s --secret-id %s`",
                    x->client->region, place_name(x->stack));
        return;
    }
    doctor_note_error(x, err);
    if (is_absence(err))
        mend_absence(x);
    else if (err->domain == ERROR_SETTING)
        doctor_mend(x, "correct `key` under `sink: password:` in %s, or the secret",
                    x->doctor->path);
}

/* Of the caller: whether the function may read it is what its role says, which the template sees
 * to. */
static void check_password(struct examination *x)
{
    const struct stack *stack = x->stack;
    const struct password_place place = {
        .secret = stack->sink.password.secret,
        .parameter = stack->sink.password.ssm,
        .secret_key = stack->sink.password.secret_key,
        .setting = "sink.password",
        .key_setting = "sink.password.key",
    };
    struct error err = {0};
    struct password_source *source = password_new(&place, x->client);
    if (source->get(source, false, &err)) {
        x->known |= KNOWS_PASSWORD;
        doctor_note(x, VERDICT_OK, "%s can be read", place_name(stack));
    } else {
        note_unreadable(x, &err);
    }
    password_free(source);
}

/* "sqlite:///FILE": what is behind the slash that ends the host. */
static const char *file_of(const struct examination *x)
{
    return x->doctor->sink_url->path + (*x->doctor->sink_url->path == '/');
}

static bool is_file(const struct examination *x)
{
    return strcmp(x->doctor->sink_url->scheme, "sqlite") == 0;
}

static void mend_login(struct examination *x)
{
    const struct stack *stack = x->stack;
    if (x->doctor->sink_fetches)
        doctor_mend(x, "put the password that the sink takes into %s", place_name(stack));
    else
        doctor_mend(x,
                    "correct user and password: SINK_PASSWORD, --password-file, or `sink: "
                    "password:` in %s",
                    x->doctor->path);
}

static void note_unreachable(struct examination *x, const struct error *err)
{
    bool mounted = x->stack && x->stack->processor.access_point;
    if (is_file(x) && mounted) {
        doctor_note(x, VERDICT_SKIPPED, "it is in the file system of the function");
        return;
    }
    if (is_file(x) && strstr(err->message, "there is no SQLite file")) {
        doctor_note(x, VERDICT_WARNING, "%s", err->message);
        doctor_mend(x, "the first change makes it, or `lorry table create`");
        return;
    }
    doctor_note(x, VERDICT_FAILED, "%s", err->message);
    if (err->code == UNAUTHORIZED)
        mend_login(x);
    else if (strstr(err->message, "certificate"))
        doctor_mend(x,
                    "have the sink show a certificate that is valid, for \"%s\", and from somebody "
                    "whom this machine and the function trust (here: SSL_CERT_FILE)",
                    x->doctor->sink_url->host);
    else if (err->domain == ERROR_NET)
        doctor_mend(x,
                    "are host, port and ?ssl of %s right, and does the sink let this machine "
                    "in?",
                    x->doctor->sink_url->host);
}

/* "6.4.3" of "CrateDB 6.4.3 (built ...)" in the first cell; empty if it is something else. */
static void read_version(const struct query_result *result, struct buf *version)
{
    static const struct view before = VIEW("\"CrateDB ");
    struct view cell = result->row_count && result->column_count ? result->cells[0] : VIEW("");
    if (!view_starts_with(cell, before))
        return;
    struct view rest = view_skip(cell, before.len);
    const char *space = memchr(rest.ptr, ' ', rest.len);
    if (space)
        buf_append_view(version, view_between(rest.ptr, space));
}

static void note_version(struct examination *x, const char *version)
{
    char *rest;
    long major = strtol(version, &rest, 10), minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;
    if (!*version) {
        doctor_note(x, VERDICT_OK, "%s answers", x->doctor->sink_url->host);
    } else if (major < FIRST_MAJOR || (major == FIRST_MAJOR && minor < FIRST_MINOR)) {
        doctor_note(x, VERDICT_WARNING,
                    "CrateDB %s, which drops attributes that are NULL when it updates a row",
                    version);
        doctor_mend(x, "update it to 5.10 or later");
    } else {
        doctor_note(x, VERDICT_OK, "CrateDB %s at %s", version, x->doctor->sink_url->host);
    }
}

/* Who gets the password of the sink from AWS fails as whoever else wants something there. */
static bool is_told(const struct doctor *doctor)
{
    return doctor->sink_error && doctor->client_error &&
           strcmp(doctor->sink_error->message, doctor->client_error->message) == 0;
}

static void check_connection(struct examination *x)
{
    /* Of anybody: users without privileges there do not even see that there is a schema "sys". */
    static const struct view ask_crate = VIEW("SELECT version()");
    const struct doctor *doctor = x->doctor;
    struct query_result result = {0};
    struct error err = {0};
    if (!doctor->sink) {
        if (is_told(doctor))
            doctor_note(x, VERDICT_SKIPPED, "needs AWS credentials");
        else if (doctor->sink_error)
            doctor_note(x, VERDICT_FAILED, "%s", doctor->sink_error->message);
        else
            doctor_note(x, VERDICT_SKIPPED, "needs --sink or a pipeline file");
        return;
    }
    if (doctor->sink_fetches && !(x->known & KNOWS_PASSWORD)) {
        doctor_note(x, VERDICT_SKIPPED, "needs the password");
        return;
    }
    if (doctor->sink->ops->query(doctor->sink, is_file(x) ? VIEW("SELECT 1") : ask_crate, &result,
                                 &err) < 0) {
        note_unreachable(x, &err);
        return;
    }
    x->known |= KNOWS_SINK;
    if (is_file(x)) {
        doctor_note(x, VERDICT_OK, "SQLite file %s", file_of(x));
    } else {
        cleanup_buf struct buf version = BUF_INIT(BUF_TEXT_CAP);
        read_version(&result, &version);
        note_version(x, buf_str(&version));
    }
    query_result_release(&result);
}

/* {"device":"S or B"} of the sink's table against the keys of the source's. */
static bool has_same_keys(const struct stack *stack, const json_t *keys)
{
    static const char types[] = {[STACK_KEY_S] = 'S', [STACK_KEY_N] = 'N', [STACK_KEY_B] = 'B'};
    if (!stack->source.key_count) /* the table is there, and the file need not name them */
        return true;
    if (json_object_size(keys) != stack->source.key_count)
        return false;
    for (size_t i = 0; i < stack->source.key_count; i++) {
        const struct stack_key *key = &stack->source.keys[i];
        const char *type = json_string_value(json_object_get(keys, key->name));
        if (!type || !strchr(type, types[key->type]))
            return false;
    }
    return true;
}

static void note_keys(struct examination *x)
{
    const struct buf *text = &x->sink_info.key;
    json_t *keys = json_loadb(buf_str(text), text->len, 0, NULL);
    if (x->stack && json_is_object(keys) && !has_same_keys(x->stack, keys)) {
        doctor_note(x, VERDICT_FAILED,
                    "its keys are %s, and those of %s are others: every record "
                    "becomes a dead letter",
                    buf_str(text), x->stack->source.table);
        doctor_mend(x, "name another table under `sink: table:` in %s, or correct `keys`",
                    x->doctor->path);
    }
    json_decref(keys);
}

static void note_absence(struct examination *x, const char *name)
{
    const char *create =
        x->known & KNOWS_FUNCTION
            ? lambda_function_variable(&x->survey.function.found, "SINK_CREATE_TABLE")
            : NULL;
    if (create && strcasecmp(create, "false") == 0) {
        doctor_note(x, VERDICT_FAILED, "there is no table %s, and SINK_CREATE_TABLE is false",
                    name);
        doctor_mend(x, "`lorry table create`");
        return;
    }
    doctor_note(x, VERDICT_OK, "there is no table %s yet: the first change makes it", name);
}

static void check_layout(struct examination *x)
{
    struct sink *sink = x->doctor->sink;
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    if (!x->doctor->sink_table) {
        doctor_note(x, VERDICT_SKIPPED, "needs --table or a pipeline file");
        return;
    }
    sql_append_table(&name, x->doctor->sink_table, "");
    if (sink->ops->show(sink, &x->sink_info, &err) < 0) {
        doctor_note(x, VERDICT_FAILED, "%s", err.message);
        return;
    }
    x->known |= KNOWS_LAYOUT;
    if (!x->sink_info.exists) {
        note_absence(x, buf_str(&name));
        return;
    }
    doctor_note(x, VERDICT_OK, "%s, layout \"%s\", %lld row%s", buf_str(&name), x->sink_info.layout,
                (long long)x->sink_info.rows, plural_s(x->sink_info.rows));
    if (x->sink_info.advice.len) {
        bool foreign = strcmp(x->sink_info.layout, "foreign") == 0;
        doctor_note(x, foreign ? VERDICT_FAILED : VERDICT_WARNING, "%s",
                    buf_str(&x->sink_info.advice));
        doctor_mend(x,
                    foreign ? "name another table under `sink: table:`" : "`lorry table upgrade`");
    }
    note_keys(x);
}

/* A statement that concerns no row needs the privilege all the same. */
static void ask_to_write(struct examination *x)
{
    struct sink *sink = x->doctor->sink;
    cleanup_buf struct buf statement = BUF_INIT(BUF_TEXT_CAP);
    struct query_result result = {0};
    struct error err = {0};
    buf_append_str(&statement, "UPDATE ");
    sql_append_table(&statement, x->doctor->sink_table, "");
    buf_append_str(&statement, " SET \"data\" = \"data\" WHERE false");
    if (sink->ops->query(sink, buf_view(&statement), &result, &err) == 0) {
        query_result_release(&result);
        doctor_note(x, VERDICT_OK, "it can be written to");
    } else if (strstr(err.message, "MissingPrivilege") || strstr(err.message, "privilege")) {
        doctor_note(x, VERDICT_FAILED, "%s", err.message);
        doctor_mend(x, "`GRANT DQL, DML, DDL ON TABLE ... TO \"%s\"`, as an administrator",
                    x->doctor->sink_url->user);
    } else {
        doctor_note(x, VERDICT_UNKNOWN, "%s", err.message);
    }
}

static void check_writing(struct examination *x)
{
    const char *path = file_of(x);
    if (!x->sink_info.exists) {
        doctor_note(x, VERDICT_SKIPPED, "needs the table of the sink");
    } else if (!is_file(x)) {
        ask_to_write(x);
    } else if (access(path, W_OK) == 0) {
        doctor_note(x, VERDICT_OK, "the file can be written to");
    } else {
        doctor_note(x, VERDICT_WARNING, "this user may not write to %s", path);
        doctor_mend(x, "`chmod u+w %s`, if it is this user who processes", path);
    }
}

static void check_dead_letters(struct examination *x)
{
    long long count = (long long)x->sink_info.dead_letters;
    if (count <= 0) {
        doctor_note(x, VERDICT_OK, "no dead letters");
        return;
    }
    doctor_note(x, VERDICT_WARNING, "%lld record%s set aside", count,
                count == 1 ? " was" : "s were");
    doctor_mend(x, "`lorry replay --list` shows them and why, `lorry replay` sends them again");
}

static void check_tombstones(struct examination *x)
{
    const char *text =
        lambda_function_variable(&x->survey.function.found, "SINK_TOMBSTONE_RETENTION");
    int64_t kept_us = INT64_MAX;
    int hours = x->survey.stream.found.retention_hours;
    if (!text || !*text)
        text = RETENTION_UNSET;
    if (strcmp(text, "never") == 0) {
        doctor_note(x, VERDICT_OK, "removed items are remembered for ever");
    } else if (parse_duration_us(view_str(text), &kept_us, NULL) == 0 &&
               kept_us / SECOND_US / HOUR_S < hours) {
        doctor_note(x, VERDICT_WARNING,
                    "removed items are forgotten after %s, and the stream delivers changes up to "
                    "%d h old: they may come back",
                    text, hours);
        doctor_mend_setting(
            x, &(struct doctor_setting){TEMPLATE_FUNCTION, "Environment", NULL, "lorry deploy"});
    } else {
        doctor_note(x, VERDICT_OK, "removed items are remembered for %s", text);
    }
}

const struct doctor_check doctor_checks_sink[] = {
    {"sink", "password", KNOWS_PIPELINE, has_kept_password, check_password},
    {"sink", "connection", 0, NULL, check_connection},
    {"sink", "table", KNOWS_SINK, NULL, check_layout},
    {"sink", "writing", KNOWS_SINK | KNOWS_LAYOUT, NULL, check_writing},
    {"sink", "dead letters", KNOWS_SINK | KNOWS_LAYOUT, NULL, check_dead_letters},
    {"sink", "tombstones", KNOWS_DEPLOYED | KNOWS_STREAM, NULL, check_tombstones},
    {0},
};
