/* Roles as a source of credentials: with the keys of other profiles, with a web identity. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aws/credential_fixture.h"
#include "aws/role_chain.h"
#include "base/memory.h"

#define BASE "[profile base]\naws_access_key_id = B\naws_secret_access_key = the-secret\n"

/* STS: gives keys R1, R2, ... for an hour, and writes down what it was asked. */
struct sts {
    struct buf log;
    int given;
    int refuse; /* this one */
    const char *host;
};

/* " Name=value" if the form has it. */
static void note_parameter(struct view form, const char *name, struct buf *log)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP), part = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text, "&%.*s", VIEW_ARG(form));
    buf_printf(&part, "&%s=", name);
    const char *found = strstr(buf_str(&text), buf_str(&part));
    if (found)
        buf_printf(log, " %.*s", (int)strcspn(found + 1, "&"), found + 1);
}

/* " by <access key>" if the request is signed. */
static void note_signer(const struct http_request *request, struct buf *log)
{
    struct view value = http_script_request_header(request, "authorization");
    const char *id = memmem(value.ptr, value.len, "Credential=", 11);
    if (id)
        buf_printf(log, " by %.*s", (int)strcspn(id + 11, "/"), id + 11);
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    static const char *const names[] = {"Action",          "RoleArn",         "RoleSessionName",
                                        "ExternalId",      "SerialNumber",    "TokenCode",
                                        "DurationSeconds", "WebIdentityToken"};
    struct sts *sts = user;
    cleanup_buf struct buf answer = BUF_INIT(BUF_TEXT_CAP);
    char expires[32];
    (void)err;
    assert_string_equal(request->method, "POST");
    assert_true(view_starts_with(request->url, view_str(sts->host)));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        note_parameter(request->body, names[i], &sts->log);
    note_signer(request, &sts->log);
    buf_append_char(&sts->log, '\n');
    sts->given++;
    if (sts->given == sts->refuse)
        return http_script_answer(response, 403,
                                  "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no"
                                  "</Message></Error><RequestId>r</RequestId></ErrorResponse>");
    clock_format_us(fixture_time_us + INT64_C(3600) * 1000000, expires);
    const char *action = memmem(request->body.ptr, request->body.len, "WithWebIdentity", 15)
                             ? "AssumeRoleWithWebIdentity"
                             : "AssumeRole";
    buf_printf(&answer,
               "<%sResponse><%sResult><Credentials><AccessKeyId>R%d</AccessKeyId><SecretAccessKey>"
               "the-secret</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s"
               "</Expiration></Credentials></%sResult></%sResponse>",
               action, action, sts->given, expires, action, action);
    return http_script_answer(response, 200, buf_str(&answer));
}

struct role_fixture {
    struct credential_fixture f;
    struct sts sts;
    struct error err;
};

static void set_up(struct role_fixture *r, const char *config)
{
    *r = (struct role_fixture){
        .sts = {BUF_INIT(BUF_TEXT_CAP), 0, 0, "https://sts.eu-central-1.amazonaws.com/"}};
    fixture_set_up(&r->f, config, NULL, 0);
    fixture_serve(&r->f, serve, &r->sts);
}

static void check_get(struct role_fixture *r, const char *key)
{
    const char *found = fixture_get(&r->f, &r->err);
    if (strcmp(found, key) != 0)
        fail_msg("\"%s\" instead of \"%s\": %s", found, key, r->err.message);
}

/* Checks what STS was asked. */
static void tear_down(struct role_fixture *r, const char *log)
{
    assert_string_equal(buf_str(&r->sts.log), log);
    buf_release(&r->sts.log);
    fixture_tear_down(&r->f);
}

static void check(const char *config, const char *key, const char *log)
{
    struct role_fixture r;
    set_up(&r, config);
    check_get(&r, key);
    tear_down(&r, log);
}

static void test_chain(void **state)
{
    (void)state;
    check("[default]\nrole_arn = last\nsource_profile = middle\nexternal_id = x/1\n"
          "role_session_name = me\nduration_seconds = 900\n"
          "[profile middle]\nROLE_ARN = first\nSource_Profile = base\n" BASE,
          "R2+t",
          " Action=AssumeRole RoleArn=first RoleSessionName=lorry-1767225600 by B\n"
          " Action=AssumeRole RoleArn=last RoleSessionName=me ExternalId=x%2F1 "
          "DurationSeconds=900 by R1\n");
}

