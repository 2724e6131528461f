#include "base/arguments.h"

#include "base/memory.h"

/* The password in "...scheme://user:password@host...", as generously as can be: it may contain
 * anything, "@" and "/" included, so it ends at the last "@". The empty view if there is none. */
static struct view password_in(struct view text)
{
    const struct view none = {text.ptr, 0};
    const char *begin = memmem(text.ptr, text.len, "://", 3);
    if (!begin)
        return none;
    struct view rest = view_between(begin + 3, text.ptr + text.len);
    const char *at = memrchr(rest.ptr, '@', rest.len);
    if (rest.len == 0 || *rest.ptr == '/' || !at)
        return none;
    const char *colon = memchr(rest.ptr, ':', (size_t)(at - rest.ptr));
    return colon ? view_between(colon + 1, at) : none;
}

/* Takes it out and closes the gap: not even its length shows. */
static bool hide(char *argument)
{
    struct view password = password_in(view_str(argument));
    if (!password.len)
        return false;
    char *begin = argument + (password.ptr - argument);
    size_t tail = strlen(begin + password.len);
    memmove(begin, begin + password.len, tail);
    memset(begin + tail, 0, password.len);
    return true;
}

char **arguments_take(int argc, char **argv, bool *hidden)
{
    char **copies = xcalloc((size_t)argc + 1, sizeof(*copies));
    for (int i = 0; i < argc; i++) {
        copies[i] = xstrdup(argv[i]);
        if (hide(argv[i]))
            *hidden = true;
    }
    return copies;
}

void arguments_free(char **arguments, int argc)
{
    for (int i = 0; i < argc; i++) {
        explicit_bzero(arguments[i], strlen(arguments[i]));
        free(arguments[i]);
    }
    free(arguments);
}

void url_append_public(struct buf *out, struct view url)
{
    struct view password = password_in(url);
    if (!password.len) {
        buf_append_view(out, url);
        return;
    }
    /* Without the colon in front of it, too. */
    buf_append_view(out, view_between(url.ptr, password.ptr - 1));
    buf_append_view(out, view_skip(url, (size_t)(password.ptr - url.ptr) + password.len));
}
