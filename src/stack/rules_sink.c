/* Rules about the sink. */
#include <arpa/inet.h>

#include "base/memory.h"
#include "base/suggest.h"
#include "net/url.h"
#include "stack/rules.h"

static const char *const schemes[] = {"crate", "sqlite"};

static void check_scheme(const struct check *check, const struct url *url)
{
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (strcmp(schemes[i], url->scheme) == 0)
            return;
    const char *meant = suggest(view_str(url->scheme), schemes, ARRAY_LEN(schemes));
    if (strcmp(url->scheme, "http") == 0 || strcmp(url->scheme, "https") == 0)
        meant = "crate";
    if (meant)
        check_error(check, "sink.url",
                    "\"sink.url\": there is no sink for \"%s://\" (did you mean "
                    "\"%s://\"?)",
                    url->scheme, meant);
    else
        check_error(check, "sink.url",
                    "\"sink.url\": there is no sink for \"%s://\"; it is crate:// or sqlite://",
                    url->scheme);
}

/* "sqlite:////mnt/data/sink.db" is /mnt/data/sink.db. */
static bool is_mounted(const struct stack *stack, const struct url *url)
{
    struct view path = view_skip(view_str(url->path), 1),
                mount = view_str(stack->processor.mount_path);
    return mount.len && view_starts_with(path, mount) && path.len > mount.len + 1 &&
           path.ptr[mount.len] == '/' && !strstr(url->path, "/../");
}

/* A database file of a Lambda is gone with it. */
static void check_sqlite(const struct check *check, const struct url *url)
{
    static const char text[] =
        "\"sink.url\": a Lambda function keeps a SQLite database only "
        "below \"processor.file-system.path\": its own files are gone with it";
    if (is_mounted(check->stack, url))
        return;
    if (check->options->emulated)
        check_warning(check, "sink.url", "%s", text);
    else
        check_error(check, "sink.url", "%s", text);
}

static bool is_loopback(const char *host)
{
    struct in_addr address;
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

static void check_host(const struct check *check, const struct url *url)
{
    if (!*url->host)
        check_error(check, "sink.url", "\"sink.url\" has no host");
    else if (is_loopback(url->host) && !check->options->emulated)
        check_error(check, "sink.url",
                    "\"sink.url\": %s is the function itself in Lambda: name a host that it can "
                    "reach",
                    url->host);
}

static bool has_password(const struct url *url)
{
    return url->password && *url->password;
}

/* Nothing of a URL that cannot be parsed is shown, nor of its password. */
void rule_url(const struct check *check)
{
    cleanup_url struct url url = {0};
    struct error err;
    const char *text = check->stack->sink.url;
    if (!text)
        return;
    if (url_parse(view_str(text), &url, &err) < 0) {
        check_error(check, "sink.url", "\"sink.url\": %s", err.message);
        return;
    }
    check_scheme(check, &url);
    if (strcmp(url.scheme, "sqlite") == 0)
        check_sqlite(check, &url);
    else
        check_host(check, &url);
    if (has_password(&url) && check_given(check, "sink.password"))
        check_error(check, "sink.url",
                    "\"sink.url\" holds a password, and \"sink.password\" names another: leave "
                    "the one in the URL out");
    else if (has_password(&url))
        check_warning(check, "sink.url",
                      "\"sink.url\" holds a password: keep it in Secrets Manager, and write "
                      "\"password: {secret: NAME}\"");
}

void rule_password(const struct check *check)
{
    static const char *const places[] = {"sink.password.secret", "sink.password.ssm",
                                         "sink.password.env"};
    const struct yaml_node *node = yaml_find(check->root, "sink.password").node;
    const char *first = NULL;
    if (!node || node->kind != YAML_MAPPING)
        return;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        if (!check_given(check, places[i]))
            continue;
        if (first)
            check_error(check, places[i],
                        "\"%s\" and \"%s\" exclude each other (in a stage, \"%s: null\" takes the "
                        "other away)",
                        first, places[i], strrchr(first, '.') + 1);
        else
            first = places[i];
    }
    if (!first)
        check_error(check, "sink.password",
                    "\"sink.password\" says nothing: write {secret: NAME}, {ssm: NAME} or {env: "
                    "NAME}");
    if (check_given(check, "sink.password.key") && !check_given(check, "sink.password.secret"))
        check_error(check, "sink.password.key",
                    "\"sink.password.key\" is a member of a secret: it needs "
                    "\"sink.password.secret\"");
    if (check_given(check, "sink.password.env"))
        check_warning(check, "sink.password.env",
                      "whoever may read the function's configuration will see the password: keep "
                      "it in Secrets Manager, and write {secret: NAME}");
}
