/* The Query protocol: forms, answers, refusals, pages. */
#include "unit.h"

#include "aws/query.h"
#include "support/aws_script.h"
#include "support/http_script.h"

#define NO_ANSWER "; perhaps no answer of AWS: a proxy or an endpoint may lead elsewhere"

static const struct aws_service service = {
    .name = "Shop",
    .host = "shop",
    .signing_name = "shop",
    .variable = "SHOP",
    .protocol = &aws_protocol_query,
    .version = "2020-02-02",
};

static const struct aws_operation list_things = {
    .service = &service,
    .name = "ListThings",
    .permission = "shop:ListThings",
};

#define BEGIN "Action=ListThings&Version=2020-02-02"
#define ANSWER(result)                                                                             \
    "<ListThingsResponse xmlns=\"u\">" result                                                      \
    "<ResponseMetadata><RequestId>i</RequestId></ResponseMetadata></ListThingsResponse>"

static struct aws_client client_of(struct http_script_course *course)
{
    return aws_script_client(http_script_play, course);
}

static int call(const struct http_script_step *step, const struct aws_query *query,
                struct xml *answer, struct error *err)
{
    struct http_script_course course = {step, 1, 0};
    struct aws_client client = client_of(&course);
    int result = aws_query_call(&client, query, "all", answer, err);
    http_client_free(client.http);
    return result;
}

static void test_form(void **state)
{
    (void)state;
    cleanup_aws_query struct aws_query query = {0};
    struct error err = {0};
    aws_query_init(&query, &list_things);
    aws_query_put_text(&query, "Name", "a b+c&d=e/\xc3\xa4~-._*");
    aws_query_put_text(&query, "Left", NULL);
    for (size_t i = 1; i <= 2; i++)
        aws_query_put(&query, VIEW("k"), "Tags.member.%zu.Key", i);
    aws_query_put(&query, VIEW(""), "Empty");
    assert_int_equal(call(
                         &(struct http_script_step){
                             "POST", "/",
                             BEGIN "&Name=a%20b%2Bc%26d%3De%2F%C3%A4~-._%2A&Tags.member.1.Key=k"
                                   "&Tags.member.2.Key=k&Empty=",
                             200, NULL, "not looked at"},
                         &query, NULL, &err),
                     0);
}

static void test_form_that_is_too_large(void **state)
{
    (void)state;
    cleanup_aws_query struct aws_query query = {0};
    struct error err = {0};
    aws_query_init(&query, &list_things);
    for (size_t i = 0; i < 5; i++) {
        cleanup_buf struct buf value = BUF_INIT((size_t)1 << 20);
        memset(buf_reserve(&value, value.cap), 'x', value.cap);
        buf_commit(&value, value.cap);
        aws_query_put(&query, buf_view(&value), "V");
    }
    struct http_script_course none = {0};
    struct aws_client client = client_of(&none);
    assert_int_equal(aws_query_call(&client, &query, "all", NULL, &err), -1);
    assert_string_equal(err.message, "Shop \"all\": what ListThings has to send is too large");
    http_client_free(client.http);
}

