#include "oci/elf.h"

#include <elf.h>
#include <string.h>

#include "base/memory.h"

static const char *architecture_of(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } known[] = {{EM_X86_64, "x86_64"}, {EM_AARCH64, "arm64"}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].machine == machine)
            return known[i].name;
    return NULL;
}

/* Structures are copied out: nothing in the file has to be aligned. */
static int read_header(struct view file, const char *path, Elf64_Ehdr *header, struct error *err)
{
    if (file.len < SELFMAG || memcmp(file.ptr, ELFMAG, SELFMAG) != 0)
        return error_set(err, ERROR_INPUT, 0,
                         "\"%s\": not an executable for Linux (no ELF file; a script cannot be "
                         "packaged)",
                         path);
    if (file.len < sizeof(*header) || file.ptr[EI_CLASS] != ELFCLASS64 ||
        file.ptr[EI_DATA] != ELFDATA2LSB)
        return error_set(err, ERROR_INPUT, 0, "\"%s\": not a 64-bit little-endian executable",
                         path);
    memcpy(header, file.ptr, sizeof(*header));
    if ((header->e_type != ET_EXEC && header->e_type != ET_DYN) ||
        header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff > file.len ||
        (file.len - header->e_phoff) / sizeof(Elf64_Phdr) < header->e_phnum)
        return error_set(err, ERROR_INPUT, 0, "\"%s\": not a complete executable", path);
    return 0;
}

static int find_interpreter(struct view file, const char *path, const Elf64_Ehdr *header,
                            struct elf *elf, struct error *err)
{
    for (size_t i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, file.ptr + header->e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_type != PT_INTERP)
            continue;
        if (segment.p_offset > file.len || segment.p_filesz > file.len - segment.p_offset)
            return error_set(err, ERROR_INPUT, 0, "\"%s\": not a complete executable", path);
        const char *text = file.ptr + segment.p_offset;
        elf->interpreter = view_of(text, strnlen(text, segment.p_filesz));
    }
    return 0;
}

int elf_read(struct view file, const char *path, struct elf *elf, struct error *err)
{
    Elf64_Ehdr header = {0};
    struct elf found = {.interpreter = VIEW("")};
    if (read_header(file, path, &header, err) < 0)
        return -1;
    found.architecture = architecture_of(header.e_machine);
    if (!found.architecture)
        return error_set(err, ERROR_INPUT, 0,
                         "\"%s\": built for machine %u; Lambda runs x86_64 and arm64", path,
                         header.e_machine);
    if (find_interpreter(file, path, &header, &found, err) < 0)
        return -1;
    *elf = found;
    return 0;
}
