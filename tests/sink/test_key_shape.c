#include "unit.h"

#include <string.h>

#include "sink/key_shape.h"
#include "support/make_change.h"

static struct arena arena;

static const struct key *key_of(struct make_key first, struct make_key second)
{
    return &CHANGE(&arena, .key = {first, second})->key;
}

static int forget(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void tells_names_and_types_apart(void **state)
{
    (void)state;
    struct key_shape shape = {0};
    char reason[240];
    key_shape_set(&shape,
                  key_of((struct make_key){"a", 'S', "x"}, (struct make_key){"b", 'N', "1"}));
    static const struct {
        struct make_key first, second;
        bool fits;
    } cases[] = {
        {{"a", 'S', "y"}, {"b", 'N', "2"}, true},  {{"a", 'B', "eA=="}, {"b", 'N', "2"}, false},
        {{"a", 'S', "y"}, {"b", 'S', "2"}, false}, {{"a", 'N', "1"}, {"b", 'N', "2"}, false},
        {{"a", 'S', "y"}, {"c", 'N', "2"}, false}, {{"a", 'S', "y"}, {NULL, 0, NULL}, false},
        {{"A", 'S', "y"}, {"b", 'N', "2"}, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(
            key_shape_fits(&shape, key_of(cases[i].first, cases[i].second), reason, sizeof(reason)),
            cases[i].fits);
    assert_string_equal(
        reason, "key is \"A\" (S), \"b\" (N), but the table is keyed by \"a\" (S), \"b\" (N)");
    key_shape_release(&shape);
}

static void reads_keys_in_json(void **state)
{
    (void)state;
    struct key_shape shape = {0}, other = {0};
    char reason[240];
    assert_int_equal(key_shape_set_json(&shape, VIEW("{\"n\": 1e3, \"\\u0062\": \"x\"}")), 0);
    assert_int_equal(shape.count, 2);
    assert_view(shape.parts[0].name, "b");
    assert_int_equal(shape.parts[0].type, KEY_TEXT);
    assert_view(shape.parts[1].name, "n");
    assert_int_equal(shape.parts[1].type, 'N');
    struct make_key number = {"n", 'N', "1"};
    const struct key *binary = key_of((struct make_key){"b", 'B', "eA=="}, number);
    const struct key *string = key_of((struct make_key){"b", 'S', "x"}, number);
    assert_true(key_shape_fits(&shape, binary, reason, sizeof(reason)));
    assert_true(key_shape_fits(&shape, string, reason, sizeof(reason)));
    key_shape_set(&other, binary);
    assert_true(key_shape_agrees(&shape, &other));
    key_shape_set(&shape, string);
    assert_false(key_shape_agrees(&shape, &other));
    assert_false(key_shape_fits(&shape, binary, NULL, 0));
    key_shape_release(&shape);
    key_shape_release(&other);
}

static void refuses_what_is_no_key(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",           "{}",     "[1]",         "\"a\"",      "{\"a\":null}",
        "{\"a\":{}}", "{\"a\"", "{\"a\":1} x", "{\"a\":1,}", "{\"a\":1,\"b\":2,\"c\":3}",
    };
    struct key_shape shape = {0};
    key_shape_set(&shape, key_of((struct make_key){"a", 'S', "x"}, (struct make_key){0}));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (key_shape_set_json(&shape, view_str(texts[i])) == 0)
            fail_msg("taken: %s", texts[i]);
    assert_int_equal(shape.count, 1);
    assert_int_equal(shape.parts[0].type, 'S');
    key_shape_release(&shape);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical; /* NULL: refused */
    } cases[] = {
        {"{\"device\":\"S\",\"n\":\"N\"}", "{\"device\":\"S\",\"n\":\"N\"}"},
        {" { \"n\" : \"B\", \"\\u0061*\\/\": \"N\" } ", "{\"a*/\":\"N\",\"n\":\"B\"}"},
        {"{\"\":\"S\"}", "{\"\":\"S\"}"},
        {"", NULL},
        {"{}", NULL},
        {"\"S\"", NULL},
        {"[\"S\"]", NULL},
        {"{\"a\":\"T\"}", NULL},
        {"{\"a\":\"SS\"}", NULL},
        {"{\"a\":\"\"}", NULL},
        {"{\"a\":S}", NULL},
        {"{\"a\":1}", NULL},
        {"{\"a\":{\"S\":\"S\"}}", NULL},
        {"{\"a\":\"S\",\"a\":\"S\"}", NULL},
        {"{\"a\":\"S\",\"\\u0061\":\"N\"}", NULL},
        {"{\"a\":\"S\",\"b\":\"S\",\"c\":\"S\"}", NULL},
        {"{\"a\":\"S\"} x", NULL},
        {"{\"a\":\"S\"", NULL},
        {"{\"\xff\":\"S\"}", NULL},
    };
    struct key_shape shape = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = BUF_INIT(BUF_TEXT_CAP);
        key_shape_set(&shape, key_of((struct make_key){"kept", 'S', "x"}, (struct make_key){0}));
        if ((key_shape_read(&shape, view_str(cases[i].text)) == 0) != !!cases[i].canonical)
            fail_msg("%s is %s", cases[i].text, cases[i].canonical ? "refused" : "taken");
        key_shape_write(&shape, &out);
        assert_string_equal(buf_str(&out),
                            cases[i].canonical ? cases[i].canonical : "{\"kept\":\"S\"}");
        buf_release(&out);
    }
    key_shape_release(&shape);
}

