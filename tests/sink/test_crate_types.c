#include "unit.h"

#include "base/buf.h"
#include "base/memory.h"
#include "sink/crate_types.h"

static struct crate_types types;

static int setup(void **state)
{
    (void)state;
    crate_types_init(&types);
    types.columns = 4;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    crate_types_release(&types);
    return 0;
}

static bool fit_mode(const char *name, const char *plain, bool known_only)
{
    struct attribute attribute = {.name = view_str(name), .plain = view_str(plain)};
    return crate_fit(&types, &attribute, known_only);
}

static bool fits(const char *name, const char *plain)
{
    return fit_mode(name, plain, false);
}

/* The catalogue has data['name'] of this type. */
static void declare(const char *name, const char *type)
{
    enum crate_kind kind;
    unsigned char arrays;
    struct view path = view_str(name);
    crate_type_parse(view_str(type), &kind, &arrays);
    crate_types_add(&types, &path, 1, kind, arrays, POLICY_DYNAMIC);
}

static void test_columns_and_values(void **state)
{
    static const char *const values[] = {
        "1.0",     "1.5",    "\"1\"", "true",    "{}",          "[]",         "null",    "[1.0]",
        "[\"a\"]", "[null]", "[{}]",  "[[1.0]]", "[1.0,\"a\"]", "[true,1.0]", "[{},1.0]"};
    static const struct {
        const char *type;
        const char *fits; /* one letter a value */
    } columns[] = {
        /*                  1 1.5 t b { [ n 1 a n {[ [[ mixed */
        {"double precision", "yy----y--------"},
        {"real", "yy----y--------"},
        {"bigint", "y-----y--------"},
        {"integer", "y-----y--------"},
        {"smallint", "y-----y--------"},
        {"text", "--y---y--------"},
        {"boolean", "---y--y--------"},
        {"object", "----y-y--------"},
        {"numeric", "------y--------"},
        {"timestamp with time zone", "------y--------"},
        {"timestamp without time zone", "------y--------"},
        {"ip", "------y--------"},
        {"geo_point", "------y--------"},
        {"geo_shape", "------y--------"},
        {"character", "------y--------"},
        {"undefined", "yyyyyyyyyyy----"},
        {"undefined_array", "-----yyyyyy----"},
        {"double precision_array", "-----yyy-y-----"},
        {"bigint_array", "-----yyy-y-----"},
        {"text_array", "-----yy-yy-----"},
        {"object_array", "-----yy--yy----"},
        {"numeric_array", "-----yy--y-----"},
        {"bigint_array_array", "------y--------"},
    };
    (void)state;
    for (size_t c = 0; c < ARRAY_LEN(columns); c++)
        for (size_t v = 0; v < ARRAY_LEN(values); v++) {
            crate_types_init(&types);
            declare("x", columns[c].type);
            if (fits("x", values[v]) != (columns[c].fits[v] == 'y'))
                fail_msg("%s <- %s: expected '%c'", columns[c].type, values[v], columns[c].fits[v]);
        }
}

