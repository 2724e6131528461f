#include "unit.h"

#include "base/memory.h"
#include "net/http_request.h"

static void check_url(const char *url, bool tls, const char *host, int port, const char *target)
{
    struct http_request request = {.method = "GET", .url = view_str(url)};
    struct http_origin origin;
    struct error err = {0};
    if (http_request_check(&request, &origin, &err))
        fail_msg("%s: %s", url, err.message);
    assert_int_equal(origin.tls, tls);
    assert_string_equal(origin.host, host);
    assert_int_equal(origin.port, port);
    assert_view(origin.target, target);
}

static void test_origin(void **state)
{
    (void)state;
    check_url("http://h", false, "h", 80, "");
    check_url("https://h?x", true, "h", 443, "?x");
    check_url("https://a-b.c_d:65535/%20?y=@", true, "a-b.c_d", 65535, "/%20?y=@");
    check_url("http://[fe80::1]:9001/2018-06-01", false, "fe80::1", 9001, "/2018-06-01");
    check_url("http://127.0.0.1:/", false, "127.0.0.1", 80, "/");

    struct http_request request = {.method = "GET", .url = VIEW("https://[::1]:443/")};
    struct http_origin origin;
    assert_int_equal(http_request_check(&request, &origin, NULL), 0);
    assert_string_equal(origin.label, "[::1]:443");
    assert_string_equal(origin.authority, "[::1]");
    request.url = VIEW("http://h:443/");
    assert_int_equal(http_request_check(&request, &origin, NULL), 0);
    assert_string_equal(origin.authority, "h:443");
}

static void refuse(const struct http_request *request, const char *message)
{
    struct http_origin origin = {.port = 7};
    struct error err = {0};
    assert_int_equal(http_request_check(request, &origin, &err), -1);
    assert_int_equal(err.domain, ERROR_INPUT);
    assert_int_equal(origin.port, 7);
    if (!strstr(err.message, message))
        fail_msg("%.*s: %s", VIEW_ARG(request->url), err.message);
    assert_null(strstr(err.message, "secret"));
}

static void test_refused_urls(void **state)
{
    (void)state;
    static const char *const BAD[][2] = {
        {"", "neither"},
        {"ftp://h/", "neither"},
        {"http://", "host"},
        {"http:///x", "host"},
        {"http://:80/", "host"},
        {"http://[::1", "host"},
        {"http://[]/", "host"},
        {"http://[g::1]/", "host"},
        {"http://u:secret@h/", "port"},
        {"http://secret@h/", "user"},
        {"http://h:0/", "port"},
        {"http://h:65536", "port"},
        {"http://h:6553600", "port"},
        {"http://h:1x", "port"},
        {"http://h/ x", "visible"},
        {"http://h/\r\nx", "visible"},
        {"http://h/\xc3\xa4", "visible"},
        {"http://h/#secret", "fragment"},
        {"http://[::1]secret", "host"},
    };
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        struct http_request request = {.method = "GET", .url = view_str(BAD[i][0])};
        refuse(&request, BAD[i][1]);
    }
    char url[400] = "http://";
    memset(url + 7, 'a', HTTP_HOST_MAX + 1);
    refuse(&(struct http_request){.method = "GET", .url = view_str(url)}, "host");
    url[7 + HTTP_HOST_MAX] = '\0';
    struct http_origin origin;
    assert_int_equal(
        http_request_check(&(struct http_request){.method = "GET", .url = view_str(url)}, &origin,
                           NULL),
        0);
    assert_int_equal(strlen(origin.label), HTTP_HOST_MAX + 3);
}

static void refuse_header(struct view name, struct view value, const char *message)
{
    struct http_request request = {.method = "GET", .url = VIEW("http://h/")};
    http_add_header(&request, name, value);
    refuse(&request, message);
}

static void test_refused_headers(void **state)
{
    (void)state;
    refuse_header(VIEW("a"), VIEW("secret\r\nb: c"), "line break");
    refuse_header(VIEW("a"), VIEW("x\ny"), "line break");
    refuse_header(VIEW("a"), VIEW("x\0y"), "NUL");
    refuse_header(VIEW(""), VIEW("x"), "token");
    refuse_header(VIEW("a:"), VIEW("x"), "token");
    refuse_header(VIEW("a\n"), VIEW("x"), "token");
    refuse_header(VIEW("a\0"), VIEW("x"), "token");
    refuse_header(VIEW("Host"), VIEW("x"), "\"host\"");
    refuse_header(VIEW("Content-Length"), VIEW("1"), "\"content-length\"");
    refuse(&(struct http_request){.method = "GET /", .url = VIEW("http://h/")}, "method");
}

static void test_has_body(void **state)
{
    (void)state;
    assert_true(http_request_has_body(&(struct http_request){.method = "POST"}));
    assert_true(http_request_has_body(&(struct http_request){.method = "PATCH"}));
    assert_false(http_request_has_body(&(struct http_request){.method = "GET"}));
    assert_true(http_request_has_body(&(struct http_request){.method = "GET", .body = VIEW("x")}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_refused_urls),
        cmocka_unit_test(test_refused_headers),
        cmocka_unit_test(test_has_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
