/* The whole processor, with a scripted Runtime API on one side and a SQLite file on the other. */
#include "unit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/base64.h"
#include "base/log.h"
#include "base/memory.h"
#include "lambda/processor.h"
#include "lambda/settings.h"
#include "support/http_script.h"

#define NOW_US INT64_C(1720747062000000)

static int64_t steady_now_ms;

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return NOW_US + steady_now_ms * 1000;
}

static int64_t steady_ms(struct clock *clock)
{
    (void)clock;
    return steady_now_ms;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    (void)clock;
    steady_now_ms += ms;
}

static struct clock test_clock = {now_us, steady_ms, sleep_ms};

/* What a run is given and what came of it. */
struct run {
    const char *const *environment; /* "NAME=value", ended by NULL */
    const char *events[4];          /* then the API answers 500, which ends the process */
    struct change_hook hook;
    size_t next;
    int status;
    struct buf answers; /* "<path behind invocation/ or init/> <type> <body>\n" each */
    struct buf log;     /* what was written to standard output */
};

static struct run *current;
static char directory[] = "/tmp/lorry-processor-XXXXXX";

static char *environment(const char *name)
{
    size_t len = strlen(name);
    for (const char *const *v = current->environment; *v; v++)
        if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
            return (char *)*v + len + 1;
    return NULL;
}

static int serve_next(struct run *run, struct http_response *response)
{
    if (run->next == ARRAY_LEN(run->events) || !run->events[run->next])
        return http_script_answer(response, 500, "");
    char text[64];
    snprintf(text, sizeof(text), "id-%zu", run->next);
    http_script_header(response, "lambda-runtime-aws-request-id", text);
    snprintf(text, sizeof(text), "inv-%zu", run->next);
    http_script_header(response, "lambda-runtime-invocation-id", text);
    snprintf(text, sizeof(text), "%" PRId64, now_us(NULL) / 1000 + 60000);
    http_script_header(response, "lambda-runtime-deadline-ms", text);
    return http_script_answer(response, 200, run->events[run->next++]);
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    struct run *run = user;
    struct view target = http_script_target(request);
    if (!view_starts_with(target, VIEW("/2018-06-01/runtime/")))
        return error_set_retry(err, ERROR_NET, 0, "db.example:4200: connection refused");
    target = view_skip(target, strlen("/2018-06-01/runtime/"));
    if (view_equal(target, VIEW("invocation/next")))
        return serve_next(run, response);
    struct view type = http_script_request_header(request, "lambda-runtime-function-error-type");
    struct view id = http_script_request_header(request, "lambda-runtime-invocation-id");
    buf_printf(&run->answers, "%.*s %.*s %.*s %.*s\n", VIEW_ARG(target), VIEW_ARG(id),
               VIEW_ARG(type), VIEW_ARG(request->body));
    return http_script_answer(response, 202, "");
}

/* Standard output goes into a file meanwhile. */
static void run_processor(struct run *run)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/log", directory);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO), file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(file, STDOUT_FILENO);
    close(file);
    current = run;
    run->answers = BUF_INIT(BUF_TEXT_CAP);
    run->log = BUF_INIT(BUF_TEXT_CAP);
    struct http_client *http = http_script_new(serve, run);
    run->status = processor_run(&(struct processor_config){
        .runtime_api = "127.0.0.1:9001",
        .environment = environment,
        .http = http,
        .credentials = &aws_credentials_environment,
        .clock = &test_clock,
        .hook = run->hook,
    });
    http_client_free(http);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    log_configure(&(struct log_setup){LOG_TEXT, LOG_INFO, false});
    assert_int_equal(buf_read_file(&run->log, path, NULL), 0);
}

static void release(struct run *run)
{
    buf_release(&run->answers);
    buf_release(&run->log);
}

