/* Frames, good and bad ones; botocore's decoder finds the same in the good ones. Random ones, of an
 * encoder of AWS, are read in test_sdk_encodes.py. */
#include "unit.h"

#include "aws/event_stream.h"
#include "base/memory.h"

static const char all_types[] =
    "\x00\x00\x00\x8a\x00\x00\x00\x73\x57\x78\x57\xdc\x04\x74\x72\x75\x65\x00\x05\x66\x61\x6c"
    "\x73\x65\x01\x04\x62\x79\x74\x65\x02\xff\x05\x73\x68\x6f\x72\x74\x03\xfe\xd4\x03\x69\x6e"
    "\x74\x04\xff\xfe\xee\x90\x04\x6c\x6f\x6e\x67\x05\xff\xff\xff\xfe\xd5\xfa\x0e\x00\x05\x62"
    "\x79\x74\x65\x73\x06\x00\x03\x00\x01\x02\x06\x73\x74\x72\x69\x6e\x67\x07\x00\x05\x77\xc3"
    "\xb6\x72\x64\x04\x74\x69\x6d\x65\x08\x00\x00\x01\x4f\x7e\x9b\x6f\xfb\x04\x75\x75\x69\x64"
    "\x09\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x70\x61\x79\x6c\x6f"
    "\x61\x64\xfb\x1e\xff\x66";
static const char empty[] = "\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8\xff";
static const char event[] =
    "\x00\x00\x00\x8b\x00\x00\x00\x53\x51\x76\x5e\xa4\x0d\x3a\x6d\x65\x73\x73\x61\x67\x65\x2d"
    "\x74\x79\x70\x65\x07\x00\x05\x65\x76\x65\x6e\x74\x0b\x3a\x65\x76\x65\x6e\x74\x2d\x74\x79"
    "\x70\x65\x07\x00\x0d\x73\x65\x73\x73\x69\x6f\x6e\x55\x70\x64\x61\x74\x65\x0d\x3a\x63\x6f"
    "\x6e\x74\x65\x6e\x74\x2d\x74\x79\x70\x65\x07\x00\x10\x61\x70\x70\x6c\x69\x63\x61\x74\x69"
    "\x6f\x6e\x2f\x6a\x73\x6f\x6e\x7b\x22\x73\x65\x73\x73\x69\x6f\x6e\x52\x65\x73\x75\x6c\x74"
    "\x73\x22\x3a\x5b\x7b\x22\x6d\x65\x73\x73\x61\x67\x65\x22\x3a\x22\x68\x65\x6c\x6c\x6f\x22"
    "\x7d\x5d\x7d\x61\x32\x0b\x4f";
static const char exception[] =
    "\x00\x00\x00\x73\x00\x00\x00\x44\xaa\xe1\xc0\xff\x0d\x3a\x6d\x65\x73\x73\x61\x67\x65\x2d"
    "\x74\x79\x70\x65\x07\x00\x09\x65\x78\x63\x65\x70\x74\x69\x6f\x6e\x0f\x3a\x65\x78\x63\x65"
    "\x70\x74\x69\x6f\x6e\x2d\x74\x79\x70\x65\x07\x00\x17\x53\x65\x73\x73\x69\x6f\x6e\x54\x69"
    "\x6d\x65\x6f\x75\x74\x45\x78\x63\x65\x70\x74\x69\x6f\x6e\x7b\x22\x6d\x65\x73\x73\x61\x67"
    "\x65\x22\x3a\x22\x74\x68\x72\x65\x65\x5c\x75\x30\x30\x31\x62\x20\x68\x6f\x75\x72\x73\x22"
    "\x7d\xd8\xd3\x99\x16";
static const char error[] =
    "\x00\x00\x00\x65\x00\x00\x00\x55\x2f\xf1\x82\x2f\x0d\x3a\x6d\x65\x73\x73\x61\x67\x65\x2d"
    "\x74\x79\x70\x65\x07\x00\x05\x65\x72\x72\x6f\x72\x0b\x3a\x65\x72\x72\x6f\x72\x2d\x63\x6f"
    "\x64\x65\x07\x00\x0d\x49\x6e\x74\x65\x72\x6e\x61\x6c\x45\x72\x72\x6f\x72\x0e\x3a\x65\x72"
    "\x72\x6f\x72\x2d\x6d\x65\x73\x73\x61\x67\x65\x07\x00\x11\x41\x6e\x20\x69\x6e\x74\x65\x72"
    "\x6e\x61\x6c\x20\x65\x72\x72\x6f\x72\xef\x21\xf4\x2b";
