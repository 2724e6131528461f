#include "unit.h"

#include "base/base64.h"
#include "base/memory.h"
#include "exact.h"

static ssize_t decode(const char *text, char *out)
{
    struct view copy = exact_copy(view_str(text));
    ssize_t len = base64_decode(copy, out);
    assert_int_equal(base64_decode_portable(copy, out), len);
    exact_free(copy);
    return len;
}

static void decodes_the_vectors_of_the_rfc(void **state)
{
    (void)state;
    /* RFC 4648 section 10 */
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        char out[64];
        struct view plain = view_str(vectors[i][0]);
        assert_int_equal(decode(vectors[i][1], out), plain.len);
        assert_memory_equal(out, plain.ptr, plain.len);
        base64_encode(plain, out);
        assert_memory_equal(out, vectors[i][1], BASE64_ENCODED_LEN(plain.len));
    }
}

static void refuses_what_is_not_canonical(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",        "Zg",       "Zg=",    "Zm8",   "=",        "====",
        "Z===",     "Zh==",     "Zm9=",   "Zg=a",  "=g==",     "Z=g=",
        "Zg==Zg==", "Zm8=Zm8=", "Zm9v\n", " Zm9",  "Zm9-",     "Zm9_",
        "Zm9\x80",  "Zm9vZg",   "Zm 9",   "Zm9v=", "Zm9v====", "Hello, this is a test.",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char out[64];
        assert_int_equal(decode(bad[i], out), -1);
    }
    char out[64];
    assert_int_equal(base64_decode(view_of("Zm9\0", 4), out), -1);
}

/* Every byte at every position of a text that is long enough for the vectors. */
static void knows_every_character_everywhere(void **state)
{
    (void)state;
    enum { LEN = 100 };
    for (int at = 0; at < LEN; at++) {
        for (int c = 0; c < 256; c++) {
            char bytes[LEN], fast[LEN + BASE64_SLACK], slow[LEN + BASE64_SLACK];
            memset(bytes, 'Q', sizeof(bytes));
            bytes[at] = (char)c;
            struct view text = view_of(bytes, sizeof(bytes));
            ssize_t len = base64_decode_portable(text, slow);
            bool good = c && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789+/",
                                    c);
            bool padding = c == '=' && at == LEN - 1;
            assert_int_equal(len, good ? LEN / 4 * 3 : padding ? LEN / 4 * 3 - 1 : -1);
            assert_int_equal(base64_decode(text, fast), len);
            if (len > 0)
                assert_memory_equal(fast, slow, (size_t)len);
        }
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void round_trips_and_agrees_for_any_length(void **state)
{
    (void)state;
    uint32_t seed = 20240712;
    for (size_t len = 0; len < 600; len++) {
        char *plain = xmalloc(len), *text = xmalloc(BASE64_ENCODED_LEN(len));
        for (size_t i = 0; i < len; i++)
            plain[i] = (char)next_random(&seed);
        base64_encode(view_of(plain, len), text);
        size_t text_len = BASE64_ENCODED_LEN(len);
        /* Not a byte more than what is promised to be enough. */
        char *fast = xmalloc(BASE64_DECODED_MAX(text_len) + BASE64_SLACK);
        char *slow = xmalloc(BASE64_DECODED_MAX(text_len) + BASE64_SLACK);
        assert_int_equal(base64_decode(view_of(text, text_len), fast), len);
        assert_memory_equal(fast, plain, len);

        /* One wrong byte somewhere: both see it, or both read the same. */
        for (int tries = 0; text_len && tries < 20; tries++) {
            char *byte = &text[next_random(&seed) % text_len], before = *byte;
            *byte = (char)next_random(&seed);
            ssize_t got = base64_decode_portable(view_of(text, text_len), slow);
            assert_int_equal(base64_decode(view_of(text, text_len), fast), got);
            if (got > 0)
                assert_memory_equal(fast, slow, (size_t)got);
            *byte = before;
        }
        free(plain);
        free(text);
        free(fast);
        free(slow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_the_vectors_of_the_rfc),
        cmocka_unit_test(refuses_what_is_not_canonical),
        cmocka_unit_test(knows_every_character_everywhere),
        cmocka_unit_test(round_trips_and_agrees_for_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
