#include "stack/package.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "oci/build.h"
#include "json/number.h"

#define PROCESSOR "lorry-processor"

static bool beside_program(struct buf *path)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self));
    const char *slash = len > 0 ? memrchr(self, '/', (size_t)len) : NULL;
    if (!slash)
        return false;
    buf_append(path, self, (size_t)(slash - self) + 1);
    buf_append_str(path, PROCESSOR);
    return access(buf_str(path), R_OK) == 0;
}

static bool in_path(struct buf *path)
{
    const char *folders = getenv("PATH");
    while (folders && *folders) {
        size_t len = strcspn(folders, ":");
        buf_clear(path);
        buf_printf(path, "%.*s/" PROCESSOR, (int)len, folders);
        if (len && access(buf_str(path), R_OK | X_OK) == 0)
            return true;
        folders += len + (folders[len] == ':');
    }
    return false;
}

static int find_processor(struct buf *path, struct error *err)
{
    if (beside_program(path) || in_path(path))
        return 0;
    return error_set(err, ERROR_SYSTEM, ENOENT,
                     "the built-in processor, " PROCESSOR ", is neither beside this program nor in "
                     "PATH: install it, or name one of your own (\"processor.entrypoint\")");
}

/* The executable; `path` holds that of the built-in one. NULL and `err`. */
static const char *choose(const struct package_source *source, struct buf *path, struct error *err)
{
    if (source->executable)
        return source->executable;
    return find_processor(path, err) < 0 ? NULL : buf_str(path);
}

/* Seconds since 1970. */
static int read_time(int64_t *seconds, struct error *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    int64_t value = 0;
    if (text && *text && (!number_int64(view_str(text), &value) || value < 0))
        return error_set(err, ERROR_SETTING, 0,
                         "SOURCE_DATE_EPOCH is no number of seconds since 1970");
    *seconds = value;
    return 0;
}

struct package_source package_source_of(const struct stack *stack)
{
    return (struct package_source){
        .executable = stack->processor.entrypoint,
        .architecture = stack_architecture_name(stack->processor.architecture),
    };
}

int package_make_image(const struct package_source *source, struct oci_image *image,
                       struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT(PATH_MAX);
    struct oci_build build = {
        .executable = choose(source, &path, err),
        .ca_bundle = source->ca_bundle,
        .architecture = source->architecture,
        .labels = source->labels,
        .label_count = source->label_count,
        .version = source->executable ? NULL : LORRY_VERSION,
    };
    if (!build.executable || read_time(&build.created_s, err) < 0)
        return -1;
    return oci_build(&build, image, err);
}

int package_make_zip(const struct package_source *source, struct zip_made *zip, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT(PATH_MAX);
    struct zip_package package = {
        .executable = choose(source, &path, err),
        .ca_bundle = source->ca_bundle,
    };
    if (!package.executable || read_time(&package.time_s, err) < 0 ||
        zip_make(&package, zip, err) < 0)
        return -1;
    if (source->architecture && strcmp(source->architecture, zip->architecture) != 0)
        return error_set(err, ERROR_INPUT, 0,
                         "\"%s\": built for %s, and the package is to be for %s",
                         package.executable, zip->architecture, source->architecture);
    return 0;
}

int package_make(const struct stack *stack, struct package *package, struct error *err)
{
    const struct package_source source = package_source_of(stack);
    package->kind = stack->processor.package;
    return package->kind == STACK_IMAGE ? package_make_image(&source, &package->image, err)
                                        : package_make_zip(&source, &package->zip, err);
}

void package_release(struct package *package)
{
    oci_image_release(&package->image);
    zip_made_release(&package->zip);
}