/* A Kinesis event of these records, with sequence numbers 101, 102, ... */
static char *make_event(const char *const *records)
{
    struct buf event = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&event, "{\"Records\":[");
    for (size_t i = 0; records[i]; i++) {
        cleanup_free char *data = xmalloc(BASE64_ENCODED_LEN(strlen(records[i])));
        base64_encode(view_str(records[i]), data);
        buf_printf(&event,
                   "%s{\"kinesis\":{\"sequenceNumber\":\"%zu\",\"data\":\"%.*s\","
                   "\"approximateArrivalTimestamp\":1720747061.5},"
                   "\"eventSource\":\"aws:kinesis\",\"eventID\":\"shardId-000000000000:%zu\","
                   "\"eventSourceARN\":\"arn:aws:kinesis:eu-west-1:1:stream/s\"}",
                   i ? "," : "", 101 + i, (int)BASE64_ENCODED_LEN(strlen(records[i])), data,
                   101 + i);
    }
    buf_append_str(&event, "]}");
    return event.ptr;
}

#define EVENT(...) make_event((const char *const[]){__VA_ARGS__, NULL})
#define INSERT(id, time)                                                                           \
    "{\"eventName\":\"INSERT\",\"eventSource\":\"aws:dynamodb\",\"tableName\":\"t\",\"dynamodb\":" \
    "{"                                                                                            \
    "\"ApproximateCreationDateTime\":" time ",\"Keys\":{\"id\":{\"S\":\"" id "\"}},"               \
    "\"NewImage\":{\"id\":{\"S\":\"" id "\"},\"v\":{\"S\":\"confidential\"}},"                     \
    "\"ApproximateCreationDateTimePrecision\":\"MICROSECOND\"}}"
#define POISON "Hello, this is a test."

static char sink_url[128];

static int start(void **state)
{
    (void)state;
    steady_now_ms = 5000;
    char path[96];
    snprintf(path, sizeof(path), "%s/test.db", directory);
    snprintf(sink_url, sizeof(sink_url), "SINK_URL=sqlite:///%s", path);
    unlink(path);
    return 0;
}

