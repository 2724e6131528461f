#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/url.h"

struct url_case {
    const char *text;
    const char *scheme, *user, *password, *host;
    int port;
    const char *path, *query;
};

static const struct url_case GOOD[] = {
    {"http://127.0.0.1:9001", "http", "", NULL, "127.0.0.1", 9001, "", ""},
    {"HTTPS://Host.Example/a%20b?x=1%202", "https", "", NULL, "host.example", 0, "/a b", "x=1%202"},
    {"http://[::1]:80/", "http", "", NULL, "::1", 80, "/", ""},
    {"http://host:/x@y", "http", "", NULL, "host", 0, "/x@y", ""},
    {"http://host?q", "http", "", NULL, "host", 0, "", "q"},
    {"http://host:80/a:b@c", "http", "", NULL, "host", 80, "/a:b@c", ""},
    {"crate://", "crate", "", NULL, "", 0, "", ""},
    {"crate://admin@h:4200/doc", "crate", "admin", NULL, "h", 4200, "/doc", ""},
    {"crate://admin:@h", "crate", "admin", "", "h", 0, "", ""},
    {"crate://a%40b:p%2Fq%25@h/?ssl=true", "crate", "a@b", "p/q%", "h", 0, "/", "ssl=true"},
    {"crate://me@mail.org:p/a?s#s@h:1", "crate", "me@mail.org", "p/a?s#s", "h", 1, "", ""},
    {"crate://u:100%off%zz@[fe80::1]:4200", "crate", "u", "100%off%zz", "fe80::1", 4200, "", ""},
    {"crate://[::1]:4200/?schema=a@b", "crate", "", NULL, "::1", 4200, "/", "schema=a@b"},
    {"crate://u:12/3@h:4200/", "crate", "u", "12/3", "h", 4200, "/", ""},
    {"sqlite://", "sqlite", "", NULL, "", 0, "", ""},
    {"sqlite:///rel:a@b.db", "sqlite", "", NULL, "", 0, "/rel:a@b.db", ""},
    {"sqlite:////abs/x.db?mode=ro", "sqlite", "", NULL, "", 0, "//abs/x.db", "mode=ro"},
    {"postgresql+psycopg2://h/d", "postgresql+psycopg2", "", NULL, "h", 0, "/d", ""},
};

static void test_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        const struct url_case *c = &GOOD[i];
        struct error err = {0};
        cleanup_url struct url url = {0};
        if (url_parse(view_str(c->text), &url, &err))
            fail_msg("%s: %s", c->text, err.message);
        assert_string_equal(url.scheme, c->scheme);
        assert_string_equal(url.user, c->user);
        if (c->password)
            assert_string_equal(url.password, c->password);
        else
            assert_null(url.password);
        assert_string_equal(url.host, c->host);
        assert_int_equal(url.port, c->port);
        assert_string_equal(url.path, c->path);
        assert_string_equal(url.query, c->query);
    }
}

static const struct {
    const char *text;
    const char *message;
} BAD[] = {
    {"", "does not begin with"},
    {"admin:secret@host", "does not begin with"},
    {"http:/x", "does not begin with"},
    {"1http://x", "does not begin with"},
    {"ht_tp://x", "does not begin with"},
    {"http://h:0", "port"},
    {"http://h:65536", "port"},
    {"http://h:655360000000", "port"},
    {"http://u:secret/x@h", "port"},
    {"http://h:1x", "port"},
    {"crate://u:sec@ret@h", "%40"},
    {"crate://h h", "character"},
    {"http://[::1", "\"]\""},
    {"http://[]/", "empty"},
    {"http://[::1]x", "behind its host"},
    {"http://[secret]", "character"},
    {"http://h/#f", "fragment"},
    {"http://h/\n", "control character"},
    {"crate://u:a%00b@h", "%00"},
    {"crate://u%00@h", "%00"},
    {"http://h/%00", "%00"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        struct error err = {0};
        struct url url = {.port = 7};
        assert_int_equal(url_parse(view_str(BAD[i].text), &url, &err), -1);
        assert_int_equal(err.domain, ERROR_SETTING);
        if (!strstr(err.message, BAD[i].message))
            fail_msg("%s: %s", BAD[i].text, err.message);
        assert_null(strstr(err.message, "secret"));
        assert_int_equal(url.port, 7);
        assert_null(url.scheme);
    }
    assert_int_equal(url_parse(VIEW(""), &(struct url){0}, NULL), -1);
}

