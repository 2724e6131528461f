#include "lambda/memory_group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/memory.h"
#include "json/number.h"

#define MOUNT "/sys/fs/cgroup"
#define FILE_MAX ((size_t)64 << 10)
/* A group is busy for a moment after its last process was killed. */
#define REMOVE_TRIES 200
#define REMOVE_WAIT_US 5000

static int put(const char *group, const char *file, int64_t value)
{
    char path[PATH_MAX + 32], text[24];
    snprintf(path, sizeof(path), "%s/%s", group, file);
    int len = snprintf(text, sizeof(text), "%lld", (long long)value);
    cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, (size_t)len) == len ? 0 : -1;
}

/* False if there is no such file. */
static bool get(const char *group, const char *file, struct buf *text)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof(path), "%s/%s", group, file);
    return buf_read_file(text, path, NULL) == 0;
}

/* The word behind `name` at the begin of a line; empty: there is none. */
static struct view find_line(struct view text, struct view name)
{
    struct view line;
    while (view_take_line(&text, &line))
        if (view_starts_with(line, name))
            return view_skip(line, name.len);
    return VIEW("");
}

static bool shares_memory_out(const char *group)
{
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX);
    return get(group, "cgroup.subtree_control", &text) && strstr(buf_str(&text), "memory");
}

static int make_below(const char *parent, struct memory_group *group, pid_t pid, int64_t limit)
{
    int len = snprintf(group->path, sizeof(group->path), "%s/lorry-%d", parent, (int)pid);
    if (len >= (int)sizeof(group->path) || mkdir(group->path, 0755) != 0) {
        *group->path = '\0';
        return -1;
    }
    put(group->path, "memory.swap.max", 0); /* Lambda has none */
    if (put(group->path, "memory.max", limit) == 0 && put(group->path, "cgroup.procs", pid) == 0)
        return 0;
    rmdir(group->path);
    *group->path = '\0';
    return -1;
}

int memory_group_make_in(const char *mount, const char *own, struct memory_group *group, pid_t pid,
                         int64_t limit, struct error *err)
{
    struct view path = find_line(view_str(own), VIEW("0::"));
    char place[PATH_MAX];
    int len = snprintf(place, sizeof(place), "%s%.*s", mount, VIEW_ARG(path));
    *group->path = '\0';
    if (!path.len || len >= (int)sizeof(place))
        return error_set(err, ERROR_SYSTEM, ENOENT, "there are no control groups of version 2");
    while (strlen(place) >= strlen(mount)) {
        if (shares_memory_out(place) && make_below(place, group, pid, limit) == 0)
            return 0;
        *strrchr(place, '/') = '\0';
    }
    return error_set(err, ERROR_SYSTEM, EACCES, "no control group can be made here");
}

int memory_group_make(struct memory_group *group, pid_t pid, int64_t limit, struct error *err)
{
    cleanup_buf struct buf own = BUF_INIT(FILE_MAX);
    *group->path = '\0';
    if (buf_read_file(&own, "/proc/self/cgroup", err) < 0)
        return -1;
    return memory_group_make_in(MOUNT, buf_str(&own), group, pid, limit, err);
}

int64_t memory_group_peak(const struct memory_group *group)
{
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX);
    int64_t peak;
    if (!get(group->path, "memory.peak", &text))
        return -1;
    struct view value = buf_view(&text);
    return number_int64(view_of(value.ptr, strcspn(value.ptr, "\n")), &peak) ? peak : -1;
}

bool memory_group_overrun(const struct memory_group *group)
{
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX);
    int64_t count = 0;
    if (!*group->path || !get(group->path, "memory.events", &text))
        return false;
    return number_int64(find_line(buf_view(&text), VIEW("oom_kill ")), &count) && count > 0;
}

void memory_group_remove(struct memory_group *group)
{
    if (!*group->path)
        return;
    put(group->path, "cgroup.kill", 1);
    for (int i = 0; i < REMOVE_TRIES && rmdir(group->path) != 0 && errno == EBUSY; i++)
        usleep(REMOVE_WAIT_US);
    *group->path = '\0';
}
