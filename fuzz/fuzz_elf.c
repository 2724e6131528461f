/* The headers and the dynamic section of an executable: whatever is found lies within the file. */
#include <stdint.h>

#include "base/memory.h"
#include "oci/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* A text, and the NUL behind it if there has to be one. */
static void check_within(struct view file, struct view part, size_t behind)
{
    if (part.ptr && part.len &&
        (part.ptr < file.ptr || part.ptr + part.len + behind > file.ptr + file.len))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct view file = {(const char *)bytes, size};
    struct elf elf;
    struct elf_dynamic dynamic;
    cleanup_arena struct arena arena = ARENA_INIT;
    if (elf_read(file, "input", &elf, NULL) < 0)
        return 0;
    check_within(file, elf.interpreter, 0);
    if (elf_read_dynamic(file, "input", &arena, &dynamic, NULL) < 0)
        return 0;
    for (size_t i = 0; i < dynamic.needed_count; i++)
        check_within(file, dynamic.needed[i], 1);
    check_within(file, dynamic.soname, 1);
    check_within(file, dynamic.rpath, 1);
    check_within(file, dynamic.runpath, 1);
    return 0;
}
