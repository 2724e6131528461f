#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "base/memory.h"
#include "net/http1.h"

#define BODY_CAP 64

struct answer {
    struct http_response response;
    struct http1_reader reader;
    struct error err;
    int rc;
};

/* Reads `text` in pieces of `step` bytes, then the end of the stream if `end`. */
static void read_text(struct answer *a, struct view text, size_t step, bool end, bool to_head)
{
    *a = (struct answer){.response = {.header = BUF_INIT(1 << 16), .body = BUF_INIT(BODY_CAP)}};
    http1_reader_init(&a->reader, &a->response, to_head);
    while (text.len && !a->rc) {
        size_t len = text.len < step ? text.len : step;
        a->rc = http1_read(&a->reader, view_of(text.ptr, len), &a->err);
        text = view_skip(text, len);
    }
    if (!a->rc && end)
        a->rc = http1_read_end(&a->reader, &a->err);
}

static void release(struct answer *a)
{
    http1_reader_release(&a->reader);
    buf_release(&a->response.header);
    buf_release(&a->response.body);
}

#define OK "HTTP/1.1 200 OK\r\n"

enum { KEEP = 1, TO_END = 2, TO_HEAD = 4 };

static const struct good_case {
    const char *text;
    int status;
    const char *header;
    const char *body;
    int flags;
} GOOD[] = {
    {OK "Content-Length: 3\r\nX-A:\t b c \r\n\r\nabc", 200, "content-length: 3\nx-a: b c\n", "abc",
     KEEP},
    {OK "content-length: 0\r\n\r\n", 200, "content-length: 0\n", "", KEEP},
    {"HTTP/1.1 404\r\ncontent-length: 0\r\n\r\n", 404, "content-length: 0\n", "", KEEP},
    {"HTTP/1.1 200 \nA:\n\nrest", 200, "a: \n", "rest", TO_END},
    {OK "\r\n", 200, "", "", TO_END},
    {OK "connection: x, Close\r\ncontent-length: 1\r\n\r\na", 200,
     "connection: x, Close\ncontent-length: 1\n", "a", 0},
    {"HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", 200, "content-length: 1\n", "a", 0},
    {"HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 1\r\n\r\na", 200,
     "connection: Keep-Alive\ncontent-length: 1\n", "a", KEEP},
    {OK "content-length: 1\r\ncontent-length: 1\r\n\r\na", 200,
     "content-length: 1\ncontent-length: 1\n", "a", KEEP},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: x\r\ncontent-length: 9\r\n\r\n" OK
     "content-length: 1\r\n\r\na",
     200, "content-length: 1\n", "a", KEEP},
    {"HTTP/1.1 204 No\r\n\r\n", 204, "", "", KEEP},
    {"HTTP/1.1 304 No\r\ncontent-length: 7\r\n\r\n", 304, "content-length: 7\n", "", KEEP},
    {OK "content-length: 700\r\n\r\n", 200, "content-length: 700\n", "", KEEP | TO_HEAD},
    {OK "transfer-encoding: chunked\r\n\r\n", 200, "transfer-encoding: chunked\n", "",
     KEEP | TO_HEAD},
    {OK "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0000A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
     200, "transfer-encoding: Chunked\n", "abc0123456789", KEEP},
    {OK "transfer-encoding: chunked\r\n\r\n1 \r\na\r\n0\r\nx-sum: 1\r\n\r\n", 200,
     "transfer-encoding: chunked\n", "a", KEEP},
    {OK "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 200,
     "content-length: 5\ntransfer-encoding: chunked\n", "a", 0},
    {OK "content-length: 1\r\n\r\nab", 200, "content-length: 1\n", "a", 0},
    {OK "transfer-encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1", 200, "transfer-encoding: chunked\n",
     "", 0},
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        const struct good_case *c = &GOOD[i];
        for (size_t step = 1; step <= strlen(c->text); step++) {
            struct answer a;
            read_text(&a, view_str(c->text), step, c->flags & TO_END, c->flags & TO_HEAD);
            if (a.rc || !a.reader.done)
                fail_msg("case %zu, step %zu: %s", i, step, a.err.message);
            assert_int_equal(a.response.status, c->status);
            assert_view(buf_view(&a.response.header), c->header);
            assert_view(buf_view(&a.response.body), c->body);
            if (a.reader.keep != (bool)(c->flags & KEEP))
                fail_msg("case %zu, step %zu: keep is %d", i, step, a.reader.keep);
            release(&a);
        }
    }
}

