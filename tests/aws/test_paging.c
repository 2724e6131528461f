#include "unit.h"

#include <stdio.h>

#include "aws/paging.h"
#include "base/memory.h"
#include "support/aws_script.h"
#include "support/http_script.h"

/* What the pages say comes next, and what was asked for. */
struct list {
    const char *const *next; /* "": the last page */
    int result;              /* of the last page */
    int asked;
    char tokens[64];
};

static int turn(void *user, const char *token, struct buf *next, struct error *err)
{
    struct list *list = user;
    size_t len = strlen(list->tokens);
    snprintf(list->tokens + len, sizeof(list->tokens) - len, "%s ", token ? token : "-");
    const char *following = list->next[list->asked++];
    buf_append_str(next, following);
    if (list->result && !list->next[list->asked])
        return list->result < 0 ? error_set(err, ERROR_AWS, 400, "no") : list->result;
    return 0;
}

static void assert_pages(struct list list, int result, const char *tokens, const char *message)
{
    struct error err = {0};
    assert_int_equal(aws_pages(turn, &list, "list \"x\"", &err), result);
    assert_string_equal(list.tokens, tokens);
    assert_string_equal(err.message, message);
}

static void test_pages(void **state)
{
    (void)state;
    assert_pages((struct list){(const char *const[]){"", NULL}}, 0, "- ", "");
    assert_pages((struct list){(const char *const[]){"a", "b", "a", "", NULL}}, 0, "- a b a ", "");
    assert_pages((struct list){(const char *const[]){"a", "b", NULL}, .result = 1}, 0, "- a ", "");
    assert_pages((struct list){(const char *const[]){"a", "b", NULL}, .result = -1}, -1, "- a ",
                 "no");
    assert_pages((struct list){(const char *const[]){"a", "a", NULL}}, -1, "- a ",
                 "list \"x\": the same page came again");
}

static int turn_for_ever(void *user, const char *token, struct buf *next, struct error *err)
{
    (void)token;
    (void)err;
    buf_printf(next, "%d", ++*(int *)user);
    return 0;
}

static int turn_long(void *user, const char *token, struct buf *next, struct error *err)
{
    (void)user;
    (void)token;
    (void)err;
    for (size_t i = 0; i <= AWS_PAGE_TOKEN_CAP; i++)
        buf_append_char(next, 'x');
    return 0;
}

static void test_limits(void **state)
{
    (void)state;
    struct error err = {0};
    int turned = 0;
    assert_int_equal(aws_pages(turn_for_ever, &turned, "list", &err), -1);
    assert_int_equal(turned, AWS_PAGES_MAX);
    assert_string_equal(err.message, "list: there are more than 10000 pages");
    assert_int_equal(aws_pages(turn_long, NULL, "list", &err), -1);
    assert_string_equal(err.message, "list: the token of a page is too long");
}

static int take(void *user, const json_t *page, struct error *err)
{
    struct buf *names = user;
    (void)err;
    buf_append_str(names, json_string_value(json_object_get(page, "Name")));
    return strcmp(buf_str(names), "abc") == 0;
}

static void test_json_pages(void **state)
{
    (void)state;
    static const struct aws_service service = {.name = "Toy",
                                               .host = "toy",
                                               .signing_name = "toy",
                                               .variable = "TOY",
                                               .protocol = &aws_protocol_json_1_1,
                                               .target = "Toy"};
    static const struct aws_operation operation = {.service = &service, .name = "List"};
    static const struct http_script_step steps[] = {
        {.body = "{\"Limit\":1}", .status = 200, .answer = "{\"Name\":\"a\",\"Next\":\"1\"}"},
        {.body = "{\"Limit\":1,\"From\":\"1\"}",
         .status = 200,
         .answer = "{\"Name\":\"b\",\"Next\":\"2\"}"},
        {.body = "{\"Limit\":1,\"From\":\"2\"}",
         .status = 200,
         .answer = "{\"Name\":\"c\",\"Next\":\"3\"}"},
    };
    struct http_script_course course = {steps, ARRAY_LEN(steps), 0};
    struct aws_client client = aws_script_client(http_script_play, &course);
    cleanup_buf struct buf names = BUF_INIT(100);
    struct error err = {0};
    json_t *input = json_pack("{s:i}", "Limit", 1);
    const struct aws_json_pages pages = {.operation = &operation,
                                         .subject = "x",
                                         .input = input,
                                         .token_in = "From",
                                         .token_out = "Next",
                                         .take = take,
                                         .user = &names};
    if (aws_json_pages(&client, &pages, &err) < 0)
        fail_msg("%s", err.message);
    assert_string_equal(buf_str(&names), "abc");
    assert_int_equal(course.next, 3);
    json_decref(input);
    http_client_free(client.http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_json_pages),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
