#include "unit.h"

#include "aws/profile.h"

static struct profiles *parse(const char *config, const char *credentials)
{
    struct profiles *profiles = NULL;
    struct error err = {0};
    if (profiles_parse(&profiles, view_str(credentials), true, "credentials", &err) < 0 ||
        profiles_parse(&profiles, view_str(config), false, "config", &err) < 0)
        fail_msg("%s", err.message);
    return profiles;
}

static void test_values(void **state)
{
    (void)state;
    struct profiles *p = parse("# comment\n[default]\r\nregion = eu-central-1 # here\n"
                               "[profile \"two words\"]\nregion=us-east-1\nservices = mine\n"
                               "[preview]\nregion = lost\n[two]\nregion = lost\n"
                               "[services mine]\ns3 =\n  endpoint_url = http://127.0.0.1:1\n"
                               "ecr =\n\tendpoint_url = http://127.0.0.1:2#x\n"
                               "[sso-session s]\nSSO_Region: eu-west-1\nurl: https://a=b\n",
                               "[default]\naws_access_key_id = A\naws_secret_access_key = a/b=c\n"
                               "region = \n[two]\naws_access_key_id=B\naws_access_key_id=C\n");
    assert_string_equal(profiles_value(p, "default", "region"), "eu-central-1");
    assert_string_equal(profiles_value(p, "default", "aws_secret_access_key"), "a/b=c");
    assert_string_equal(profiles_value(p, "two words", "region"), "us-east-1");
    assert_string_equal(profiles_value(p, "two", "aws_access_key_id"), "C");
    assert_null(profiles_value(p, "two", "region"));
    assert_null(profiles_value(p, "preview", "region"));
    assert_string_equal(profiles_get(p, PROFILE_SERVICES, "mine", "s3.endpoint_url"),
                        "http://127.0.0.1:1");
    assert_string_equal(profiles_get(p, PROFILE_SERVICES, "mine", "ecr.endpoint_url"),
                        "http://127.0.0.1:2#x");
    assert_string_equal(profiles_get(p, PROFILE_SSO_SESSION, "s", "sso_region"), "eu-west-1");
    assert_string_equal(profiles_get(p, PROFILE_SSO_SESSION, "s", "url"), "https://a=b");
    assert_true(profiles_has(p, PROFILE_CREDENTIALS, "two"));
    assert_false(profiles_has(p, PROFILE_CONFIG, "two"));
    profiles_free(p);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"\nregion = x\n", "config:2: a setting stands before the first section"},
        {"[default\n", "config:1: a section needs a \"]\""},
        {"[default]\nregion\n", "config:2: neither a [section] nor \"name = value\""},
        {"[default]\n = x\n",
         "config:2: an indented line belongs to a setting with an empty value"},
        {"[default]\n=x\n", "config:2: a setting needs a name before the \"=\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct profiles *profiles = NULL;
        struct error err = {0};
        assert_int_equal(profiles_parse(&profiles, view_str(cases[i].text), false, "config", &err),
                         -1);
        assert_int_equal(err.domain, ERROR_SETTING);
        assert_string_equal(err.message, cases[i].message);
        profiles_free(profiles);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_mistakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
