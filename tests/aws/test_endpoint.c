#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/credentials.h"
#include "aws/endpoint.h"

static const struct aws_service service = {
    .name = "Secrets Manager", .host = "secretsmanager", .variable = "SECRETS_MANAGER"};

static int clear(void **state)
{
    (void)state;
    static const char *const names[] = {
        "AWS_ENDPOINT_URL",  "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        "AWS_REGION",        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    return 0;
}

static void assert_endpoint(const char *region, const char *want)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    if (aws_endpoint(&service, region, NULL, &url, NULL, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(buf_str(&url), want);
}

static void assert_refused(const char *region, const char *message)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    assert_int_equal(aws_endpoint(&service, region, NULL, &url, NULL, &err), -1);
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_int_equal(url.len, 0);
    assert_string_equal(err.message, message);
}

static void test_partitions(void **state)
{
    (void)state;
    assert_endpoint("eu-central-1", "https://secretsmanager.eu-central-1.amazonaws.com/");
    assert_endpoint("us-gov-west-1", "https://secretsmanager.us-gov-west-1.amazonaws.com/");
    assert_endpoint("cn-north-1", "https://secretsmanager.cn-north-1.amazonaws.com.cn/");
    assert_endpoint("us-iso-east-1", "https://secretsmanager.us-iso-east-1.c2s.ic.gov/");
    assert_endpoint("us-isob-east-1", "https://secretsmanager.us-isob-east-1.sc2s.sgov.gov/");
    assert_endpoint("eusc-de-east-1", "https://secretsmanager.eusc-de-east-1.amazonaws.eu/");
}

static void assert_bucket(const char *bucket, const char *want)
{
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    if (aws_bucket_endpoint(&service, bucket, "cn-north-1", NULL, &url, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(buf_str(&url), want);
}

static void test_buckets(void **state)
{
    (void)state;
    assert_bucket("b-1", "https://b-1.secretsmanager.cn-north-1.amazonaws.com.cn/");
    static const char *const no_labels[] = {
        "with.dots",
        "Upper",
        "under_score",
        "ab",
        "-abc",
        "abc-",
        ("a123456789012345678901234567890123456789012345678901234"
         "567890123")};
    for (size_t i = 0; i < sizeof(no_labels) / sizeof(no_labels[0]); i++) {
        char want[256];
        snprintf(want, sizeof(want), "https://secretsmanager.cn-north-1.amazonaws.com.cn/%s/",
                 no_labels[i]);
        assert_bucket(no_labels[i], want);
    }
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/x", 1);
    assert_bucket("b-1", "http://127.0.0.1:4566/x/b-1/");
    struct error err = {0};
    setenv("AWS_ENDPOINT_URL", "ftp://x", 1);
    assert_int_equal(aws_bucket_endpoint(&service, "b-1", "x", NULL, NULL, &err), -1);
    assert_int_equal(err.domain, ERROR_SETTING);
}

static void test_bad_region(void **state)
{
    (void)state;
    assert_refused("", "\"\" is no AWS region");
    assert_refused("x.evil.example/", "\"x.evil.example/\" is no AWS region");
}

static void test_overrides(void **state)
{
    (void)state;
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566", 1);
    assert_endpoint("eu-central-1", "http://127.0.0.1:4566/");
    setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://vpce.example//", 1);
    assert_endpoint("eu-central-1", "https://vpce.example/");
    setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "", 1);
    assert_endpoint("eu-central-1", "http://127.0.0.1:4566/");
    setenv("AWS_ENDPOINT_URL", "http://", 1);
    assert_refused("eu-central-1", "AWS_ENDPOINT_URL is no http or https URL");
    setenv("AWS_ENDPOINT_URL", "127.0.0.1:4566", 1);
    assert_refused("eu-central-1", "AWS_ENDPOINT_URL is no http or https URL");
}

/* A path is kept, and nothing is put in front of the host. */
static void test_paths(void **state)
{
    (void)state;
    setenv("AWS_ENDPOINT_URL", "http://[::1]:4566/some/path/", 1);
    assert_endpoint("eu-central-1", "http://[::1]:4566/some/path/");
    static const char *const urls[] = {"http://h/?a=b", "http://h/#a", "http://u:secret@h/",
                                       "http://h/ x", "http://h\n"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        setenv("AWS_ENDPOINT_URL", urls[i], 1);
        assert_refused("eu-central-1",
                       "AWS_ENDPOINT_URL has more than scheme, host, port and path: "
                       "neither user, query nor fragment belongs there");
    }
}

/* Every place that is taken away gives way to the next one in the order of the AWS CLI. */
static void test_order(void **state)
{
    (void)state;
    static const struct aws_endpoint_setting profile[] = {
        {"kinesis", "http://other.example"},
        {NULL, "http://profile.example"},
        {"secrets_manager", "http://section.example"},
    };
    struct aws_endpoints endpoints = {"http://option.example", profile, 3};
    static const char *const want[] = {
        "http://option.example/",      "http://service.example/",
        "http://environment.example/", "http://section.example/",
        "http://profile.example/",     "https://secretsmanager.eu-west-1.amazonaws.com/"};
    setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://service.example", 1);
    setenv("AWS_ENDPOINT_URL", "http://environment.example", 1);
    for (int step = 0; step < 6; step++) {
        cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
        bool overridden = step == 5;
        assert_int_equal(aws_endpoint(&service, "eu-west-1", &endpoints, &url, &overridden, NULL),
                         0);
        assert_string_equal(buf_str(&url), want[step]);
        assert_int_equal(overridden, step < 5);
        if (step == 0)
            endpoints.option = NULL;
        else if (step == 1)
            unsetenv("AWS_ENDPOINT_URL_SECRETS_MANAGER");
        else if (step == 2)
            unsetenv("AWS_ENDPOINT_URL");
        else
            endpoints.profile_count = step == 3 ? 2 : 0;
    }
}

static void test_ignored(void **state)
{
    (void)state;
    static const struct aws_endpoint_setting profile[] = {{NULL, "http://profile.example"}};
    struct aws_endpoints endpoints = {NULL, profile, 1};
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    setenv("AWS_ENDPOINT_URL", "http://environment.example", 1);
    setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True", 1);
    assert_int_equal(aws_endpoint(&service, "eu-west-1", &endpoints, &url, NULL, NULL), 0);
    assert_string_equal(buf_str(&url), "https://secretsmanager.eu-west-1.amazonaws.com/");
    endpoints.option = "http://option.example";
    buf_clear(&url);
    assert_int_equal(aws_endpoint(&service, "eu-west-1", &endpoints, &url, NULL, NULL), 0);
    assert_string_equal(buf_str(&url), "http://option.example/");
    setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false", 1);
    assert_endpoint("eu-west-1", "http://environment.example/");
}

static void test_partition_names(void **state)
{
    (void)state;
    assert_string_equal(aws_partition("eu-central-1"), "aws");
    assert_string_equal(aws_partition("us-gov-east-1"), "aws-us-gov");
    assert_string_equal(aws_partition("cn-northwest-1"), "aws-cn");
    assert_string_equal(aws_partition("ap-new-9"), "aws");
    assert_string_equal(aws_partition_suffix("cn-northwest-1"), "amazonaws.com.cn");
}

static void test_region(void **state)
{
    (void)state;
    assert_null(aws_region_environment());
    setenv("AWS_DEFAULT_REGION", "eu-west-1", 1);
    assert_string_equal(aws_region_environment(), "eu-west-1");
    setenv("AWS_REGION", "", 1);
    assert_string_equal(aws_region_environment(), "eu-west-1");
    setenv("AWS_REGION", "eu-north-1", 1);
    assert_string_equal(aws_region_environment(), "eu-north-1");
}

static void test_credentials(void **state)
{
    (void)state;
    struct aws_credentials_provider *provider = &aws_credentials_environment;
    cleanup_aws_credentials struct aws_credentials credentials = {0};
    struct error err = {0};
    setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
    assert_int_equal(provider->get(provider, &credentials, &err), -1);
    assert_non_null(strstr(err.message, "AWS_SECRET_ACCESS_KEY is not set"));
    assert_null(credentials.access_key_id);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "", 1);
    assert_int_equal(provider->get(provider, &credentials, &err), 0);
    assert_string_equal(credentials.access_key_id, "AKID");
    assert_string_equal(credentials.secret_access_key, "secret");
    assert_null(credentials.session_token);
    aws_credentials_release(&credentials);
    setenv("AWS_SESSION_TOKEN", "token", 1);
    assert_int_equal(provider->get(provider, &credentials, &err), 0);
    assert_string_equal(credentials.session_token, "token");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_partitions, clear),
        cmocka_unit_test_setup(test_buckets, clear),
        cmocka_unit_test_setup(test_bad_region, clear),
        cmocka_unit_test_setup(test_overrides, clear),
        cmocka_unit_test_setup(test_paths, clear),
        cmocka_unit_test_setup(test_order, clear),
        cmocka_unit_test_setup(test_ignored, clear),
        cmocka_unit_test_setup(test_partition_names, clear),
        cmocka_unit_test_setup(test_region, clear),
        cmocka_unit_test_setup(test_credentials, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
