/* What surveys mean: a table of situations. */
#include "unit.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "surveys.h"

static void forbid(struct survey_part *part)
{
    *part = (struct survey_part){SURVEY_UNKNOWN, "AccessDenied"};
}

/* ---- the situations ---- */

static void as_it_is(struct survey *s)
{
    (void)s;
}

static void nothing_deployed(struct survey *s)
{
    struct survey empty = {.pipeline = s->pipeline,
                           .now_us = s->now_us,
                           .account = s->account,
                           .region = s->region,
                           .name = s->name};
    survey_release(s);
    *s = empty;
    s->stack.part.state = SURVEY_ABSENT;
}

static void foreign_stack(struct survey *s)
{
    s->stack.ours = false;
}

static void under_way(struct survey *s)
{
    s->stack.found.status = "UPDATE_IN_PROGRESS";
}

static void update_failed(struct survey *s)
{
    s->stack.found.status = "UPDATE_ROLLBACK_COMPLETE";
    s->stack.failure = "Function (AWS::Lambda::Function): no such image";
}

static void create_failed(struct survey *s)
{
    s->stack.found.status = "ROLLBACK_COMPLETE";
    s->stack.found.reason = "they failed";
}

static void stuck(struct survey *s)
{
    s->stack.found.status = "UPDATE_ROLLBACK_FAILED";
}

static void stack_denied(struct survey *s)
{
    forbid(&s->stack.part);
}

static void function_gone(struct survey *s)
{
    s->function.part.state = SURVEY_ABSENT;
    s->mappings.found.count = 0;
}

static void function_broken(struct survey *s)
{
    s->function.found.state = "Failed";
    s->function.found.state_reason = "the image is gone";
}

static void function_pending(struct survey *s)
{
    s->function.found.state = "Pending";
}

static void function_shut_off(struct survey *s)
{
    s->function.found.reserved_concurrency = 0;
}

static void function_not_updated(struct survey *s)
{
    s->function.found.update_status = "Failed";
    s->function.found.update_reason = "no image";
}

static void function_being_updated(struct survey *s)
{
    s->function.found.update_status = "InProgress";
}

static void other_package(struct survey *s)
{
    s->package.built = "sha256:other";
}

static void package_cannot_be_made(struct survey *s)
{
    forbid(&s->package.part);
    s->package.built = NULL;
}

static void mapping_disabled(struct survey *s)
{
    s->mappings.found.items[0].state = "Disabled";
}

/* What stops everything is the headline, whatever else is wrong. */
static void update_failed_and_mapping_disabled(struct survey *s)
{
    update_failed(s);
    mapping_disabled(s);
}

static void mapping_deleted(struct survey *s)
{
    s->mappings.found.count = 0;
}

static void mapping_of_another_stream(struct survey *s)
{
    s->mappings.found.items[0].source_arn = "arn:aws:kinesis:eu-central-1:1:stream/other";
}

static void mapping_of_an_unknown_stream(struct survey *s)
{
    forbid(&s->stream.part);
    s->stream.found.arn[0] = '\0';
}

static void mapping_changes(struct survey *s)
{
    s->mappings.found.items[0].state = "Updating";
}

static void mapping_has_problems(struct survey *s)
{
    s->mappings.found.items[0].last_result = "PROBLEM: Function call failed";
}

static void mapping_does_not_listen(struct survey *s)
{
    s->mappings.found.items[0].reports_batch_failures = false;
}

static void function_does_not_answer(struct survey *s)
{
    s->function.found.variable_count = 0;
}

static void function_may_answer(struct survey *s)
{
    s->function.found.variable_count = 0;
    s->function.found.variables_error = "AccessDeniedException";
}

static void one_of_two_disabled(struct survey *s)
{
    s->mappings.found.items[1] = s->mappings.found.items[0];
    s->mappings.found.items[1].state = "Disabling";
    s->mappings.found.count = 2;
}

static void mappings_denied(struct survey *s)
{
    forbid(&s->mappings.part);
}

static void stream_gone(struct survey *s)
{
    s->stream.part.state = SURVEY_ABSENT;
}

static void stream_goes(struct survey *s)
{
    snprintf(s->stream.found.status, sizeof(s->stream.found.status), "DELETING");
}

static void table_sends_nothing(struct survey *s)
{
    s->destination.part.state = SURVEY_ABSENT;
}