static void test_numbers(void **state)
{
    static const struct {
        enum crate_kind kind;
        const char *number;
        bool fits;
    } cases[] = {
        {KIND_BIGINT, "5.0", true},
        {KIND_BIGINT, "-0.0", true},
        {KIND_BIGINT, "1e+3", true},
        {KIND_BIGINT, "2.5", false},
        {KIND_BIGINT, "9007199254740992.0", true},
        {KIND_BIGINT, "9007199254740993", false},     /* sent as a double, it would be ...992 */
        {KIND_BIGINT, "1152921504606847100", false},  /* the shortest decimal of ...104 */
        {KIND_BIGINT, "1152921504606846976.0", true}, /* 2^60 */
        {KIND_BIGINT, "9223372036854775807", false},  /* the server refuses both ends */
        {KIND_BIGINT, "-9223372036854775808", false}, /* */
        {KIND_BIGINT, "9223372036854774784.0", true}, /* the double below */
        {KIND_BIGINT, "18446744073709551621.0", false},
        {KIND_BIGINT, "1e+300", false},
        {KIND_INTEGER, "2147483647.0", true},
        {KIND_INTEGER, "2147483648.0", false},
        {KIND_INTEGER, "-2147483648.0", true},
        {KIND_INTEGER, "-2147483649.0", false},
        {KIND_SMALLINT, "32767.0", true},
        {KIND_SMALLINT, "-32769.0", false},
        {KIND_REAL, "0.5", true},
        {KIND_REAL, "16777216.0", true},
        {KIND_REAL, "16777217.0", false},
        {KIND_REAL, "0.1", false},
        {KIND_REAL, "0.10000000149011612", false}, /* the same single, but read back as 0.1 */
        {KIND_REAL, "1e+39", false},
        {KIND_DOUBLE, "1.7976931348623157e+308", true},
        {KIND_NUMERIC, "1.0", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (crate_number_fits(view_str(cases[i].number), cases[i].kind) != cases[i].fits)
            fail_msg("%s in %s: expected %d", cases[i].number, crate_kind_name(cases[i].kind),
                     cases[i].fits);
}

static void test_new_paths_are_registered(void **state)
{
    (void)state;
    assert_true(fits("n", "1.0"));
    assert_false(fits("n", "\"x\""));
    assert_true(fits("o", "{\"a\":{\"b\":1.0},\"l\":[{\"c\":\"x\"},{\"d\":true}]}"));
    assert_false(fits("o", "{\"a\":{\"b\":\"x\"}}"));
    assert_false(fits("o", "{\"a\":1.0}"));
    assert_false(fits("o", "{\"l\":[{\"c\":1.0}]}"));
    assert_false(fits("o", "{\"l\":{\"c\":\"x\"}}"));
    assert_true(fits("o", "{\"l\":[{\"d\":false,\"e\":1.0},null]}"));
    assert_true(fits("o", "{\"\\u0061\":{\"b\":2.0}}"));
    assert_false(fits("o", "{\"\\u0061\":\"x\"}"));
    assert_true(fits("e", "[]"));
    assert_false(fits("e", "1.0"));
    assert_true(fits("e", "[1.0]"));
    assert_false(fits("e", "[\"a\"]"));
    assert_true(fits("z", "null"));
    assert_true(fits("z", "\"now typed\""));
    assert_false(fits("z", "1.0"));
}

static void test_what_moves_registers_nothing(void **state)
{
    (void)state;
    size_t columns = types.columns;
    assert_false(fits("m", "{\"a\":1.0,\"b\":[1.0,\"x\"]}"));
    assert_int_equal(types.columns, columns);
    assert_true(fits("m", "\"text\""));
    assert_int_equal(types.columns, columns + 1);
    assert_false(fits("l", "[{\"a\":1.0},{\"a\":\"x\"}]"));
    assert_true(fits("l", "{\"a\":\"x\"}"));
}

static void test_known_only(void **state)
{
    (void)state;
    declare("t", "text");
    declare("o", "object");
    declare("u", "undefined_array");
    assert_true(fit_mode("t", "\"x\"", true));
    assert_false(fit_mode("new", "1.0", true));
    assert_true(fits("new", "1.0"));
    assert_false(fit_mode("new", "1.0", true)); /* planned, but not known to the server */
    assert_true(fit_mode("o", "{}", true));
    assert_false(fit_mode("o", "{\"new\":1.0}", true));
    assert_true(fit_mode("u", "[]", true));
    assert_false(fit_mode("u", "[1.0]", true));
    assert_true(fit_mode("null", "null", true)); /* makes no path */
    assert_true(fit_mode("o", "{\"null\":null}", true));
}

/* What depends on nobody else giving the path a type first. */
static void test_what_is_certain(void **state)
{
    static const struct {
        const char *name, *plain;
        enum crate_fitting fitting;
    } cases[] = {
        {"t", "\"x\"", FITS},
        {"t", "1.0", FITS_NOT},
        {"new", "null", FITS},
        {"new", "{}", FITS_IF_NEW},
        {"new", "{}", FITS_IF_NEW}, /* still: it was not looked up */
        {"text", "\"x\"", FITS_IF_NEW},
        {"text", "\"y\"", FITS_IF_NEW},
        {"o", "{}", FITS},
        {"o", "{\"new\":null}", FITS},
        {"o", "{\"new\":1.0}", FITS_IF_NEW},
        {"o", "{\"other\":[[]]}", FITS_NOT},
        {"o", "{\"other\":[]}", FITS_IF_NEW},
        {"u", "[]", FITS},
        {"u", "[null]", FITS},
        {"u", "[1.0,[]]", FITS_NOT},
        {"u", "[]", FITS}, /* rolled back */
        {"u", "[1.0]", FITS_IF_NEW},
        {"u", "[]", FITS_IF_NEW},
    };
    (void)state;
    declare("t", "text");
    declare("o", "object");
    declare("u", "undefined_array");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct attribute attribute = {.name = view_str(cases[i].name),
                                      .plain = view_str(cases[i].plain)};
        if (crate_fit(&types, &attribute, false) != cases[i].fitting)
            fail_msg("%s of \"%s\": expected %d", cases[i].plain, cases[i].name, cases[i].fitting);
    }
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        bool fits;
    } names[] = {{"a.b", false},  {"a[b", false},  {"a[b]", false}, {"a]b", true}, {"a\tb", false},
                 {"a\nb", false}, {"a\rb", false}, {"", true},      {"a b", true}, {"_id", true},
                 {"a'b", true},   {"a\"b", true},  {"größe", true}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (fits(names[i].name, "1.0") != names[i].fits)
            fail_msg("name \"%s\": expected %d", names[i].name, names[i].fits);
    assert_false(fits("o", "{\"a.b\":1.0}"));
    assert_false(fits("o", "{\"a\\tb\":1.0}"));
    assert_false(fits("o", "[{\"fine\":1.0},{\"a\\u002eb\":1.0}]"));
}

static void test_policies(void **state)
{
    struct view strict = VIEW("strict"), ignored = VIEW("ignored");
    struct view inside[] = {VIEW("strict"), VIEW("a")};
    (void)state;
    crate_types_add(&types, &strict, 1, KIND_OBJECT, 0, POLICY_STRICT);
    crate_types_add(&types, inside, 2, KIND_DOUBLE, 0, POLICY_DYNAMIC);
    crate_types_add(&types, &ignored, 1, KIND_OBJECT, 0, POLICY_IGNORED);
    assert_true(fits("strict", "{\"a\":1.0}"));
    assert_false(fits("strict", "{\"b\":1.0}"));
    assert_true(fits("ignored", "{\"a.b\":[1.0,\"x\",[[]]],\"c\":{\"d\":1.0}}"));
    assert_false(fits("ignored", "1.0"));
    crate_types_add(&types, NULL, 0, KIND_OBJECT, 0, POLICY_IGNORED);
    assert_true(fits("a.b", "[1.0,\"x\"]"));
    crate_types_add(&types, NULL, 0, KIND_OBJECT, 0, POLICY_STRICT);
    assert_false(fits("new", "1.0"));
    assert_true(fits("strict", "{}"));
}

/* A JSON string of `count` times `piece`. */
static char *long_text(const char *piece, size_t count)
{
    size_t len = strlen(piece);
    char *text = xcalloc(1, count * len + 3);
    text[0] = text[count * len + 1] = '"';
    for (size_t i = 0; i < count; i++)
        memcpy(text + 1 + i * len, piece, len);
    return text;
}

static bool long_text_fits(const char *name, const char *piece, size_t count)
{
    cleanup_free char *text = long_text(piece, count);
    return fits(name, text);
}

static void test_text_lengths(void **state)
{
    (void)state;
    declare("t", "text");
    assert_true(long_text_fits("t", "x", 32766));
    assert_false(long_text_fits("t", "x", 32767));
    assert_true(long_text_fits("new", "x", 32766));
    assert_false(long_text_fits("newer", "x", 32767));
    assert_true(long_text_fits("t", "\\n", 32766));
    assert_false(long_text_fits("t", "\\n", 32767));
    assert_true(long_text_fits("t", "ö", 16383));
    assert_false(long_text_fits("t", "ö", 16384));
    cleanup_free char *text = long_text("x", 32767);
    cleanup_buf struct buf list = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&list, "[%s]", text);
    assert_false(fits("l", buf_str(&list)));
}

