#include "unit.h"

#include <string.h>

#include "sink/table_name.h"

/* The spellings are those of cdc-vectors/dynamodb-tables.json. We always quote, so that keywords
 * and capitals need no rule of their own. Better than the predecessor: "a.b.c" and "" are refused
 * instead of becoming a statement that cannot work. */
static const struct {
    const char *text, *schema, *table, *sql;
} good[] = {
    {"transactions_2", NULL, "transactions_2", "\"transactions_2\""},
    {"doc.transactions", "doc", "transactions", "\"doc\".\"transactions\""},
    {"table-testdrive", NULL, "table-testdrive", "\"table-testdrive\""},
    {"Transactions", NULL, "Transactions", "\"Transactions\""},
    {"select", NULL, "select", "\"select\""},
    {"my-schema.my-table", "my-schema", "my-table", "\"my-schema\".\"my-table\""},
    {"\"quoted\"", NULL, "quoted", "\"quoted\""},
    {"a\"b", NULL, "a\"b", "\"a\"\"b\""},
    {"a:b", NULL, "a:b", "\"a:b\""},
    {"größe", NULL, "größe", "\"größe\""},
    {"\"doc\".\"my table\"", "doc", "my table", "\"doc\".\"my table\""},
    {"doc.\"a.b.c\"", "doc", "a.b.c", "\"doc\".\"a.b.c\""},
    {"\"a\"\"b\"", NULL, "a\"b", "\"a\"\"b\""},
};

static void parses_and_quotes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct table_name name;
        struct error err;
        if (table_name_parse(view_str(good[i].text), &name, &err) < 0)
            fail_msg("%s: %s", good[i].text, err.message);
        if (good[i].schema)
            assert_string_equal(name.schema, good[i].schema);
        else
            assert_null(name.schema);
        assert_string_equal(name.table, good[i].table);
        struct buf sql = BUF_INIT(BUF_TEXT_CAP);
        sql_append_table(&sql, &name, "");
        assert_string_equal(buf_str(&sql), good[i].sql);
        buf_release(&sql);
        table_name_release(&name);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        struct view text;
        const char *problem;
    } bad[] = {
        {VIEW(""), "is empty"},
        {VIEW("a.b.c"), "more than two parts"},
        {VIEW(".t"), "empty part"},
        {VIEW("doc."), "empty part"},
        {VIEW("\"\""), "empty part"},
        {VIEW("\"open"), "open quote"},
        {VIEW("\"a\"b"), "closing quote"},
        {VIEW("a\0b"), "not valid UTF-8"},
        {VIEW("a\xff"), "not valid UTF-8"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char untouched[] = "untouched";
        struct table_name name = {.table = untouched};
        struct error err;
        assert_int_equal(table_name_parse(bad[i].text, &name, &err), -1);
        assert_int_equal(err.domain, ERROR_SETTING);
        if (!strstr(err.message, bad[i].problem))
            fail_msg("case %zu: %s", i, err.message);
        assert_string_equal(name.table, "untouched");
    }
}

static void limits_the_length(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'x', sizeof(text));
    struct table_name name;
    struct error err;
    assert_int_equal(table_name_parse(view_of(text, 240), &name, &err), 0);
    table_name_release(&name);
    assert_int_equal(table_name_parse(view_of(text, 241), &name, &err), -1);
    assert_non_null(strstr(err.message, "too long"));
}

static void appends_a_suffix_inside_the_quotes(void **state)
{
    (void)state;
    char schema[] = "doc", table[] = "a\"b";
    struct table_name name = {.schema = schema, .table = table};
    struct buf sql = BUF_INIT(BUF_TEXT_CAP);
    sql_append_table(&sql, &name, "_live");
    assert_string_equal(buf_str(&sql), "\"doc\".\"a\"\"b_live\"");
    buf_release(&sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_quotes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(limits_the_length),
        cmocka_unit_test(appends_a_suffix_inside_the_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
