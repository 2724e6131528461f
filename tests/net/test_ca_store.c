#include "unit.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"
#include "net/ca_store.h"
#include "toy_certificates.h"

#define HOUR 3600

static struct {
    struct toy_certificate root, twin, between, leaf, other;
} made;

static int make(void **state)
{
    (void)state;
    toy_certificate_make(&(struct toy_wish){"Root", NULL, NULL, -HOUR, HOUR}, &made.root);
    /* Of the same name with another key, as after a change of keys. */
    toy_certificate_make(&(struct toy_wish){"Root", NULL, NULL, -HOUR, HOUR}, &made.twin);
    toy_certificate_make(&(struct toy_wish){"Between", NULL, &made.root, -HOUR, HOUR},
                         &made.between);
    toy_certificate_make(&(struct toy_wish){"leaf", "DNS:leaf", &made.between, -HOUR, HOUR},
                         &made.leaf);
    toy_certificate_make(&(struct toy_wish){"Other", NULL, NULL, -HOUR, HOUR}, &made.other);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    toy_certificate_release(&made.root);
    toy_certificate_release(&made.twin);
    toy_certificate_release(&made.between);
    toy_certificate_release(&made.leaf);
    toy_certificate_release(&made.other);
    return 0;
}

/* Verifies the leaf, `between` given along, against a bundle; returns OpenSSL's verdict. */
static int verdict(struct ca_store *cas, unsigned long flags)
{
    X509_STORE *store = X509_STORE_new();
    assert_int_equal(ca_store_attach(cas, store), 0);
    STACK_OF(X509) *along = sk_X509_new_null();
    sk_X509_push(along, made.between.x509);
    int result = -1;
    for (int i = 0; i < 2; i++) { /* the second time, the store has it */
        X509_STORE_CTX *context = X509_STORE_CTX_new();
        X509_STORE_CTX_init(context, store, made.leaf.x509, along);
        X509_STORE_CTX_set_flags(context, flags);
        X509_verify_cert(context);
        result = X509_STORE_CTX_get_error(context);
        X509_STORE_CTX_free(context);
    }
    sk_X509_free(along);
    X509_STORE_free(store);
    return result;
}

static struct ca_store *bundle(const struct toy_certificate *const *certificates, size_t count)
{
    char path[] = "/tmp/lorry-bundle-XXXXXX";
    int fd = mkstemp(path);
    dprintf(fd, "# a comment\n");
    for (size_t i = 0; i < count; i++) {
        dprintf(fd, "subject: %zu\r\n", i);
        toy_certificate_write(certificates[i], fd);
    }
    close(fd);
    struct error err = {0};
    struct ca_store *cas = ca_store_open(path, &err);
    if (!cas)
        fail_msg("%s", err.message);
    unlink(path);
    assert_int_equal(ca_store_count(cas), count);
    return cas;
}

static void check(const struct toy_certificate *const *certificates, size_t count,
                  unsigned long flags, int expected)
{
    struct ca_store *cas = bundle(certificates, count);
    assert_int_equal(verdict(cas, flags), expected);
    ca_store_free(cas);
}

static void test_verify(void **state)
{
    (void)state;
    const struct toy_certificate *const all[] = {&made.other, &made.twin, &made.root, &made.root};
    check(all, 4, 0, X509_V_OK);
    check(all, 3, 0, X509_V_OK);
    check(all, 1, 0, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    const struct toy_certificate *const twin[] = {&made.twin};
    struct ca_store *cas = bundle(twin, 1);
    assert_int_not_equal(verdict(cas, 0), X509_V_OK);
    ca_store_free(cas);
    const struct toy_certificate *const between[] = {&made.between};
    check(between, 1, X509_V_FLAG_PARTIAL_CHAIN, X509_V_OK);
    check(between, 1, 0, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT);
}

static size_t count_in(const char *pem)
{
    struct ca_store *cas = ca_store_parse(view_str(pem));
    size_t count = ca_store_count(cas);
    ca_store_free(cas);
    return count;
}

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"
/* SEQUENCE { SEQUENCE { serial, five empty SEQUENCEs, the fourth being the subject } } */
#define TINY "MA8wDQIBATAAMAAwADAAMAA=\n"

static void test_parse(void **state)
{
    (void)state;
    assert_int_equal(count_in(""), 0);
    assert_int_equal(count_in("nothing\n"), 0);
    assert_int_equal(count_in(BEGIN TINY END), 1);
    assert_int_equal(count_in(BEGIN "MA8wDQIBATAA\r\nMAAwADAAMAA= \r\n" END BEGIN TINY END), 2);
    assert_int_equal(count_in(BEGIN TINY), 0);
    assert_int_equal(count_in(BEGIN END BEGIN "!\n" END BEGIN TINY END), 1);
    assert_int_equal(count_in(BEGIN "MIP///8=\n" END), 0);             /* a length beyond the end */
    assert_int_equal(count_in(BEGIN "MIQAAAAA\n" END), 0);             /* a length of four bytes */
    assert_int_equal(count_in(BEGIN "MAswCQIBATAAMAAwAA==\n" END), 0); /* without subject */
}

static void test_files(void **state)
{
    (void)state;
    struct error err;
    assert_null(ca_store_open("/nonexistent/ca.pem", &err));
    assert_int_equal(err.domain, ERROR_SYSTEM);
    assert_null(ca_store_open("/dev/null", &err));
    assert_int_equal(err.domain, ERROR_SETTING);
    assert_string_equal(err.message, "/dev/null: no PEM certificate in it");
    ca_store_free(NULL);
}

/* All of the machine's own bundle are indexed. */
static void test_real_bundle(void **state)
{
    (void)state;
    static const char PATH[] = "/etc/ssl/certs/ca-certificates.crt";
    cleanup_buf struct buf text = BUF_INIT(8 << 20);
    if (buf_read_file(&text, PATH, NULL)) {
        print_message("skipped: %s is not there\n", PATH);
        skip();
    }
    size_t expected = 0;
    for (const char *p = buf_str(&text); (p = strstr(p, BEGIN)); p++)
        expected++;
    assert_int_equal(count_in(buf_str(&text)), expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_real_bundle),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