static const struct bad_case {
    const char *text;
    int code;
    const char *message;
} BAD[] = {
    {"HTTP/2 200\r\n", EPROTO, "status line"},
    {"HTTP/1.1 99 x\r\n", EPROTO, "status line"},
    {"HTTP/1.1 099 x\r\n", EPROTO, "status line"},
    {"HTTP/1.1  200\r\n", EPROTO, "status line"},
    {"HTTP/1.1 2000\r\n", EPROTO, "status line"},
    {"HTTP/1.x 200\r\n", EPROTO, "status line"},
    {"\r\n" OK, EPROTO, "status line"},
    {"SSH-2.0-OpenSSH\r\n", EPROTO, "status line"},
    {"HTTP/1.1 101 Switching\r\n", EPROTO, "switches"},
    {OK "no colon\r\n", EPROTO, "header line"},
    {OK ": x\r\n", EPROTO, "header line"},
    {OK "a : x\r\n", EPROTO, "header line"},
    {OK "a: x\r\n folded\r\n", EPROTO, "header line"},
    {OK "a: x\ry\r\n", EPROTO, "header line"},
    {OK "content-length: \r\n", EPROTO, "content-length"},
    {OK "content-length: +1\r\n", EPROTO, "content-length"},
    {OK "content-length: 1, 1\r\n", EPROTO, "content-length"},
    {OK "content-length: 1\r\ncontent-length: 2\r\n", EPROTO, "content-length"},
    {OK "content-length: 99999999999999999999\r\n", EPROTO, "content-length"},
    {OK "transfer-encoding: gzip, chunked\r\n", EPROTO, "transfer-encoding"},
    {OK "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", EPROTO,
     "transfer-encoding"},
    {OK "transfer-encoding: chunked\r\n\r\n\r\n", EPROTO, "chunk size"},
    {OK "transfer-encoding: chunked\r\n\r\nx\r\n", EPROTO, "chunk size"},
    {OK "transfer-encoding: chunked\r\n\r\n1x\r\n", EPROTO, "chunk size"},
    {OK "transfer-encoding: chunked\r\n\r\n-1\r\n", EPROTO, "chunk size"},
    {OK "transfer-encoding: chunked\r\n\r\n0000000000000001\r\n", EPROTO, "chunk size"},
    {OK "transfer-encoding: chunked\r\n\r\n1\r\nab\r\n", EPROTO, "longer than announced"},
    {OK "transfer-encoding: chunked\r\n\r\n0\r\nbad\r\n", EPROTO, "header line"},
    {OK "transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFF\r\n", EMSGSIZE, "64 bytes"},
    {OK "transfer-encoding: chunked\r\n\r\n1\r\na\r\n40\r\n", EMSGSIZE, "64 bytes"},
    {OK "content-length: 65\r\n\r\n", EMSGSIZE, "64 bytes"},
    {OK "\r\n0123456789012345678901234567890123456789012345678901234567890123x", EMSGSIZE,
     "64 bytes"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        const struct bad_case *c = &BAD[i];
        for (size_t step = 1; step <= strlen(c->text); step++) {
            struct answer a;
            read_text(&a, view_str(c->text), step, false, false);
            if (a.rc != -1)
                fail_msg("case %zu, step %zu is accepted", i, step);
            assert_int_equal(a.err.domain, ERROR_NET);
            assert_int_equal(a.err.code, c->code);
            assert_int_equal(a.err.retry, c->code == EPROTO);
            if (!strstr(a.err.message, c->message))
                fail_msg("case %zu: %s", i, a.err.message);
            release(&a);
        }
    }
}

static void test_nul_bytes(void **state)
{
    (void)state;
    static const char TEXT[] = OK "transfer-encoding: chunked\r\n\r\n\0\r\n";
    struct answer a;
    read_text(&a, view_of(TEXT, sizeof(TEXT) - 1), 100, false, false);
    assert_int_equal(a.rc, -1);
    release(&a);
    read_text(&a, VIEW(OK "a: \0\r\n"), 100, false, false);
    assert_int_equal(a.rc, -1);
    release(&a);
}

static void test_closed(void **state)
{
    (void)state;
    struct answer a;
    read_text(&a, VIEW(""), 1, true, false);
    assert_int_equal(a.rc, -1);
    assert_int_equal(a.err.code, ECONNRESET);
    assert_true(a.err.retry);
    assert_non_null(strstr(a.err.message, "without an answer"));
    release(&a);
    static const char *const CUT[] = {"H", OK, OK "content-length: 2\r\n\r\na",
                                      OK "transfer-encoding: chunked\r\n\r\n1\r\na\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(CUT); i++) {
        read_text(&a, view_str(CUT[i]), 7, true, false);
        assert_int_equal(a.rc, -1);
        assert_non_null(strstr(a.err.message, "in the middle"));
        release(&a);
    }
}