static void existing_table_sends_nothing(struct survey *s)
{
    s->destination.part.state = SURVEY_ABSENT;
    ((struct stack *)(uintptr_t)s->pipeline)->source.existing = true;
}

static void table_sends_elsewhere(struct survey *s)
{
    snprintf(s->destination.found.stream_arn, sizeof(s->destination.found.stream_arn), "arn:x");
}

static void table_is_switched_off(struct survey *s)
{
    snprintf(s->destination.found.status, sizeof(s->destination.found.status), "DISABLING");
}

static void table_is_coarse(struct survey *s)
{
    snprintf(s->destination.found.precision, sizeof(s->destination.found.precision), "MILLISECOND");
}

static void metrics_denied(struct survey *s)
{
    forbid(&s->metrics.part);
}

static void log_denied(struct survey *s)
{
    forbid(&s->log.part);
}

static void log_gone(struct survey *s)
{
    s->log.part.state = SURVEY_ABSENT;
}

/* Nobody wrote anything for hours. */
static void idle(struct survey *s)
{
    for (int i = 0; i < SURVEY_METRICS; i++)
        survey_measure(s, (enum survey_metric)i, SURVEY_MINUTES - 1, 0, NAN);
    s->sink.newest_us = SURVEYED_US - MINUTES_US(2000);
}

static void not_invoked(struct survey *s)
{
    survey_measure(s, METRIC_INVOCATIONS, 20, 0, NAN);
    survey_measure(s, METRIC_LAG_MS, 20, 0, NAN);
}

static void not_invoked_for_a_moment(struct survey *s)
{
    survey_measure(s, METRIC_INVOCATIONS, 2, 0, NAN);
}

static void all_throttled(struct survey *s)
{
    not_invoked(s);
    survey_measure(s, METRIC_THROTTLES, 20, 0, 3);
}

/* One cause is enough to be told. */
static void not_invoked_since_disabled(struct survey *s)
{
    not_invoked(s);
    mapping_disabled(s);
}

static void everything_fails(struct survey *s)
{
    survey_measure(s, METRIC_ERRORS, 30, 0, 10);
    survey_measure(s, METRIC_INVOCATIONS, 7, 5, NAN); /* between tries */
    survey_measure(s, METRIC_ERRORS, 7, 5, NAN);
}

static void some_fail(struct survey *s)
{
    survey_measure(s, METRIC_ERRORS, 4, 4, 2);
}

static void failed_before(struct survey *s)
{
    survey_measure(s, METRIC_ERRORS, 40, 20, 10);
}

static void grow(struct survey *s, double per_minute_s)
{
    for (int ago = 30; ago >= 0; ago--)
        survey_measure(s, METRIC_LAG_MS, ago, ago, (30 - ago) * per_minute_s * 1000);
}

static void lag_grows(struct survey *s)
{
    grow(s, 60);
}

static void lag_grows_slowly(struct survey *s)
{
    grow(s, 20);
}

static void lag_is_small(struct survey *s)
{
    survey_measure(s, METRIC_LAG_MS, 20, 0, 59000);
}

static void lag_shrinks(struct survey *s)
{
    for (int ago = 30; ago >= 0; ago--)
        survey_measure(s, METRIC_LAG_MS, ago, ago, (ago + 5) * 60000.0);
}

/* The maximum age of the mapping is 20 h. */
static void lag_nears_the_end(struct survey *s)
{
    survey_measure(s, METRIC_LAG_MS, SURVEY_MINUTES - 1, 0, 10.5 * 3600 * 1000);
}

static void held_up_here_and_there(struct survey *s)
{
    survey_measure(s, METRIC_THROTTLES, 3, 3, 2);
    survey_measure(s, METRIC_WRITE_THROTTLED, 3, 2, 5);
    survey_measure(s, METRIC_READ_THROTTLED, 14, 14, 1);
    survey_measure(s, METRIC_READ_THROTTLED, 15, 15, 1000); /* before the window */
}

static void too_large_for_the_stream(struct survey *s)
{
    survey_measure(s, METRIC_NOT_REPLICATED, 100, 99, 1);
}

static void sink_is_down(struct survey *s)
{
    s->sink.part = (struct survey_part){SURVEY_UNKNOWN, "connection refused"};
    s->sink.trouble = SINK_SILENT;
}

