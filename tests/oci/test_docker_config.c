#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "oci/docker_config.h"

static char folder[] = "/tmp/lorry-docker-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[sizeof(folder) + 100];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(path_of(name), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path_of(name), mode), 0);
}

static void write_config(const char *text)
{
    write_file("config.json", text, 0644);
}

/* A helper that knows one login, and keeps what it is told. */
static const char helper[] =
    "#!/bin/sh\n"
    "case $1 in\n"
    "get) read -r server\n"
    "  case $server in\n"
    "  h.example) echo '{\"ServerURL\":\"x\",\"Username\":\"hu\",\"Secret\":\"hp\"}';;\n"
    "  t.example) echo '{\"Username\":\"<token>\",\"Secret\":\"tt\"}';;\n"
    "  e.example) echo '{\"Username\":\"the-secret\"}';;\n"
    "  j.example) echo 'the-secret';;\n"
    "  b.example) printf 'the keychain is\\033 locked\\nmore\\n'; exit 1;;\n"
    "  *) echo 'credentials not found in native keychain'; exit 1;;\n"
    "  esac;;\n"
    "store) cat > \"$DOCKER_CONFIG/stored\";;\n"
    "esac\n";

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&path, "%s:%s", folder, getenv("PATH"));
    setenv("PATH", buf_str(&path), 1);
    write_file("docker-credential-toy", helper, 0755);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    setenv("DOCKER_CONFIG", folder, 1);
    unlink(path_of("config.json"));
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"config.json", "docker-credential-toy", "stored"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(path_of(names[i]));
    return rmdir(folder);
}

/* "user password", "user token:password", "" for nobody. */
static const char *get(struct registry_logins *logins, const char *registry, bool renew,
                       struct error *err)
{
    static char text[200];
    cleanup_registry_login struct registry_login login = {0};
    if (logins->get(logins, registry, renew, &login, err) < 0)
        return NULL;
    snprintf(text, sizeof(text), "%s%s%s%s", buf_str(&login.user), login.password.len ? " " : "",
             login.is_token ? "token:" : "", buf_str(&login.password));
    return text;
}

static void assert_login(const char *registry, const char *expected)
{
    cleanup_docker_logins struct registry_logins *logins = docker_config_logins_new();
    struct error err = {0};
    const char *got = get(logins, registry, false, &err);
    if (!got)
        fail_msg("%s: %s", registry, err.message);
    assert_string_equal(got, expected);
}

static void assert_failure(const char *registry, const char *message)
{
    cleanup_docker_logins struct registry_logins *logins = docker_config_logins_new();
    struct error err = {0};
    assert_null(get(logins, registry, false, &err));
    if (!strstr(err.message, message))
        fail_msg("\"%s\" is not in \"%s\"", message, err.message);
    assert_null(strstr(err.message, "the-secret"));
}

static void test_auths(void **state)
{
    (void)state;
    write_config("{\"auths\": {"
                 "\"a.example:5000\": {\"auth\": \"dTpwOng=\"},"        /* u:p:x */
                 "\"https://B.example/v1/\": {\"auth\": \"dTpwAAA=\"}," /* u:p and two NUL */
                 "\"c.example\": {\"username\": \"cu\", \"password\": \"cp\"},"
                 "\"d.example\": {\"auth\": \"dTo=\", \"identitytoken\": \"it\"},"
                 "\"e.example\": {},"
                 "\"https://f.example\": {\"auth\": \"dTpw\"},"
                 "\"f.example\": {\"auth\": \"dTpx\"},"
                 "\"https://index.docker.io/v1/\": {\"auth\": \"aHViOnA=\"}}}");
    assert_login("a.example:5000", "u p:x");
    assert_login("a.example", "");
    assert_login("b.example", "u p");
    assert_login("c.example", "cu cp");
    assert_login("d.example", "u token:it");
    assert_login("e.example", "");
    assert_login("f.example", "u q");
    assert_login("docker.io", "hub p");
    assert_login("g.example", "");
}