static int count_rows(const char *query)
{
    sqlite3 *db;
    sqlite3_stmt *statement = NULL;
    int count = -1;
    assert_int_equal(sqlite3_open(strchr(sink_url, '/') + 3, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, query, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return count;
}

static void assert_has(const struct buf *text, const char *part)
{
    if (!strstr(buf_str(text), part))
        fail_msg("no %s in\n%s", part, buf_str(text));
}

#define ENVIRONMENT(...) ((const char *const[]){sink_url, __VA_ARGS__, NULL})

static void test_success(void **state)
{
    (void)state;
    cleanup_free char *first =
        EVENT(INSERT("a", "1720747060000001"), INSERT("b", "1720747060000002"));
    cleanup_free char *second = EVENT(INSERT("c", "1720747060000003"));
    struct run run = {.environment = ENVIRONMENT("SINK_TABLE=orders",
                                                 "AWS_LAMBDA_FUNCTION_NAME=orders-processor"),
                      .events = {first, second}};
    run_processor(&run);
    assert_int_equal(run.status, 1); /* the API was gone at the end */
    assert_string_equal(buf_str(&run.answers),
                        "invocation/id-0/response inv-0  {\"batchItemFailures\":[]}\n"
                        "invocation/id-1/response inv-1  {\"batchItemFailures\":[]}\n");
    assert_int_equal(count_rows("SELECT count(*) FROM orders"), 3);
    assert_has(&run.log, "\"requestId\":\"id-0\",\"_aws\":{");
    assert_has(&run.log,
               "\"FunctionName\":\"orders-processor\",\"Records\":2,\"ChangesWritten\":2,");
    assert_has(&run.log, "\"IteratorAge\":5500}");
    assert_has(&run.log, "\"message\":\"no invocation from the Runtime API: HTTP 500\"");
    assert_null(strstr(buf_str(&run.log), "confidential"));
    release(&run);
}

static void test_poison_is_set_aside(void **state)
{
    (void)state;
    cleanup_free char *event = EVENT(INSERT("a", "1720747060000001"), POISON);
    struct run run = {.environment = ENVIRONMENT("SINK_TABLE=t"), .events = {event}};
    run_processor(&run);
    assert_has(&run.answers, "invocation/id-0/response inv-0  {\"batchItemFailures\":[]}\n");
    assert_int_equal(count_rows("SELECT count(*) FROM t"), 1);
    assert_int_equal(count_rows("SELECT count(*) FROM t_dead_letters"), 1);
    assert_has(&run.log, "\"DeadLetters\":1,");
    release(&run);
}

static void test_poison_is_ignored(void **state)
{
    (void)state;
    cleanup_free char *event = EVENT(POISON, INSERT("a", "1720747060000001"));
    struct run run = {.environment = ENVIRONMENT("SINK_TABLE=t", "ON_ERROR=ignore"),
                      .events = {event}};
    run_processor(&run);
    assert_has(&run.answers, "invocation/id-0/response inv-0  {\"batchItemFailures\":[]}\n");
    assert_int_equal(count_rows("SELECT count(*) FROM t"), 1);
    assert_has(&run.log, "\"IgnoredRecords\":1,");
    release(&run);
}

static void test_poison_raises(void **state)
{
    (void)state;
    cleanup_free char *event = EVENT(POISON, INSERT("a", "1720747060000001"));
    struct run run = {.environment = ENVIRONMENT("SINK_TABLE=t", "ON_ERROR=raise",
                                                 "REPORT_BATCH_ITEM_FAILURES=true"),
                      .events = {event}};
    run_processor(&run);
    assert_int_equal(run.status, 1);
    assert_has(&run.answers,
               "invocation/id-0/error inv-0 Lorry.RecordsRefused {\"errorMessage\":\"1 "
               "of 2 records cannot be applied; the first: ");
    assert_has(&run.answers, "ON_ERROR=dead-letter would set such records aside");
    assert_int_equal(count_rows("SELECT count(*) FROM t"), 1);
    release(&run);
}

static void test_poison_ends_the_process(void **state)
{
    (void)state;
    cleanup_free char *event = EVENT(POISON, INSERT("a", "1720747060000001"));
    struct run run = {.environment = ENVIRONMENT("SINK_TABLE=t", "ON_ERROR=exit"),
                      .events = {event, "{}"}};
    run_processor(&run);
    assert_int_equal(run.status, EXIT_RECORD_REFUSED);
    assert_int_equal(run.next, 1);
    assert_string_equal(buf_str(&run.answers), "");
    assert_int_equal(count_rows("SELECT count(*) FROM t"), 1);
    assert_has(&run.log, "ON_ERROR=exit: ending with 5");
    release(&run);
}

static void test_no_database(void **state)
{
    (void)state;
    static const struct {
        const char *variable;
        int status;
        const char *answer;
    } cases[] = {
        {"ON_ERROR=exit", EXIT_NO_DATABASE, NULL},
        {"ON_ERROR=ignore", 1, "invocation/id-0/error inv-0 Lorry.Sink"},
        {"ON_ERROR=raise", 1, "invocation/id-0/error inv-0 Lorry.Sink"},
        {"ON_ERROR=dead-letter", 1, "invocation/id-0/error inv-0 Lorry.Sink"},
        {"REPORT_BATCH_ITEM_FAILURES=true", 1,
         "invocation/id-0/response inv-0  "
         "{\"batchItemFailures\":[{\"itemIdentifier\":\"101\"}]}\n"},
    };
    cleanup_free char *event = EVENT(INSERT("a", "1720747060000001"));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *const variables[] = {"SINK_URL=sqlite:////no/such/folder/x.db",
                                         cases[i].variable, NULL};
        struct run run = {.environment = variables, .events = {event}};
        run_processor(&run);
        assert_int_equal(run.status, cases[i].status);
        if (cases[i].answer)
            assert_has(&run.answers, cases[i].answer);
        else
            assert_string_equal(buf_str(&run.answers), "");
        assert_has(&run.log, "\"level\":\"ERROR\"");
        release(&run);
    }
}

static void test_no_event(void **state)
{
    (void)state;
    struct run run = {.environment = ENVIRONMENT("ON_ERROR=ignore"),
                      .events = {"{}", "\"hello\"", "not json", "{\"Records\":[{\"s3\":{}}]}"}};
    run_processor(&run);
    assert_has(&run.answers,
               "invocation/id-0/error inv-0 Lorry.NotAnEvent {\"errorMessage\":\"not an event of ");
    assert_has(&run.answers, "invocation/id-1/error inv-1 Lorry.NotAnEvent ");
    assert_has(&run.answers, "invocation/id-2/error inv-2 Lorry.NotAnEvent ");
    assert_int_equal(run.next, 4);
    release(&run);
}

static void test_wrong_settings(void **state)
{
    (void)state;
    const char *const variables[] = {"SINK_URL=mysql://admin:s3cret@h/", "ON_ERROR=stop",
                                     "MESSAGE_FORMAT=dms", NULL};
    struct run run = {.environment = variables, .events = {"{}"}};
    run_processor(&run);
    assert_int_equal(run.status, EXIT_WRONG_SETTING);
    assert_int_equal(run.next, 0); /* nothing was read */
    assert_has(&run.answers, "init/error  Lorry.WrongSetting {\"errorMessage\":\"");
    static const char *const parts[] = {"SINK_URL: there is no sink for \\\"mysql://\\\"",
                                        "ON_ERROR: \\\"stop\\\"", "MESSAGE_FORMAT: \\\"dms\\\""};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        assert_has(&run.answers, parts[i]);
        assert_has(&run.log, parts[i]);
    }
    assert_null(strstr(buf_str(&run.log), "s3cret"));
    assert_null(strstr(buf_str(&run.answers), "s3cret"));
    release(&run);
}