static void says_what_it_does_not_know(void **state)
{
    (void)state;
    struct key_shape shape = {0};
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    key_shape_write(&shape, &out);
    assert_string_equal(buf_str(&out), "");
    assert_int_equal(key_shape_set_json(&shape, VIEW("{\"n\":1,\"a\":\"x\"}")), 0);
    key_shape_write(&shape, &out);
    assert_string_equal(buf_str(&out), "{\"a\":\"S or B\",\"n\":\"N\"}");
    key_shape_release(&shape);
}

static void finds_the_key_in_an_item(void **state)
{
    (void)state;
    static const struct {
        const char *item, *key;
    } cases[] = {
        {"{\"a\":\"x\",\"n\":1}", "{\"a\":\"x\",\"n\":1}"},
        {" { \"n\" : 1.0, \"other\": {\"a\": 5}, \"a\" : \"\\u0078\\/\\n\" } ",
         "{\"a\":\"x/\\n\",\"n\":1}"},
        {"{\"\\u0061\":\"x\",\"n\":12345678901234567890}",
         "{\"a\":\"x\",\"n\":12345678901234567890}"},
        {"{\"a\":\"x\"}", NULL},
        {"{\"a\":\"x\",\"n\":\"1\"}", NULL},
        {"{\"a\":1,\"n\":1}", NULL},
        {"{\"a\":{\"b\":\"x\"},\"n\":1}", NULL},
        {"{\"a\":\"x\",\"n\":1", NULL},
        {"{\"a\":\"x\",\"n\":1} x", NULL},
        {"[\"a\",\"n\"]", NULL},
        {"", NULL},
    };
    struct key_shape shape = {0};
    key_shape_set(&shape,
                  key_of((struct make_key){"a", 'S', "x"}, (struct make_key){"n", 'N', "1"}));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = BUF_INIT(BUF_TEXT_CAP);
        int result = key_shape_extract(&shape, view_str(cases[i].item), &out);
        assert_int_equal(result, cases[i].key ? 0 : -1);
        if (cases[i].key)
            assert_string_equal(buf_str(&out), cases[i].key);
        buf_release(&out);
    }
    key_shape_release(&shape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(tells_names_and_types_apart, forget),
        cmocka_unit_test_teardown(reads_keys_in_json, forget),
        cmocka_unit_test_teardown(refuses_what_is_no_key, forget),
        cmocka_unit_test_teardown(writes_what_it_reads, forget),
        cmocka_unit_test_teardown(says_what_it_does_not_know, forget),
        cmocka_unit_test_teardown(finds_the_key_in_an_item, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
