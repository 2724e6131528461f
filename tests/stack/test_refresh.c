#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "deployer.h"
#include "pipeline.h"
#include "stack/destroy.h"
#include "stack/diff.h"
#include "stack/refresh.h"
#include "stack/template.h"
#include "support/aws_script.h"
#include "support/fake_stack.h"

#define PACKAGE "the package"

/* A pipeline, its account, and whoever calls. */
struct fixture {
    struct fake_stack aws;
    struct aws_client client;
    struct deployer deployer;
    struct stack pipeline;
    struct zip_made zip;
    struct oci_digest digest; /* of the package */
    struct refreshed refreshed;
    struct error err;
};

static void set_key(struct fixture *f, const char *hex)
{
    buf_clear(&f->aws.key);
    buf_printf(&f->aws.key, "testdrive-dynamodb/lorry-processor-%s.zip", hex);
    snprintf(f->aws.code.text, sizeof(f->aws.code.text), "sha256:%s", hex);
}

/* A stack that runs another package. */
static void begin(struct fixture *f)
{
    static const char old[] = "00000000000000000000000000000000"
                              "00000000000000000000000000000000";
    *f = (struct fixture){.pipeline = documented_pipeline()};
    f->pipeline.processor.package = STACK_ZIP;
    f->pipeline.sink.password = (struct stack_password){.variable = "THE_PASSWORD"};
    f->zip.bytes = BUF_INIT(100);
    buf_append_str(&f->zip.bytes, PACKAGE);
    f->digest = oci_digest_of(VIEW(PACKAGE));
    fake_stack_init(&f->aws);
    f->client = fake_stack_client(&f->aws);
    deployer_init(&f->deployer);
    f->aws.status = "CREATE_COMPLETE";
    json_t *template = template_make(&f->pipeline, NULL);
    template_append_json(template, &f->aws.template);
    json_decref(template);
    set_key(f, old);
}

static void end(struct fixture *f)
{
    refreshed_release(&f->refreshed);
    http_client_free(f->client.http);
    fake_stack_release(&f->aws);
    buf_release(&f->deployer.said);
    zip_made_release(&f->zip);
}

static int refresh(struct fixture *f)
{
    const struct refresh refresh = {
        .client = &f->client, .stack = &f->pipeline, .ui = &f->deployer.ui, .zip = &f->zip};
    refreshed_release(&f->refreshed);
    f->refreshed = (struct refreshed){0};
    f->err = (struct error){0};
    return refresh_run(&refresh, &f->refreshed, &f->err);
}

static void assert_refused(struct fixture *f, const char *part)
{
    assert_int_equal(refresh(f), -1);
    if (!strstr(f->err.message, part))
        fail_msg("\"%s\" is not in: %s", part, f->err.message);
    assert_false(fake_stack_called(&f->aws, "CreateChangeSet"));
}

static void test_brings_it(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    assert_int_equal(refresh(&f), 0);
    assert_true(f.refreshed.changed && !f.refreshed.mended);
    assert_string_equal(f.refreshed.function, "Physical");
    assert_string_equal(f.refreshed.code.text, f.digest.text);
    assert_string_equal(f.refreshed.stack.status, "UPDATE_COMPLETE");
    assert_int_equal(strspn(f.refreshed.before.text + strlen("sha256:"), "0"), OCI_DIGEST_HEX_LEN);
    /* Nothing but the package. */
    const char *form = buf_str(&f.aws.change_set);
    assert_non_null(strstr(form, "UsePreviousTemplate=true"));
    assert_null(strstr(form, "TemplateBody"));
    assert_non_null(strstr(form, "Tags.member.2.Key=Stage&Tags.member.2.Value=dev&"));
    assert_non_null(strstr(form, "ParameterKey=SinkPassword&Parameters.member.3.UsePreviousValue"
                                 "=true"));
    assert_non_null(strstr(form, f.digest.text + strlen("sha256:")));
    /* And again: nothing at all. */
    buf_clear(&f.aws.calls);
    assert_int_equal(refresh(&f), 0);
    assert_false(f.refreshed.changed);
    assert_false(fake_stack_called(&f.aws, "CreateChangeSet"));
    end(&f);
}

static void test_answers_get_lost(void **state)
{
    static const char *const operations[] = {"CreateChangeSet", "ExecuteChangeSet",
                                             "DescribeStackEvents", "GetFunction", "S3-PUT"};
    (void)state;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        struct fixture f;
        begin(&f);
        f.aws.loses = operations[i];
        assert_int_equal(refresh(&f), 0);
        assert_true(f.aws.lost && f.refreshed.changed);
        assert_non_null(strstr(buf_str(&f.aws.change_set), "ClientToken=lorry-"));
        end(&f);
    }
}

/* It was made by a request whose answer got lost. */
static void test_bucket_is_there_after_all(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    f.aws.hides_bucket = true;
    assert_int_equal(refresh(&f), 0);
    assert_true(f.refreshed.changed);
    end(&f);
}

