/* Rows with new attributes: written, or not certain yet. */
#include "crate_fixture.h"

#include "base/memory.h"

#define X_ROW ROW("a", "{\"x\":{\"q\":true}}", "null", "1")
#define X_PUT PUT(f, "a", 1, {"x", "{\"q\":true}"})
#define OTHER_ROW ROW("b", "{\"y\":1.0}", "null", "2")
#define OTHER_PUT PUT(f, "b", 2, {"y", "1.0"})
#define X_OBJECT DATA("x", "object") "," COLUMN("data", "boolean", "YES", "\"x\",\"q\"", "dynamic")

/* The types come true, and are known from then on. */
static void test_types_as_expected(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, X_ROW, "1");
    crate_expect_lorry(f, X_OBJECT);
    assert_string_equal(APPLY(f, X_PUT), "W");
    crate_expect_rows(f, INSERT_STEP, X_ROW, "0");
    crate_expect_rows(f, UPSERT_STEP, X_ROW, "1");
    assert_string_equal(APPLY(f, X_PUT), "W");
}

/* Another writer was first: the server has changed our value, and says 1 all the same. */
static void test_types_of_another_writer(void **state)
{
    static const char *const types[] = {"text", "object_array", "timestamp without time zone"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        struct crate_fixture *f;
        assert_int_equal(crate_fixture_setup((void **)&f), 0);
        const char *again = ROW("a", "{}", "{\"x\":{\"q\":true}}", "1");
        struct buf columns = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&columns,
                   "[\"data\",\"%s\",\"YES\",\"NEVER\",null,{\"name\":\"data\",\"path\":[\"x\"],"
                   "\"policy\":\"dynamic\"}]," DATA("y", "double precision"),
                   types[i]);
        crate_fixture_ready(f, NULL);
        crate_expect_rows(f, INSERT_STEP, X_ROW "," OTHER_ROW, "1 0");
        crate_expect_rows(f, UPSERT_STEP, OTHER_ROW, "1");
        crate_expect_lorry(f, buf_str(&columns));
        crate_expect_rows(f, INSERT_STEP, again, "0");
        crate_expect_rows(f, UPSERT_STEP, again, "1");
        assert_string_equal(APPLY(f, X_PUT, OTHER_PUT), "WW");
        buf_release(&columns);
        assert_int_equal(crate_fixture_teardown((void **)&f), 0);
    }
    (void)state;
}

/* Only one of the members, of one of the elements, differs. */
static void test_types_deep_inside(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP,
                      ROW("a", "{\"l\":[{\"p\":1.0},{\"q\":\"x\"}],\"y\":1.0}", "null", "1"), "1");
    crate_expect_lorry(f, DATA("l", "object_array") "," COLUMN(
                              "data", "double precision", "YES", "\"l\",\"p\"",
                              "dynamic") "," COLUMN("data", "object", "YES", "\"l\",\"q\"",
                                                    "dynamic") "," DATA("y", "double precision"));
    crate_expect_rows(f, INSERT_STEP,
                      ROW("a", "{\"y\":1.0}", "{\"l\":[{\"p\":1.0},{\"q\":\"x\"}]}", "1"), "0");
    crate_expect_rows(f, UPSERT_STEP,
                      ROW("a", "{\"y\":1.0}", "{\"l\":[{\"p\":1.0},{\"q\":\"x\"}]}", "1"), "1");
    assert_string_equal(
        APPLY(f, PUT(f, "a", 1, {"l", "[{\"p\":1.0},{\"q\":\"x\"}]"}, {"y", "1.0"})), "W");
}

/* A node that is behind does not list the path: then nothing new is left to it. */
static void test_path_not_listed(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, OTHER_ROW, "1");
    crate_expect_lorry(f, NULL);
    crate_expect_rows(f, INSERT_STEP, ROW("b", "{}", "{\"y\":1.0}", "2"), "1");
    assert_string_equal(APPLY(f, OTHER_PUT), "W");
}

