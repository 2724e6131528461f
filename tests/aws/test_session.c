/* Sessions: profile, region, endpoints, retries, and where credentials come from. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/session.h"
#include "base/memory.h"
#include "support/http_script.h"

#define KEYS(x) "aws_access_key_id = " x "\naws_secret_access_key = secret-" x "\n"

static char folder[] = "/tmp/lorry-session-XXXXXX";

static void write_file(const char *name, const char *text)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&path, "%s/%s", folder, name);
    FILE *file = fopen(buf_str(&path), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&path, "%s/%s", folder, i ? "config" : "credentials");
        unlink(buf_str(&path));
    }
    return rmdir(folder);
}

static int clear(void **state)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_SECURITY_TOKEN",
                                        "AWS_PROFILE",
                                        "AWS_DEFAULT_PROFILE",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_MAX_ATTEMPTS",
                                        "AWS_RETRY_MODE",
                                        "AWS_STS_REGIONAL_ENDPOINTS",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&path, "%s/config", folder);
    setenv("AWS_CONFIG_FILE", buf_str(&path), 1);
    buf_clear(&path);
    buf_printf(&path, "%s/credentials", folder);
    setenv("AWS_SHARED_CREDENTIALS_FILE", buf_str(&path), 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    write_file(
        "config",
        "[default]\nregion = eu-central-1\n" KEYS(
            "CONFIG") "[profile work]\n"
                      "region = us-east-1\nservices = mine\nendpoint_url = http://127.0.0.1:9\n"
                      "max_attempts = 7\n[profile lost]\nservices = nowhere\n"
                      "[profile half]\naws_access_key_id = HALF\n[profile empty]\n"
                      "[services mine]\nsts =\n  endpoint_url = http://127.0.0.1:8\n");
    write_file("credentials", "[work]\n" KEYS("WORK") "aws_session_token = token\n");
    return 0;
}

static struct aws_session *open_with(const char *profile, struct error *err)
{
    const struct aws_session_options options = {.clock = &clock_system, .profile = profile};
    return aws_session_open(&options, err);
}

/* Which key the session finds; on failure `err` is filled and "" comes back. */
static const char *key_of(const char *profile, struct error *err)
{
    static char id[64];
    cleanup_aws_credentials struct aws_credentials keys = {0};
    struct aws_session *session = open_with(profile, err);
    assert_non_null(session);
    struct aws_credentials_provider *provider = aws_session_client(session)->credentials;
    id[0] = '\0';
    if (provider->get(provider, &keys, err) == 0) {
        cleanup_buf struct buf secret = BUF_INIT(100);
        buf_printf(&secret, "secret-%s", keys.access_key_id);
        assert_string_equal(keys.secret_access_key, buf_str(&secret));
        snprintf(id, sizeof(id), "%s%s", keys.access_key_id, keys.session_token ? "+token" : "");
    }
    aws_session_free(session);
    return id;
}

static void test_order(void **state)
{
    (void)state;
    struct error err = {0};
    assert_string_equal(key_of(NULL, &err), "CONFIG");
    assert_string_equal(key_of("work", &err), "WORK+token");
    setenv("AWS_PROFILE", "work", 1);
    assert_string_equal(key_of(NULL, &err), "WORK+token");
    assert_string_equal(key_of("default", &err), "CONFIG");
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret-ENV", 1);
    assert_string_equal(key_of(NULL, &err), "ENV");
    assert_string_equal(key_of("work", &err), "WORK+token");
    setenv("AWS_SESSION_TOKEN", "token", 1);
    assert_string_equal(key_of(NULL, &err), "ENV+token");
}

static void test_refused(void **state)
{
    (void)state;
    struct error err = {0};
    assert_string_equal(key_of("half", &err), "");
    assert_non_null(strstr(err.message, "\"half\" has aws_access_key_id but no "));
    assert_string_equal(key_of("empty", &err), "");
    assert_non_null(strstr(err.message, "environment (--profile was given)"));
    assert_non_null(strstr(err.message, "credentials file (no profile \"empty\")"));
    assert_non_null(strstr(err.message, "aws configure"));
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    assert_string_equal(key_of(NULL, &err), "");
    assert_non_null(strstr(err.message, "AWS_SECRET_ACCESS_KEY is not"));
}