static void sink_refuses(struct survey *s)
{
    s->sink.part = (struct survey_part){SURVEY_UNKNOWN, "no such user (401)"};
    s->sink.trouble = SINK_REFUSES;
}

static void sink_has_no_password(struct survey *s)
{
    s->sink.part = (struct survey_part){SURVEY_UNKNOWN, "no password"};
}

static void sink_not_wanted(struct survey *s)
{
    s->sink = (struct survey_sink){0};
}

static void sink_has_no_table(struct survey *s)
{
    s->sink.has_table = false;
    s->sink.newest_us = 0;
}

static void sink_is_behind(struct survey *s)
{
    s->sink.newest_us = SURVEYED_US - MINUTES_US(20);
}

/* The last minutes may be on their way, and what is measured late. */
static void sink_is_a_little_behind(struct survey *s)
{
    s->sink.newest_us = SURVEYED_US - MINUTES_US(7);
}

static void one_dead_letter(struct survey *s)
{
    s->sink.dead_letters = 1;
    s->sink.dead_why = "not JSON";
    s->sink.dead_since_us = SURVEYED_US - MINUTES_US(3);
}

/* The last record of the stream could not be applied, and no other one came. */
static void last_one_is_dead(struct survey *s)
{
    one_dead_letter(s);
    s->sink.newest_us = SURVEYED_US - MINUTES_US(20);
    s->sink.dead_until_us = SURVEYED_US - MINUTES_US(3);
}

static void dead_letters(struct survey *s)
{
    one_dead_letter(s);
    s->sink.dead_letters = 2;
}

static void objects_in_the_bucket(struct survey *s)
{
    s->failures.count = SURVEY_OBJECTS_MAX;
    s->failures.more = true;
    s->failures.since_us = SURVEYED_US - MINUTES_US(5);
}

static void bucket_gone(struct survey *s)
{
    s->failures.part.state = SURVEY_ABSENT;
}

static void bucket_denied(struct survey *s)
{
    forbid(&s->failures.part);
}

/* A bad night: the sink is down, so that everything fails, and lags. */
static void all_at_once(struct survey *s)
{
    sink_is_down(s);
    everything_fails(s);
    lag_grows(s);
    mapping_has_problems(s);
    other_package(s);
}