static void test_batch_processing_alone(void **state)
{
    (void)state;
    struct run run = {.environment = ENVIRONMENT("USE_BATCH_PROCESSING=true")};
    run_processor(&run);
    assert_has(&run.log, "USE_BATCH_PROCESSING alone fails batches whole");
    release(&run);
    struct run both = {
        .environment = ENVIRONMENT("USE_BATCH_PROCESSING=true", "REPORT_BATCH_ITEM_FAILURES=true")};
    run_processor(&both);
    assert_null(strstr(buf_str(&both.log), "USE_BATCH_PROCESSING"));
    release(&both);
}

static int drop_all(struct lorry_change *change, void *user)
{
    (void)change;
    ++*(int *)user;
    return 1;
}

static void test_hook(void **state)
{
    (void)state;
    int seen = 0;
    cleanup_free char *event =
        EVENT(INSERT("a", "1720747060000001"), INSERT("a", "1720747060000001"));
    struct run run = {
        .environment = ENVIRONMENT("SINK_TABLE=t"), .events = {event}, .hook = {drop_all, &seen}};
    run_processor(&run);
    assert_int_equal(seen, 2);
    assert_has(&run.answers, "{\"batchItemFailures\":[]}");
    assert_has(&run.log, "\"DroppedChanges\":2,");
    assert_true(count_rows("SELECT count(*) FROM t") <= 0);
    release(&run);
}

static void test_deadline(void **state)
{
    (void)state;
    int64_t now_ms = now_us(NULL) / 1000;
    assert_int_equal(processor_deadline(&test_clock, 0), 0);
    assert_int_equal(processor_deadline(&test_clock, now_ms + 60000), 5000 + 54000);
    assert_int_equal(processor_deadline(&test_clock, now_ms + 10000), 5000 + 9000);
    assert_int_equal(processor_deadline(&test_clock, now_ms + 3000), 5000 + 2000);
    assert_int_equal(processor_deadline(&test_clock, now_ms + 500), 5000 - 500);
    steady_now_ms = 0;
    assert_int_equal(processor_deadline(&test_clock, now_us(NULL) / 1000), 1);
}

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    static const char *const names[] = {"log", "test.db", "test.db-wal", "test.db-shm"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        unlink(path);
    }
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_success, start),
        cmocka_unit_test_setup(test_poison_is_set_aside, start),
        cmocka_unit_test_setup(test_poison_is_ignored, start),
        cmocka_unit_test_setup(test_poison_raises, start),
        cmocka_unit_test_setup(test_poison_ends_the_process, start),
        cmocka_unit_test_setup(test_no_database, start),
        cmocka_unit_test_setup(test_no_event, start),
        cmocka_unit_test_setup(test_wrong_settings, start),
        cmocka_unit_test_setup(test_batch_processing_alone, start),
        cmocka_unit_test_setup(test_hook, start),
        cmocka_unit_test_setup(test_deadline, start),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
