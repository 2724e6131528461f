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

static int incomplete(const char *path, struct error *err)
{
    return error_set(err, ERROR_INPUT, 0, "\"%s\": not a complete executable", path);
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
        return incomplete(path, err);
    return 0;
}

static Elf64_Phdr segment_at(struct view file, const Elf64_Ehdr *header, size_t number)
{
    Elf64_Phdr segment;
    memcpy(&segment, file.ptr + header->e_phoff + number * sizeof(segment), sizeof(segment));
    return segment;
}

/* False: it is not within the file. */
static bool part_of(struct view file, uint64_t offset, uint64_t len, struct view *part)
{
    if (offset > file.len || len > file.len - offset)
        return false;
    *part = view_of(file.ptr + offset, len);
    return true;
}

/* The bytes of the first segment of a type; empty: there is none. */
static int find_segment(struct view file, const char *path, const Elf64_Ehdr *header, unsigned type,
                        struct view *bytes, struct error *err)
{
    *bytes = VIEW("");
    for (size_t i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment = segment_at(file, header, i);
        if (segment.p_type == type)
            return part_of(file, segment.p_offset, segment.p_filesz, bytes) ? 0
                                                                            : incomplete(path, err);
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
    if (find_segment(file, path, &header, PT_INTERP, &found.interpreter, err) < 0)
        return -1;
    found.interpreter.len = strnlen(found.interpreter.ptr, found.interpreter.len);
    *elf = found;
    return 0;
}

/* Where an address will be: in one of the segments that are loaded. */
static bool find_address(struct view file, const Elf64_Ehdr *header, uint64_t address, uint64_t len,
                         struct view *bytes)
{
    for (size_t i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment = segment_at(file, header, i);
        struct view loaded;
        if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
            address - segment.p_vaddr < segment.p_filesz &&
            part_of(file, segment.p_offset, segment.p_filesz, &loaded))
            return part_of(loaded, address - segment.p_vaddr, len, bytes);
    }
    return false;
}

static Elf64_Dyn entry_at(struct view section, size_t number)
{
    Elf64_Dyn entry = {.d_tag = DT_NULL};
    if ((number + 1) * sizeof(entry) <= section.len)
        memcpy(&entry, section.ptr + number * sizeof(entry), sizeof(entry));
    return entry;
}

static bool find_strings(struct view file, const Elf64_Ehdr *header, struct view section,
                         struct view *strings)
{
    uint64_t address = 0, len = 0;
    for (size_t i = 0; entry_at(section, i).d_tag != DT_NULL; i++) {
        Elf64_Dyn entry = entry_at(section, i);
        if (entry.d_tag == DT_STRTAB)
            address = entry.d_un.d_ptr;
        else if (entry.d_tag == DT_STRSZ)
            len = entry.d_un.d_val;
    }
    *strings = VIEW("");
    return len == 0 || find_address(file, header, address, len, strings);
}

static bool string_at(struct view strings, uint64_t offset, struct view *text)
{
    if (offset >= strings.len)
        return false;
    *text = view_skip(strings, offset);
    const char *end = memchr(text->ptr, '\0', text->len);
    if (end)
        text->len = (size_t)(end - text->ptr);
    return end != NULL;
}

/* False: it names a text that is not there, or is one too many. */
static bool take_entry(const Elf64_Dyn *entry, struct view strings, struct elf_dynamic *dynamic)
{
    uint64_t value = entry->d_un.d_val;
    switch (entry->d_tag) {
    case DT_NEEDED:
        return dynamic->needed_count < ELF_NEEDED_MAX &&
               string_at(strings, value, &dynamic->needed[dynamic->needed_count++]);
    case DT_SONAME: return string_at(strings, value, &dynamic->soname);
    case DT_RPATH: return string_at(strings, value, &dynamic->rpath);
    case DT_RUNPATH: return string_at(strings, value, &dynamic->runpath);
    case DT_FLAGS_1: dynamic->no_default = value & DF_1_NODEFLIB; return true;
    default: return true;
    }
}

int elf_read_dynamic(struct view file, const char *path, struct arena *arena,
                     struct elf_dynamic *dynamic, struct error *err)
{
    Elf64_Ehdr header = {0};
    struct view section = VIEW(""), strings = VIEW("");
    struct elf_dynamic found = {.soname = VIEW("")};
    if (read_header(file, path, &header, err) < 0 ||
        find_segment(file, path, &header, PT_DYNAMIC, &section, err) < 0)
        return -1;
    if (section.len && !find_strings(file, &header, section, &strings))
        return incomplete(path, err);
    found.needed = arena_calloc(arena, ELF_NEEDED_MAX, sizeof(*found.needed));
    for (size_t i = 0; entry_at(section, i).d_tag != DT_NULL; i++) {
        Elf64_Dyn entry = entry_at(section, i);
        if (!take_entry(&entry, strings, &found))
            return incomplete(path, err);
    }
    *dynamic = found;
    return 0;
}