static const char unknown_type[] =
    "\x00\x00\x00\x13\x00\x00\x00\x03\xdb\x6b\x63\x81\x01\x61\x0a\xff\xab\x96\x22";
static const char cut_header[] =
    "\x00\x00\x00\x13\x00\x00\x00\x03\xdb\x6b\x63\x81\x05\x61\x62\xbb\xcb\xd7\x94";
static const char cut_value[] =
    "\x00\x00\x00\x18\x00\x00\x00\x08\x3b\x69\x8b\x18\x01\x61\x07\x00\x09\x78\x79\x7a\x76\xe1"
    "\xed\xa3";
static const char bad_prelude[] =
    "\x00\x00\x00\x11\x00\x00\x00\x00\x00\x00\x00\x00\x78\x99\xc6\x55\x5a";
static const char bad_message[] =
    "\x00\x00\x00\x11\x00\x00\x00\x00\x38\xa2\x61\x5b\x78\x00\x00\x00\x00";
static const char headers_too_long[] =
    "\x00\x02\x00\x11\x00\x02\x00\x01\xdb\xbe\x94\x8a\x14\x28\xd9\xa7";
static const char payload_too_long[] =
    "\x01\x80\x00\x11\x00\x00\x00\x00\x7c\x1e\x8b\x37\x7b\xb1\x9c\x7c";
static const char too_short[] = "\x00\x00\x00\x0f\x00\x00\x00\x00\xe7\x72\x48\xb8\x45\xab\x32\xb2";
static const char contradiction[] =
    "\x00\x00\x00\x14\x00\x00\x00\x05\x80\x28\x1a\xa4\xf8\x88\x66\x2b";

/* A frame without the NUL of its literal. */
#define FRAME(frame) view_of(frame, sizeof(frame) - 1)

/* What came out: the payloads, one a line. */
struct seen {
    struct buf payloads;
    int stop_at; /* which message is one too many; 0: none */
    int count;
};

static int take(void *user, const struct event_message *message, struct error *err)
{
    struct seen *seen = user;
    if (++seen->count == seen->stop_at)
        return error_set(err, ERROR_USAGE, 0, "enough");
    buf_append_view(&seen->payloads, message->payload);
    buf_append_char(&seen->payloads, '\n');
    return 0;
}

static void test_all_types(void **state)
{
    (void)state;
    static const struct event_header want[] = {
        {VIEW("true"), EVENT_TRUE, 1, VIEW("")},
        {VIEW("false"), EVENT_FALSE, 0, VIEW("")},
        {VIEW("byte"), EVENT_BYTE, -1, VIEW("")},
        {VIEW("short"), EVENT_SHORT, -300, VIEW("")},
        {VIEW("int"), EVENT_INTEGER, -70000, VIEW("")},
        {VIEW("long"), EVENT_LONG, -5000000000, VIEW("")},
        {VIEW("bytes"), EVENT_BYTES, 0, VIEW("\0\1\2")},
        {VIEW("string"), EVENT_STRING, 0, VIEW("w\xc3\xb6rd")},
        {VIEW("time"), EVENT_TIMESTAMP, 1440938160123, VIEW("")},
        {VIEW("uuid"), EVENT_UUID, 0, VIEW("\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17")},
    };
    struct view headers = view_of(all_types + 12, sizeof(all_types) - 1 - 16 - strlen("payload"));
    struct event_header header;
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_true(event_header_next(&headers, &header));
        assert_true(view_equal(header.name, want[i].name));
        assert_int_equal(header.type, want[i].type);
        assert_int_equal(header.number, want[i].number);
        assert_true(view_equal(header.bytes, want[i].bytes));
    }
    assert_false(event_header_next(&headers, &header));
    assert_int_equal(headers.len, 0);
}

