/* Stands in for libFuzzer where there is none: gives a target the inputs of its corpus, once. The
 * seeds and what was found and mended are tests that way, with every compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    struct buf input = BUF_INIT(BUF_TEXT_CAP), path = BUF_INIT(BUF_TEXT_CAP);
    struct error err;
    size_t count = 0;
    DIR *corpus = argc == 2 ? opendir(argv[1]) : NULL;
    for (struct dirent *entry; corpus && (entry = readdir(corpus));) {
        if (entry->d_type == DT_DIR)
            continue;
        buf_clear(&path);
        buf_printf(&path, "%s/%s", argv[1], entry->d_name);
        puts(path.ptr); /* the last one is the culprit */
        fflush(stdout);
        if (buf_read_file(&input, path.ptr, &err) < 0) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)input.ptr, input.len);
        count++;
    }
    if (corpus)
        closedir(corpus);
    buf_release(&input);
    buf_release(&path);
    return count ? 0 : 1;
}