static void test_answers(void **state)
{
    (void)state;
    static const struct {
        const char *body, *root, *message;
    } cases[] = {
        {ANSWER("<ListThingsResult><A>1</A></ListThingsResult>"), "ListThingsResult", NULL},
        {ANSWER(""), "ListThingsResponse", NULL},
        {"<OtherResponse/>", NULL, "the answer to ListThings is that of something else"},
        {"<ListThingsResponses/>", NULL, "the answer to ListThings is that of something else"},
        {"", NULL, "the answer to ListThings is not XML as it is expected: line 1"},
        {"<!DOCTYPE html><html/>", NULL, "it has a document type"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_aws_query struct aws_query query = {0};
        cleanup_xml struct xml answer = {0};
        struct error err = {0};
        aws_query_init(&query, &list_things);
        int result = call(&(struct http_script_step){"POST", "/", BEGIN, 200, NULL, cases[i].body},
                          &query, &answer, &err);
        assert_int_equal(result, cases[i].message ? -1 : 0);
        if (cases[i].message) {
            assert_non_null(strstr(err.message, cases[i].message));
            assert_int_equal(err.domain, ERROR_AWS);
            assert_null(answer.root);
        } else {
            assert_string_equal(answer.root->name.ptr, cases[i].root);
        }
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *header, *body, *name, *message;
        bool retry;
    } cases[] = {
        {403, NULL,
         "<ErrorResponse xmlns=\"u\"><Error><Type>Sender</Type><Code>AccessDenied</Code>"
         "<Message>User: u is &quot;nobody&quot;</Message></Error><RequestId>r</RequestId>"
         "</ErrorResponse>",
         "AccessDenied",
         "Shop \"all\": AccessDenied (HTTP 403, request r): User: u is \"nobody\"; allow "
         "\"shop:ListThings\" on it to whoever calls",
         false},
        {401, NULL,
         "<Response><Errors><Error><Code>AuthFailure</Code><Message>m</Message></Error></Errors>"
         "<RequestID>r</RequestID></Response>",
         "AuthFailure", "Shop \"all\": AuthFailure (HTTP 401, request r): m", false},
        {400, NULL,
         "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
         "</ErrorResponse>",
         "Throttling", "Shop \"all\": Throttling (HTTP 400): Rate exceeded", true},
        {400, NULL,
         "<ErrorResponse><Error><Code>X</Code><Message>a\x7f\nsecret</Message></Error>"
         "</ErrorResponse>",
         "X", "Shop \"all\": X (HTTP 400): a ", false},
        {503, "x-amzn-requestid: h\n", "<!DOCTYPE html><html><Error><Code>No</Code></Error></html>",
         "", "Shop \"all\": an error without a code (HTTP 503, request h)", true},
        {502, NULL, "<html><body>Bad Gateway</body></html>", "",
         "Shop \"all\": an error without a code (HTTP 502)" NO_ANSWER, true},
        {404, NULL, "", "", "Shop \"all\": an error without a code (HTTP 404)" NO_ANSWER, false},
        {404, NULL, "<UnknownOperationException/>", "",
         "Shop \"all\": an error without a code (HTTP 404)" NO_ANSWER, false},
        {400, NULL, "<ErrorResponse><Error><Code>Cut</Cod", "",
         "Shop \"all\": an error without a code (HTTP 400)" NO_ANSWER, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_aws_query struct aws_query query = {0};
        cleanup_xml struct xml answer = {0};
        struct error err = {0};
        aws_query_init(&query, &list_things);
        assert_int_equal(call(&(struct http_script_step){NULL, NULL, NULL, cases[i].status,
                                                         cases[i].header, cases[i].body},
                              &query, &answer, &err),
                         -1);
        assert_string_equal(err.message, cases[i].message);
        assert_string_equal(err.name, cases[i].name);
        assert_int_equal(err.code, cases[i].status);
        assert_int_equal(err.retry, cases[i].retry);
    }
}

static int take(void *user, const struct xml_node *page, struct error *err)
{
    (void)err;
    struct buf *names = user;
    for (const struct xml_node *member = xml_find(page, "Things/member"); member;
         member = xml_next(member))
        buf_append_view(names, member->text);
    return names->len > 4;
}

static void list_pages(const struct http_script_step *steps, size_t count, const char *expected)
{
    struct http_script_course course = {steps, count, 0};
    struct aws_client client = client_of(&course);
    cleanup_buf struct buf names = BUF_INIT(100);
    cleanup_aws_query struct aws_query query = {0};
    struct error err = {0};
    aws_query_init(&query, &list_things);
    aws_query_put_text(&query, "Kind", "k");
    const struct aws_query_pages pages = {&query, "all", "Marker", "NextMarker", take, &names};
    assert_int_equal(aws_query_pages(&client, &pages, &err), 0);
    assert_string_equal(buf_str(&names), expected);
    assert_int_equal(course.next, count);
    http_client_free(client.http);
}

#define PAGE(names, rest)                                                                          \
    ANSWER("<ListThingsResult><Things>" names "</Things>" rest "</ListThingsResult>")

static void test_pages(void **state)
{
    (void)state;
    static const struct http_script_step steps[] = {
        {"POST", "/", BEGIN "&Kind=k", 200, NULL,
         PAGE("<member>a</member><member>b</member>", "<NextMarker>x+/</NextMarker>")},
        {"POST", "/", BEGIN "&Kind=k&Marker=x%2B%2F", 200, NULL,
         PAGE("", "<NextMarker>y</NextMarker>")},
        {"POST", "/", BEGIN "&Kind=k&Marker=y", 200, NULL, PAGE("<member>c</member>", "")},
    };
    list_pages(steps, 3, "abc");
    static const struct http_script_step enough[] = {
        {"POST", "/", BEGIN "&Kind=k", 200, NULL,
         PAGE("<member>abcde</member>", "<NextMarker>x</NextMarker>")},
    };
    list_pages(enough, 1, "abcde");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_form, aws_script_environment),
        cmocka_unit_test_setup(test_form_that_is_too_large, aws_script_environment),
        cmocka_unit_test_setup(test_answers, aws_script_environment),
        cmocka_unit_test_setup(test_refusals, aws_script_environment),
        cmocka_unit_test_setup(test_pages, aws_script_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
