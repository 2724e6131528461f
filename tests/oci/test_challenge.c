#include "unit.h"

#include "base/memory.h"
#include "oci/challenge.h"

static const struct {
    const char *header;
    enum challenge_scheme scheme;
    const char *realm, *service;
} cases[] = {
    {"", CHALLENGE_NONE, "", ""},
    {"www-authenticate: Bearer realm=\"https://a/token\",service=\"s t\",scope=\"x:y:pull,push\"\n",
     CHALLENGE_BEARER, "https://a/token", "s t"},
    {"www-authenticate: bearer Realm=\"https://a\" , SERVICE=s\n", CHALLENGE_BEARER, "https://a",
     "s"},
    {"www-authenticate: Basic realm=\"https://1.dkr.ecr.x.amazonaws.com/\",service=\"ecr\"\n",
     CHALLENGE_BASIC, "https://1.dkr.ecr.x.amazonaws.com/", "ecr"},
    {"www-authenticate: Basic\n", CHALLENGE_BASIC, "", ""},
    {"www-authenticate: Digest realm=d, nonce=n, Basic realm=b, Bearer realm=\"c\"\n",
     CHALLENGE_BEARER, "c", ""},
    {"www-authenticate: Basic realm=b\nother: Bearer realm=x\nwww-authenticate: Bearer realm=c\n",
     CHALLENGE_BEARER, "c", ""},
    {"www-authenticate: Bearer realm=c\nwww-authenticate: Basic realm=b\n", CHALLENGE_BEARER, "c",
     ""},
    {"www-authenticate: Bearer realm=\"a\\\"b\\\\c\"\n", CHALLENGE_BEARER, "a\"b\\c", ""},
    {"www-authenticate: , ,Bearer  realm = \"c\",,\n", CHALLENGE_BEARER, "c", ""},
    {"www-authenticate: Bearer realm=a, realm=b\n", CHALLENGE_BEARER, "b", ""},
    /* Without a realm there is nobody to ask; what makes no sense ends its header. */
    {"www-authenticate: Bearer service=\"s\"\n", CHALLENGE_NONE, "", ""},
    {"www-authenticate: Bearer realm=\"a\n", CHALLENGE_NONE, "", ""},
    {"www-authenticate: Bearer realm=\"a\\\n", CHALLENGE_NONE, "", ""},
    {"www-authenticate: Negotiate abc==, Bearer realm=a\nwww-authenticate: Basic\n",
     CHALLENGE_BASIC, "", ""},
    {"www-authenticate: realm=a, Basic\n", CHALLENGE_BASIC, "", ""},
    {"www-authenticate: =\n", CHALLENGE_NONE, "", ""},
    {"www-authenticate: NTLM\n", CHALLENGE_NONE, "", ""},
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_challenge struct challenge got = {0};
        challenge_read(view_str(cases[i].header), &got);
        if (got.scheme != cases[i].scheme)
            fail_msg("%s: %d", cases[i].header, (int)got.scheme);
        assert_string_equal(buf_str(&got.realm), cases[i].realm);
        assert_string_equal(buf_str(&got.service), cases[i].service);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
