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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_its_own),
        cmocka_unit_test(refuses_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