static void test_helpers(void **state)
{
    (void)state;
    write_config("{\"credHelpers\": {\"h.example\": \"toy\", \"x.example\": \"no-such\","
                 "\"y.example\": \"../toy\", \"a.example\": \"toy\"},"
                 "\"auths\": {\"h.example\": {}, \"a.example\": {\"auth\": \"dTpw\"}}}");
    assert_login("h.example", "hu hp");
    assert_login("t.example", "");
    assert_login("a.example", "u p");
    assert_failure("x.example", "cannot start \"docker-credential-no-such\"");
    assert_failure("y.example", "is no name");
    write_config("{\"credsStore\": \"toy\", \"auths\": {\"h.example\": {\"auth\": \"dTpw\"}}}");
    assert_login("h.example", "hu hp");
    assert_login("t.example", " token:tt");
    assert_login("n.example", "");
    assert_failure("e.example", "docker-credential-toy has no Username or no Secret");
    assert_failure("j.example", "docker-credential-toy is not JSON");
    assert_failure("b.example",
                   "docker-credential-toy: it ended with status 1: the keychain is  locked");
}

static void test_broken(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "is not JSON"},
        {"{\"auths\": {\"r.example\": {\"auth\": \"the-secret\"", "is not JSON"},
        {"[\"the-secret\"]", "no JSON object"},
        {"{\"auths\": {\"r.example\": {\"auth\": \"the-secret\"}}}",
         "the login for \"r.example\": \"auth\" is not the base64 of user:password"},
        {"{\"auths\": {\"r.example\": {\"auth\": \"eA==\"}}}", "is not the base64"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        write_config(cases[i].text);
        assert_failure("r.example", cases[i].message);
        assert_failure("r.example", path_of("config.json"));
    }
    /* What has another form than expected is nothing. */
    static const char *const odd[] = {
        "{}", "{\"auths\": []}", "{\"auths\": {\"r.example\": 1}}",
        "{\"auths\": {\"r.example\": {\"auth\": 1}}, \"credsStore\": 1, \"credHelpers\": 1}",
        "{\"credsStore\": \"\", \"credHelpers\": {\"r.example\": \"\"}}"};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        write_config(odd[i]);
        assert_login("r.example", "");
    }
}

static void test_no_file(void **state)
{
    (void)state;
    cleanup_docker_logins struct registry_logins *logins = docker_config_logins_new();
    struct error err = {0};
    assert_login("r.example", "");
    assert_null(get(logins, "r.example", true, &err));
    assert_non_null(strstr(err.message, "no login for \"r.example\" is in "));
    assert_non_null(strstr(err.message, "`docker login r.example`"));
    unsetenv("DOCKER_CONFIG");
    unsetenv("HOME");
    assert_login("r.example", "");
    assert_int_equal(docker_config_store("r.example", &(struct registry_login){0}, &err), -1);
    assert_non_null(strstr(err.message, "neither DOCKER_CONFIG nor HOME"));
}

static void test_renewed(void **state)
{
    (void)state;
    cleanup_docker_logins struct registry_logins *logins = docker_config_logins_new();
    struct error err = {0};
    write_config("{\"auths\": {\"r.example\": {\"auth\": \"dTpw\"}}}");
    assert_string_equal(get(logins, "r.example", false, &err), "u p");
    assert_null(get(logins, "r.example", true, &err));
    assert_non_null(strstr(err.message, "is not valid (any more)"));
    write_config("{\"auths\": {\"r.example\": {\"auth\": \"dTpx\"}}}");
    assert_string_equal(get(logins, "r.example", true, &err), "u q");
}

static void store(const char *registry, const char *user, const char *password, bool is_token)
{
    cleanup_registry_login struct registry_login login = {
        .user = BUF_INIT(100), .password = BUF_INIT(100), .is_token = is_token};
    struct error err = {0};
    buf_append_str(&login.user, user);
    buf_append_str(&login.password, password);
    if (docker_config_store(registry, &login, &err) < 0)
        fail_msg("%s", err.message);
}