static void test_length(void **state)
{
    (void)state;
    char text[URL_LENGTH_MAX + 1];
    memset(text, 'a', sizeof(text));
    memcpy(text, "http://h/", 9);
    cleanup_url struct url url = {0};
    struct error err;
    assert_int_equal(url_parse(view_of(text, sizeof(text)), &url, &err), -1);
    assert_non_null(strstr(err.message, "longer"));
    assert_int_equal(url_parse(view_of(text, sizeof(text) - 1), &url, &err), 0);
}

static void assert_query(const struct url *url, const char *name, const char *value)
{
    cleanup_free char *got = url_query(url, name);
    if (value)
        assert_string_equal(got, value);
    else
        assert_null(got);
}

static void test_query(void **state)
{
    (void)state;
    cleanup_url struct url url = {0};
    assert_int_equal(url_parse(VIEW("crate://h?a=1&b&%63=x%20y+z&a=2&&d==&e=%00"), &url, NULL), 0);
    assert_query(&url, "a", "1");
    assert_query(&url, "b", "");
    assert_query(&url, "c", "x y z");
    assert_query(&url, "d", "=");
    assert_query(&url, "e", NULL);
    assert_query(&url, "f", NULL);
}

static void test_encode(void **state)
{
    (void)state;
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    url_encode(view_of("a/b:c\0\xc3\xbc~", 9), "/", &out);
    assert_string_equal(buf_str(&out), "a/b%3Ac%00%C3%BC~");
}

static void test_resolve(void **state)
{
    (void)state;
    static const struct {
        const char *base, *location, *url;
    } cases[] = {
        {"https://h:5/a/b?c=d/e", "http://other/x?y", "http://other/x?y"},
        {"https://h:5/a/b?c=d/e", "//other/x", "https://other/x"},
        {"https://h:5/a/b?c=d/e", "/x/y?z=1#part", "https://h:5/x/y?z=1"},
        {"https://h:5/a/b?c=d/e", "x", "https://h:5/a/x"},
        {"https://h:5/a/b?c=d/e", "?x", "https://h:5/a/b?x"},
        {"https://h:5/a/b?c=d/e", "", "https://h:5/a/b?c=d/e"},
        {"https://h:5/a/", "b://c", "b://c"},
        {"https://h:5", "x", "https://h:5/x"},
        {"https://h:5", "?x", "https://h:5?x"},
        {"https://h:5?q/r", "x", "https://h:5/x"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
        url_resolve(view_str(cases[i].base), view_str(cases[i].location), &out);
        assert_string_equal(buf_str(&out), cases[i].url);
    }
}

static void test_without_password(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"crate://admin:secret@h:4200/?ssl=true", "crate://admin@h:4200/?ssl=true"},
        {"crate://admin:se/cr:et@h/?schema=a@b", "crate://admin@h/?schema=a@b"},
        {"crate://admin:@h", "crate://admin@h"},
        {"crate://:secret@h", "crate://@h"},
        {"crate://admin@h/a:b@c", "crate://admin@h/a:b@c"},
        {"https://a:secret%40@[::1]:1/", "https://a@[::1]:1/"},
        {"sqlite:////tmp/a:b", "sqlite:////tmp/a:b"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf out = BUF_INIT(URL_LENGTH_MAX);
        struct error err;
        assert_int_equal(url_append_without_password(&out, view_str(cases[i].text), &err), 0);
        assert_string_equal(buf_str(&out), cases[i].expected);
    }
    cleanup_buf struct buf out = BUF_INIT(URL_LENGTH_MAX);
    assert_int_equal(url_append_without_password(&out, VIEW("u:secret@h"), NULL), -1);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_without_password),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
