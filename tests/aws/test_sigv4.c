/* The published vectors, byte for byte, and what they do not cover. */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/sigv4.h"
#include "base/arena.h"

/* 2015-08-30T12:36:00Z, the time of all the vectors. */
#define SUITE_TIME_US 1440938160000000

static void read_into(struct buf *out, const char *folder, const char *name)
{
    char path[4096];
    struct error err;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    *out = BUF_INIT(65536);
    if (buf_read_file(out, path, &err) < 0)
        fail_msg("%s", err.message);
}

/* The text of a member of context.json; NULL if it is not there. */
static char *context_text(struct arena *arena, const struct buf *context, const char *name)
{
    char pattern[64];
    snprintf(pattern, sizeof(pattern), "\"%s\": \"", name);
    const char *at = strstr(buf_str(context), pattern);
    if (!at)
        return NULL;
    at += strlen(pattern);
    return (char *)arena_copy(arena, view_between(at, strchr(at, '"'))).ptr;
}

static bool context_true(const struct buf *context, const char *name)
{
    char pattern[64];
    snprintf(pattern, sizeof(pattern), "\"%s\": true", name);
    return strstr(buf_str(context), pattern) != NULL;
}

/* Lines that begin with white space continue the header before them. */
static const char *header_end(const char *p)
{
    const char *end = strchrnul(p, '\n');
    while (end[0] && (end[1] == ' ' || end[1] == '\t'))
        end = strchrnul(end + 1, '\n');
    return end;
}

static void parse_request(struct arena *arena, const struct buf *text, struct http_request *request)
{
    const char *p = buf_str(text);
    const char *target = strchr(p, ' ') + 1, *line_end = strchrnul(p, '\n');
    const char *target_end = memrchr(target, ' ', (size_t)(line_end - target));
    request->method = arena_copy(arena, view_between(p, target - 1)).ptr;
    for (p = *line_end ? line_end + 1 : line_end; *p && *p != '\n';) {
        const char *colon = strchr(p, ':'), *end = header_end(p);
        request->headers[request->header_count++] =
            (struct http_header){view_between(p, colon), view_between(colon + 1, end)};
        p = *end ? end + 1 : end;
    }
    request->body = view_str(*p ? p + 1 : p);
    struct view host = {0};
    for (size_t i = 0; i < request->header_count; i++)
        if (view_equal(request->headers[i].name, VIEW("Host")))
            host = request->headers[i].value;
    cleanup_buf struct buf url = BUF_INIT(65536);
    buf_printf(&url, "https://%.*s%.*s", VIEW_ARG(host), (int)(target_end - target), target);
    request->url = arena_copy(arena, buf_view(&url));
}

static void assert_same(const char *folder, const char *name, struct view got)
{
    cleanup_buf struct buf want = {0};
    read_into(&want, folder, name);
    if (!view_equal(buf_view(&want), got))
        fail_msg("%s/%s: expected\n%s\ngot\n%.*s", folder, name, buf_str(&want), VIEW_ARG(got));
}

static void run_case(const char *folder)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    cleanup_buf struct buf context = {0}, text = {0}, signed_request = {0}, line = BUF_INIT(65536);
    cleanup_sigv4 struct sigv4 result = {0};
    struct http_request request = {0};
    struct error err;
    read_into(&context, folder, "context.json");
    read_into(&text, folder, "request.txt");
    read_into(&signed_request, folder, "header-signed-request.txt");
    parse_request(&arena, &text, &request);
    assert_string_equal(context_text(&arena, &context, "timestamp"), "2015-08-30T12:36:00Z");

    struct aws_credentials credentials = {context_text(&arena, &context, "access_key_id"),
                                          context_text(&arena, &context, "secret_access_key"),
                                          context_text(&arena, &context, "token")};
    unsigned flags = 0;
    flags |= context_true(&context, "normalize") ? 0 : SIGV4_KEEP_DOTS;
    flags |= context_true(&context, "sign_body") ? SIGV4_SIGN_BODY : 0;
    flags |= context_true(&context, "omit_session_token") ? SIGV4_OMIT_TOKEN : 0;
    struct sigv4_options options = {
        &credentials, view_str(context_text(&arena, &context, "region")),
        view_str(context_text(&arena, &context, "service")), SUITE_TIME_US, flags};
    if (sigv4_sign(&request, &options, &result, &err) < 0)
        fail_msg("%s: %s", folder, err.message);

    assert_same(folder, "header-canonical-request.txt", buf_view(&result.canonical_request));
    assert_same(folder, "header-string-to-sign.txt", buf_view(&result.string_to_sign));
    assert_same(folder, "header-signature.txt", view_str(result.signature));
    buf_printf(&line, "Authorization:%s\n", buf_str(&result.authorization));
    assert_non_null(strstr(buf_str(&signed_request), buf_str(&line)));
}

