#include "cli/package.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/pipeline_file.h"
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

void package_choice_release(struct package_choice *choice)
{
    buf_release(&choice->executable);
    free(choice->region);
}

int package_choose(const struct cli *cli, const char *entrypoint, struct package_choice *choice)
{
    cleanup_stack struct stack stack = {0};
    struct error err;
    enum pipeline_file file = pipeline_file_read(cli, PIPELINE_PACKING, &stack);
    if (file == PIPELINE_FAILED)
        return CLI_FAILED;
    if (file == PIPELINE_READ)
        choice->architecture = stack_architecture_name(stack.processor.architecture);
    if (stack.region)
        choice->region = xstrdup(stack.region);
    if (!entrypoint)
        entrypoint = stack.processor.entrypoint;
    if (entrypoint)
        buf_append_str(&choice->executable, entrypoint);
    else if (default_processor(&choice->executable, &err) < 0)
        return cli_fail(cli, &err);
    choice->version = entrypoint ? NULL : LORRY_VERSION;
    return CLI_DONE;
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
