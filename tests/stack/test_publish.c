#include "unit.h"

#include "base/memory.h"
#include "stack/publish.h"
#include "support/aws_script.h"
#include "support/fake_ecr.h"

/* An image of one layer. */
static void make_image(struct oci_image *image)
{
    static const char *const texts[] = {"layer", "config", "manifest"};
    struct buf bytes[3];
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        bytes[i] = BUF_INIT(100);
        buf_append_str(&bytes[i], texts[i]);
    }
    *image = (struct oci_image){.layers = xcalloc(1, sizeof(*image->layers)), .complete = true};
    image->layers[0] = oci_image_keep(image, OCI_TYPE_LAYER_GZIP, &bytes[0]);
    image->layer_count = 1;
    image->config = oci_image_keep(image, OCI_TYPE_CONFIG, &bytes[1]);
    image->manifest = oci_image_keep(image, OCI_TYPE_MANIFEST, &bytes[2]);
}

/* One push of it. */
static int publish_to(struct fake_ecr *ecr, bool no_create, struct published *published,
                      struct error *err)
{
    cleanup_oci_image struct oci_image image = {0};
    struct aws_client client = fake_ecr_client(ecr);
    const struct oci_reference reference = {.registry = (char[]){FAKE_ECR_REGISTRY},
                                            .repository = (char[]){"r"},
                                            .tag = (char[]){"app-dev"}};
    make_image(&image);
    const struct publish publish = {
        .client = &client,
        .reference = &reference,
        .image = &image,
        .no_create = no_create,
        .plan = {.name = {FAKE_ECR_ACCOUNT, "r"}, .project = "app", .function = "Processor"},
    };
    buf_clear(&ecr->calls);
    published_release(published);
    *published = (struct published){0};
    *err = (struct error){0};
    int result = publish_image(&publish, published, err);
    http_client_free(client.http);
    return result;
}

static void test_made_by_the_way(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    struct error err;
    cleanup_published struct published published = {0};
    fake_ecr_init(&ecr);
    assert_int_equal(publish_to(&ecr, false, &published, &err), 0);
    assert_string_equal(buf_str(&ecr.calls),
                        "GetAuthorizationToken DescribeRepositories CreateRepository "
                        "PutLifecyclePolicy GetRepositoryPolicy SetRepositoryPolicy ");
    assert_true(published.created && published.policy_changed);
    assert_int_equal(published.progress.blobs_sent, 2);
    assert_int_equal(ecr.uploads, 2);
    assert_int_equal(published.remarks.len, 0);
    /* Again: nothing is sent. */
    assert_int_equal(publish_to(&ecr, false, &published, &err), 0);
    assert_string_equal(buf_str(&ecr.calls), "GetAuthorizationToken GetRepositoryPolicy ");
    assert_false(published.created || published.policy_changed);
    assert_int_equal(ecr.uploads, 2);
    fake_ecr_release(&ecr);
}

static void test_not_known_at_once(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    struct error err;
    cleanup_published struct published published = {0};
    fake_ecr_init(&ecr);
    ecr.unknown = 2;
    assert_int_equal(publish_to(&ecr, false, &published, &err), 0);
    assert_true(ecr.slept_ms > 0);
    fake_ecr_release(&ecr);
    fake_ecr_init(&ecr);
    ecr.unknown = 100;
    assert_int_equal(publish_to(&ecr, false, &published, &err), -1);
    assert_true(error_is(&err, "NAME_UNKNOWN"));
    assert_true(published.created);
    fake_ecr_release(&ecr);
}

static void test_no_create(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    struct error err;
    cleanup_published struct published published = {0};
    fake_ecr_init(&ecr);
    assert_int_equal(publish_to(&ecr, true, &published, &err), -1);
    assert_string_equal(err.message,
                        "there is no repository \"r\" in " FAKE_ECR_REGISTRY
                        ": make it with \"lorry registry create r\", or push without --no-create");
    assert_true(error_is(&err, "NAME_UNKNOWN"));
    assert_false(ecr.exists);
    fake_ecr_release(&ecr);
}

static void test_token_expires(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    struct error err;
    cleanup_published struct published published = {0};
    fake_ecr_init(&ecr);
    ecr.exists = true;
    ecr.valid_for = 3;
    assert_int_equal(publish_to(&ecr, false, &published, &err), 0);
    assert_int_equal(ecr.tokens, 3);
    assert_int_equal(ecr.uploads, 2);
    fake_ecr_release(&ecr);
}

/* Neither of ECR's messages reaches the user. */
static void test_token_never_valid(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    struct error err;
    cleanup_published struct published published = {0};
    fake_ecr_init(&ecr);
    ecr.exists = ecr.never_valid = true;
    assert_int_equal(publish_to(&ecr, false, &published, &err), -1);
    assert_null(strcasestr(err.message, "Reauthenticate"));
    assert_non_null(strstr(err.message, "\"ecr:PutImage\""));
    assert_int_equal(ecr.uploads, 0);
    fake_ecr_release(&ecr);
    fake_ecr_init(&ecr);
    ecr.exists = true;
    ecr.refuses = "POST";
    assert_int_equal(publish_to(&ecr, false, &published, &err), -1);
    assert_null(strcasestr(err.message, "Reauthenticate"));
    assert_non_null(strstr(err.message, "takes a new authorization token for an expired one"));
    fake_ecr_release(&ecr);
}

static void test_immutable(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    struct error err;
    cleanup_published struct published published = {0};
    fake_ecr_init(&ecr);
    ecr.exists = ecr.immutable = true;
    assert_int_equal(publish_to(&ecr, false, &published, &err), -1);
    assert_non_null(strstr(err.message, "the tag \"app-dev\" is there already, and the repository "
                                        "\"r\" does not let it move"));
    fake_ecr_release(&ecr);
}

static void test_denied(void **s)
{
    (void)s;
    struct fake_ecr ecr;
    struct error err;
    cleanup_published struct published published = {0};
    fake_ecr_init(&ecr);
    ecr.exists = true;
    ecr.denied = "SetRepositoryPolicy";
    assert_int_equal(publish_to(&ecr, false, &published, &err), 0);
    assert_non_null(strstr(buf_str(&published.remarks), "\"ecr:SetRepositoryPolicy\""));
    fake_ecr_release(&ecr);
    fake_ecr_init(&ecr);
    ecr.denied = "PutLifecyclePolicy";
    assert_int_equal(publish_to(&ecr, false, &published, &err), 0);
    assert_true(published.created);
    assert_non_null(strstr(buf_str(&published.remarks), "the policies of the new repository have "
                                                        "not been seen to: "));
    assert_non_null(strstr(buf_str(&published.remarks), "\"ecr:PutLifecyclePolicy\""));
    ecr.denied = "GetAuthorizationToken";
    assert_int_equal(publish_to(&ecr, false, &published, &err), -1);
    assert_non_null(strstr(err.message, "\"ecr:GetAuthorizationToken\""));
    ecr.exists = false;
    ecr.denied = "CreateRepository";
    assert_int_equal(publish_to(&ecr, false, &published, &err), -1);
    assert_non_null(strstr(err.message, "\"ecr:CreateRepository\""));
    fake_ecr_release(&ecr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_by_the_way),
        cmocka_unit_test(test_not_known_at_once),
        cmocka_unit_test(test_no_create),
        cmocka_unit_test(test_token_expires),
        cmocka_unit_test(test_token_never_valid),
        cmocka_unit_test(test_immutable),
        cmocka_unit_test(test_denied),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