/* With the keys that the profile has itself; a source profile with keys assumes no role. */
static void test_own_keys(void **state)
{
    (void)state;
    static const char log[] = " Action=AssumeRole RoleArn=r RoleSessionName=s by OWN\n";
    check("[default]\nrole_arn = r\nsource_profile = default\nrole_session_name = s\n"
          "aws_access_key_id = OWN\naws_secret_access_key = the-secret\n",
          "R1+t", log);
    check("[default]\nrole_arn = r\nsource_profile = a\nrole_session_name = s\n"
          "[profile a]\nrole_arn = unused\nsource_profile = nowhere\n"
          "aws_access_key_id = OWN\naws_secret_access_key = the-secret\n",
          "R1+t", log);
}

static void test_sources(void **state)
{
    (void)state;
    check("[default]\nrole_arn = r\nsource_profile = p\nrole_session_name = s\n"
          "[profile p]\ncredential_process = printf '{\"Version\": 1, \"AccessKeyId\": \"P\", "
          "\"SecretAccessKey\": \"the-secret\"}'\n",
          "R1+t", " Action=AssumeRole RoleArn=r RoleSessionName=s by P\n");
    setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "the-secret", 1);
    struct role_fixture r;
    set_up(&r, "[default]\nrole_arn = r\ncredential_source = Environment\nrole_session_name = s\n");
    r.f.chain.search.profile_option = true;
    check_get(&r, "R1+t");
    tear_down(&r, " Action=AssumeRole RoleArn=r RoleSessionName=s by ENV\n");
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *config, *expected;
    } cases[] = {
        {"source_profile = a\n[profile a]\nrole_arn = q\nsource_profile = default\n",
         "role: source_profile leads around in a circle: \"default\" -> \"a\" -> \"default\"; "},
        {"source_profile = default\n", "\"default\" -> \"default\"; "},
        {"source_profile = a\naws_access_key_id = K\n[profile a]\nrole_arn = q\n"
         "source_profile = default\n",
         "\"default\" -> \"a\" -> \"default\"; "},
        {"source_profile = a\ncredential_source = Environment\n", "both source_profile and "},
        {"", "neither source_profile nor credential_source"},
        {"source_profile = a\n[profile a]\nrole_arn = q\n",
         "profile \"a\" has role_arn and neither"},
        {"source_profile = no\n", "there is no profile \"no\", its source_profile"},
        {"credential_source = environment\n", "\"environment\" is none of \"Environment\""},
        {"credential_source = Environment\n",
         "\"Environment\" has no credentials: AWS_ACCESS_KEY_ID is not set"},
        {"credential_source = EcsContainer\n", "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set"},
        {"source_profile = a\n[profile a]\nregion = x\n",
         "profile \"default\": source_profile \"a\" has no credentials: web identity (no web_"},
        {"source_profile = a\n[profile a]\naws_access_key_id = K\n",
         "source_profile \"a\": configuration file: profile \"a\" has aws_access_key_id but no"},
        {"source_profile = base\nduration_seconds = soon\n" BASE,
         "\"default\": duration_seconds: "},
        {"source_profile = base\nduration_seconds = 899\n" BASE, "duration_seconds: "},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf config = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&config, "[default]\nrole_arn = r\n%s", cases[i].config);
        fixture_check_failure(buf_str(&config), NULL, 0, cases[i].expected);
    }
}

static void test_too_many_roles(void **state)
{
    (void)state;
    cleanup_buf struct buf config = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&config, "[default]\nrole_arn = r\nsource_profile = p1\n");
    for (int i = 1; i < ROLE_CHAIN_MAX + 1; i++)
        buf_printf(&config, "[profile p%d]\nrole_arn = r\nsource_profile = p%d\n", i, i + 1);
    buf_printf(&config, "[profile p%d]\n", ROLE_CHAIN_MAX + 1);
    fixture_check_failure(buf_str(&config), NULL, 0, "more than 32 roles between \"default\" and");
}

static void test_refused(void **state)
{
    (void)state;
    struct role_fixture r;
    set_up(&r, "[default]\nrole_arn = last\nsource_profile = middle\nrole_session_name = s\n"
               "[profile middle]\nrole_arn = first\nsource_profile = base\n"
               "role_session_name = s\n" BASE);
    r.sts.refuse = 1;
    check_get(&r, "");
    assert_non_null(strstr(r.err.message, "role: profile \"middle\": STS \"first\": AccessDenied"));
    tear_down(&r, " Action=AssumeRole RoleArn=first RoleSessionName=s by B\n");
}

/* Five minutes before they end; a failure then is no failure yet. */
static void test_renewed(void **state)
{
    (void)state;
    struct role_fixture r;
    set_up(&r, "[default]\nrole_arn = r\nsource_profile = base\nrole_session_name = s\n" BASE);
    r.sts.refuse = 2;
    check_get(&r, "R1+t");
    fixture_time_us = fixture_time_of("2026-01-01T00:54:59Z");
    check_get(&r, "R1+t");
    fixture_time_us = fixture_time_of("2026-01-01T00:55:00Z");
    check_get(&r, "R1+t");
    check_get(&r, "R1+t");
    assert_int_equal(r.sts.given, 2);
    assert_int_equal(r.err.domain, ERROR_NONE);
    fixture_time_us = fixture_time_of("2026-01-01T00:56:00Z");
    check_get(&r, "R3+t");
    r.f.chain.provider.expired(&r.f.chain.provider);
    check_get(&r, "R4+t");
    buf_clear(&r.sts.log);
    tear_down(&r, "");
}