/* `ids`: those of the findings, in their order, levels as "!", "?", "-". */
static const struct situation {
    void (*make)(struct survey *s);
    enum status_verdict verdict;
    const char *headline, *ids;
    /* Of the first finding. */
    const char *what;  /* NULL: not looked at */
    int since_minutes; /* ago; -1: not known */
    const char *next;  /* NULL: none */
} situations[] = {
    {as_it_is, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {idle, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {nothing_deployed, STATUS_IS_ABSENT, "not deployed: `lorry deploy` makes it run", "", NULL, -1,
     NULL},
    {foreign_stack, STATUS_IS_TROUBLED, "not running: the stack is not lorry's", "!stack-foreign",
     NULL, -1, NULL},
    {under_way, STATUS_IS_HEALTHY, "healthy", "-stack-busy",
     "an operation is under way: UPDATE_IN_PROGRESS", 1500, NULL},
    {update_failed, STATUS_IS_TROUBLED, "running, but the last change failed", "!stack-failed",
     "the stack is UPDATE_ROLLBACK_COMPLETE: Function (AWS::Lambda::Function): no such image", 1500,
     "lorry deploy"},
    {create_failed, STATUS_IS_TROUBLED, "not running: the last change failed", "!stack-failed",
     "the stack is ROLLBACK_COMPLETE: they failed", 1500, "lorry deploy"},
    {stuck, STATUS_IS_TROUBLED, "running, but the last change failed", "!stack-failed",
     "the stack is UPDATE_ROLLBACK_FAILED", 1500,
     "aws cloudformation continue-update-rollback --region eu-central-1 --stack-name "
     "testdrive-dynamodb-dev"},
    {stack_denied, STATUS_IS_UNKNOWN, "no trouble seen, but not everything could be looked at",
     "?stack-unknown", "the stack cannot be looked at: AccessDenied", -1, NULL},
    {function_gone, STATUS_IS_TROUBLED, "not running: there is no function", "!function-missing",
     "there is no function \"DynamoDBCrateDBProcessor\"", -1, "lorry deploy --revert-drift"},
    {function_broken, STATUS_IS_TROUBLED, "not running: the function is broken", "!function-failed",
     "the function is Failed: the image is gone", -1, "lorry refresh"},
    {function_pending, STATUS_IS_HEALTHY, "healthy", "-function-state", "the function is Pending",
     -1, NULL},
    {function_shut_off, STATUS_IS_TROUBLED, "not running: the function is shut off",
     "!function-off", NULL, -1,
     "aws lambda delete-function-concurrency --region eu-central-1 --function-name "
     "DynamoDBCrateDBProcessor"},
    {function_not_updated, STATUS_IS_TROUBLED, "running, but the function could not be updated",
     "!function-update-failed", NULL, -1, "lorry refresh"},
    {function_being_updated, STATUS_IS_HEALTHY, "healthy", "-function-updating", NULL, -1, NULL},
    {other_package, STATUS_IS_HEALTHY, "healthy", "-package-differs", NULL, -1, "lorry refresh"},
    {package_cannot_be_made, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {mapping_disabled, STATUS_IS_TROUBLED, "not running: nothing reads the stream",
     "!mapping-disabled", "the event source mapping is Disabled (User action)", 41,
     "aws lambda update-event-source-mapping --region eu-central-1 --uuid "
     "01234567-89ab-cdef-0123-456789abcdef "
     "--enabled"},
    {update_failed_and_mapping_disabled, STATUS_IS_TROUBLED,
     "not running: nothing reads the stream", "!stack-failed !mapping-disabled", NULL, 1500,
     "lorry deploy"},
    {mapping_deleted, STATUS_IS_TROUBLED, "not running: nothing reads the stream",
     "!mapping-missing", NULL, -1, "lorry deploy --revert-drift"},
    {mapping_of_another_stream, STATUS_IS_TROUBLED, "not running: nothing reads the stream",
     "!mapping-missing", NULL, -1, "lorry deploy --revert-drift"},
    {mapping_of_an_unknown_stream, STATUS_IS_UNKNOWN,
     "no trouble seen, but not everything could be looked at", "?stream-unknown", NULL, -1, NULL},
    {mapping_changes, STATUS_IS_HEALTHY, "healthy", "-mapping-changing", NULL, -1, NULL},
    {mapping_has_problems, STATUS_IS_TROUBLED, "running, but batches fail", "!mapping-problem",
     "the event source mapping says of its last batch: PROBLEM: Function call failed", -1,
     "lorry logs --errors --since 15m"},
    {mapping_does_not_listen, STATUS_IS_TROUBLED, "running, but failed records are lost",
     "!answers-lost", NULL, -1,
     "aws lambda update-event-source-mapping --region eu-central-1 --uuid "
     "01234567-89ab-cdef-0123-456789abcdef "
     "--function-response-types ReportBatchItemFailures"},
    {function_does_not_answer, STATUS_IS_HEALTHY, "healthy", "-answers-unused", NULL, -1,
     "lorry deploy --revert-drift"},
    {function_may_answer, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {one_of_two_disabled, STATUS_IS_TROUBLED, "not running: nothing reads the stream",
     "!mapping-disabled", "the event source mapping is Disabling (User action)", 41,
     "aws lambda update-event-source-mapping --region eu-central-1 --uuid "
     "01234567-89ab-cdef-0123-456789abcdef "
     "--enabled"},
    {mappings_denied, STATUS_IS_UNKNOWN, "no trouble seen, but not everything could be looked at",
     "?mapping-unknown", NULL, -1, NULL},
    {stream_gone, STATUS_IS_TROUBLED, "not running: there is no stream", "!stream-missing", NULL,
     -1, "lorry deploy --revert-drift"},
    {stream_goes, STATUS_IS_TROUBLED, "not running: the stream is not active", "!stream-state",
     "the stream is DELETING", -1, NULL},
    {table_sends_nothing, STATUS_IS_TROUBLED, "not running: the table sends no changes",
     "!destination-missing", NULL, -1, "lorry deploy --revert-drift"},
    {existing_table_sends_nothing, STATUS_IS_TROUBLED, "not running: the table sends no changes",
     "!destination-missing", NULL, -1, "lorry deploy"},
    {table_sends_elsewhere, STATUS_IS_TROUBLED,
     "not running: the table sends its changes elsewhere", "!destination-elsewhere",
     "the table sends its changes to arn:x", -1, "lorry deploy --revert-drift"},
    {table_is_switched_off, STATUS_IS_TROUBLED, "not running: the table sends no changes",
     "!destination-off", "the table's destination of changes is DISABLING", -1,
     "lorry deploy --revert-drift"},
    {table_is_coarse, STATUS_IS_HEALTHY, "healthy", "-times-coarse", NULL, -1, NULL},
    {metrics_denied, STATUS_IS_UNKNOWN, "no trouble seen, but not everything could be looked at",
     "?metrics-unknown", "what is measured cannot be read: AccessDenied", -1, NULL},
    {log_denied, STATUS_IS_UNKNOWN, "no trouble seen, but not everything could be looked at",
     "?log-unknown", "the log cannot be read: AccessDenied", -1, NULL},
    {log_gone, STATUS_IS_HEALTHY, "healthy", "-log-missing",
     "the log group \"/aws/lambda/DynamoDBCrateDBProcessor\" is not there: what the function says "
     "is "
     "lost",
     -1, "lorry deploy --revert-drift"},
    {not_invoked, STATUS_IS_TROUBLED, "running, but the function is not invoked", "!not-invoked",
     "the stream takes records, and the function is not invoked with them", 20, "lorry doctor"},
    {not_invoked_for_a_moment, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {all_throttled, STATUS_IS_TROUBLED, "running, but the function is held up",
     "!not-invoked -throttled", NULL, 20, "lorry doctor"},
    {not_invoked_since_disabled, STATUS_IS_TROUBLED, "not running: nothing reads the stream",
     "!mapping-disabled", NULL, 41,
     "aws lambda update-event-source-mapping --region eu-central-1 --uuid "
     "01234567-89ab-cdef-0123-456789abcdef "
     "--enabled"},
    {everything_fails, STATUS_IS_TROUBLED, "running, but every invocation fails", "!failing",
     "120 of 120 invocations failed in the last 15 min", 30, "lorry logs --errors --since 15m"},
    {some_fail, STATUS_IS_HEALTHY, "healthy", "-some-failing",
     "2 of 150 invocations failed in the last 15 min", -1, "lorry logs --errors --since 15m"},
    {failed_before, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {lag_grows, STATUS_IS_TROUBLED, "running, but it falls behind", "!lag-growing",
     "the function is 30 min behind, and the lag grows", 29, "lorry logs --errors --since 15m"},
    {lag_grows_slowly, STATUS_IS_HEALTHY, "healthy", "-lag",
     "the function is 10 min behind, and keeps up or catches up", 27,
     "lorry logs --errors --since 15m"},
    {lag_is_small, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {lag_shrinks, STATUS_IS_HEALTHY, "healthy", "-lag", NULL, 30,
     "lorry logs --errors --since 15m"},
    {lag_nears_the_end, STATUS_IS_TROUBLED, "running, but records are about to be lost",
     "!lag-loss", NULL, SURVEY_MINUTES - 1, "lorry logs --errors --since 15m"},
    {held_up_here_and_there, STATUS_IS_HEALTHY, "healthy",
     "-throttled -writes-throttled -reads-throttled",
     "2 invocations were held up for want of concurrency (last 15 min)", -1, NULL},
    {too_large_for_the_stream, STATUS_IS_TROUBLED, "running, but changes are lost on their way",
     "!not-replicated", NULL, 100, NULL},
    {sink_is_down, STATUS_IS_TROUBLED, "running, but the sink does not answer", "!sink-down",
     "the sink does not answer: connection refused", -1, "lorry doctor"},
    {sink_refuses, STATUS_IS_TROUBLED, "running, but the sink refuses", "!sink-refuses",
     "the sink refuses: no such user (401)", -1, "lorry doctor"},
    {sink_has_no_password, STATUS_IS_UNKNOWN,
     "no trouble seen, but not everything could be looked at", "?sink-unknown",
     "the sink cannot be looked at: no password", -1, "lorry doctor"},
    {sink_not_wanted, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {sink_has_no_table, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {sink_is_behind, STATUS_IS_TROUBLED, "running, but the sink is behind", "!sink-behind",
     "the newest change in the sink is 16 min older than the newest record of the stream", 20,
     "lorry logs --errors --since 15m"},
    {sink_is_a_little_behind, STATUS_IS_HEALTHY, "healthy", "", NULL, -1, NULL},
    {one_dead_letter, STATUS_IS_TROUBLED, "running, but records were set aside", "!dead-letters",
     "1 record could not be applied: not JSON", 3, "lorry replay --list"},
    {last_one_is_dead, STATUS_IS_TROUBLED, "running, but records were set aside", "!dead-letters",
     "1 record could not be applied: not JSON", 3, "lorry replay --list"},
    {dead_letters, STATUS_IS_TROUBLED, "running, but records were set aside", "!dead-letters",
     "2 records could not be applied; the newest: not JSON", 3, "lorry replay --list"},
    {objects_in_the_bucket, STATUS_IS_TROUBLED, "running, but Lambda gave up on records",
     "!given-up", "Lambda gave up on more than 10000 batches", 5, "lorry replay --list"},
    {bucket_gone, STATUS_IS_TROUBLED, "running, but failed batches are lost", "!failures-missing",
     NULL, -1, "lorry deploy --revert-drift"},
    {bucket_denied, STATUS_IS_UNKNOWN, "no trouble seen, but not everything could be looked at",
     "?failures-unknown", NULL, -1, NULL},
    {all_at_once, STATUS_IS_TROUBLED, "running, but batches fail",
     "!mapping-problem !sink-down !failing !lag-growing -package-differs", NULL, -1,
     "lorry logs --errors --since 15m"},
};

static void append_ids(const struct status *status, struct buf *out)
{
    static const char marks[] = {
        [STATUS_NOTE] = '-', [STATUS_UNKNOWN] = '?', [STATUS_TROUBLE] = '!'};
    for (size_t i = 0; i < status->count; i++)
        buf_printf(out, "%s%c%s", i ? " " : "", marks[status->findings[i].level],
                   status->findings[i].id);
}

static void assert_same(const char *got, const char *wanted)
{
    assert_string_equal(got ? got : "(none)", wanted ? wanted : "(none)");
}

static void check(const struct situation *situation)
{
    struct stack pipeline;
    struct survey survey;
    cleanup_status struct status status = {0};
    cleanup_buf struct buf ids = BUF_INIT(BUF_TEXT_CAP);
    survey_healthy(&survey, &pipeline);
    situation->make(&survey);
    status_judge(&survey, &status);
    append_ids(&status, &ids);
    assert_string_equal(buf_str(&ids), situation->ids);
    assert_string_equal(status.headline, situation->headline);
    assert_int_equal(status.verdict, situation->verdict);
    if (status.count) {
        const struct status_finding *first = &status.findings[0];
        int64_t ago_us = SURVEYED_US - first->since_us;
        if (situation->what)
            assert_string_equal(first->what, situation->what);
        assert_same(first->next, situation->next);
        assert_int_equal(first->since_us ? ago_us / MINUTES_US(1) : -1, situation->since_minutes);
    }
    survey_release(&survey);
}

static void test_situations(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(situations); i++)
        check(&situations[i]);
}

/* More than there is room for: nothing is written beyond it. */
static void test_too_many_findings(void **state)
{
    (void)state;
    struct stack pipeline;
    struct survey survey;
    cleanup_status struct status status = {0};
    survey_healthy(&survey, &pipeline);
    struct event_source_mappings *found = &survey.mappings.found;
    found->items = arena_calloc(&found->arena, EVENT_SOURCE_MAPPINGS_MAX, sizeof(*found->items));
    found->count = EVENT_SOURCE_MAPPINGS_MAX;
    for (size_t i = 0; i < found->count; i++)
        found->items[i] = (struct event_source_mapping){.uuid = "u",
                                                        .source_arn = SURVEY_STREAM,
                                                        .state = "Disabled",
                                                        .state_reason = "",
                                                        .last_result = "PROBLEM",
                                                        .reports_batch_failures = true};
    status_judge(&survey, &status);
    assert_int_equal(status.count, STATUS_FINDINGS_MAX);
    assert_int_equal(status.verdict, STATUS_IS_TROUBLED);
    survey_release(&survey);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(status_verdict_name(STATUS_IS_ABSENT), "absent");
    assert_string_equal(status_level_name(STATUS_UNKNOWN), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_situations),
        cmocka_unit_test(test_too_many_findings),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