static void test_wrong_profiles(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(open_with("missing", &err));
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_non_null(strstr(err.message, "no AWS profile \"missing\""));
    assert_null(open_with("lost", &err));
    assert_non_null(strstr(err.message, "[services nowhere]"));
    write_file("config", "[default]\nregion\n");
    assert_null(open_with(NULL, &err));
    assert_non_null(strstr(err.message, "config:2: "));
    write_file("config", "[default]\nmax_attempts = 0\n");
    assert_null(open_with(NULL, &err));
    assert_non_null(strstr(err.message, "max_attempts"));
    write_file("config", "[default]\nsts_regional_endpoints = global\n");
    assert_null(open_with(NULL, &err));
    assert_non_null(strstr(err.message, "is \"global\" instead of \"regional\" or \"legacy\""));
}

static void check_attempts(unsigned expected)
{
    struct aws_session *session = open_with(NULL, NULL);
    assert_int_equal(aws_session_client(session)->retry->attempts, expected);
    aws_session_free(session);
}

static void test_attempts(void **state)
{
    (void)state;
    check_attempts(3);
    write_file("config", "[default]\nretry_mode = legacy\n");
    check_attempts(5);
    setenv("AWS_RETRY_MODE", "adaptive", 1);
    check_attempts(3);
    write_file("config", "[default]\nretry_mode = legacy\nmax_attempts = 2\n");
    check_attempts(2);
    setenv("AWS_RETRY_MODE", "legacy", 1);
    setenv("AWS_MAX_ATTEMPTS", "4", 1);
    check_attempts(4);
    setenv("AWS_RETRY_MODE", "of-next-year", 1);
    check_attempts(4);
}

static void check_region(const char *option, const char *profile, const char *expected)
{
    const struct aws_session_options options = {
        .clock = &clock_system, .profile = profile, .region = option};
    struct aws_session *session = aws_session_open(&options, NULL);
    const char *region = aws_session_client(session)->region;
    if (expected)
        assert_string_equal(region, expected);
    else
        assert_null(region);
    aws_session_free(session);
}

static void test_region(void **state)
{
    (void)state;
    check_region(NULL, NULL, "eu-central-1");
    check_region(NULL, "work", "us-east-1");
    check_region(NULL, "empty", NULL);
    setenv("AWS_DEFAULT_REGION", "eu-west-1", 1);
    check_region(NULL, "work", "eu-west-1");
    check_region("eu-north-1", "work", "eu-north-1");
}

static void test_client(void **state)
{
    (void)state;
    static const struct aws_service sts = {.variable = "STS"}, ecr = {.variable = "ECR"};
    cleanup_buf struct buf url = BUF_INIT(1000);
    struct aws_session *session = open_with("work", NULL);
    const struct aws_client *client = aws_session_client(session);
    assert_int_equal(client->retry->attempts, 7);
    assert_int_equal(aws_endpoint(&sts, "us-east-1", &client->endpoints, &url, NULL, NULL), 0);
    assert_int_equal(aws_endpoint(&ecr, "us-east-1", &client->endpoints, &url, NULL, NULL), 0);
    assert_string_equal(buf_str(&url), "http://127.0.0.1:8/http://127.0.0.1:9/");
    aws_session_free(session);
}

static void test_expired(void **state)
{
    (void)state;
    cleanup_aws_credentials struct aws_credentials first = {0}, second = {0}, third = {0};
    struct aws_session *session = open_with(NULL, NULL);
    struct aws_credentials_provider *provider = aws_session_client(session)->credentials;
    assert_int_equal(provider->get(provider, &first, NULL), 0);
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret-ENV", 1);
    assert_int_equal(provider->get(provider, &second, NULL), 0);
    assert_string_equal(second.access_key_id, "CONFIG");
    provider->expired(provider);
    assert_int_equal(provider->get(provider, &third, NULL), 0);
    assert_string_equal(third.access_key_id, "ENV");
    aws_session_free(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_order, clear),
        cmocka_unit_test_setup(test_refused, clear),
        cmocka_unit_test_setup(test_wrong_profiles, clear),
        cmocka_unit_test_setup(test_attempts, clear),
        cmocka_unit_test_setup(test_region, clear),
        cmocka_unit_test_setup(test_client, clear),
        cmocka_unit_test_setup(test_expired, clear),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