static void test_busy(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    f.aws.status = "UPDATE_IN_PROGRESS";
    f.aws.ends_as = "UPDATE_COMPLETE";
    assert_int_equal(refresh(&f), 0);
    assert_non_null(strstr(buf_str(&f.deployer.said), "UPDATE_IN_PROGRESS is under way; waiting"));
    assert_true(f.refreshed.changed && f.aws.slept_ms > 0);
    end(&f);
}

/* Whose it is, is looked at before it is waited for. */
static void test_busy_with_somebody_else(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    f.aws.status = "UPDATE_IN_PROGRESS";
    buf_clear(&f.aws.template);
    buf_append_str(&f.aws.template, "{\"Resources\":{}}");
    assert_refused(&f, "that lorry did not make");
    struct destroyed destroyed = {0};
    const struct destroy destroy = {
        .client = &f.client, .stack = &f.pipeline, .ui = &f.deployer.ui};
    assert_int_equal(destroy_run(&destroy, &destroyed, &f.err), -1);
    assert_non_null(strstr(f.err.message, "lorry does not delete it"));
    destroyed_release(&destroyed);
    struct deployed deployed = {0};
    const struct deploy deploy = {.client = &f.client,
                                  .stack = &f.pipeline,
                                  .ui = &f.deployer.ui,
                                  .zip = &f.zip,
                                  .environment = (const char *(*)(const char *))getenv};
    setenv("THE_PASSWORD", "hush", 1);
    assert_int_equal(deploy_run(&deploy, &deployed, &f.err), -1);
    assert_non_null(strstr(f.err.message, "that lorry did not make"));
    deployed_release(&deployed);
    assert_int_equal(f.aws.slept_ms, 0);
    end(&f);
}

static void test_no_stack_to_refresh(void **state)
{
    static const struct {
        const char *status, *message;
    } cases[] = {
        {NULL, "there is no stack \"testdrive-dynamodb-dev\": `lorry deploy` makes it"},
        {"REVIEW_IN_PROGRESS", "`lorry deploy` makes it"},
        {"ROLLBACK_COMPLETE", "is ROLLBACK_COMPLETE, there is nothing to refresh: `lorry deploy`"},
        {"UPDATE_ROLLBACK_FAILED",
         "continue-update-rollback --region eu-central-1 --stack-name testdrive-dynamodb-dev"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        begin(&f);
        f.aws.status = cases[i].status;
        assert_refused(&f, cases[i].message);
        end(&f);
    }
}

static void test_more_than_a_package(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    f.pipeline.processor.architecture = STACK_ARM64;
    assert_refused(&f, "Architectures x86_64, and the pipeline says arm64");
    f.pipeline.processor.name = "Other";
    assert_refused(&f, "FunctionName DynamoDBCrateDBProcessor, and the pipeline says Other");
    f.pipeline.processor.package = STACK_IMAGE;
    assert_refused(&f, "PackageType Zip, and the pipeline says Image");
    end(&f);
}

/* Which CloudFormation does not say of new code; should it do so, nothing happens unasked. */
static void test_replacement_is_asked_for(void **state)
{
    static const int answers[] = {-1, 0, 1};
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct fixture f;
        begin(&f);
        f.aws.replacement = "Conditional";
        f.deployer.agrees = answers[i];
        assert_int_equal(refresh(&f), answers[i] > 0 ? 0 : -1);
        assert_non_null(strstr(buf_str(&f.deployer.said), "replace what is marked"));
        assert_int_equal(fake_stack_called(&f.aws, "ExecuteChangeSet"), answers[i] > 0);
        assert_int_equal(fake_stack_called(&f.aws, "DeleteChangeSet"), answers[i] <= 0);
        end(&f);
    }
}

static void test_update_fails(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    f.aws.fails = true;
    assert_int_equal(refresh(&f), -1);
    assert_string_equal(f.err.message,
                        "stack \"testdrive-dynamodb-dev\" is UPDATE_ROLLBACK_COMPLETE: Function "
                        "(AWS::Lambda::Function): the key is wrong");
    /* The next one goes on from there. */
    f.aws.fails = false;
    f.aws.events = 0;
    assert_int_equal(refresh(&f), 0);
    assert_true(f.refreshed.changed);
    end(&f);
}

static void test_lambda_fails(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    set_key(&f, oci_digest_hex(&f.digest));
    f.aws.update = "Failed";
    assert_refused(&f, "function \"Physical\" was not updated: no access (KMSKeyAccessDenied)");
    end(&f);
}

/* The parameters are right, the function has something else: the way around leads over another key.
 */
