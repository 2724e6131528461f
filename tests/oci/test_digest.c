#include "unit.h"

#include "oci/digest.h"

#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void parses_its_own(void **state)
{
    (void)state;
    struct oci_digest digest, made = oci_digest_of(VIEW(""));
    assert_string_equal(made.text, EMPTY);
    assert_true(oci_digest_parse(VIEW(EMPTY), &digest));
    assert_true(oci_digest_equal(&digest, &made));
    assert_string_equal(oci_digest_hex(&digest), &EMPTY[7]);
    made = oci_digest_of(VIEW("x"));
    assert_false(oci_digest_equal(&digest, &made));
}

static void refuses_others(void **state)
{
    (void)state;
    static const struct view wrong[] = {
        VIEW(""),
        VIEW("sha256:"),
        VIEW("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        VIEW("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85"),
        VIEW("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8550"),
        VIEW("sha256:E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        VIEW("sha256:../../4298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    };
    struct oci_digest digest = {"before"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(oci_digest_parse(wrong[i], &digest));
    assert_string_equal(digest.text, "before");
}

static void as_base64(void **state)
{
    (void)state;
    char text[OCI_DIGEST_BASE64_SIZE];
    struct oci_digest digest = {"before"}, made = oci_digest_of(VIEW(""));
    oci_digest_base64(&made, text);
    assert_string_equal(text, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_false(oci_digest_of_base64("", &digest));
    assert_false(oci_digest_of_base64("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUA", &digest));
    assert_false(oci_digest_of_base64("47DEQpj8HBSa!!TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", &digest));
    assert_string_equal(digest.text, "before");
    assert_true(oci_digest_of_base64(text, &digest));
    assert_true(oci_digest_equal(&digest, &made));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_its_own),
        cmocka_unit_test(refuses_others),
        cmocka_unit_test(as_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