/* An hour that is over already, by the clock here: no reason to ask again and again. */
static void test_wrong_clock(void **state)
{
    (void)state;
    static const char refusal[] =
        "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired"
        "</Message></Error></ErrorResponse>";
    static const char good[] =
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>R</AccessKeyId>"
        "<SecretAccessKey>the-secret</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"
        "2026-01-01T01:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    static const struct http_script_step steps[] = {
        {"POST", NULL, NULL, 403, "date: Thu, 01 Jan 2026 00:00:00 GMT\n", refusal},
        {"POST", NULL, NULL, 200, NULL, good},
        {"POST", NULL, NULL, 200, NULL, good},
    };
    struct credential_fixture f;
    struct error err = {0};
    fixture_time_us = fixture_time_of("2026-01-01T09:00:00Z");
    fixture_set_up(&f, "[default]\nrole_arn = r\nsource_profile = base\n" BASE, steps,
                   ARRAY_LEN(steps));
    assert_string_equal(fixture_get(&f, &err), "R+t");
    fixture_time_us = fixture_time_of("2026-01-01T09:54:00Z");
    assert_string_equal(fixture_get(&f, &err), "R+t");
    assert_int_equal(f.course.next, 2);
    fixture_time_us = fixture_time_of("2026-01-01T09:56:00Z");
    assert_string_equal(fixture_get(&f, &err), "R+t");
    fixture_tear_down(&f);
}

struct user {
    struct aws_prompt prompt;
    const char *code; /* NULL: nobody there */
    int asked;
};

static int ask(struct aws_prompt *prompt, const char *question, struct buf *answer,
               struct error *err)
{
    struct user *user = (struct user *)prompt;
    user->asked++;
    assert_string_equal(question, "MFA code of arn:mfa: ");
    if (!user->code)
        return error_set(err, ERROR_SYSTEM, 0, "there is no terminal");
    buf_append_str(answer, user->code);
    return 0;
}

#define MFA                                                                                        \
    "[default]\nrole_arn = r\nsource_profile = base\nrole_session_name = s\n"                      \
    "mfa_serial = arn:mfa\n" BASE
#define MFA_LOG(code)                                                                              \
    " Action=AssumeRole RoleArn=r RoleSessionName=s SerialNumber=arn%3Amfa TokenCode=" code        \
    " by B\n"

static void test_mfa(void **state)
{
    (void)state;
    struct role_fixture r;
    struct user user = {{ask}, "012345", 0};
    set_up(&r, MFA);
    r.f.chain.search.prompt = &user.prompt;
    check_get(&r, "R1+t");
    check_get(&r, "R1+t");
    assert_int_equal(user.asked, 1);
    fixture_time_us = fixture_time_of("2026-01-01T00:57:00Z");
    user.code = "987654";
    check_get(&r, "R2+t");
    tear_down(&r, MFA_LOG("012345") MFA_LOG("987654"));
}

