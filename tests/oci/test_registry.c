/* Pushing, against a registry with a script; tests/cli/test_image_push.py has a real one. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "oci/registry.h"
#include "support/http_script.h"

#define NEVER "sha256:0000000000000000000000000000000000000000000000000000000000000000"

/* A clock that moves only when somebody sleeps, logins that count, a registry with a script. */
struct stage {
    struct clock clock;
    struct registry_logins logins;
    struct http_script_course course;
    int64_t slept_ms;
    int gets, renewals;
    bool anonymous;
    bool is_token;
    char authorizations[24][64]; /* of the requests that came */
    char urls[24][200];
    char progress[200];
};

static struct stage *stage_of_logins(struct registry_logins *logins)
{
    return (struct stage *)(void *)((char *)logins - offsetof(struct stage, logins));
}

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return 0;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    ((struct stage *)clock)->slept_ms += ms;
}

static int get(struct registry_logins *logins, const char *registry, bool renew,
               struct registry_login *login, struct error *err)
{
    struct stage *stage = stage_of_logins(logins);
    assert_non_null(registry);
    stage->gets++;
    stage->renewals += renew;
    if (stage->anonymous)
        return renew ? error_set(err, ERROR_SETTING, 0, "nobody has logged in") : 0;
    if (stage->renewals > 2)
        return error_set(err, ERROR_SETTING, 0, "no better one");
    login->user = login->password = BUF_INIT(REGISTRY_LOGIN_CAP);
    login->is_token = stage->is_token;
    buf_append_str(&login->user, "u");
    buf_printf(&login->password, "p%d", stage->renewals);
    return 0;
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    struct stage *stage = user;
    size_t i = stage->course.next;
    assert_in_range(i, 0, ARRAY_LEN(stage->urls) - 1);
    snprintf(stage->authorizations[i], sizeof(stage->authorizations[i]), "%.*s",
             VIEW_ARG(http_script_request_header(request, "authorization")));
    snprintf(stage->urls[i], sizeof(stage->urls[i]), "%.*s", VIEW_ARG(request->url));
    if (request->on_sent) {
        request->on_sent(request->user, request->body.len / 2);
        request->on_sent(request->user, request->body.len);
    }
    return http_script_play(&stage->course, request, response, err);
}

static void note_progress(void *user, const struct registry_progress *progress)
{
    struct stage *stage = user;
    snprintf(stage->progress, sizeof(stage->progress), "%zu/%zu %zu+%zu", progress->bytes_sent,
             progress->bytes_total, progress->blobs_sent, progress->blobs_there);
}

#define STAGE(...)                                                                                 \
    (struct stage)                                                                                 \
    {                                                                                              \
        .clock = {.now_us = now_us, .sleep_ms = sleep_ms}, .logins = {get},                        \
        .course.steps = (const struct http_script_step[]){__VA_ARGS__},                            \
        .course.count =                                                                            \
            sizeof((struct http_script_step[]){__VA_ARGS__}) / sizeof(struct http_script_step)     \
    }

/* An image of one layer; digests are what they are. */
static void make_image(struct oci_image *image)
{
    static const char *const texts[] = {"layer", "config", "manifest"};
    struct buf bytes[3];
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        bytes[i] = BUF_INIT(100);
        buf_append_str(&bytes[i], texts[i]);
    }
    *image = (struct oci_image){.layers = xcalloc(1, sizeof(*image->layers)), .complete = true};
    image->layers[0] = oci_image_keep(image, OCI_TYPE_LAYER_GZIP, &bytes[0]);
    image->layer_count = 1;
    image->config = oci_image_keep(image, OCI_TYPE_CONFIG, &bytes[1]);
    image->manifest = oci_image_keep(image, OCI_TYPE_MANIFEST, &bytes[2]);
}

