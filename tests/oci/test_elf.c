#include "unit.h"

#include <elf.h>

#include "oci/elf.h"

/* A library by hand: headers, one loaded segment, the dynamic section, texts. */
struct library {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    Elf64_Dyn entries[8];
    char texts[64];
};

#define BASE 0x1000                               /* where it is loaded */
#define TEXTS "\0liba.so\0libb.so\0$ORIGIN\0/opt" /* the NUL at its end counts */

enum { LIBA = 1, LIBB = 9, ORIGIN = 17, OPT = 25 };

static struct library make_library(void)
{
    struct library library = {
        .header = {.e_type = ET_DYN,
                   .e_machine = EM_AARCH64,
                   .e_phoff = offsetof(struct library, segments),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 2},
        .segments = {{.p_type = PT_LOAD, .p_vaddr = BASE, .p_filesz = sizeof(struct library)},
                     {.p_type = PT_DYNAMIC,
                      .p_offset = offsetof(struct library, entries),
                      .p_filesz = sizeof(library.entries)}},
        .entries = {{DT_NEEDED, {LIBB}},
                    {DT_STRTAB, {BASE + offsetof(struct library, texts)}},
                    {DT_STRSZ, {sizeof(TEXTS)}},
                    {DT_SONAME, {LIBA}},
                    {DT_RUNPATH, {ORIGIN}},
                    {DT_FLAGS_1, {DF_1_NODEFLIB}},
                    {DT_NULL, {0}}},
    };
    memcpy(library.header.e_ident, ELFMAG, SELFMAG);
    library.header.e_ident[EI_CLASS] = ELFCLASS64;
    library.header.e_ident[EI_DATA] = ELFDATA2LSB;
    memcpy(library.texts, TEXTS, sizeof(TEXTS));
    return library;
}

static int read_all(const struct library *library, size_t len, struct arena *arena,
                    struct elf_dynamic *dynamic, struct error *err)
{
    struct view file = {(const char *)library, len};
    struct elf elf;
    if (elf_read(file, "lib", &elf, err) < 0)
        return -1;
    return elf_read_dynamic(file, "lib", arena, dynamic, err);
}

static void reads_what_a_loader_needs(void **state)
{
    (void)state;
    struct library library = make_library();
    cleanup_arena struct arena arena = ARENA_INIT;
    struct elf_dynamic dynamic;
    struct elf elf;
    struct view file = {(const char *)&library, sizeof(library)};
    assert_int_equal(elf_read(file, "lib", &elf, NULL), 0);
    assert_string_equal(elf.architecture, "arm64");
    assert_int_equal(elf.interpreter.len, 0);
    assert_int_equal(read_all(&library, sizeof(library), &arena, &dynamic, NULL), 0);
    assert_int_equal(dynamic.needed_count, 1);
    assert_view(dynamic.needed[0], "libb.so");
    assert_view(dynamic.soname, "liba.so");
    assert_view(dynamic.runpath, "$ORIGIN");
    assert_null(dynamic.rpath.ptr);
    assert_true(dynamic.no_default);
}

static void nothing_dynamic(void **state)
{
    (void)state;
    struct library library = make_library();
    cleanup_arena struct arena arena = ARENA_INIT;
    struct elf_dynamic dynamic;
    library.header.e_phnum = 1;
    assert_int_equal(read_all(&library, sizeof(library), &arena, &dynamic, NULL), 0);
    assert_int_equal(dynamic.needed_count, 0);
    assert_null(dynamic.runpath.ptr);
    library = make_library();
    library.entries[0].d_tag = DT_NULL;
    library.entries[1] = library.entries[0];
    assert_int_equal(read_all(&library, sizeof(library), &arena, &dynamic, NULL), 0);
    assert_int_equal(dynamic.needed_count, 0);
}

static void refused(const struct library *library, size_t len)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    struct elf_dynamic dynamic = {.needed_count = 99};
    struct error err = {0};
    assert_int_equal(read_all(library, len, &arena, &dynamic, &err), -1);
    assert_int_equal(err.domain, ERROR_INPUT);
    assert_int_equal(dynamic.needed_count, 99);
    assert_non_null(strstr(err.message, "\"lib\": not a"));
}

static void refuses_what_lies_outside(void **state)
{
    (void)state;
    struct library library = make_library();
    for (size_t len = SELFMAG; len < offsetof(struct library, texts) + sizeof(TEXTS); len++)
        refused(&library, len);
    static const struct {
        size_t entry;
        uint64_t value;
    } wrong[] = {
        {0, sizeof(TEXTS)}, /* a text behind the texts */
        {0, UINT64_MAX},    /* and far behind */
        {1, 0},             /* texts that are not loaded */
        {1, UINT64_MAX},    /* the same */
        {1, BASE + sizeof(library) - 1},
        {2, sizeof(library)}, /* more texts than the segment has bytes */
        {2, UINT64_MAX},      /* the same */
        {2, OPT + 2},         /* the last text without an end */
        {2, 0},               /* no texts at all */
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        library = make_library();
        library.entries[4].d_un.d_val = OPT;
        library.entries[wrong[i].entry].d_un.d_val = wrong[i].value;
        refused(&library, sizeof(library));
    }
    library = make_library();
    library.segments[1].p_filesz = UINT64_MAX;
    refused(&library, sizeof(library));
    library = make_library();
    library.segments[0].p_offset = UINT64_MAX - 8;
    refused(&library, sizeof(library));
}

static void refuses_other_machines(void **state)
{
    (void)state;
    struct library library = make_library();
    struct view file = {(const char *)&library, sizeof(library)};
    struct error err = {0};
    struct elf elf;
    library.header.e_machine = EM_RISCV;
    assert_int_equal(elf_read(file, "lib", &elf, &err), -1);
    assert_non_null(strstr(err.message, "built for machine 243; Lambda runs x86_64 and arm64"));
    library = make_library();
    library.header.e_ident[EI_CLASS] = ELFCLASS32;
    assert_int_equal(elf_read(file, "lib", &elf, &err), -1);
    assert_non_null(strstr(err.message, "not a 64-bit little-endian executable"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_loader_needs),
        cmocka_unit_test(nothing_dynamic),
        cmocka_unit_test(refuses_what_lies_outside),
        cmocka_unit_test(refuses_other_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
