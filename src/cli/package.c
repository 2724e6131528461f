#include "cli/package.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "json/number.h"

/* lorry-processor is built and installed beside lorry. */
static int default_processor(struct buf *path, struct error *err)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self));
    if (len < 0)
        return error_errno(err, "cannot find out where lorry is: name the processor with "
                                "--entrypoint");
    const char *slash = memrchr(self, '/', (size_t)len);
    buf_append(path, self, (size_t)(slash - self) + 1);
    buf_append_str(path, "lorry-processor");
    if (access(buf_str(path), R_OK) != 0)
        return error_errno(err,
                           "%s: cannot read the built-in processor; name one with --entrypoint",
                           buf_str(path));
    return 0;
}

int package_executable(const char *entrypoint, struct buf *path, struct error *err)
{
    if (!entrypoint)
        return default_processor(path, err);
    buf_append_str(path, entrypoint);
    return 0;
}

int package_time(int64_t *seconds, struct error *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    int64_t value = 0;
    if (text && *text && (!number_int64(view_str(text), &value) || value < 0))
        return error_set(err, ERROR_SETTING, 0,
                         "SOURCE_DATE_EPOCH is no number of seconds since 1970");
    *seconds = value;
    return 0;
}