/* A head without end, of long lines, of short ones, and of interim answers. */
static void test_head_caps(void **state)
{
    (void)state;
    static const char *const PIECES[] = {"aaaaaaaaaaaaaaaa", "a: b\r\n", "\r\nHTTP/1.1 102 P\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(PIECES); i++) {
        struct answer a;
        read_text(&a, VIEW("HTTP/1.1 102 P\r\n"), 100, false, false);
        size_t fed = 0;
        while (!a.rc && fed < (1 << 20)) {
            a.rc = http1_read(&a.reader, view_str(PIECES[i]), &a.err);
            fed += strlen(PIECES[i]);
        }
        assert_int_equal(a.rc, -1);
        assert_true(fed <= (64 << 10) + 16);
        release(&a);
    }
}

/* Bytes received into the body count once; what lies behind the body is not asked for. */
static void test_body_room(void **state)
{
    (void)state;
    struct answer a;
    size_t len = 10;
    read_text(&a, VIEW(OK "Content-Length: 5\r\n"), 100, false, false);
    assert_null(http1_body_room(&a.reader, &len));
    assert_int_equal(http1_read(&a.reader, VIEW("\r\na"), &a.err), 0);
    static const char *const REST[] = {"bc", "de"};
    for (size_t i = 0; i < ARRAY_LEN(REST); i++) {
        len = i ? 10 : 2;
        char *room = http1_body_room(&a.reader, &len);
        assert_non_null(room);
        assert_int_equal(len, 2);
        memcpy(room, REST[i], len);
        assert_int_equal(http1_read(&a.reader, view_of(room, len), &a.err), 0);
        assert_int_equal(a.reader.done, i == 1);
    }
    assert_view(buf_view(&a.response.body), "abcde");
    assert_null(http1_body_room(&a.reader, &len));
    release(&a);
    read_text(&a, VIEW("HTTP/1.1 200 OK\r\n\r\na"), 100, false, false);
    assert_null(http1_body_room(&a.reader, &len));
    release(&a);
}

static void write_head(const struct http_request *request, const char *expected)
{
    struct http_origin origin;
    struct error err = {0};
    cleanup_buf struct buf out = BUF_INIT(512);
    if (http_request_check(request, &origin, &err) ||
        http1_write_head(request, &origin, &out, &err))
        fail_msg("%s", err.message);
    assert_view(buf_view(&out), expected);
}

#define AGENT "User-Agent: lorry/" LORRY_VERSION "\r\n"

static void test_write_head(void **state)
{
    (void)state;
    struct http_request request = {.method = "GET", .url = VIEW("http://h")};
    write_head(&request, "GET / HTTP/1.1\r\nHost: h\r\n" AGENT "\r\n");
    request.url = VIEW("https://[::1]:4200?a=b");
    write_head(&request, "GET /?a=b HTTP/1.1\r\nHost: [::1]:4200\r\n" AGENT "\r\n");
    request = (struct http_request){.method = "POST", .url = VIEW("https://h:443/p/q?r")};
    http_add_header(&request, VIEW("X-A"), VIEW("b c"));
    http_add_header(&request, VIEW("user-AGENT"), VIEW("me"));
    write_head(&request, "POST /p/q?r HTTP/1.1\r\nHost: h\r\nX-A: b c\r\nuser-AGENT: me\r\n"
                         "Content-Length: 0\r\n\r\n");
    request = (struct http_request){
        .method = "DELETE", .url = VIEW("http://h:443/"), .body = VIEW("abc")};
    write_head(&request, "DELETE / HTTP/1.1\r\nHost: h:443\r\n" AGENT "Content-Length: 3\r\n\r\n");
}

static void test_write_head_cap(void **state)
{
    (void)state;
    struct http_request request = {.method = "GET", .url = VIEW("http://h/0123456789")};
    struct http_origin origin;
    assert_int_equal(http_request_check(&request, &origin, NULL), 0);
    cleanup_buf struct buf out = BUF_INIT(20);
    struct error err;
    assert_int_equal(http1_write_head(&request, &origin, &out, &err), -1);
    assert_int_equal(err.domain, ERROR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),           cmocka_unit_test(test_bad),
        cmocka_unit_test(test_nul_bytes),      cmocka_unit_test(test_closed),
        cmocka_unit_test(test_head_caps),      cmocka_unit_test(test_write_head),
        cmocka_unit_test(test_write_head_cap), cmocka_unit_test(test_body_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
