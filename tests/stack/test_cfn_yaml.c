/* Templates as YAML: what is quoted, and how trees are laid out. That it all reads back as it was
 * is proven by tests/stack/test_template_property.py with a YAML reader. */
#include "unit.h"

#include <libfyaml.h>

#include "base/memory.h"
#include "stack/cfn_yaml.h"

/* The document of `tree`, which it takes. */
static void assert_yaml(json_t *tree, const char *expected)
{
    cleanup_buf struct buf out = BUF_INIT(4096);
    assert_non_null(tree);
    cfn_yaml_append(&out, tree);
    assert_string_equal(buf_str(&out), expected);
    json_decref(tree);
}

/* A text and how it stands in a document. */
static const struct {
    const char *text, *expected;
} texts[] = {
    {"plain", "plain"},
    {"a b", "a b"},
    {"AWS::AccountId", "AWS::AccountId"},
    {"/aws/lambda/f", "/aws/lambda/f"},
    {"${A.Arn}/*", "${A.Arn}/*"},
    {"it's, {so} [to] say \\", "it's, {so} [to] say \\"},
    {"a#b", "a#b"},
    /* What looks like something else. */
    {"", "\"\""},
    {"yes", "\"yes\""},
    {"No", "\"No\""},
    {"Y", "\"Y\""},
    {"OFF", "\"OFF\""},
    {"true", "\"true\""},
    {"Null", "\"Null\""},
    {"nullable", "nullable"},
    {"~", "\"~\""},
    {"012345678901", "\"012345678901\""},
    {"0755", "\"0755\""},
    {"0x1F", "\"0x1F\""},
    {"1_000", "\"1_000\""},
    {"12:30", "\"12:30\""},
    {"1e3", "\"1e3\""},
    {".inf", "\".inf\""},
    {"-1", "\"-1\""},
    {"2012-10-17", "\"2012-10-17\""},
    {"<<", "\"<<\""},
    {"=", "\"=\""},
    /* What has a meaning where it stands. */
    {"a: b", "\"a: b\""},
    {"a:", "\"a:\""},
    {"a #b", "\"a #b\""},
    {"a ", "\"a \""},
    {" a", "\" a\""},
    {"- a", "\"- a\""},
    {"? a", "\"? a\""},
    {"*", "\"*\""},
    {"&a", "\"&a\""},
    {"!Ref", "\"!Ref\""},
    {"%a", "\"%a\""},
    {"@a", "\"@a\""},
    {"`a", "\"`a\""},
    {"'a'", "\"'a'\""},
    {"\"a\"", "\"\\\"a\\\"\""},
    {"[a]", "\"[a]\""},
    {"{a}", "\"{a}\""},
    {"---", "\"---\""},
    /* What needs to be escaped. */
    {"a\nb", "\"a\\nb\""},
    {"a\tb\rc", "\"a\\u0009b\\u000Dc\""},
    {"\\\"", "\"\\\\\\\"\""},
    {"caf\xC3\xA9 \xE2\x86\x92 \xF0\x9F\x9A\x9A", "\"caf\xC3\xA9 \xE2\x86\x92 \xF0\x9F\x9A\x9A\""},
    {"a\x7F\xC2\x85", "\"a\\u007F\\u0085\""},
    {"\xE2\x80\xA8\xE2\x80\xA9\xEF\xBB\xBF\xEF\xBF\xBE", "\"\\u2028\\u2029\\uFEFF\\uFFFE\""},
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        cleanup_buf struct buf expected = BUF_INIT(4096);
        buf_printf(&expected, "A: %s\n", texts[i].expected);
        assert_yaml(json_pack("{s:s}", "A", texts[i].text), buf_str(&expected));
        /* Names are texts as well. */
        buf_clear(&expected);
        buf_printf(&expected, "%s: 1\n", texts[i].expected);
        assert_yaml(json_pack("{s:i}", texts[i].text, 1), buf_str(&expected));
    }
}

/* By a reader of YAML 1.2; that of the other tests in Python reads 1.1. */
static void test_texts_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        cleanup_buf struct buf out = BUF_INIT(4096);
        json_t *tree = json_pack("{s:[s]}", "A", texts[i].text);
        cfn_yaml_append(&out, tree);
        json_decref(tree);
        struct fy_document *document = fy_document_build_from_string(NULL, buf_str(&out), out.len);
        assert_non_null(document);
        size_t len = 0;
        struct fy_node *root = fy_document_root(document);
        const char *got =
            fy_node_get_scalar(fy_node_by_path(root, "/A/0", FY_NT, FYNWF_DONT_FOLLOW), &len);
        assert_view(view_of(got, len), texts[i].text);
        fy_document_destroy(document);
    }
}

static void test_layout(void **state)
{
    (void)state;
    assert_yaml(json_pack("{s:{s:[s, {s:i, s:[s]}, [i, i], {}]}}", "S", "List", "a", "B", 1, "C",
                          "d", 2, 3),
                "S:\n"
                "  List:\n"
                "    - a\n"
                "    - B: 1\n"
                "      C:\n"
                "        - d\n"
                "    - - 2\n"
                "      - 3\n"
                "    - {}\n");
    assert_yaml(json_pack("{s:b, s:b, s:[], s:{}, s:i}", "A", 1, "B", 0, "C", "D", "E", -1),
                "A: true\nB: false\nC: []\nD: {}\nE: -1\n");
}

static void test_sections_stand_apart(void **state)
{
    (void)state;
    assert_yaml(json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:{s:i, s:i}}", "V", "v", "R", "A", "Type",
                          "T", "B", "Type", "T", "O", "x", 1, "z", 2),
                "V: v\n"
                "\n"
                "R:\n"
                "  A:\n"
                "    Type: T\n"
                "\n"
                "  B:\n"
                "    Type: T\n"
                "\n"
                "O:\n"
                "  x: 1\n"
                "  z: 2\n");
}

static void test_functions(void **state)
{
    (void)state;
    assert_yaml(json_pack("{s:{s:s}, s:[{s:[s, s]}, {s:s}]}", "A", "Ref", "AWS::Region", "B",
                          "Fn::GetAtt", "X", "Arn", "Fn::Sub", "*: ${X}"),
                "A: !Ref AWS::Region\n"
                "\n"
                "B:\n"
                "  - !GetAtt X.Arn\n"
                "  - !Sub \"*: ${X}\"\n");
    /* No functions: another member beside it, or nothing that they take. */
    assert_yaml(json_pack("{s:{s:s, s:i}, s:{s:i}, s:{s:[s]}, s:{s:[s]}}", "A", "Ref", "X", "B", 1,
                          "C", "Ref", 1, "D", "Fn::Sub", "x", "E", "Fn::GetAtt", "x"),
                "A:\n"
                "  Ref: X\n"
                "  B: 1\n"
                "\n"
                "C:\n"
                "  Ref: 1\n"
                "\n"
                "D:\n"
                "  Fn::Sub:\n"
                "    - x\n"
                "\n"
                "E:\n"
                "  Fn::GetAtt:\n"
                "    - x\n");
}

static void test_full_buffer(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 20; cap++) {
        cleanup_buf struct buf out = BUF_INIT(cap);
        json_t *tree = json_pack("{s:{s:s}, s:[s]}", "A", "Ref", "X", "B", "caf\xC3\xA9");
        cfn_yaml_append(&out, tree);
        assert_true(out.overflow);
        json_decref(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),     cmocka_unit_test(test_texts_read_back),
        cmocka_unit_test(test_layout),    cmocka_unit_test(test_sections_stand_apart),
        cmocka_unit_test(test_functions), cmocka_unit_test(test_full_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