static void assert_file(const char *name, const char *expected)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    assert_int_equal(buf_read_file(&text, path_of(name), NULL), 0);
    assert_string_equal(buf_str(&text), expected);
}

static void test_store(void **state)
{
    (void)state;
    struct stat there;
    store("r.example", "u", "p", false);
    assert_file("config.json", "{\n"
                               "    \"auths\": {\n"
                               "        \"r.example\": {\n"
                               "            \"auth\": \"dTpw\"\n"
                               "        }\n"
                               "    }\n"
                               "}");
    assert_int_equal(stat(path_of("config.json"), &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
    assert_login("r.example", "u p");
    write_config(
        "{\"z\": [1.5, 12345678901234, \"\\u00fc\\u0001/\", null, {\"b\": true, \"a\": {}}],"
        "\"auths\": {\"q\": {\"auth\": \"dTpw\", \"email\": \"e\"}, \"r.example\": {}},"
        "\"psFormat\": \"table {{.ID}}\\t\"}");
    store("r.example", "AWS", "new", false);
    store("t.example", "u", "tok", true);
    store("docker.io", "u", "p", false);
    assert_file("config.json", "{\n"
                               "    \"z\": [\n"
                               "        1.5,\n"
                               "        12345678901234,\n"
                               "        \"\xc3\xbc\\u0001/\",\n"
                               "        null,\n"
                               "        {\n"
                               "            \"b\": true,\n"
                               "            \"a\": {}\n"
                               "        }\n"
                               "    ],\n"
                               "    \"auths\": {\n"
                               "        \"q\": {\n"
                               "            \"auth\": \"dTpw\",\n"
                               "            \"email\": \"e\"\n"
                               "        },\n"
                               "        \"r.example\": {\n"
                               "            \"auth\": \"QVdTOm5ldw==\"\n"
                               "        },\n"
                               "        \"t.example\": {\n"
                               "            \"auth\": \"dTo=\",\n"
                               "            \"identitytoken\": \"tok\"\n"
                               "        },\n"
                               "        \"https://index.docker.io/v1/\": {\n"
                               "            \"auth\": \"dTpw\"\n"
                               "        }\n"
                               "    },\n"
                               "    \"psFormat\": \"table {{.ID}}\\t\"\n"
                               "}");
    assert_login("t.example", "u token:tok");
    assert_int_equal(stat(path_of("config.json"), &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
}

static void test_store_with_helper(void **state)
{
    (void)state;
    write_config("{\"credsStore\": \"toy\"}");
    store("r.example", "u\"", "p", false);
    assert_file("stored", "{\"ServerURL\":\"r.example\",\"Username\":\"u\\\"\",\"Secret\":\"p\"}");
    assert_file("config.json", "{\n"
                               "    \"credsStore\": \"toy\",\n"
                               "    \"auths\": {\n"
                               "        \"r.example\": {}\n"
                               "    }\n"
                               "}");
    store("docker.io", "", "tok", true);
    assert_file("stored", "{\"ServerURL\":\"https://index.docker.io/v1/\","
                          "\"Username\":\"<token>\",\"Secret\":\"tok\"}");
}

static void test_store_fails(void **state)
{
    (void)state;
    static const char *const texts[] = {"{", "[]", "{\"auths\": 1}", "{\"credsStore\": \"none\"}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct error err = {0};
        write_config(texts[i]);
        assert_int_equal(docker_config_store("r.example", &(struct registry_login){0}, &err), -1);
        assert_non_null(strstr(err.message, path_of("config.json")));
        assert_file("config.json", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_auths, clear),
        cmocka_unit_test_setup(test_helpers, clear),
        cmocka_unit_test_setup(test_broken, clear),
        cmocka_unit_test_setup(test_no_file, clear),
        cmocka_unit_test_setup(test_renewed, clear),
        cmocka_unit_test_setup(test_store, clear),
        cmocka_unit_test_setup(test_store_with_helper, clear),
        cmocka_unit_test_setup(test_store_fails, clear),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
