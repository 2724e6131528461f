#include "oci/docker_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/memory.h"
#include "oci/document.h"

bool docker_file_path(struct buf *path)
{
    const char *folder = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
    if (folder && *folder)
        buf_printf(path, "%s/config.json", folder);
    else if (home && *home)
        buf_printf(path, "%s/.docker/config.json", home);
    return path->len > 0;
}

int docker_file_read(const char *path, json_t **file, struct error *err)
{
    cleanup_secret struct buf text = BUF_INIT(OCI_MANIFEST_MAX);
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
        *file = json_object();
        return 0;
    }
    if (buf_read_file(&text, path, err) < 0)
        return -1;
    if (document_read(buf_view(&text), "credential file", file, err) < 0)
        return error_prefix(err, "%s", path);
    return 0;
}

const char *docker_server(const char *registry)
{
    return strcmp(registry, "docker.io") == 0 ? "https://index.docker.io/v1/" : registry;
}

const char *docker_file_helper(const json_t *file, const char *registry)
{
    const char *own = document_text(json_object_get(file, "credHelpers"), docker_server(registry));
    const char *name = own && *own ? own : document_text(file, "credsStore");
    return name && *name ? name : NULL;
}

/* "https://host:5000/v1/" is "host:5000" to docker. */
static struct view host_of(const char *key)
{
    const char *scheme = strstr(key, "://");
    const char *host = scheme ? scheme + 3 : key;
    return view_of(host, strcspn(host, "/"));
}

static const json_t *find_entry(const json_t *file, const char *registry)
{
    json_t *auths = json_object_get(file, "auths"), *entry;
    const char *server = docker_server(registry), *key;
    struct view host = host_of(server);
    const json_t *exact = json_object_get(auths, server);
    if (exact)
        return exact;
    json_object_foreach(auths, key, entry)
    {
        struct view other = host_of(key);
        if (other.len == host.len && strncasecmp(other.ptr, host.ptr, host.len) == 0)
            return entry;
    }
    return NULL;
}

/* "user:password" in base64; docker pads passwords with NUL here and there. */
static int read_auth(const char *text, struct registry_login *login, struct error *err)
{
    struct view encoded = view_str(text);
    cleanup_secret struct buf plain = BUF_INIT(REGISTRY_LOGIN_CAP + BASE64_SLACK);
    char *room = buf_reserve(&plain, BASE64_DECODED_MAX(encoded.len) + BASE64_SLACK);
    ssize_t len = room ? base64_decode(encoded, room) : -1;
    const char *colon = len > 0 ? memchr(room, ':', (size_t)len) : NULL;
    if (!colon)
        return error_set(err, ERROR_INPUT, 0, "\"auth\" is not the base64 of user:password");
    buf_commit(&plain, (size_t)len);
    struct view password = view_between(colon + 1, plain.ptr + plain.len);
    while (password.len && !password.ptr[password.len - 1])
        password.len--;
    buf_append_view(&login->user, view_between(plain.ptr, colon));
    buf_append_view(&login->password, password);
    return 0;
}

int docker_file_find(const json_t *file, const char *registry, struct registry_login *login,
                     struct error *err)
{
    const json_t *entry = find_entry(file, registry);
    const char *auth = document_text(entry, "auth"), *user = document_text(entry, "username");
    const char *password = document_text(entry, "password");
    const char *token = document_text(entry, "identitytoken");
    login->user = login->password = BUF_INIT(REGISTRY_LOGIN_CAP);
    if (auth && *auth) {
        if (read_auth(auth, login, err) < 0)
            return error_prefix(err, "the login for \"%s\"", registry);
    } else if (user && *user && password) {
        buf_append_str(&login->user, user);
        buf_append_str(&login->password, password);
    }
    if (token && *token) {
        buf_clear(&login->password);
        buf_append_str(&login->password, token);
        login->is_token = true;
    }
    return 0;
}

static json_t *make_entry(const struct registry_login *login)
{
    cleanup_secret struct buf plain = BUF_INIT(2 * REGISTRY_LOGIN_CAP + 1);
    buf_append_view(&plain, buf_view(&login->user));
    buf_append_char(&plain, ':');
    if (!login->is_token)
        buf_append_view(&plain, buf_view(&login->password));
    size_t len = BASE64_ENCODED_LEN(plain.len);
    cleanup_secret struct buf encoded = BUF_INIT(len);
    base64_encode(buf_view(&plain), buf_reserve(&encoded, len));
    buf_commit(&encoded, len);
    json_t *entry = json_object();
    json_object_set_new(entry, "auth", json_stringn(encoded.ptr, encoded.len));
    if (login->is_token)
        json_object_set_new(entry, "identitytoken",
                            json_stringn(login->password.ptr, login->password.len));
    return entry;
}

int docker_file_enter(json_t *file, const char *registry, const struct registry_login *login,
                      struct error *err)
{
    json_t *auths = json_object_get(file, "auths");
    if (!auths) {
        json_object_set_new(file, "auths", json_object());
        auths = json_object_get(file, "auths");
    }
    if (!json_is_object(auths))
        return error_set(err, ERROR_INPUT, 0, "\"auths\" is no object");
    json_object_set_new(auths, docker_server(registry), login ? make_entry(login) : json_object());
    return 0;
}
