#include "unit.h"

#include "aws/credential_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/credentials_json.h"
#include "base/memory.h"

int64_t fixture_time_us;
int64_t fixture_steady_step_ms;
static int64_t steady;

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return fixture_time_us;
}

static int64_t steady_ms(struct clock *clock)
{
    (void)clock;
    return steady += fixture_steady_step_ms;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    (void)clock;
    fixture_time_us += ms * 1000;
}

struct clock fixture_clock = {now_us, steady_ms, sleep_ms};

int64_t fixture_time_of(const char *text)
{
    int64_t us = 0;
    assert_true(clock_parse_us(text, &us));
    return us;
}

int fixture_clear(void **state)
{
    (void)state;
    for (char **variable = environ; *variable;) {
        char name[128];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(*variable, "="), *variable);
        if (strncmp(name, "AWS_", 4) == 0)
            unsetenv(name);
        else
            variable++;
    }
    fixture_time_us = fixture_time_of("2026-01-01T00:00:00Z");
    fixture_steady_step_ms = 0;
    return 0;
}

void fixture_set_up(struct credential_fixture *f, const char *config,
                    const struct http_script_step *steps, size_t count)
{
    *f = (struct credential_fixture){.course = {steps, count, 0}};
    struct error err = {0};
    if (profiles_parse(&f->profiles, view_str(config), false, "config", &err) < 0)
        fail_msg("%s", err.message);
    f->client = (struct aws_client){
        .http = http_script_new(http_script_play, &f->course),
        .clock = &fixture_clock,
        .region = "eu-central-1",
        .timeout_ms = 1000,
        .endpoints = {.option = "http://127.0.0.1:1/of-the-command"},
    };
    const struct credential_search search = {
        .profiles = f->profiles, .profile = "default", .client = &f->client};
    credential_chain_init(&f->chain, &search);
}

void fixture_serve(struct credential_fixture *f, http_script_handler *handler, void *user)
{
    http_client_free(f->client.http);
    f->client.http = http_script_new(handler, user);
}

void fixture_tear_down(struct credential_fixture *f)
{
    assert_int_equal(f->course.next, f->course.count);
    credential_chain_release(&f->chain);
    http_client_free(f->client.http);
    profiles_free(f->profiles);
}

const char *fixture_get(struct credential_fixture *f, struct error *err)
{
    static char id[64];
    cleanup_aws_credentials struct aws_credentials keys = {0};
    id[0] = '\0';
    if (f->chain.provider.get(&f->chain.provider, &keys, err) == 0) {
        assert_string_equal(keys.secret_access_key, "the-secret");
        snprintf(id, sizeof(id), "%s%s%s", keys.access_key_id, keys.session_token ? "+" : "",
                 keys.session_token ? keys.session_token : "");
    }
    return id;
}

void fixture_check_failure(const char *config, const struct http_script_step *steps, size_t count,
                           const char *expected)
{
    struct credential_fixture f;
    struct error err = {0};
    fixture_set_up(&f, config, steps, count);
    assert_string_equal(fixture_get(&f, &err), "");
    if (!strstr(err.message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, err.message);
    assert_null(strstr(err.message, "the-secret"));
    fixture_tear_down(&f);
}
