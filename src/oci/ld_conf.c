#include "oci/ld_conf.h"

#include <glob.h>
#include <limits.h>

#include "base/buf.h"

enum { DEPTH_MAX = 4 };

static void read_file(const char *path, struct arena *arena, struct ld_conf *conf, unsigned depth);

static void add_folder(struct view folder, struct arena *arena, struct ld_conf *conf)
{
    /* "=libc6" behind it says for which libraries; that is long past. */
    const char *equals = memchr(folder.ptr, '=', folder.len);
    folder = view_trim(equals ? view_between(folder.ptr, equals) : folder);
    while (folder.len > 1 && folder.ptr[folder.len - 1] == '/')
        folder.len--;
    if (folder.len && *folder.ptr == '/' && conf->count < LD_CONF_FOLDERS_MAX)
        conf->folders[conf->count++] = arena_copy(arena, folder).ptr;
}

/* A pattern is one as from the folder of the file that it stands in. */
static void include(const char *path, struct view pattern, struct arena *arena,
                    struct ld_conf *conf, unsigned depth)
{
    cleanup_buf struct buf full = BUF_INIT(PATH_MAX);
    const char *slash = strrchr(path, '/');
    if (*pattern.ptr != '/' && slash)
        buf_append(&full, path, (size_t)(slash - path) + 1);
    buf_append_view(&full, pattern);
    glob_t found;
    if (full.overflow || glob(buf_str(&full), 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        read_file(found.gl_pathv[i], arena, conf, depth + 1);
    globfree(&found);
}

static void read_words(const char *path, struct view line, struct arena *arena,
                       struct ld_conf *conf, unsigned depth)
{
    static const char separators[] = " \t:,\r";
    bool including = view_starts_with(line, VIEW("include")) && line.len > strlen("include") &&
                     (line.ptr[strlen("include")] == ' ' || line.ptr[strlen("include")] == '\t');
    if (including)
        line = view_skip(line, strlen("include"));
    while (line.len) {
        size_t len = 0;
        while (len < line.len && !strchr(separators, line.ptr[len]))
            len++;
        struct view word = {line.ptr, len};
        if (len && including)
            include(path, word, arena, conf, depth);
        else if (len)
            add_folder(word, arena, conf);
        line = view_skip(line, len + 1);
    }
}

static void read_file(const char *path, struct arena *arena, struct ld_conf *conf, unsigned depth)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (depth > DEPTH_MAX || buf_read_file(&text, path, NULL) < 0)
        return;
    struct view rest = buf_view(&text);
    while (rest.len) {
        const char *newline = memchr(rest.ptr, '\n', rest.len);
        struct view line = {rest.ptr, newline ? (size_t)(newline - rest.ptr) : rest.len};
        rest = view_skip(rest, line.len + 1);
        const char *comment = memchr(line.ptr, '#', line.len);
        if (comment)
            line.len = (size_t)(comment - line.ptr);
        read_words(path, view_trim(line), arena, conf, depth);
    }
}

void ld_conf_read(const char *path, struct arena *arena, struct ld_conf *conf)
{
    read_file(path, arena, conf, 0);
}