static void test_nulls_and_empty_lists(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{\"n\":null}", "null", "1"), "1");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"n", "null"})), "W"); /* makes no path */

    const char *row = ROW("a", "{\"m\":{\"n\":null},\"e\":[],\"o\":[null],\"s\":[]}", "null", "1");
    const char *again = ROW("a", "{\"m\":{\"n\":null},\"e\":[],\"o\":[null]}", "{\"s\":[]}", "1");
    crate_expect_rows(f, INSERT_STEP, row, "1");
    crate_expect_lorry(f, DATA("m", "object") "," DATA("e", "undefined_array") "," DATA(
                              "o", "text_array") "," DATA("s", "text"));
    crate_expect_rows(f, INSERT_STEP, again, "0");
    crate_expect_rows(f, UPSERT_STEP, again, "1");
    assert_string_equal(
        APPLY(f, PUT(f, "a", 1, {"m", "{\"n\":null}"}, {"e", "[]"}, {"o", "[null]"}, {"s", "[]"})),
        "W");

    /* What was an empty list to the server becomes a list of something: a new type again. */
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{\"e\":[1.0]}", "null", "1"), "1");
    crate_expect_lorry(f, DATA("e", "text_array"));
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{}", "{\"e\":[1.0]}", "1"), "1");
    assert_string_equal(APPLY(f, PUT(f, "a", 1, {"e", "[1.0]"})), "W");
}

static void test_look_fails(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, X_ROW "," ROW("b", "{}", "null", "2"), "1 1");
    for (int i = 0; i < 3; i++)
        crate_expect(f, NULL, 503, "");
    assert_string_equal(APPLY(f, X_PUT, PUT(f, "b", 2, {NULL})), "PW!");
    assert_true(f->err.retry);

    crate_expect_lorry(f, X_OBJECT); /* at once, not in a minute */
    crate_expect_rows(f, INSERT_STEP, X_ROW, "0");
    crate_expect_rows(f, UPSERT_STEP, X_ROW, "1");
    assert_string_equal(APPLY(f, X_PUT), "W");
}

static void test_second_step_fails(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, X_ROW "," OTHER_ROW "," ROW("c", "{}", "null", "3"), "1 0 1");
    crate_expect(f, NULL, 0, "reset by peer");
    assert_string_equal(APPLY(f, X_PUT, OTHER_PUT, PUT(f, "c", 3, {NULL})), "PPW!");
    assert_true(f->err.retry);
    crate_expect_lorry(f, DATA("x", "text"));
    crate_expect_rows(f, INSERT_STEP, ROW("a", "{}", "{\"x\":{\"q\":true}}", "1"), "1");
    assert_string_equal(APPLY(f, X_PUT), "W");
}

static void test_repeat_fails(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, X_ROW "," OTHER_ROW, "1 1");
    crate_expect_lorry(f, DATA("x", "text") "," DATA("y", "double precision"));
    crate_expect(f, NULL, 0, "reset by peer");
    assert_string_equal(APPLY(f, X_PUT, OTHER_PUT), "PW!");
    assert_true(f->err.retry);
}

/* Refused, then moved to `aux`: there is no claim left. */
static void test_refused_rows_make_no_claim(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, OTHER_ROW, "-2:4000");
    crate_expect_lorry(f, NULL);
    crate_expect_rows(f, INSERT_STEP, OTHER_ROW, "-2:4000");
    crate_expect_rows(f, INSERT_STEP, ROW("b", "{}", "{\"y\":1.0}", "2"), "1");
    assert_string_equal(APPLY(f, OTHER_PUT), "W");
}

static void test_layout_changes(void **state)
{
    struct crate_fixture *f = *state;
    crate_fixture_ready(f, NULL);
    crate_expect_rows(f, INSERT_STEP, X_ROW, "1");
    crate_expect_look(f, TABLE_THERE, STREAM_COLUMNS, "[\"pk\"]");
    assert_string_equal(APPLY(f, X_PUT), "P!");
    assert_true(f->err.retry);
    assert_message(f->err, "has just changed");
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, crate_fixture_setup, crate_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_types_as_expected),          TEST(test_types_of_another_writer),
        TEST(test_types_deep_inside),          TEST(test_path_not_listed),
        TEST(test_nulls_and_empty_lists),      TEST(test_look_fails),
        TEST(test_second_step_fails),          TEST(test_repeat_fails),
        TEST(test_refused_rows_make_no_claim), TEST(test_layout_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
