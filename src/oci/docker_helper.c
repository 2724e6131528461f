/* docker-credential-NAME: a word as argument, a text in, a text out
 * [github.com/docker/docker-credential-helpers "Development"]. */
#include <limits.h>
#include <string.h>

#include "base/memory.h"
#include "base/process.h"
#include "oci/docker_file.h"
#include "oci/document.h"
#include "json/writer.h"

/* It may have to ask its user for a password. */
#define TIMEOUT_MS 120000
#define OUTPUT_CAP ((size_t)256 << 10)
#define SHOWN_MAX 200
#define IDENTITY_TOKEN "<token>" /* the user of one */

/* What a helper that fails says is a message, not a secret. */
static int explain(const char *program, const struct buf *output, const struct error *why,
                   struct error *err)
{
    cleanup_buf struct buf said = BUF_INIT(SHOWN_MAX);
    size_t len = strcspn(buf_str(output), "\r\n");
    buf_append(&said, buf_str(output), len < SHOWN_MAX ? len : SHOWN_MAX);
    buf_defuse(&said);
    bool quoted = !why->code && said.len;
    return error_set(err, ERROR_SYSTEM, why->code, "%s: %s%s%s", program, why->message,
                     quoted ? ": " : "", quoted ? buf_str(&said) : "");
}

static int run(const char *helper, const char *word, struct view input, struct buf *output,
               struct error *err)
{
    cleanup_buf struct buf program = BUF_INIT(NAME_MAX);
    struct error why;
    buf_printf(&program, "docker-credential-%s", helper);
    if (program.overflow || strchr(helper, '/'))
        return error_set(err, ERROR_INPUT, 0, "the name of its credential helper is no name");
    const struct process process = {
        .words = (const char *const[]){buf_str(&program), word, NULL},
        .input = input,
        .timeout_ms = TIMEOUT_MS,
        .clock = &clock_system,
        .output = output,
    };
    if (process_run(&process, &why) < 0)
        return explain(buf_str(&program), output, &why, err);
    return 0;
}

static int read_answer(const char *helper, struct view text, struct registry_login *login,
                       struct error *err)
{
    cleanup_document json_t *answer = NULL;
    cleanup_buf struct buf what = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&what, "answer of docker-credential-%s", helper);
    if (document_read(text, buf_str(&what), &answer, err) < 0)
        return -1;
    const char *user = document_text(answer, "Username"), *secret = document_text(answer, "Secret");
    if (!user || !secret)
        return error_set(err, ERROR_INPUT, 0, "the %s has no Username or no Secret",
                         buf_str(&what));
    login->user = login->password = BUF_INIT(REGISTRY_LOGIN_CAP);
    login->is_token = strcmp(user, IDENTITY_TOKEN) == 0;
    if (!login->is_token)
        buf_append_str(&login->user, user);
    buf_append_str(&login->password, secret);
    return 0;
}

int docker_helper_get(const char *helper, const char *registry, struct registry_login *login,
                      struct error *err)
{
    static const char none[] = "credentials not found";
    cleanup_secret struct buf output = BUF_INIT(OUTPUT_CAP);
    struct error why;
    if (run(helper, "get", view_str(docker_server(registry)), &output, &why) == 0)
        return read_answer(helper, buf_view(&output), login, err);
    if (!why.code && strstr(buf_str(&output), none))
        return 0;
    if (err)
        *err = why;
    return -1;
}

int docker_helper_store(const char *helper, const char *registry,
                        const struct registry_login *login, struct error *err)
{
    cleanup_secret struct buf input = BUF_INIT(OUTPUT_CAP), output = BUF_INIT(OUTPUT_CAP);
    struct json_writer json;
    json_writer_init(&json, &input);
    json_begin_object(&json);
    json_member_string(&json, "ServerURL", view_str(docker_server(registry)));
    json_member_string(&json, "Username",
                       login->is_token ? VIEW(IDENTITY_TOKEN) : buf_view(&login->user));
    json_member_string(&json, "Secret", buf_view(&login->password));
    json_end_object(&json);
    return run(helper, "store", buf_view(&input), &output, err);
}
