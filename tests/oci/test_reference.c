#include "unit.h"

#include <string.h>

#include "base/memory.h"
#include "oci/reference.h"

#define DIGEST "sha256:0123456789012345678901234567890123456789012345678901234567abcdef"
#define TEN "abcdefghij"
#define FIFTY TEN TEN TEN TEN TEN

static void assert_text(const char *got, const char *expected)
{
    if (expected)
        assert_string_equal(got, expected);
    else
        assert_null(got);
}

static void test_parts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *registry, *repository, *tag, *digest;
    } cases[] = {
        {"localhost/a", "localhost", "a", "latest", NULL},
        {"a.b/c:d", "a.b", "c", "d", NULL},
        {"h:5000/a/b-c__d.e_f---g:V1.0_x-y", "h:5000", "a/b-c__d.e_f---g", "V1.0_x-y", NULL},
        {"127.0.0.1:1/a@" DIGEST, "127.0.0.1:1", "a", NULL, DIGEST},
        {"[::1]:5000/a:t@" DIGEST, "[::1]:5000", "a", "t", DIGEST},
        {"[::1]/a", "[::1]", "a", "latest", NULL},
        {"123456789012.dkr.ecr.eu-central-1.amazonaws.com/kinesis-cratedb-lambda:_x",
         "123456789012.dkr.ecr.eu-central-1.amazonaws.com", "kinesis-cratedb-lambda", "_x", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_oci_reference struct oci_reference got = {0};
        struct error err = {0};
        if (oci_reference_parse(view_str(cases[i].text), &got, &err) < 0)
            fail_msg("%s", err.message);
        assert_text(got.registry, cases[i].registry);
        assert_text(got.repository, cases[i].repository);
        assert_text(got.tag, cases[i].tag);
        assert_text(got.digest, cases[i].digest);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "begin with the registry's host"},
        {"ubuntu", "begin with the registry's host"},
        {"ubuntu:22.04", "begin with the registry's host"},
        {"library/ubuntu", "begin with the registry's host"},
        {"https://h.x/a", "no host name or address"},
        {"-h.x/a", "no host name or address"},
        {"h..x/a", "no host name or address"},
        {"h:/a", "no host name or address"},
        {"h:65536/a", "no host name or address"},
        {"h:0/a", "no host name or address"},
        {"[::1/a", "no host name or address"},
        {"[]:1/a", "no host name or address"},
        {"user@h.x/a", "begin with the registry's host"},
        {"h.x/A", "lower case"},
        {"h.x/a//b", "lower case"},
        {"h.x/a/", "lower case"},
        {"h.x/a___b", "lower case"},
        {"h.x/a..b", "lower case"},
        {"h.x/a-", "lower case"},
        {"h.x/_a", "lower case"},
        {"h.x/:t", "begin with"},
        {"h.x/a:", "a tag has"},
        {"h.x/a:.t", "a tag has"},
        {"h.x/a:t:u", "a tag has"},
        {"h.x/a:b/c", "a tag has"},
        {"h.x/a@", "a digest is"},
        {"h.x/a@sha256:abc", "a digest is"},
        {"h.x/a@" DIGEST "0", "a digest is"},
        {"h.x/a@" DIGEST "@" DIGEST, "a digest is"},
        {"h.x/" FIFTY FIFTY FIFTY FIFTY FIFTY TEN, "longer than 255"},
        {"h.x/a:" FIFTY FIFTY TEN TEN TEN, "a tag has"},
        {"h.x/a\033[31m", "\"h.x/a [31m\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct oci_reference got = {0};
        struct error err = {0};
        assert_int_equal(oci_reference_parse(view_str(cases[i].text), &got, &err), -1);
        assert_int_equal(err.domain, ERROR_INPUT);
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s: %s", cases[i].text, err.message);
        assert_null(got.registry);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
