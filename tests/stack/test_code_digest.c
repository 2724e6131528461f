#include "unit.h"

#include "stack/code_digest.h"

#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* of nothing */
#define SUM "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define DIGEST "sha256:" HEX

static void test_function(void **state)
{
    static const struct {
        const char *uri, *sum, *digest;
    } cases[] = {
        {"r/i@" DIGEST, HEX, DIGEST},
        {"", SUM, DIGEST},
        {"", HEX, NULL}, /* of an image that Lambda does not name */
        {"r/i:tag", "", NULL},
        {"r/i@sha256:12", "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct lambda_function function = {.resolved_image_uri = cases[i].uri,
                                                 .code_sha256 = cases[i].sum};
        struct oci_digest digest = {"before"};
        assert_int_equal(code_digest_of_function(&function, &digest), cases[i].digest != NULL);
        assert_string_equal(digest.text, cases[i].digest ? cases[i].digest : "before");
    }
}

static void test_stack(void **state)
{
    static struct cfn_pair cases[][2] = {
        {{"ImageUri", "r/i@" DIGEST}, {"X", "y"}},
        {{"CodeBucket", "b"}, {"CodeKey", "p/lorry-processor-" HEX ".zip"}},
        {{"CodeBucket", "b"}, {"CodeKey", "p/other.zip"}},
        {{"ImageUri", "r/i:tag"}, {"X", "y"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct cfn_stack stack = {.parameters = cases[i], .parameter_count = 2};
        struct oci_digest digest = {"before"};
        assert_int_equal(code_digest_of_stack(&stack, &digest), i < 2);
        assert_string_equal(digest.text, i < 2 ? DIGEST : "before");
    }
}

static void test_package(void **state)
{
    (void)state;
    const struct zip_made zip = {.bytes = BUF_INIT(1)};
    const struct oci_image image = {.manifest = {.digest = {"sha256:x"}}};
    assert_string_equal(code_digest_of_package(NULL, &zip).text, DIGEST);
    assert_string_equal(code_digest_of_package(&image, NULL).text, "sha256:x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_function),
        cmocka_unit_test(test_stack),
        cmocka_unit_test(test_package),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