/* Of "layer", "config" and "manifest". */
#define LAYER "sha256:dac1d7cfa95021764849fd102524e141488c5e3a90f861dbb5a12d9ac8584f85"
#define CONFIG "sha256:b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910"
#define IMAGE "sha256:05b3abf2579a5eb66403cd78be557fd860633a1fe2103c7642030defe32c657f"

static int push_to(struct stage *stage, const char *name, const char *url, struct error *err)
{
    cleanup_oci_image struct oci_image image = {0};
    cleanup_oci_reference struct oci_reference reference = {0};
    struct http_client *http = http_script_new(serve, stage);
    const struct registry_options options = {.http = http,
                                             .clock = &stage->clock,
                                             .logins = &stage->logins,
                                             .url = url,
                                             .on_progress = note_progress,
                                             .user = stage};
    make_image(&image);
    assert_int_equal(oci_reference_parse(view_str(name), &reference, err), 0);
    struct registry_progress progress = {0};
    int result = registry_push(&options, &reference, &image, &progress, err);
    http_client_free(http);
    assert_int_equal(stage->course.next, stage->course.count);
    if (result == 0)
        note_progress(stage, &progress);
    return result;
}

static int push(struct stage *stage, struct error *err)
{
    return push_to(stage, "r.example/a/b:t", NULL, err);
}

#define STEP(m, t, b, s, ...)                                                                      \
    {                                                                                              \
        .method = (m), .target = (t), .body = (b), .status = (s), __VA_ARGS__                      \
    }
#define LOOK STEP("HEAD", "/v2/a/b/manifests/t", NULL, 404)
#define THERE STEP("HEAD", NULL, NULL, 200)
#define MISSING STEP("HEAD", NULL, NULL, 404)
#define ANNOUNCE(where)                                                                            \
    STEP("POST", "/v2/a/b/blobs/uploads/", "", 202, .header = "location: " where "\n")
#define KEPT(body) STEP("PUT", NULL, body, 201)
#define MANIFEST STEP("PUT", "/v2/a/b/manifests/t", "manifest", 201)

#define BLOB_LOOKS                                                                                 \
    STEP("HEAD", "/v2/a/b/blobs/" LAYER, NULL, 404),                                               \
        STEP("HEAD", "/v2/a/b/blobs/" CONFIG, NULL, 404)
#define REFUSED(m, t, s, name)                                                                     \
    STEP(m, t, NULL, s, .answer = "{\"errors\":[{\"code\":\"" name "\"}]}")

static void assert_message(const struct error *err, const char *part)
{
    if (!strstr(err->message, part))
        fail_msg("\"%s\" is not in: %s", part, err->message);
    assert_null(strstr(err->message, "secret"));
}

static void test_first_push(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage =
        STAGE(LOOK, BLOB_LOOKS, ANNOUNCE("/up/1?state=x"), ANNOUNCE("https://r.example/up/2"),
              STEP("PUT",
                   "/up/1?state=x&digest=sha256%3A"
                   "dac1d7cfa95021764849fd102524e141488c5e3a90f861dbb5a12d9ac8584f85",
                   "layer", 201),
              STEP("PUT",
                   "/up/2?digest=sha256%3A"
                   "b79606fb3afea5bd1609ed40b622142f1c98125abcfe89a76a661b0e8e343910",
                   "config", 201, .header = "docker-content-digest: " CONFIG "\n"),
              STEP("PUT", "/v2/a/b/manifests/t", "manifest", 201,
                   .header = "docker-content-digest: " IMAGE "\n"));
    assert_int_equal(push(&stage, &err), 0);
    assert_string_equal(stage.progress, "19/19 2+0");
    assert_string_equal(stage.urls[0], "https://r.example/v2/a/b/manifests/t");
    assert_int_equal(stage.gets, 0);
    assert_int_equal(stage.slept_ms, 0);
}

static void test_unchanged(void **state)
{
    (void)state;
    struct stage stage = STAGE(STEP("HEAD", "/v2/a/b/manifests/t", NULL, 200,
                                    .header = "docker-content-digest: " IMAGE "\n"));
    assert_int_equal(push(&stage, NULL), 0);
    assert_string_equal(stage.progress, "0/0 0+2");
}

