/* The screens of `lorry status`, as they are kept in tests/cli/screens/; with LORRY_UPDATE=1 they
 * are written instead. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "cli/status_screen.h"
#include "stack/surveys.h"

#define SCREEN_CAP ((size_t)64 << 10)

static void path_of(const char *name, int width, bool color, char out[4096])
{
    snprintf(out, 4096, "%s/cli/screens/%s-%d%s.txt", getenv("LORRY_TESTS"), name, width,
             color ? "-color" : "");
}

static void write_screen(const char *path, const struct buf *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text->ptr, 1, text->len, file), text->len);
    assert_int_equal(fclose(file), 0);
}

/* Escapes have no width; all else here is ASCII. */
static void assert_fits(const struct buf *text, int width)
{
    int column = 0;
    for (size_t i = 0; i < text->len; i++) {
        if (text->ptr[i] == '\033')
            while (text->ptr[i] != 'm')
                i++;
        else
            column = text->ptr[i] == '\n' ? 0 : column + 1;
        assert_true(column <= width);
    }
}

static void assert_screen(const struct survey *survey, const char *name, int width, bool color)
{
    char path[4096];
    cleanup_status struct status status = {0};
    cleanup_buf struct buf text = BUF_INIT(SCREEN_CAP), wanted = BUF_INIT(SCREEN_CAP);
    status_judge(survey, &status);
    const struct status_screen screen = {survey, &status, width, color};
    status_screen_append(&screen, &text);
    path_of(name, width, color, path);
    if (getenv("LORRY_UPDATE"))
        write_screen(path, &text);
    assert_int_equal(buf_read_file(&wanted, path, NULL), 0);
    assert_string_equal(buf_str(&text), buf_str(&wanted));
    assert_fits(&text, width);
}

static void assert_screens(const struct survey *survey, const char *name)
{
    assert_screen(survey, name, 80, false);
    assert_screen(survey, name, 80, true);
    assert_screen(survey, name, 120, false);
}

static void test_healthy(void **state)
{
    (void)state;
    struct stack pipeline;
    struct survey survey;
    survey_healthy(&survey, &pipeline);
    assert_screens(&survey, "healthy");
    survey_release(&survey);
}

static void test_absent(void **state)
{
    (void)state;
    struct stack pipeline;
    struct survey survey;
    survey_healthy(&survey, &pipeline);
    survey.stack.part.state = SURVEY_ABSENT;
    assert_screens(&survey, "absent");
    survey_release(&survey);
}

static void say(struct survey *survey, int minutes_ago, uint64_t count, const char *level,
                const char *text)
{
    struct survey_line *line = &survey->log.lines[survey->log.count++];
    *line = (struct survey_line){.count = count, .time_us = SURVEYED_US - MINUTES_US(minutes_ago)};
    snprintf(line->level, sizeof(line->level), "%s", level);
    snprintf(line->text, sizeof(line->text), "%s", text);
}

/* Much is wrong, and some of it cannot be seen. */
static void test_night(void **state)
{
    (void)state;
    struct stack pipeline;
    struct survey survey;
    survey_healthy(&survey, &pipeline);
    survey.stack.found.status = "UPDATE_ROLLBACK_COMPLETE";
    survey.stack.failure = "Function (AWS::Lambda::Function): Resource handler returned message: "
                           "\"Source image does not exist\"";
    survey.mappings.found.items[0].state = "Disabled";
    survey.mappings.found.items[0].last_result = "PROBLEM: Function call failed";
    survey.mappings.found.items[0].retries = survey.mappings.found.items[0].max_age_s = -1;
    survey.mappings.found.items[0].parallelization = 10;
    survey.package.built = "sha256:fedcba9876543210";
    survey.stream.found.open_shards = 1;
    snprintf(survey.stream.found.mode, sizeof(survey.stream.found.mode), "PROVISIONED");
    survey.destination.part.state = SURVEY_ABSENT;
    survey.sink.part = (struct survey_part){
        SURVEY_UNKNOWN, "https://example.eks1.eu-west-1.aws.cratedb.net:4200: cannot connect: "
                        "connection refused"};
    survey.sink.trouble = SINK_SILENT;
    survey.failures.part = (struct survey_part){
        SURVEY_UNKNOWN, "S3 \"s3://failures-1a2b3c/\": AccessDenied; allow \"s3:ListBucket\" on it "
                        "to whoever calls"};
    say(&survey, 1, 1200, "ERROR",
        "cannot connect to https://example.eks1.eu-west-1.aws.cratedb.net:4200/: connection "
        "refused");
    say(&survey, 1, 1, "", "end: timeout, 60000 ms, 35 MB of 256 MB");
    say(&survey, 3, 2, "WARN", "old tombstones were not purged");
    say(&survey, 4, 1, "ERROR", "this one is too much");
    say(&survey, 5, 1, "ERROR", "this, too");
    for (int i = 0; i < SURVEY_METRICS; i++)
        survey_measure(&survey, (enum survey_metric)i, 20, 0, NAN);
    assert_screens(&survey, "night");
    survey_release(&survey);
}

/* Fresh from the first `lorry deploy`; a zip package, a queue, nobody made it here. */
static void test_fresh(void **state)
{
    (void)state;
    struct stack pipeline;
    struct survey survey;
    survey_healthy(&survey, &pipeline);
    survey.stack.found.status = "CREATE_COMPLETE";
    survey.stack.found.changed_us = SURVEYED_US - 100;
    survey.package = (struct survey_package){0};
    survey.function.found.resolved_image_uri = "";
    survey.function.found.code_sha256 = "kIjPnNbAVk8j3DCLpbTxGhX0QT2BmQ3WeGmyfE8HSZM=";
    survey.mappings.found.items[0].last_result = "No records processed";
    survey.failures.is_bucket = false;
    survey.failures.place = "https://sqs.eu-central-1.amazonaws.com/123456789012/Failures-1";
    survey.log.part.state = SURVEY_ABSENT;
    survey.sink.has_table = false;
    survey.sink.newest_us = 0;
    for (int i = 0; i < SURVEY_METRICS; i++)
        survey_measure(&survey, (enum survey_metric)i, SURVEY_MINUTES - 1, 0, NAN);
    assert_screens(&survey, "fresh");
    survey_release(&survey);
}

/* Set aside, given up, and one of everything. */
static void test_set_aside(void **state)
{
    (void)state;
    struct stack pipeline;
    struct survey survey;
    survey_healthy(&survey, &pipeline);
    survey.sink.rows = survey.sink.tombstones = survey.sink.dead_letters = 1;
    survey.sink.dead_why = "key \"device\" is N, that of the table S";
    survey.sink.dead_since_us = SURVEYED_US - MINUTES_US(90);
    say(&survey, 0, 1, "WARN", "record 0 (shardId-000000000006 4959) set aside: not JSON");
    survey.failures.count = SURVEY_OBJECTS_MAX;
    survey.failures.more = true;
    survey.failures.since_us = SURVEYED_US - MINUTES_US(60 * 24 * 3);
    assert_screens(&survey, "set-aside");
    survey_release(&survey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),   cmocka_unit_test(test_absent),
        cmocka_unit_test(test_night),     cmocka_unit_test(test_fresh),
        cmocka_unit_test(test_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