static void test_suite(void **state)
{
    (void)state;
    const char *shared = getenv("LORRY_SHARED");
    char path[4096];
    snprintf(path, sizeof(path), "%s/sigv4-suite", shared ? shared : "");
    DIR *dir = opendir(path);
    if (!dir) {
        printf("skipped: no folder sigv4-suite in LORRY_SHARED\n");
        skip();
        return;
    }
    size_t cases = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char folder[5000];
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        snprintf(folder, sizeof(folder), "%s/%s", path, entry->d_name);
        run_case(folder);
        cases++;
    }
    closedir(dir);
    assert_true(cases >= 30);
}

static const struct aws_credentials credentials = {
    (char *)"AKIDEXAMPLE", (char *)"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL};

static struct sigv4_options example_options(unsigned flags)
{
    return (struct sigv4_options){&credentials, VIEW("us-east-1"), VIEW("service"), SUITE_TIME_US,
                                  flags};
}

/* The first three lines of the canonical request: method, path, query. */
static void assert_canonical(const char *url, unsigned flags, const char *path, const char *query)
{
    cleanup_sigv4 struct sigv4 result = {0};
    struct http_request request = {.method = "GET", .url = view_str(url)};
    struct sigv4_options options = example_options(flags);
    struct error err;
    char want[256];
    if (sigv4_sign(&request, &options, &result, &err) < 0)
        fail_msg("%s: %s", url, err.message);
    snprintf(want, sizeof(want), "GET\n%s\n%s\nhost:", path, query);
    if (!view_starts_with(buf_view(&result.canonical_request), view_str(want)))
        fail_msg("%s: %s", url, buf_str(&result.canonical_request));
}

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        unsigned flags;
        const char *path;
    } cases[] = {
        {"https://h", 0, "/"},
        {"https://h?a=b", 0, "/"},
        {"https://h/a%20b/\xe1\x88\xb4", 0, "/a%2520b/%E1%88%B4"},
        {"https://h/a%2fb%/c d", SIGV4_S3_PATH, "/a%2fb%25/c%20d"},
        {"https://h/a//b/../c", SIGV4_S3_PATH, "/a//b/../c"},
        {"https://h", SIGV4_S3_PATH, "/"},
        {"https://h/a/./b/../c", 0, "/a/c"},
        {"https://h/../../a", 0, "/a"},
        {"https://h/a/b/../..", 0, "/"},
        {"https://h/a/b/..", 0, "/a"},
        {"https://h/a/b/../", 0, "/a/"},
        {"https://h/./a", SIGV4_KEEP_DOTS, "/./a"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_canonical(cases[i].url, cases[i].flags, cases[i].path,
                         strchr(cases[i].url, '?') ? "a=b" : "");
}

static void test_queries(void **state)
{
    (void)state;
    static const struct {
        const char *url, *query;
    } cases[] = {
        {"https://h/?b=2&a=1&a=0", "a=0&a=1&b=2"},
        {"https://h/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
         "%E1%88%B4=Value1&Param=Value2&Param-3=Value3"},
        {"https://h/?acl", "acl="},
        {"https://h/?a=b=c&&x", "a=b%3Dc&x="},
        {"https://h/?a=1+1&b=%2b%2B&c=%zz&d=%4", "a=1%2B1&b=%2B%2B&c=%25zz&d=%254"},
        {"https://h/?p=a b&q=%20/", "p=a%20b&q=%20%2F"},
        {"https://h/?", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_canonical(cases[i].url, 0, "/", cases[i].query);
}

static void test_host_and_headers(void **state)
{
    (void)state;
    static const struct {
        const char *url, *host;
    } cases[] = {
        {"http://127.0.0.1:4566/", "127.0.0.1:4566"},
        {"https://h:443/", "h"},
        {"http://h:80", "h"},
        {"http://h:443?x", "h:443"},
        {"https://[::1]:8080/", "[::1]:8080"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_sigv4 struct sigv4 result = {0};
        struct http_request request = {.method = "GET", .url = view_str(cases[i].url)};
        http_add_header(&request, VIEW("User-Agent"), VIEW("lorry"));
        http_add_header(&request, VIEW("X-Many"), VIEW(" a \n\t b "));
        struct sigv4_options options = example_options(0);
        char want[256];
        assert_int_equal(sigv4_sign(&request, &options, &result, NULL), 0);
        snprintf(want, sizeof(want),
                 "\nhost:%s\nx-amz-date:20150830T123600Z\nx-many:a b\n\nhost;x-amz-date;x-many\n",
                 cases[i].host);
        assert_non_null(strstr(buf_str(&result.canonical_request), want));
    }
}

static void test_added_headers(void **state)
{
    (void)state;
    struct aws_credentials with_token = credentials;
    with_token.session_token = (char *)"the-token";
    struct sigv4_options options = example_options(SIGV4_SIGN_BODY);
    options.credentials = &with_token;
    cleanup_sigv4 struct sigv4 result = {0};
    struct http_request request = {.method = "PUT", .url = VIEW("https://h/")};
    assert_int_equal(sigv4_sign(&request, &options, &result, NULL), 0);
    assert_int_equal(request.header_count, 4);
    assert_view(request.headers[0].value, "20150830T123600Z");
    assert_int_equal(request.headers[1].value.len, SHA256_HEX_LEN);
    assert_view(request.headers[2].value, "the-token");
    assert_non_null(strstr(buf_str(&result.authorization),
                           "SignedHeaders=host;x-amz-content-sha256;x-amz-date;"
                           "x-amz-security-token, Signature="));
}

static void assert_refused(struct http_request *request, const char *message)
{
    cleanup_sigv4 struct sigv4 result = {0};
    struct sigv4_options options = example_options(0);
    struct error err = {0};
    size_t headers = request->header_count;
    assert_int_equal(sigv4_sign(request, &options, &result, &err), -1);
    assert_int_equal(request->header_count, headers);
    assert_non_null(strstr(err.message, message));
}

static void test_refused(void **state)
{
    (void)state;
    struct http_request relative = {.method = "GET", .url = VIEW("/path")};
    assert_refused(&relative, "not an http or https URL");
    struct http_request no_host = {.method = "GET", .url = VIEW("https:///path")};
    assert_refused(&no_host, "not an http or https URL");

    struct http_request full = {.method = "GET", .url = VIEW("https://h/")};
    while (full.header_count < HTTP_HEADERS_MAX - 1)
        http_add_header(&full, VIEW("X-A"), VIEW("b"));
    assert_refused(&full, "too many headers");

    size_t len = (size_t)1 << 20;
    char *value = malloc(len);
    memset(value, 'x', len);
    struct http_request large = {.method = "GET", .url = VIEW("https://h/")};
    http_add_header(&large, VIEW("X-A"), view_of(value, len));
    assert_refused(&large, "too large");
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suite),         cmocka_unit_test(test_paths),
        cmocka_unit_test(test_queries),       cmocka_unit_test(test_host_and_headers),
        cmocka_unit_test(test_added_headers), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