/* Only the layer is new, and the tag was another image's. */
static void test_partly_there(void **state)
{
    (void)state;
    struct stage stage = STAGE(STEP("HEAD", "/v2/a/b/manifests/t", NULL, 200,
                                    .header = "docker-content-digest: " NEVER "\n"),
                               MISSING, THERE, ANNOUNCE("/u"), KEPT("layer"), MANIFEST);
    assert_int_equal(push(&stage, NULL), 0);
    assert_string_equal(stage.progress, "13/13 1+1");
}

static void test_by_digest(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(STEP("HEAD", "/v2/a/b/manifests/" IMAGE, NULL, 404), THERE, THERE,
                               STEP("PUT", "/v2/a/b/manifests/" IMAGE, "manifest", 201));
    assert_int_equal(push_to(&stage, "r.example/a/b@" IMAGE, NULL, &err), 0);
    stage = (struct stage){.course = {0}};
    assert_int_equal(push_to(&stage, "r.example/a/b@" NEVER, NULL, &err), -1);
    assert_message(&err, "the reference says \"" NEVER "\"");
}

static void test_urls(void **state)
{
    (void)state;
    static const struct {
        const char *name, *url, *expected;
    } cases[] = {
        {"localhost:5000/a/b:t", NULL, "http://localhost:5000/v2/a/b/manifests/t"},
        {"127.1.2.3/a/b:t", NULL, "http://127.1.2.3/v2/a/b/manifests/t"},
        {"[::1]:5/a/b:t", NULL, "http://[::1]:5/v2/a/b/manifests/t"},
        {"127.0.0.1.example/a/b:t", NULL, "https://127.0.0.1.example/v2/a/b/manifests/t"},
        {"docker.io/a/b:t", NULL, "https://registry-1.docker.io/v2/a/b/manifests/t"},
        {"r.example/a/b:t", "http://10.0.0.1:5/x//", "http://10.0.0.1:5/x/v2/a/b/manifests/t"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stage stage =
            STAGE(STEP("HEAD", NULL, NULL, 200, .header = "docker-content-digest: " IMAGE "\n"));
        assert_int_equal(push_to(&stage, cases[i].name, cases[i].url, NULL), 0);
        assert_string_equal(stage.urls[0], cases[i].expected);
    }
    static const char *const wrong[] = {"r.example", "ftp://r", "http://u:secret@r", "http://r?x"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct stage stage = {.course = {0}};
        struct error err = {0};
        assert_int_equal(push_to(&stage, "r.example/a/b:t", wrong[i], &err), -1);
        assert_int_equal(err.domain, ERROR_SETTING);
        assert_message(&err, "the URL of the registry \"r.example\"");
    }
}

#define BASIC .header = "www-authenticate: Basic realm=x\n"
#define BEARER                                                                                     \
    .header = "www-authenticate: Bearer realm=\"https://auth.example/token?x=y\",service=\"r "     \
              "s\"\n"
#define TOKEN_URL "/token?x=y&service=r%20s&scope=repository%3Aa%2Fb%3Apull%2Cpush"
#define TOKEN(as, name) STEP("GET", TOKEN_URL as, NULL, 200, .answer = "{\"token\":\"" name "\"}")

static void test_basic(void **state)
{
    (void)state;
    struct stage stage = STAGE(STEP("HEAD", NULL, NULL, 401, BASIC), LOOK, THERE,
                               STEP("HEAD", NULL, NULL, 403), THERE, MANIFEST);
    assert_int_equal(push(&stage, NULL), 0);
    assert_string_equal(stage.authorizations[0], "");
    assert_string_equal(stage.authorizations[1], "Basic dTpwMA=="); /* u:p0 */
    assert_string_equal(stage.authorizations[3], "Basic dTpwMA==");
    assert_string_equal(stage.authorizations[4], "Basic dTpwMQ=="); /* u:p1 */
    assert_string_equal(stage.authorizations[5], "Basic dTpwMQ==");
    assert_int_equal(stage.renewals, 1);
}

/* ECR says it with another status. A login that may not do it is not renewed for that. */
static void test_expired(void **state)
{
    (void)state;
    struct error err = {0};
#define DENIED(message)                                                                            \
    STEP("POST", NULL, NULL, 403,                                                                  \
         .answer = "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"" message "\"}]}")
    struct stage stage =
        STAGE(STEP("HEAD", NULL, NULL, 401, BASIC), LOOK, MISSING, THERE,
              DENIED("Your authorization token has expired. Reauthenticate and try again."),
              ANNOUNCE("/1"), KEPT("layer"), MANIFEST);
    assert_int_equal(push(&stage, &err), 0);
    assert_string_equal(stage.authorizations[5], "Basic dTpwMQ==");
    assert_int_equal(stage.renewals, 1);
    stage = STAGE(STEP("HEAD", NULL, NULL, 401, BASIC), LOOK, MISSING, THERE,
                  DENIED("not authorized to perform: ecr:InitiateLayerUpload"));
    assert_int_equal(push(&stage, &err), -1);
    assert_int_equal(stage.renewals, 0);
    assert_string_equal(err.name, "DENIED");
    assert_message(&err, "(HTTP 403): not authorized to perform: ecr:InitiateLayerUpload; does the "
                         "login allow it");
}

/* With an expired token in mid-push, and two requests that find it out at once. */
static void test_bearer(void **state)
{
    (void)state;
    struct stage stage =
        STAGE(STEP("HEAD", NULL, NULL, 401, BEARER), TOKEN("&account=u", "T1"), LOOK, MISSING,
              MISSING, STEP("POST", NULL, NULL, 401, BEARER), STEP("POST", NULL, NULL, 401, BEARER),
              TOKEN("&account=u", "T2"), ANNOUNCE("/1"), ANNOUNCE("/2"), KEPT("layer"),
              STEP("PUT", NULL, "config", 401, BEARER), TOKEN("&account=u", "T3"), KEPT("config"),
              MANIFEST);
    assert_int_equal(push(&stage, NULL), 0);
    static const char *const expected[] = {
        "",          "Basic dTpwMA==", "Bearer T1",      "Bearer T1", "Bearer T1",
        "Bearer T1", "Bearer T1",      "Basic dTpwMA==", "Bearer T2", "Bearer T2",
        "Bearer T2", "Bearer T2",      "Basic dTpwMA==", "Bearer T3", "Bearer T3"};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        assert_string_equal(stage.authorizations[i], expected[i]);
    assert_int_equal(stage.renewals, 0);
}

static void test_anonymous(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(STEP("HEAD", NULL, NULL, 401));
    stage.anonymous = true;
    assert_int_equal(push(&stage, &err), -1);
    assert_message(&err, "asks for a login in no way that is known here");
    stage = STAGE(STEP("HEAD", NULL, NULL, 401, BEARER), TOKEN("", "T"), LOOK, MISSING, THERE,
                  STEP("POST", NULL, NULL, 401, BEARER), TOKEN("", "T"),
                  STEP("POST", NULL, NULL, 401, BEARER));
    stage.anonymous = true;
    assert_int_equal(push(&stage, &err), -1);
    assert_int_equal(err.domain, ERROR_HTTP);
    assert_int_equal(err.code, 401);
    assert_string_equal(err.name, "UNAUTHORIZED");
    assert_message(&err, "nobody has logged in");
    stage = STAGE(STEP("HEAD", NULL, NULL, 401, BASIC));
    stage.anonymous = true;
    assert_int_equal(push(&stage, &err), -1);
    assert_message(&err, "nobody has logged in");
}

static void test_identity_token(void **state)
{
    (void)state;
    struct stage stage =
        STAGE(STEP("HEAD", NULL, NULL, 401, BEARER),
              STEP("POST", "/token?x=y",
                   "grant_type=refresh_token&client_id=lorry&refresh_token=p0&service=r%20s&"
                   "scope=repository%3Aa%2Fb%3Apull%2Cpush",
                   200, .answer = "{\"access_token\":\"T\"}"),
              LOOK, THERE, THERE, MANIFEST);
    stage.is_token = true;
    assert_int_equal(push(&stage, NULL), 0);
    assert_string_equal(stage.authorizations[1], "");
    assert_string_equal(stage.authorizations[2], "Bearer T");
}

/* A realm that refuses is asked with a renewed login; what is refused for ever ends. */
static void test_login_refused(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(STEP("HEAD", NULL, NULL, 401, BEARER), STEP("GET", NULL, NULL, 401),
                               TOKEN("&account=u", "T"), LOOK, THERE, THERE, MANIFEST);
    assert_int_equal(push(&stage, NULL), 0);
    assert_int_equal(stage.renewals, 1);
    stage = STAGE(STEP("HEAD", NULL, NULL, 401, BASIC), STEP("HEAD", NULL, NULL, 401, BASIC),
                  STEP("HEAD", NULL, NULL, 401, BASIC));
    assert_int_equal(push(&stage, &err), -1);
    assert_int_equal(err.code, 401);
    assert_string_equal(err.name, "UNAUTHORIZED");
    stage = STAGE(REFUSED("HEAD", NULL, 403, "DENIED"));
    assert_int_equal(push(&stage, &err), -1);
    assert_string_equal(err.name, "DENIED");
    assert_int_equal(stage.gets, 0);
}

static void test_bad_realms(void **state)
{
    (void)state;
    static const struct {
        const char *header, *answer, *message;
    } cases[] = {
        {"www-authenticate: Bearer realm=\"http://auth.example/\"\n", NULL, "over https only"},
        {"www-authenticate: Bearer realm=\"nowhere\"\n", NULL, "that is no URL"},
        {"www-authenticate: Bearer realm=\"https://a.example/\"\n", "{}", "no token"},
        {"www-authenticate: Bearer realm=\"https://a.example/\"\n", "<html>secret", "no token"},
        {"www-authenticate: Bearer realm=\"https://a.example/\"\n", "{\"token\":\"a\\nsecret\"}",
         "no token"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        struct stage stage = STAGE(STEP("HEAD", NULL, NULL, 401, .header = cases[i].header),
                                   STEP("GET", NULL, NULL, 200, .answer = cases[i].answer));
        stage.course.count = cases[i].answer ? 2 : 1;
        assert_int_equal(push(&stage, &err), -1);
        assert_message(&err, cases[i].message);
        if (!cases[i].answer)
            assert_string_equal(stage.authorizations[1], "");
    }
    /* A login is not carried on. */
    struct error err = {0};
    struct stage stage =
        STAGE(STEP("HEAD", NULL, NULL, 401, BEARER),
              STEP("GET", NULL, NULL, 302, .header = "location: https://evil.example/\n"));
    assert_int_equal(push(&stage, &err), -1);
    assert_message(&err, "\"auth.example:443\": a redirect, which a login does not follow");
}

/* Others get no Authorization, and may not ask for one. */
static void test_elsewhere(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(
        STEP("HEAD", NULL, NULL, 401, BASIC), LOOK, MISSING,
        STEP("HEAD", NULL, NULL, 307, .header = "location: https://store.example/b?sig=secret\n"),
        ANNOUNCE("https://store.example/up"), STEP("HEAD", "/b?sig=secret", NULL, 200),
        STEP("PUT", NULL, "layer", 307, .header = "location: //other.example/x?y\n"),
        STEP("PUT", "/x?y", "layer", 201), MANIFEST);
    assert_int_equal(push(&stage, &err), 0);
    static const bool with[] = {false, true, true, true, true, false, false, false, true};
    for (size_t i = 0; i < ARRAY_LEN(with); i++)
        assert_string_equal(stage.authorizations[i], with[i] ? "Basic dTpwMA==" : "");
    assert_string_equal(stage.urls[7], "https://other.example/x?y");
    stage = STAGE(LOOK, MISSING, THERE, ANNOUNCE("https://evil.example/up"),
                  STEP("PUT", NULL, NULL, 401,
                       .header = "www-authenticate: Bearer realm=\"https://evil.example/\"\n"));
    assert_int_equal(push(&stage, &err), -1);
    assert_int_equal(stage.gets, 0);
    assert_int_equal(err.code, 401);
}

static void test_bad_locations(void **state)
{
    (void)state;
    static const struct {
        const char *header, *message;
    } cases[] = {
        {"", "the answer to POST leads nowhere"},
        {"location:\n", "leads nowhere"},
        {"location: http://r.example/up\n", "leads from https to http"},
        {"location: ftp://r.example/secret\n", "leads to what is no usable URL"},
        {"location: https://u:secret@r.example/up\n", "leads to what is no usable URL"},
        {"location: https:///up\n", "leads to what is no usable URL"},
        {"location: /a b\n", "leads to what is no usable URL"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        struct stage stage =
            STAGE(LOOK, MISSING, THERE, STEP("POST", NULL, NULL, 202, .header = cases[i].header));
        assert_int_equal(push(&stage, &err), -1);
        assert_message(&err, cases[i].message);
        assert_message(&err, "\"r.example/a/b\": layer " LAYER);
    }
    struct error err = {0};
    struct http_script_step circle[7];
    for (size_t i = 0; i < ARRAY_LEN(circle); i++)
        circle[i] =
            (struct http_script_step)STEP("HEAD", NULL, NULL, 302, .header = "location: x\n");
    struct stage stage = {.clock = {.now_us = now_us, .sleep_ms = sleep_ms}};
    stage.course = (struct http_script_course){circle, 6, 0};
    assert_int_equal(push(&stage, &err), -1);
    assert_message(&err, "redirected for ever");
}

#define CUT STEP(NULL, NULL, NULL, 0, .answer = "cut off")

/* Whatever breaks begins anew with HEAD: what was sent may have arrived. */
static void test_trouble(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage =
        STAGE(CUT, LOOK, STEP("HEAD", NULL, NULL, 503), CUT, MISSING, THERE, CUT, MISSING,
              ANNOUNCE("/1"), CUT, MISSING, ANNOUNCE("/2"), STEP("PUT", NULL, "layer", 500), THERE,
              CUT, LOOK, STEP("PUT", NULL, "manifest", 502),
              STEP("HEAD", NULL, NULL, 200, .header = "docker-content-digest: " IMAGE "\n"));
    assert_int_equal(push(&stage, &err), 0);
    assert_string_equal(stage.progress, "13/13 1+1");
    assert_true(stage.slept_ms > 0);
    stage = STAGE(CUT, CUT, CUT, CUT, CUT);
    assert_int_equal(push(&stage, &err), -1);
    assert_message(&err, "manifest " IMAGE ": cut off");
}

static void test_throttling(void **state)
{
    (void)state;
    struct stage stage = STAGE(STEP("HEAD", NULL, NULL, 429, .header = "retry-after: 30\n"),
                               STEP("HEAD", NULL, NULL, 429, .header = "retry-after: 999\n"), LOOK,
                               THERE, THERE, MANIFEST);
    assert_int_equal(push(&stage, NULL), 0);
    assert_int_equal(stage.slept_ms, 90000);
}

/* An upload that has vanished; a registry that took it without keeping it. */
static void test_lost_uploads(void **state)
{
    (void)state;
    struct error err = {0};
    struct stage stage = STAGE(LOOK, MISSING, THERE, ANNOUNCE("/1"),
                               REFUSED("PUT", NULL, 404, "BLOB_UPLOAD_UNKNOWN"), MISSING,
                               ANNOUNCE("/2"), STEP("PUT", NULL, "layer", 204), MISSING, MISSING,
                               ANNOUNCE("/3"), STEP("PUT", NULL, "layer", 202), THERE, MANIFEST);
    assert_int_equal(push(&stage, &err), 0);
    stage =
        STAGE(LOOK, MISSING, THERE, ANNOUNCE("/1"), REFUSED("PUT", NULL, 400, "DIGEST_INVALID"));
    assert_int_equal(push(&stage, &err), -1);
    assert_string_equal(err.name, "DIGEST_INVALID");
}

static void test_lies(void **state)
{
    (void)state;
#define LIE .header = "docker-content-digest: " NEVER "\n"
    static const char both[] = "the registry says that its digest is \"" NEVER "\", and it is \"";
    struct error err = {0};
    struct stage stage = STAGE(LOOK, STEP("HEAD", NULL, NULL, 200, LIE), THERE);
    assert_int_equal(push(&stage, &err), -1);
    assert_message(&err, both);
    assert_message(&err, LAYER);
    stage = STAGE(LOOK, MISSING, THERE, ANNOUNCE("/1"), STEP("PUT", NULL, NULL, 201, LIE));
    assert_int_equal(push(&stage, &err), -1);
    assert_message(&err, both);
    stage = STAGE(LOOK, THERE, THERE, STEP("PUT", NULL, "manifest", 201, LIE));
    assert_int_equal(push(&stage, &err), -1);
    assert_message(&err, both);
    assert_message(&err, IMAGE);
    stage = STAGE(STEP("HEAD", NULL, NULL, 200, LIE));
    assert_int_equal(push_to(&stage, "r.example/a/b@" IMAGE, NULL, &err), -1);
    assert_message(&err, both);
    stage = STAGE(LOOK, THERE, THERE,
                  STEP("PUT", NULL, NULL, 201, .header = "docker-content-digest: a\033[2J\n"));
    assert_int_equal(push(&stage, &err), -1);
    assert_message(&err, "its digest is \"a [2J\"");
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *name, *message;
    } cases[] = {
        {"{\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"no\\u001b[31m such\\nsecret\"}]}",
         "NAME_UNKNOWN",
         "\"r.example/a/b\": layer " LAYER ": NAME_UNKNOWN (HTTP 404): no [31m such; is there such "
         "a repository?"},
        {"<html>secret</html>", "", "layer " LAYER ": an error without a code (HTTP 404)"},
        {"{\"errors\":[]}", "", "an error without a code (HTTP 404)"},
        {"{\"errors\":{\"code\":1}}", "", "an error without a code (HTTP 404)"},
        {"[", "", "an error without a code (HTTP 404)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        struct stage stage =
            STAGE(LOOK, MISSING, MISSING, STEP("POST", NULL, NULL, 404, .answer = cases[i].answer),
                  ANNOUNCE("/1"));
        assert_int_equal(push(&stage, &err), -1);
        assert_int_equal(err.domain, ERROR_HTTP);
        assert_int_equal(err.code, 404);
        assert_string_equal(err.name, cases[i].name);
        assert_message(&err, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_push),    cmocka_unit_test(test_unchanged),
        cmocka_unit_test(test_partly_there),  cmocka_unit_test(test_by_digest),
        cmocka_unit_test(test_urls),          cmocka_unit_test(test_basic),
        cmocka_unit_test(test_expired),       cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_anonymous),     cmocka_unit_test(test_identity_token),
        cmocka_unit_test(test_login_refused), cmocka_unit_test(test_bad_realms),
        cmocka_unit_test(test_elsewhere),     cmocka_unit_test(test_bad_locations),
        cmocka_unit_test(test_trouble),       cmocka_unit_test(test_throttling),
        cmocka_unit_test(test_lost_uploads),  cmocka_unit_test(test_lies),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