static void test_changed_by_hand(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    set_key(&f, oci_digest_hex(&f.digest));
    cleanup_buf struct buf key = BUF_INIT(BUF_TEXT_CAP);
    buf_append_view(&key, buf_view(&f.aws.key));
    f.aws.code = oci_digest_of(VIEW("by hand"));
    assert_int_equal(refresh(&f), 0);
    assert_true(f.refreshed.changed && f.refreshed.mended);
    assert_string_equal(buf_str(&f.aws.key), buf_str(&key));
    assert_string_equal(f.aws.code.text, f.digest.text);
    assert_non_null(strstr(buf_str(&f.deployer.said), "which its stack did not give it"));
    end(&f);
}

/* Some emulators say nothing about code. */
static void test_code_is_not_told(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    f.aws.silent = true;
    assert_int_equal(refresh(&f), 0);
    assert_true(f.refreshed.changed && !f.refreshed.mended);
    assert_string_equal(f.refreshed.before.text, "");
    end(&f);
}

static int diff(struct fixture *f, struct diffed *diffed)
{
    const struct diff diff = {
        .client = &f->client, .stack = &f->pipeline, .ui = &f->deployer.ui, .zip = &f->zip};
    *diffed = (struct diffed){0};
    f->err = (struct error){0};
    return diff_run(&diff, diffed, &f->err);
}

/* Nothing is asked for that changes anything. */
static void assert_looks_only(const struct fixture *f)
{
    assert_false(fake_stack_called(&f->aws, "ChangeSet"));
    assert_false(fake_stack_called(&f->aws, "PUT"));
}

static void test_diff(void **state)
{
    (void)state;
    struct fixture f;
    struct diffed diffed;
    begin(&f);
    f.pipeline.processor.memory_mb = 512;
    f.pipeline.termination_protection = true;
    assert_int_equal(diff(&f, &diffed), 0);
    assert_looks_only(&f);
    assert_true(diffed.differs);
    assert_string_equal(diffed.status, "CREATE_COMPLETE");
    assert_int_equal(diffed.template.resource_count, 1);
    assert_string_equal(diffed.template.resources[0].changes.items[0].path, "MemorySize");
    assert_int_equal(diffed.parameter_count, 2);
    assert_string_equal(diffed.parameters[0].name, "CodeKey");
    assert_true(diffed.parameters[1].secret && !diffed.parameters[1].before);
    assert_true(diffed.protected_after && !diffed.protected_before);
    assert_string_equal(diffed.built.text, f.digest.text);
    assert_true(oci_digest_equal(&diffed.running, &diffed.stated));
    diffed_release(&diffed);
    end(&f);
}

static void test_diff_without_a_difference(void **state)
{
    (void)state;
    struct fixture f;
    struct diffed diffed;
    begin(&f);
    set_key(&f, oci_digest_hex(&f.digest));
    assert_int_equal(diff(&f, &diffed), 0);
    assert_false(diffed.differs);
    diffed_release(&diffed);
    /* Somebody changed the code. */
    f.aws.code = oci_digest_of(VIEW("by hand"));
    assert_int_equal(diff(&f, &diffed), 0);
    assert_true(diffed.differs);
    assert_int_equal(diffed.template.resource_count, 0);
    diffed_release(&diffed);
    end(&f);
}

/* It looks at what there is, and waits for nothing. */
static void test_diff_while_busy(void **state)
{
    (void)state;
    struct fixture f;
    struct diffed diffed;
    begin(&f);
    f.aws.status = "UPDATE_IN_PROGRESS";
    assert_int_equal(diff(&f, &diffed), 0);
    assert_int_equal(f.aws.slept_ms, 0);
    assert_string_equal(diffed.status, "UPDATE_IN_PROGRESS");
    assert_non_null(strstr(buf_str(&f.deployer.said), "may be different in a moment"));
    diffed_release(&diffed);
    f.aws.status = "UPDATE_ROLLBACK_FAILED";
    assert_int_equal(diff(&f, &diffed), -1);
    assert_non_null(strstr(f.err.message, "continue-update-rollback"));
    diffed_release(&diffed);
    buf_clear(&f.aws.template);
    assert_int_equal(diff(&f, &diffed), -1);
    assert_non_null(strstr(f.err.message, "that lorry did not make"));
    diffed_release(&diffed);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brings_it),
        cmocka_unit_test(test_answers_get_lost),
        cmocka_unit_test(test_bucket_is_there_after_all),
        cmocka_unit_test(test_busy),
        cmocka_unit_test(test_busy_with_somebody_else),
        cmocka_unit_test(test_no_stack_to_refresh),
        cmocka_unit_test(test_more_than_a_package),
        cmocka_unit_test(test_replacement_is_asked_for),
        cmocka_unit_test(test_update_fails),
        cmocka_unit_test(test_lambda_fails),
        cmocka_unit_test(test_changed_by_hand),
        cmocka_unit_test(test_code_is_not_told),
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_diff_without_a_difference),
        cmocka_unit_test(test_diff_while_busy),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
