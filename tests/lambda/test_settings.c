#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "lambda/settings.h"

/* The environment of a test: "NAME=value" each, ended by NULL. */
static const char *const *variables;

static char *environment(const char *name)
{
    size_t len = strlen(name);
    for (const char *const *v = variables; *v; v++)
        if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
            return (char *)*v + len + 1;
    return NULL;
}

#define ENVIRONMENT(...) ((const char *const[]){__VA_ARGS__, NULL})
#define URL "SINK_URL=crate://admin@db.example:4200/?ssl=true"

static void load(struct settings *settings, const char *const *vars, const char *want)
{
    cleanup_buf struct buf problems = BUF_INIT(BUF_TEXT_CAP);
    variables = vars;
    bool good = settings_load(settings, environment, &problems);
    assert_string_equal(buf_str(&problems), want);
    assert_int_equal(good, *want == '\0');
}

static void test_defaults(void **state)
{
    (void)state;
    cleanup_settings struct settings settings = {0};
    load(&settings, ENVIRONMENT(URL), "");
    assert_string_equal(settings.sink_url.scheme, "crate");
    assert_string_equal(settings.sink_url.host, "db.example");
    assert_string_equal(settings.sink_url_variable, "SINK_URL");
    assert_string_equal(settings.sink_table.table, "default");
    assert_null(settings.sink_table.schema);
    assert_null(settings.column_types);
    assert_int_equal(settings.on_error, ON_ERROR_DEAD_LETTER);
    assert_false(settings.use_batch_processing);
    assert_false(settings.report_failures);
    assert_true(settings.create_table);
    assert_int_equal(settings.tombstone_retention_us, INT64_C(7) * 86400 * 1000000);
    assert_int_equal(settings.log_level, LOG_INFO);
    assert_false(settings.sql_echo);
    assert_null(settings.password);
    assert_null(settings.secret);
    assert_null(settings.secret_key);
    assert_null(settings.parameter);
}

static void test_everything_set(void **state)
{
    (void)state;
    cleanup_settings struct settings settings = {0};
    load(&settings,
         ENVIRONMENT(URL, "SINK_TABLE=doc.transactions", "MESSAGE_FORMAT=dynamodb",
                     "COLUMN_TYPES={\"doc:transactions:id\":\"text\"}", "ON_ERROR=exit",
                     "USE_BATCH_PROCESSING=true", "REPORT_BATCH_ITEM_FAILURES=true",
                     "SINK_CREATE_TABLE=false", "SINK_TOMBSTONE_RETENTION=36h", "LOG_LEVEL=warning",
                     "SQL_ECHO=true", "SINK_PASSWORD_SECRET=lorry/x",
                     "SINK_PASSWORD_SECRET_KEY=pw"),
         "");
    assert_string_equal(settings.sink_table.schema, "doc");
    assert_string_equal(settings.sink_table.table, "transactions");
    assert_string_equal(column_types_find(settings.column_types, &settings.sink_table, VIEW("id")),
                        "text");
    assert_int_equal(settings.on_error, ON_ERROR_EXIT);
    assert_true(settings.use_batch_processing);
    assert_true(settings.report_failures);
    assert_false(settings.create_table);
    assert_int_equal(settings.tombstone_retention_us, INT64_C(36) * 3600 * 1000000);
    assert_int_equal(settings.log_level, LOG_WARNING);
    assert_true(settings.sql_echo);
    assert_string_equal(settings.secret, "lorry/x");
    assert_string_equal(settings.secret_key, "pw");
}

