#include "oci/docker_config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "oci/docker_file.h"
#include "oci/document.h"

struct docker_logins {
    struct registry_logins logins;
    struct registry_login last; /* what was given last: a renewed one is another */
};

/* A helper that knows nothing leaves the word to the file, as do podman and others. */
static int find(const json_t *file, const char *registry, struct registry_login *login,
                struct error *err)
{
    const char *helper = docker_file_helper(file, registry);
    if (helper && docker_helper_get(helper, registry, login, err) < 0)
        return -1;
    return login->password.len ? 0 : docker_file_find(file, registry, login, err);
}

static bool same(const struct registry_login *a, const struct registry_login *b)
{
    return view_equal(buf_view(&a->user), buf_view(&b->user)) &&
           view_equal(buf_view(&a->password), buf_view(&b->password));
}

static void copy(const struct registry_login *from, struct registry_login *to)
{
    registry_login_release(to);
    to->user = to->password = BUF_INIT(REGISTRY_LOGIN_CAP);
    buf_append_view(&to->user, buf_view(&from->user));
    buf_append_view(&to->password, buf_view(&from->password));
    to->is_token = from->is_token;
}

static int refuse(const char *path, const char *registry, bool empty, struct error *err)
{
    return error_set(err, ERROR_SETTING, 0,
                     empty ? "no login for \"%s\" is in %s: make one with `docker login %s`"
                           : "the login for \"%s\" in %s is not valid (any more): make a new one "
                             "with `docker login %s`",
                     registry, *path ? path : "docker's credential file", registry);
}

static int get(struct registry_logins *base, const char *registry, bool renew,
               struct registry_login *login, struct error *err)
{
    struct docker_logins *logins = (struct docker_logins *)base;
    cleanup_registry_login struct registry_login found = {0};
    cleanup_document json_t *file = NULL;
    cleanup_buf struct buf path = BUF_INIT(PATH_MAX);
    if (docker_file_path(&path) && docker_file_read(buf_str(&path), &file, err) < 0)
        return -1;
    if (file && find(file, registry, &found, err) < 0)
        return error_prefix(err, "%s", buf_str(&path));
    if (renew && (!found.password.len || same(&found, &logins->last)))
        return refuse(buf_str(&path), registry, !found.password.len, err);
    copy(&found, &logins->last);
    *login = found;
    found = (struct registry_login){0};
    return 0;
}

struct registry_logins *docker_config_logins_new(void)
{
    struct docker_logins *logins = xcalloc(1, sizeof(*logins));
    logins->logins.get = get;
    return &logins->logins;
}

void docker_config_logins_free(struct registry_logins *base)
{
    struct docker_logins *logins = (struct docker_logins *)base;
    if (!logins)
        return;
    registry_login_release(&logins->last);
    free(logins);
}

/* Its folder is made, as docker makes it. */
static int write_file(const char *path, const json_t *file, struct error *err)
{
    cleanup_free char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    char *text = json_dumps(file, JSON_INDENT(4));
    if (!text)
        memory_exhausted();
    int result = mkdir(folder, 0700) != 0 && errno != EEXIST
                     ? error_errno(err, "%s: cannot make the folder", folder)
                     : file_write(path, view_str(text), 0600, err);
    explicit_bzero(text, strlen(text));
    free(text);
    return result;
}

static int enter(json_t *file, const char *registry, const struct registry_login *login,
                 struct error *err)
{
    const char *helper = docker_file_helper(file, registry);
    if (helper && docker_helper_store(helper, registry, login, err) < 0)
        return -1;
    return docker_file_enter(file, registry, helper ? NULL : login, err);
}

int docker_config_store(const char *registry, const struct registry_login *login, struct error *err)
{
    cleanup_document json_t *file = NULL;
    cleanup_buf struct buf path = BUF_INIT(PATH_MAX);
    if (!docker_file_path(&path))
        return error_set(err, ERROR_SETTING, 0,
                         "neither DOCKER_CONFIG nor HOME says where docker's credential file is");
    if (docker_file_read(buf_str(&path), &file, err) < 0)
        return -1;
    if (enter(file, registry, login, err) < 0)
        return error_prefix(err, "%s", buf_str(&path));
    return write_file(buf_str(&path), file, err);
}
