#include "unit.h"

#include <stdio.h>

#include "aws/iam.h"
#include "support/aws_script.h"
#include "support/http_script.h"

#define RESULT(action, decision, more)                                                             \
    "<member><EvalActionName>" action "</EvalActionName><EvalResourceName>*</EvalResourceName>"    \
    "<EvalDecision>" decision "</EvalDecision>" more "</member>"
#define PAGE(results, more)                                                                        \
    "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>" results  \
    "</EvaluationResults>" more                                                                    \
    "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"

/* Answers in turn, and what was asked. */
struct server {
    const char *answers[3];
    int status;
    int asked;
    char url[128], sent[1024], authorization[256];
};

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    (void)err;
    struct server *server = user;
    struct view authorization = http_script_request_header(request, "authorization");
    snprintf(server->url, sizeof(server->url), "%.*s", VIEW_ARG(request->url));
    snprintf(server->sent, sizeof(server->sent), "%.*s", VIEW_ARG(request->body));
    snprintf(server->authorization, sizeof(server->authorization), "%.*s", VIEW_ARG(authorization));
    return http_script_answer(response, server->status ? server->status : 200,
                              server->answers[server->asked++]);
}

static struct aws_client client_of(struct server *server, const char *region)
{
    struct aws_client client = aws_script_client(serve, server);
    client.region = region;
    return client;
}

static int write_decision(void *user, const struct iam_decision *decision, struct error *err)
{
    (void)err;
    buf_printf(
        user, "%.*s %.*s%s%s%s%s%s%.*s\n", VIEW_ARG(decision->action), VIEW_ARG(decision->resource),
        decision->allowed ? " allowed" : "", decision->denied ? " denied" : "",
        decision->denied_by_organization ? " organization" : "",
        decision->denied_by_boundary ? " boundary" : "",
        decision->missing_condition.len ? " lacks " : "", VIEW_ARG(decision->missing_condition));
    return 0;
}

static void test_simulation(void **state)
{
    (void)state;
    static const char *const actions[] = {"a:A", "b:B"}, *const resources[] = {"*"};
    static const struct iam_context context[] = {{"iam:PassedToService", "l"}};
    struct server server = {{
        PAGE(RESULT("a:A", "allowed", "") RESULT("b:B", "explicitDeny", ""),
             "<IsTruncated>true</IsTruncated><Marker>m/1</Marker>"),
        PAGE(RESULT("c:C", "implicitDeny",
                    "<OrganizationsDecisionDetail><AllowedByOrganizations>false"
                    "</AllowedByOrganizations></OrganizationsDecisionDetail>")
                 RESULT("d:D", "implicitDeny",
                        "<MissingContextValues><member>aws:x</member></MissingContextValues>"
                        "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false"
                        "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"),
             "<IsTruncated>false</IsTruncated>"),
    }};
    struct aws_client client = client_of(&server, "eu-central-1");
    cleanup_buf struct buf taken = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    const struct iam_simulation simulation = {"arn:p", actions,        2,     resources, 1, context,
                                              1,       write_decision, &taken};
    assert_int_equal(iam_simulate(&client, &simulation, &err), 0);
    assert_string_equal(buf_str(&taken), "a:A * allowed\nb:B * denied\nc:C * organization\n"
                                         "d:D * boundary lacks aws:x\n");
    assert_string_equal(server.url, "https://iam.amazonaws.com/");
    assert_string_equal(server.sent,
                        "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn%3Ap"
                        "&ActionNames.member.1=a%3AA&ActionNames.member.2=b%3AB"
                        "&ResourceArns.member.1=%2A"
                        "&ContextEntries.member.1.ContextKeyName=iam%3APassedToService"
                        "&ContextEntries.member.1.ContextKeyValues.member.1=l"
                        "&ContextEntries.member.1.ContextKeyType=string&Marker=m%2F1");
    assert_non_null(strstr(server.authorization, "/us-east-1/iam/aws4_request"));
    http_client_free(client.http);
}

static void test_role(void **state)
{
    (void)state;
    struct server server = {{"<GetRoleResponse><GetRoleResult><Role><Arn>arn:aws:iam::1:role/p/r"
                             "</Arn></Role></GetRoleResult></GetRoleResponse>"}};
    struct aws_client client = client_of(&server, "us-gov-east-1");
    cleanup_buf struct buf arn = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    assert_int_equal(iam_get_role(&client, "r", &arn, &err), 0);
    assert_string_equal(buf_str(&arn), "arn:aws:iam::1:role/p/r");
    assert_string_equal(server.url, "https://iam.us-gov.amazonaws.com/");
    assert_string_equal(server.sent, "Action=GetRole&Version=2010-05-08&RoleName=r");
    assert_non_null(strstr(server.authorization, "/us-gov-west-1/iam/aws4_request"));
    http_client_free(client.http);
}

static void test_refusal(void **state)
{
    (void)state;
    static const char *const actions[] = {"a:A"};
    struct server server = {{"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message>"
                             "</Error></ErrorResponse>"},
                            403};
    struct aws_client client = client_of(&server, "eu-central-1");
    struct error err = {0};
    const struct iam_simulation simulation = {"arn:p", actions, 1};
    assert_int_equal(iam_simulate(&client, &simulation, &err), -1);
    assert_true(error_is(&err, "AccessDenied"));
    assert_non_null(strstr(err.message, "allow \"iam:SimulatePrincipalPolicy\""));
    http_client_free(client.http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simulation),
        cmocka_unit_test(test_role),
        cmocka_unit_test(test_refusal),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
