#include "unit.h"

#include "aws/xml.h"

static void parse(const char *document, struct xml *xml)
{
    struct error err = {0};
    if (xml_parse(view_str(document), xml, &err) < 0)
        fail_msg("%s: %s", document, err.message);
}

static void assert_text(const struct xml *xml, const char *path, const char *expected)
{
    struct view text = xml_text(xml->root, path);
    assert_int_equal(text.len, strlen(expected));
    assert_string_equal(text.ptr, expected);
}

static void test_paths(void **state)
{
    (void)state;
    cleanup_xml struct xml xml = {0};
    parse("<?xml version=\"1.0\"?>\n<r xmlns=\"urn:x\"><a>1</a><b><a "
          "k=\"v\">2</a><c/></b><a>3</a></r>",
          &xml);
    assert_string_equal(xml.root->name.ptr, "r");
    assert_text(&xml, "a", "1");
    assert_text(&xml, "b/a", "2");
    assert_text(&xml, "b/c", "");
    assert_ptr_equal(xml_find(xml.root, ""), xml.root);
    assert_non_null(xml_find(xml.root, "b/c"));
    assert_null(xml_find(xml.root, "c"));
    assert_null(xml_find(xml.root, "a/a"));
    assert_null(xml_find(NULL, "a"));
    assert_int_equal(xml_text(xml.root, "none").len, 0);
    assert_string_equal(xml_next(xml_find(xml.root, "a"))->text.ptr, "3");
    assert_null(xml_next(xml_find(xml.root, "b")));
}

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        const char *document, *text, *inner;
    } cases[] = {
        {"<r> one <a>two</a>\nthree </r>", " one \nthree ", "two"},
        {"<r>&lt;&amp;&#228;&#x20AC;<a><![CDATA[<b>&]]></a></r>", "<&\xc3\xa4\xe2\x82\xac", "<b>&"},
        {"<p:r xmlns:p='u'>x<!-- <a>no</a> --><?no y?>z<p:a>w</p:a></p:r>", "xz", "w"},
        {"<?xml version='1.0' encoding='ISO-8859-1'?><r>\xe4<a>\xe4</a></r>", "\xc3\xa4",
         "\xc3\xa4"},
        {"\xef\xbb\xbf<r>\r\n<a/></r>", "\n", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_xml struct xml xml = {0};
        parse(cases[i].document, &xml);
        assert_text(&xml, "", cases[i].text);
        assert_text(&xml, "a", cases[i].inner);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        struct view document;
        const char *reason;
    } cases[] = {
        {VIEW(""), "line 1: no element found"},
        {VIEW("<a>"), "line 1: no element found"},
        {VIEW("<a>\n<b></a>"), "line 2: mismatched tag"},
        {VIEW("<a/><b/>"), "junk after document element"},
        {VIEW("{\"__type\":\"X\"}"), "not well-formed"},
        {VIEW("<a>&unknown;</a>"), "undefined entity"},
        {VIEW("<a>x\0y</a>"), "not well-formed"},
        {VIEW("<a>\xff\xfe</a>"), "not well-formed"},
        {VIEW("<!DOCTYPE a [<!ENTITY b \"cc\">]><a>&b;</a>"), "line 1: it has a document type"},
        {VIEW("<!DOCTYPE html><html></html>"), "line 1: it has a document type"},
        {VIEW("<?xml version='1.0' encoding='x-none'?><a/>"), "unknown encoding"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xml xml = {0};
        struct error err = {0};
        assert_int_equal(xml_parse(cases[i].document, &xml, &err), -1);
        assert_int_equal(err.domain, ERROR_INPUT);
        if (!strstr(err.message, cases[i].reason))
            fail_msg("%.*s: %s", VIEW_ARG(cases[i].document), err.message);
        assert_null(xml.root);
    }
}

static int parse_repeated(const char *before, const char *unit, size_t count, const char *after,
                          struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT((size_t)16 << 20);
    cleanup_xml struct xml xml = {0};
    buf_append_str(&text, before);
    for (size_t i = 0; i < count; i++)
        buf_append_str(&text, unit);
    buf_append_str(&text, after);
    return xml_parse(buf_view(&text), &xml, err);
}

static void test_limits(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(parse_repeated("", "<a>", XML_DEPTH_MAX + 1, "", &err), -1);
    assert_non_null(strstr(err.message, "nested too deeply"));
    assert_int_equal(parse_repeated("", "<a>", XML_DEPTH_MAX, "<a/>", &err), -1);
    assert_non_null(strstr(err.message, "nested too deeply"));
    assert_int_equal(parse_repeated("", "<a>", XML_DEPTH_MAX, "", &err), -1);
    assert_non_null(strstr(err.message, "no element found"));
    assert_int_equal(parse_repeated("<r>", "<a/>", XML_ELEMENTS_MAX - 1, "</r>", &err), 0);
    assert_int_equal(parse_repeated("<r>", "<a/>", XML_ELEMENTS_MAX, "</r>", &err), -1);
    assert_non_null(strstr(err.message, "too many elements"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