static void test_precedence_of_urls(void **state)
{
    (void)state;
    static const struct {
        const char *vars[4];
        const char *variable, *host;
    } cases[] = {
        {{"CRATEDB_SQLALCHEMY_URL=crate://c", "SINK_SQLALCHEMY_URL=crate://b",
          "SINK_URL=crate://a"},
         "SINK_URL",
         "a"},
        {{"CRATEDB_SQLALCHEMY_URL=crate://c", "SINK_SQLALCHEMY_URL=crate://b", "SINK_URL="},
         "SINK_SQLALCHEMY_URL",
         "b"},
        {{"CRATEDB_SQLALCHEMY_URL=crate://c"}, "CRATEDB_SQLALCHEMY_URL", "c"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_settings struct settings settings = {0};
        load(&settings, cases[i].vars, "");
        assert_string_equal(settings.sink_url_variable, cases[i].variable);
        assert_string_equal(settings.sink_url.host, cases[i].host);
    }
}

static void test_empty_is_unset(void **state)
{
    (void)state;
    cleanup_settings struct settings settings = {0};
    load(&settings,
         ENVIRONMENT(URL, "SINK_TABLE=", "MESSAGE_FORMAT=", "COLUMN_TYPES=", "ON_ERROR=",
                     "USE_BATCH_PROCESSING=", "SINK_CREATE_TABLE=", "SINK_TOMBSTONE_RETENTION=",
                     "LOG_LEVEL=", "SQL_ECHO=", "SINK_PASSWORD=", "SINK_PASSWORD_SECRET=",
                     "SINK_PASSWORD_SECRET_KEY=", "SINK_PASSWORD_SSM="),
         "");
    assert_string_equal(settings.sink_table.table, "default");
    assert_true(settings.create_table);
    assert_null(settings.password);
}

static void test_never(void **state)
{
    (void)state;
    cleanup_settings struct settings settings = {0};
    load(&settings, ENVIRONMENT(URL, "SINK_TOMBSTONE_RETENTION=never"), "");
    assert_int_equal(settings.tombstone_retention_us, 0);
}

/* Each alone: the beginning of the one problem that is reported. */
static void test_wrong_ones(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *problem;
    } cases[] = {
        {"SINK_URL=not a url", "SINK_URL: "},
        {"SINK_TABLE=a.b.c", "SINK_TABLE: "},
        {"MESSAGE_FORMAT=dms",
         "MESSAGE_FORMAT: \"dms\" is not accepted: messages of AWS DMS are not "
         "supported yet; use \"dynamodb\"\n"},
        {"MESSAGE_FORMAT=unknown", "MESSAGE_FORMAT: \"unknown\" is not accepted: use \"dynamodb\""},
        {"MESSAGE_FORMAT=DynamoDB", "MESSAGE_FORMAT: \"DynamoDB\" is not accepted: "},
        {"COLUMN_TYPES=[]", "COLUMN_TYPES: "},
        {"ON_ERROR=stop", "ON_ERROR: \"stop\" is not accepted: use \"dead-letter\", \"exit\", "
                          "\"ignore\" or \"raise\"\n"},
        {"USE_BATCH_PROCESSING=perhaps", "USE_BATCH_PROCESSING: "},
        {"REPORT_BATCH_ITEM_FAILURES=2", "REPORT_BATCH_ITEM_FAILURES: "},
        {"SINK_CREATE_TABLE=maybe", "SINK_CREATE_TABLE: "},
        {"SQL_ECHO=loud", "SQL_ECHO: "},
        {"LOG_LEVEL=chatty", "LOG_LEVEL: \"chatty\" is not accepted: "},
        {"SINK_TOMBSTONE_RETENTION=soon",
         "SINK_TOMBSTONE_RETENTION: \"soon\" is not accepted: use a "
         "duration such as \"7d\""},
        {"SINK_TOMBSTONE_RETENTION=-1d", "SINK_TOMBSTONE_RETENTION: \"-1d\" is not accepted: "},
        {"SINK_TOMBSTONE_RETENTION=0", "SINK_TOMBSTONE_RETENTION: \"0\" is not accepted: without "
                                       "tombstones an older change that arrives late would bring"},
        {"SINK_PASSWORD_SECRET_KEY=pw", "SINK_PASSWORD_SECRET_KEY: it names a member of the secret "
                                        "SINK_PASSWORD_SECRET, which is not set\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_settings struct settings settings = {0};
        cleanup_buf struct buf problems = BUF_INIT(BUF_TEXT_CAP);
        variables = ENVIRONMENT(cases[i].variable, URL);
        assert_false(settings_load(&settings, environment, &problems));
        if (!view_starts_with(buf_view(&problems), view_str(cases[i].problem)))
            fail_msg("%s: %s", cases[i].variable, buf_str(&problems));
        assert_ptr_equal(strchr(buf_str(&problems), '\n') + 1, problems.ptr + problems.len);
    }
}

static void test_all_problems_at_once(void **state)
{
    (void)state;
    cleanup_settings struct settings settings = {0};
    cleanup_buf struct buf problems = BUF_INIT(BUF_TEXT_CAP);
    variables = ENVIRONMENT("MESSAGE_FORMAT=xml", "ON_ERROR=stop", "LOG_LEVEL=chatty",
                            "SQL_ECHO=loud", "SINK_TOMBSTONE_RETENTION=0");
    assert_false(settings_load(&settings, environment, &problems));
    static const char *const names[] = {"SINK_URL: it is not set: set it to ",
                                        "MESSAGE_FORMAT: ",
                                        "ON_ERROR: ",
                                        "LOG_LEVEL: ",
                                        "SQL_ECHO: ",
                                        "SINK_TOMBSTONE_RETENTION: "};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!strstr(buf_str(&problems), names[i]))
            fail_msg("no %s in %s", names[i], buf_str(&problems));
    /* What is wrong has its default. */
    assert_int_equal(settings.log_level, LOG_INFO);
    assert_int_equal(settings.on_error, ON_ERROR_DEAD_LETTER);
}

