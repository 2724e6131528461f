#include "lambda/settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parse.h"

#define NAMES_MAX 3

/* One setting: the first of `names` that is set and not empty counts. */
struct setting {
    const char *names[NAMES_MAX];
    /* Reads a value into the setting's field. What it says is put behind the name of the variable.
     */
    int (*read)(struct view value, void *field, struct error *err);
    size_t field;
    const char *standard; /* the value if none is given; NULL: the field stays zero */
};

#define FIELD(name) offsetof(struct settings, name)

static int wrong(struct error *err, struct view value, const char *accepted)
{
    return error_set(err, ERROR_SETTING, 0, "\"%.*s\" is not accepted: %s", VIEW_ARG(value),
                     accepted);
}

static int read_url(struct view value, void *field, struct error *err)
{
    return url_parse(value, field, err);
}

static int read_table(struct view value, void *field, struct error *err)
{
    return table_name_parse(value, field, err);
}

static int read_types(struct view value, void *field, struct error *err)
{
    struct column_types **types = field;
    *types = column_types_parse(value, err);
    return *types ? 0 : -1;
}

/* The envelope of DynamoDB is recognised by itself: there is nothing to keep. */
static int read_format(struct view value, void *field, struct error *err)
{
    (void)field;
    if (view_equal(value, VIEW("dynamodb")))
        return 0;
    if (view_equal(value, VIEW("dms")))
        return wrong(err, value, "messages of AWS DMS are not supported yet; use \"dynamodb\"");
    return wrong(err, value, "use \"dynamodb\", or leave it out to have it detected");
}

static int read_on_error(struct view value, void *field, struct error *err)
{
    if (on_error_parse(value, field) == 0)
        return 0;
    return wrong(err, value, "use \"dead-letter\", \"exit\", \"ignore\" or \"raise\"");
}

static int read_level(struct view value, void *field, struct error *err)
{
    if (log_level_parse(value, field) == 0)
        return 0;
    return wrong(err, value, "use \"DEBUG\", \"INFO\", \"WARNING\" or \"ERROR\"");
}

static int read_bool(struct view value, void *field, struct error *err)
{
    return parse_bool(value, field, err);
}

int settings_read_retention(struct view value, int64_t *retention_us, struct error *err)
{
    int64_t parsed;
    if (view_equal(value, VIEW("never"))) {
        *retention_us = 0;
        return 0;
    }
    if (parse_duration_us(value, &parsed, NULL) < 0)
        return wrong(err, value, "use a duration such as \"7d\" or \"36h\", or \"never\"");
    if (parsed == 0)
        return wrong(
            err, value,
            "without tombstones an older change that arrives late would bring a removed "
            "item back; use the stream's retention or more, or \"never\" to keep them all");
    *retention_us = parsed;
    return 0;
}

static int read_retention(struct view value, void *field, struct error *err)
{
    return settings_read_retention(value, field, err);
}

static int read_text(struct view value, void *field, struct error *err)
{
    (void)err;
    *(char **)field = xstrndup(value.ptr, value.len);
    return 0;
}

static const struct setting table[] = {
    {{"SINK_URL", "SINK_SQLALCHEMY_URL", "CRATEDB_SQLALCHEMY_URL"},
     read_url,
     FIELD(sink_url),
     NULL},
    {{"SINK_TABLE"}, read_table, FIELD(sink_table), "default"},
    {{"MESSAGE_FORMAT"}, read_format, 0, NULL},
    {{"COLUMN_TYPES"}, read_types, FIELD(column_types), NULL},
    {{"ON_ERROR"}, read_on_error, FIELD(on_error), "dead-letter"},
    {{"USE_BATCH_PROCESSING"}, read_bool, FIELD(use_batch_processing), NULL},
    {{"REPORT_BATCH_ITEM_FAILURES"}, read_bool, FIELD(report_failures), NULL},
    {{"SINK_CREATE_TABLE"}, read_bool, FIELD(create_table), "true"},
    {{"SINK_TOMBSTONE_RETENTION"},
     read_retention,
     FIELD(tombstone_retention_us),
     SETTINGS_RETENTION},
    {{"LOG_LEVEL"}, read_level, FIELD(log_level), "INFO"},
    {{"SQL_ECHO"}, read_bool, FIELD(sql_echo), NULL},
    {{"SINK_PASSWORD"}, read_text, FIELD(password), NULL},
    {{"SINK_PASSWORD_SECRET"}, read_text, FIELD(secret), NULL},
    {{"SINK_PASSWORD_SECRET_KEY"}, read_text, FIELD(secret_key), NULL},
    {{"SINK_PASSWORD_SSM"}, read_text, FIELD(parameter), NULL},
};

