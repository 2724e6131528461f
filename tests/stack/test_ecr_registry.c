#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "stack/ecr_registry.h"
#include "support/aws_script.h"
#include "support/http_script.h"

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *name, *region;
    } registries[] = {
        {"123456789012.dkr.ecr.eu-central-1.amazonaws.com", "eu-central-1"},
        {"123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
        {"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"},
        {"123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
        {"123456789012.dkr-ecr.eu-central-1.on.aws", "eu-central-1"},
        {"123456789012.dkr-ecr-fips.us-gov-east-1.on.aws", "us-gov-east-1"},
        {"123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1"},
    };
    for (size_t i = 0; i < sizeof(registries) / sizeof(registries[0]); i++) {
        struct ecr_registry registry = {0};
        assert_true(ecr_registry_parse(view_str(registries[i].name), &registry));
        assert_view(registry.account, "123456789012");
        assert_view(registry.region, registries[i].region);
        assert_true(ecr_registry_parse(view_str(registries[i].name), NULL));
    }
}

static void test_others(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "123456789012",
        "123456789012.dkr.ecr.",
        "123456789012.dkr.ecr.eu-central-1",
        "123456789012.dkr.ecr.eu-central-1.",
        "127.0.0.1:5000",
        "public.ecr.aws",
        "12345678901.dkr.ecr.eu-central-1.amazonaws.com",
        "1234567890123.dkr.ecr.eu-central-1.amazonaws.com",
        "12345678901x.dkr.ecr.eu-central-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example",
        "123456789012.dkr.ecr.eu-central-1.evil.example",
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com:443",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com", /* of another partition */
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com.cn",
        "123456789012.dkr.ecr..amazonaws.com",
        "123456789012.dkr.ecr.EU.amazonaws.com",
        "123456789012.dkr.ecr.a/b.amazonaws.com",
        "123456789012.dkr-ecr.eu-central-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-central-1.on.aws",
        "123456789012.dkr-ecr.us-iso-east-1.", /* no dual stack there */
        ("123456789012.dkr.ecr."
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.amazonaws.com"),
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_false(ecr_registry_parse(view_str(names[i]), NULL));
}

static void test_name(void **state)
{
    (void)state;
    cleanup_buf struct buf name = BUF_INIT(200);
    ecr_registry_name("123456789012", "cn-north-1", &name);
    assert_string_equal(buf_str(&name), "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn");
    assert_true(ecr_registry_parse(buf_view(&name), NULL));
}

/* A clock that stands still, and tokens that are numbered. */
struct service {
    struct clock clock;
    int64_t now_us;
    int tokens;
    bool fails;
};

static struct service *playing;

static int64_t now_us(struct clock *clock)
{
    return ((struct service *)clock)->now_us;
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    (void)user;
    (void)request;
    (void)err;
    static const char *const tokens[] = {"QVdTOm9uZQ==", "QVdTOnR3bw==", "QVdTOnRocmVl"};
    char answer[200];
    if (playing->fails)
        return http_script_answer(response, 400, "{\"__type\":\"AccessDeniedException\"}");
    snprintf(answer, sizeof(answer),
             "{\"authorizationData\":[{\"authorizationToken\":\"%s\",\"expiresAt\":%d}]}",
             tokens[playing->tokens], 43200 * (playing->tokens + 1));
    playing->tokens++;
    return http_script_answer(response, 200, answer);
}

static void assert_login(struct ecr_logins *logins, bool renew, const char *password)
{
    struct error err = {0};
    cleanup_registry_login struct registry_login login = {0};
    assert_int_equal(logins->logins.get(&logins->logins, "r", renew, &login, &err), 0);
    assert_string_equal(buf_str(&login.user), "AWS");
    assert_string_equal(buf_str(&login.password), password);
}

static void test_logins(void **state)
{
    (void)state;
    struct service service = {.clock = {.now_us = now_us}};
    struct error err = {0};
    playing = &service;
    struct aws_client client = aws_script_client(serve, NULL);
    client.clock = &service.clock;
    cleanup_ecr_logins struct ecr_logins logins;
    cleanup_registry_login struct registry_login login = {0};
    ecr_logins_init(&logins, &client);
    assert_int_equal(service.tokens, 0);
    assert_login(&logins, false, "one");
    assert_login(&logins, false, "one");
    assert_login(&logins, true, "two");
    assert_login(&logins, false, "two");
    service.now_us = (86400 - 299) * INT64_C(1000000); /* of 24 h, five minutes are too short */
    assert_login(&logins, false, "three");
    service.fails = true;
    assert_int_equal(logins.logins.get(&logins.logins, "r", true, &login, &err), -1);
    assert_non_null(strstr(err.message, "cannot log in to r: ECR"));
    assert_non_null(strstr(err.message, "ecr:GetAuthorizationToken"));
    assert_true(error_is(&err, "AccessDeniedException"));
    assert_login(&logins, false, "three"); /* it may still be good */
    http_client_free(client.http);
}

static void assert_url(const struct aws_client *client, const char *wanted)
{
    struct error err = {0};
    cleanup_buf struct buf url = BUF_INIT(200);
    assert_int_equal(ecr_registry_url(client, &url, &err), 0);
    assert_string_equal(buf_str(&url), wanted);
}

static void test_url(void **state)
{
    (void)state;
    struct aws_client client = {.region = "eu-central-1"};
    assert_url(&client, "");
    client.endpoints.option = "http://127.0.0.1:4566";
    assert_url(&client, "http://127.0.0.1:4566/");
    client.endpoints.option = "https://vpce-1.api.ecr.eu-central-1.vpce.amazonaws.com";
    assert_url(&client, "");
    client.endpoints.option = "https://notamazonaws.com";
    assert_url(&client, "https://notamazonaws.com/");
    setenv("LORRY_REGISTRY_URL", "http://127.0.0.1:5000", 1);
    assert_url(&client, "http://127.0.0.1:5000");
    unsetenv("LORRY_REGISTRY_URL");
    struct error err = {0};
    cleanup_buf struct buf url = BUF_INIT(200);
    client.endpoints.option = "nonsense";
    assert_int_equal(ecr_registry_url(&client, &url, &err), -1);
    assert_int_equal(err.domain, ERROR_SETTING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),  cmocka_unit_test(test_others), cmocka_unit_test(test_name),
        cmocka_unit_test(test_logins), cmocka_unit_test(test_url),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