/* Three messages, cut into pieces of every size. */
static void test_pieces(void **state)
{
    (void)state;
    cleanup_buf struct buf all = BUF_INIT(BUF_TEXT_CAP);
    buf_append_view(&all, FRAME(all_types));
    buf_append_view(&all, FRAME(empty));
    buf_append_view(&all, FRAME(event));
    for (size_t step = 1; step <= all.len; step++) {
        struct event_stream stream;
        struct seen seen = {.payloads = BUF_INIT(BUF_TEXT_CAP)};
        event_stream_init(&stream);
        for (struct view rest = buf_view(&all); rest.len; rest = view_skip(rest, step)) {
            struct view piece = view_of(rest.ptr, rest.len < step ? rest.len : step);
            assert_int_equal(event_stream_feed(&stream, piece, take, &seen, NULL), 0);
        }
        assert_int_equal(event_stream_end(&stream, NULL), 0);
        assert_string_equal(buf_str(&seen.payloads),
                            "payload\n\n{\"sessionResults\":[{\"message\":\"hello\"}]}\n");
        event_stream_release(&stream);
        buf_release(&seen.payloads);
    }
}

static void assert_damaged(struct view bytes, const char *message)
{
    struct event_stream stream;
    struct seen seen = {.payloads = BUF_INIT(BUF_TEXT_CAP)};
    struct error err = {0};
    event_stream_init(&stream);
    int result = event_stream_feed(&stream, bytes, take, &seen, &err);
    if (result == 0)
        result = event_stream_end(&stream, &err);
    assert_int_equal(result, -1);
    assert_int_equal(err.domain, ERROR_INPUT);
    assert_string_equal(err.message, message);
    assert_int_equal(seen.count, 0);
    event_stream_release(&stream);
    buf_release(&seen.payloads);
}

static void test_damage(void **state)
{
    (void)state;
#define DAMAGED "the event stream is damaged: "
    assert_damaged(FRAME(bad_prelude), DAMAGED "the checksum of a prelude is wrong");
    assert_damaged(FRAME(bad_message), DAMAGED "the checksum of a message is wrong");
    assert_damaged(FRAME(headers_too_long), DAMAGED "a message is too large");
    assert_damaged(FRAME(payload_too_long), DAMAGED "a message is too large");
    assert_damaged(FRAME(too_short), DAMAGED "the lengths of a message contradict each other");
    assert_damaged(FRAME(contradiction), DAMAGED "the lengths of a message contradict each other");
    static const char header[] = DAMAGED "a header of a message is cut, or of no known type";
    assert_damaged(FRAME(unknown_type), header);
    assert_damaged(FRAME(cut_header), header);
    assert_damaged(FRAME(cut_value), header);
    for (size_t len = 1; len < sizeof(event) - 1; len++)
        assert_damaged(view_of(event, len), DAMAGED "it ends within a message");
    /* One bit is enough. */
    for (size_t i = 0; i < sizeof(event) - 1; i++) {
        char copy[sizeof(event)];
        memcpy(copy, event, sizeof(event));
        copy[i] ^= 0x10;
        assert_damaged(view_of(copy, sizeof(event) - 1),
                       i < 12 ? DAMAGED "the checksum of a prelude is wrong"
                              : DAMAGED "the checksum of a message is wrong");
    }
}

static void test_handler_ends_it(void **state)
{
    (void)state;
    cleanup_buf struct buf two = BUF_INIT(BUF_TEXT_CAP);
    struct event_stream stream;
    struct seen seen = {.payloads = BUF_INIT(BUF_TEXT_CAP), .stop_at = 1};
    struct error err = {0};
    buf_append_view(&two, FRAME(event));
    buf_append_view(&two, FRAME(event));
    event_stream_init(&stream);
    assert_int_equal(event_stream_feed(&stream, buf_view(&two), take, &seen, &err), -1);
    assert_string_equal(err.message, "enough");
    assert_int_equal(seen.count, 1);
    event_stream_release(&stream);
}

static int judge(void *user, const struct event_message *message, struct error *err)
{
    (void)user;
    return event_refused(message, "logs \"x\"", err);
}

static void assert_judged(struct view frame, const char *name, const char *message)
{
    struct event_stream stream;
    struct error err = {0};
    event_stream_init(&stream);
    assert_int_equal(event_stream_feed(&stream, frame, judge, NULL, &err), *message ? -1 : 0);
    assert_string_equal(err.name, name);
    assert_string_equal(err.message, message);
    event_stream_release(&stream);
}

static void test_refused(void **state)
{
    (void)state;
    assert_judged(FRAME(event), "", "");
    assert_judged(FRAME(empty), "", "");
    assert_judged(FRAME(exception), "SessionTimeoutException",
                  "logs \"x\": SessionTimeoutException: three  hours");
    assert_judged(FRAME(error), "InternalError", "logs \"x\": InternalError: An internal error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_types), cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_damage),    cmocka_unit_test(test_handler_ends_it),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