bool settings_know(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        for (size_t j = 0; j < NAMES_MAX && table[i].names[j]; j++)
            if (strcmp(table[i].names[j], name) == 0)
                return true;
    return false;
}

static void add_problem(struct buf *problems, const char *name, const char *message)
{
    buf_printf(problems, "%s: %s\n", name, message);
}

/* The value of a setting and the variable that it came from; NULL if it is not set. */
static const char *find(const struct setting *setting, char *(*environment)(const char *name),
                        const char **name)
{
    for (size_t i = 0; i < NAMES_MAX && setting->names[i]; i++) {
        const char *value = environment(setting->names[i]);
        if (value && *value) {
            *name = setting->names[i];
            return value;
        }
    }
    return NULL;
}

static void read_all(struct settings *settings, char *(*environment)(const char *name),
                     struct buf *problems)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct setting *setting = &table[i];
        void *field = (char *)settings + setting->field;
        const char *name = NULL;
        const char *value = find(setting, environment, &name);
        struct error err;
        if (setting->read == read_url)
            settings->sink_url_variable = name;
        if (value && setting->read(view_str(value), field, &err) == 0)
            continue;
        if (value)
            add_problem(problems, name, err.message);
        if (setting->standard)
            setting->read(view_str(setting->standard), field, NULL);
    }
}

/* What no setting can know alone. */
static void check_together(const struct settings *settings, struct buf *problems)
{
    const char *url_password = settings->sink_url.password;
    const struct {
        const char *name;
        bool set;
    } sources[] = {
        {settings->sink_url_variable, url_password && *url_password},
        {"SINK_PASSWORD", settings->password},
        {"SINK_PASSWORD_SECRET", settings->secret},
        {"SINK_PASSWORD_SSM", settings->parameter},
    };
    const char *first = NULL;
    if (!settings->sink_url_variable)
        add_problem(problems, "SINK_URL",
                    "it is not set: set it to the URL of the database, such as "
                    "crate://user@host:4200/?ssl=true (SINK_SQLALCHEMY_URL and "
                    "CRATEDB_SQLALCHEMY_URL are read as well)");
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        if (!sources[i].set)
            continue;
        if (first)
            buf_printf(problems, "%s: a password is in %s already: give only one\n",
                       sources[i].name, first);
        else
            first = sources[i].name;
    }
    if (settings->secret_key && !settings->secret)
        add_problem(problems, "SINK_PASSWORD_SECRET_KEY",
                    "it names a member of the secret SINK_PASSWORD_SECRET, which is not set");
}

bool settings_load(struct settings *settings, char *(*environment)(const char *name),
                   struct buf *problems)
{
    size_t before = problems->len;
    *settings = (struct settings){0};
    read_all(settings, environment, problems);
    check_together(settings, problems);
    return problems->len == before;
}

void settings_release(struct settings *settings)
{
    if (settings->password)
        explicit_bzero(settings->password, strlen(settings->password));
    url_release(&settings->sink_url);
    table_name_release(&settings->sink_table);
    column_types_free(settings->column_types);
    free(settings->password);
    free(settings->secret);
    free(settings->secret_key);
    free(settings->parameter);
    *settings = (struct settings){0};
}