static void test_one_password_only(void **state)
{
    (void)state;
    static const struct {
        const char *vars[4], *problem;
    } cases[] = {
        {{URL, "SINK_PASSWORD=s3cret"}, ""},
        {{"SINK_URL=crate://admin:s3cret@h"}, ""},
        {{"SINK_URL=crate://admin:@h", "SINK_PASSWORD_SSM=p"}, ""},
        {{URL, "SINK_PASSWORD=s3cret", "SINK_PASSWORD_SSM=p"},
         "SINK_PASSWORD_SSM: a password is in SINK_PASSWORD already: give only one\n"},
        {{"SINK_SQLALCHEMY_URL=crate://admin:s3cret@h", "SINK_PASSWORD_SECRET=x"},
         "SINK_PASSWORD_SECRET: a password is in SINK_SQLALCHEMY_URL already: give only one\n"},
        {{URL, "SINK_PASSWORD_SECRET=x", "SINK_PASSWORD_SSM=p"},
         "SINK_PASSWORD_SSM: a password is in SINK_PASSWORD_SECRET already: give only one\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_settings struct settings settings = {0};
        load(&settings, cases[i].vars, cases[i].problem);
    }
}

static void test_passwords_are_not_told(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "SINK_URL=crate://admin:s3cret@h:99999999/",
        "SINK_URL=crate:/admin:s3cret@h",
        "SINK_URL=crate://admin:s3cret@[::1",
        "SINK_URL=s3cret",
    };
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        cleanup_settings struct settings settings = {0};
        cleanup_buf struct buf problems = BUF_INIT(BUF_TEXT_CAP);
        variables = ENVIRONMENT(urls[i], "SINK_PASSWORD=s3cret", "SINK_PASSWORD_SSM=p");
        assert_false(settings_load(&settings, environment, &problems));
        if (strstr(buf_str(&problems), "s3cret"))
            fail_msg("%s", buf_str(&problems));
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_true(settings_know("SINK_URL"));
    assert_true(settings_know("CRATEDB_SQLALCHEMY_URL"));
    assert_true(settings_know("ON_ERROR"));
    assert_false(settings_know("ON_ERRORS"));
    assert_false(settings_know("sink_url"));
    assert_false(settings_know(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_everything_set),
        cmocka_unit_test(test_precedence_of_urls),
        cmocka_unit_test(test_empty_is_unset),
        cmocka_unit_test(test_never),
        cmocka_unit_test(test_wrong_ones),
        cmocka_unit_test(test_all_problems_at_once),
        cmocka_unit_test(test_one_password_only),
        cmocka_unit_test(test_passwords_are_not_told),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