static void test_mfa_fails(void **state)
{
    (void)state;
    static const struct {
        const char *code, *expected;
    } cases[] = {
        {"12345", "an MFA code of \"arn:mfa\" has six digits"},
        {"12345x", "an MFA code of \"arn:mfa\" has six digits"},
        {"", "an MFA code of \"arn:mfa\" has six digits"},
        {NULL, "a code of the MFA device \"arn:mfa\" is needed: there is no terminal. Run \"aws "
               "configure export-credentials --profile default --format env\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct role_fixture r;
        struct user user = {{ask}, cases[i].code, 0};
        set_up(&r, MFA);
        r.f.chain.search.prompt = &user.prompt;
        check_get(&r, "");
        if (!strstr(r.err.message, cases[i].expected))
            fail_msg("%s", r.err.message);
        tear_down(&r, "");
    }
    fixture_check_failure(MFA, NULL, 0, "\"arn:mfa\" is needed: there is nobody to ask. Run");
}

static char token_file[] = "/tmp/lorry-token-XXXXXX";

static void write_token(const char *text, size_t len)
{
    FILE *file = fopen(token_file, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

#define WEB_LOG(name, token)                                                                       \
    " Action=AssumeRoleWithWebIdentity RoleArn=" name " RoleSessionName=s WebIdentityToken=" token \
    "\n"

static void test_web_identity(void **state)
{
    (void)state;
    struct role_fixture r;
    cleanup_buf struct buf config = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&config,
               "[default]\nweb_identity_token_file = %s\nrole_arn = w\nrole_session_name = s\n"
               "external_id = not-sent\nmfa_serial = not-asked\n",
               token_file);
    write_token("one", 3);
    set_up(&r, buf_str(&config));
    check_get(&r, "R1+t");
    write_token("two\n", 4);
    fixture_time_us = fixture_time_of("2026-01-01T00:56:00Z");
    check_get(&r, "R2+t");
    tear_down(&r, WEB_LOG("w", "one") WEB_LOG("w", "two%0A"));
    /* As the keys of another role. */
    buf_append_str(&config, "[profile two]\nrole_arn = last\nsource_profile = default\n"
                            "role_session_name = s\n");
    set_up(&r, buf_str(&config));
    r.f.chain.search.profile = "two";
    check_get(&r, "R2+t");
    tear_down(&r,
              WEB_LOG("w", "two%0A") " Action=AssumeRole RoleArn=last RoleSessionName=s by R1\n");
}

static void test_web_identity_of_environment(void **state)
{
    (void)state;
    struct role_fixture r;
    write_token("one", 3);
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", token_file, 1);
    setenv("AWS_ROLE_ARN", "e", 1);
    setenv("AWS_ROLE_SESSION_NAME", "s", 1);
    check("[default]\nregion = x\n", "R1+t", WEB_LOG("e", "one"));
    unsetenv("AWS_ROLE_SESSION_NAME");
    check("[default]\nrole_session_name = s\n", "R1+t", WEB_LOG("e", "one"));
    set_up(&r, "[default]\naws_access_key_id = K\naws_secret_access_key = the-secret\n");
    r.f.chain.search.profile_option = true;
    check_get(&r, "K");
    tear_down(&r, "");
}

static void test_web_identity_fails(void **state)
{
    (void)state;
    static char large[20001];
    memset(large, 'x', sizeof(large));
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", token_file, 1);
    fixture_check_failure("[default]\n", NULL, 0, "set AWS_ROLE_ARN, or role_arn in profile");
    setenv("AWS_ROLE_ARN", "e", 1);
    write_token("", 0);
    fixture_check_failure("[default]\n", NULL, 0, "the token file is empty");
    write_token(large, sizeof(large));
    fixture_check_failure("[default]\n", NULL, 0, "web identity: the web identity token: ");
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere", 1);
    fixture_check_failure("[default]\n", NULL, 0, "/nowhere");
}

static void test_legacy_endpoint(void **state)
{
    (void)state;
    static const struct {
        const char *region, *variable, *host;
    } cases[] = {
        {"eu-central-1", NULL, "https://sts.amazonaws.com/"},
        {"eu-central-2", NULL, "https://sts.eu-central-2.amazonaws.com/"},
        {"eu-central-1", "http://127.0.0.1:9", "http://127.0.0.1:9/"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct role_fixture r;
        if (cases[i].variable)
            setenv("AWS_ENDPOINT_URL_STS", cases[i].variable, 1);
        set_up(&r, "[default]\nrole_arn = r\nsource_profile = base\n" BASE);
        r.sts.host = cases[i].host;
        r.f.client.region = cases[i].region;
        r.f.chain.search.sts_legacy = true;
        check_get(&r, "R1+t");
        buf_clear(&r.sts.log);
        tear_down(&r, "");
    }
}

static int make_token_file(void **state)
{
    (void)state;
    int fd = mkstemp(token_file);
    return fd < 0 ? -1 : close(fd);
}

static int remove_token_file(void **state)
{
    (void)state;
    return unlink(token_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_chain, fixture_clear),
        cmocka_unit_test_setup(test_own_keys, fixture_clear),
        cmocka_unit_test_setup(test_sources, fixture_clear),
        cmocka_unit_test_setup(test_mistakes, fixture_clear),
        cmocka_unit_test_setup(test_too_many_roles, fixture_clear),
        cmocka_unit_test_setup(test_refused, fixture_clear),
        cmocka_unit_test_setup(test_renewed, fixture_clear),
        cmocka_unit_test_setup(test_wrong_clock, fixture_clear),
        cmocka_unit_test_setup(test_mfa, fixture_clear),
        cmocka_unit_test_setup(test_mfa_fails, fixture_clear),
        cmocka_unit_test_setup(test_web_identity, fixture_clear),
        cmocka_unit_test_setup(test_web_identity_of_environment, fixture_clear),
        cmocka_unit_test_setup(test_web_identity_fails, fixture_clear),
        cmocka_unit_test_setup(test_legacy_endpoint, fixture_clear),
    };
    return cmocka_run_group_tests(tests, make_token_file, remove_token_file);
}