static void test_column_limit(void **state)
{
    (void)state;
    declare("old", "double precision");
    types.columns = 998;
    assert_true(fits("a", "{\"b\":1.0}"));
    assert_int_equal(types.columns, 1000);
    assert_false(fits("c", "1.0"));
    assert_false(fits("a", "{\"c\":1.0}"));
    assert_true(fits("a", "{\"b\":2.0}"));
    assert_true(fits("old", "2.0"));
    types.columns_max = 1001;
    assert_true(fits("a", "{\"c\":1.0}"));
}

static void test_depth_limit(void **state)
{
    (void)state;
    types.depth_max = 3;
    assert_true(fits("a", "{\"b\":{\"c\":1.0}}"));
    assert_false(fits("x", "{\"b\":{\"c\":{}, \"d\":{\"e\":1.0}}}"));
}

static void test_names_of_types(void **state)
{
    static const struct {
        const char *name;
        enum crate_kind kind;
        unsigned arrays;
    } names[] = {
        {"text", KIND_TEXT, 0},
        {"text_array", KIND_TEXT, 1},
        {"bigint_array_array", KIND_BIGINT, 2},
        {"undefined", KIND_NONE, 0},
        {"undefined_array", KIND_NONE, 1},
        {"_array", KIND_OTHER, 0},
        {"", KIND_OTHER, 0},
        {"double precision", KIND_DOUBLE, 0},
        {"float_vector", KIND_OTHER, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        enum crate_kind kind;
        unsigned char arrays;
        crate_type_parse(view_str(names[i].name), &kind, &arrays);
        assert_int_equal(kind, names[i].kind);
        assert_int_equal(arrays, names[i].arrays);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_columns_and_values),
        TEST(test_numbers),
        TEST(test_new_paths_are_registered),
        TEST(test_what_moves_registers_nothing),
        TEST(test_known_only),
        TEST(test_what_is_certain),
        TEST(test_names),
        TEST(test_policies),
        TEST(test_text_lengths),
        TEST(test_column_limit),
        TEST(test_depth_limit),
        TEST(test_names_of_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
