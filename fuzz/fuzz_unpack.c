/* A package of any bytes: a zip file, or a layer twice over itself, compressed if it begins as gzip
 * does. Nothing outside of its folder may change. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rooted.h"
#include "oci/unpack.h"

#define FILE_SIZE_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char folder[] = "/tmp/lorry-fuzz-XXXXXX";

static void clean_up(void)
{
    int top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rooted_empty(top);
    close(top);
    rmdir(folder);
}

/* A few bytes may stand for very many zeros: files end early. */
static int open_folder(void)
{
    static int top = -1;
    static const struct rlimit limit = {FILE_SIZE_MAX, FILE_SIZE_MAX};
    if (top >= 0)
        return top;
    signal(SIGXFSZ, SIG_IGN);
    if (!mkdtemp(folder) || setrlimit(RLIMIT_FSIZE, &limit) != 0 || atexit(clean_up) != 0)
        abort();
    top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return top;
}

static size_t count_entries(int at)
{
    size_t count = 0;
    DIR *stream = fdopendir(openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (readdir(stream))
        count++;
    closedir(stream);
    return count;
}

static void unpack_layers(struct view bytes, int root)
{
    char gzip[] = OCI_TYPE_LAYER_GZIP, plain[] = OCI_TYPE_LAYER;
    bool packed = view_starts_with(bytes, VIEW("\x1F\x8B"));
    struct oci_blob layers[] = {{.media_type = packed ? gzip : plain, .bytes = bytes},
                                {.media_type = packed ? gzip : plain, .bytes = bytes}};
    const struct oci_image image = {.layers = layers, .layer_count = 2, .complete = true};
    unpack_image(&image, root, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int top = open_folder();
    struct view package = view_of((const char *)bytes, size);
    struct stat before, after;
    if (fstat(top, &before) != 0 || mkdirat(top, "root", 0755) != 0)
        abort();
    cleanup_close int root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (view_starts_with(package, VIEW("PK")))
        unpack_zip(package, root, NULL);
    else
        unpack_layers(package, root);
    if (fstat(top, &after) != 0 || before.st_mode != after.st_mode || count_entries(top) != 3 ||
        rooted_empty(root) != 0 || rooted_remove(top, "root") != 0)
        abort();
    return 0;
}
