/* The headers of an executable: whatever is found lies within the file. */
#include <stdint.h>

#include "base/memory.h"
#include "oci/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct view file = {(const char *)bytes, size};
    struct elf elf;
    if (elf_read(file, "input", &elf, NULL) < 0)
        return 0;
    if (elf.interpreter.len && (elf.interpreter.ptr < file.ptr ||
                                elf.interpreter.ptr + elf.interpreter.len > file.ptr + file.len))
        abort();
    return 0;
}
