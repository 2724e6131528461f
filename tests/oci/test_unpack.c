/* Packages unpacked: layers over layers, and what nobody should have sent. */
#include "unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rooted.h"
#include "oci/unpack.h"

#define SIZE_MAX_HERE ((size_t)4 << 20)
#define LAYERS 3

static char folder[64];
static int top, root;
static struct buf archives[LAYERS];

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/lorry-unpack-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    top = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (mkdirat(top, "root", 0755) != 0 || mkdirat(top, "outside", 0755) != 0)
        return -1;
    root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < LAYERS; i++)
        buf_release(&archives[i]);
    rooted_empty(top);
    close(root);
    close(top);
    return rmdir(folder);
}

/* What is put into an archive; the last one has no path. */
struct item {
    const char *path;
    enum { F, D, L, H, DEVICE, PIPE } type; /* file, folder, link, hard link */
    const char *text;                       /* content, or where a link goes */
    int mode;                               /* 0: 0755 */
};

static struct archive_entry *entry_of(const struct item *item)
{
    static const int types[] = {AE_IFREG, AE_IFDIR, AE_IFLNK, AE_IFREG, AE_IFCHR, AE_IFIFO};
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, item->path);
    archive_entry_set_filetype(entry, (unsigned)types[item->type]);
    archive_entry_set_perm(entry, item->mode ? (mode_t)item->mode : 0755);
    if (item->type == L)
        archive_entry_set_symlink(entry, item->text);
    if (item->type == H)
        archive_entry_set_hardlink(entry, item->text);
    if (item->type == F)
        archive_entry_set_size(entry, (la_int64_t)strlen(item->text));
    return entry;
}

static void write_items(struct archive *archive, const struct item *items, struct buf *out)
{
    size_t used = 0;
    out->cap = SIZE_MAX_HERE;
    char *room = buf_reserve(out, SIZE_MAX_HERE);
    assert_int_equal(archive_write_open_memory(archive, room, SIZE_MAX_HERE, &used), ARCHIVE_OK);
    for (; items->path; items++) {
        struct archive_entry *entry = entry_of(items);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        if (items->type == F)
            archive_write_data(archive, items->text, strlen(items->text));
        archive_entry_free(entry);
    }
    archive_write_close(archive);
    archive_write_free(archive);
    buf_commit(out, used);
}

static int unpack_layers(const struct item *const *layers, struct error *err)
{
    char type[] = OCI_TYPE_LAYER;
    struct oci_blob blobs[LAYERS] = {0};
    struct oci_image image = {.layers = blobs, .complete = true};
    for (; layers[image.layer_count]; image.layer_count++) {
        struct archive *archive = archive_write_new();
        archive_write_set_format_pax_restricted(archive);
        write_items(archive, layers[image.layer_count], &archives[image.layer_count]);
        blobs[image.layer_count] =
            (struct oci_blob){.media_type = type, .bytes = buf_view(&archives[image.layer_count])};
    }
    return unpack_image(&image, root, err);
}

static int unpack_layer(const struct item *items, struct error *err)
{
    return unpack_layers((const struct item *const[]){items, NULL}, err);
}

static int unpack_items(const struct item *items, struct error *err)
{
    struct archive *archive = archive_write_new();
    archive_write_set_format_zip(archive);
    write_items(archive, items, &archives[0]);
    return unpack_zip(buf_view(&archives[0]), root, err);
}

static bool is_there(int at, const char *path)
{
    struct stat there;
    return fstatat(at, path, &there, AT_SYMLINK_NOFOLLOW) == 0;
}

static void holds(const char *path, const char *text)
{
    char bytes[64] = "";
    cleanup_close int fd = rooted_open(root, path, O_RDONLY, 0);
    assert_true(fd >= 0);
    assert_true(read(fd, bytes, sizeof(bytes) - 1) >= 0);
    assert_string_equal(bytes, text);
}

static int mode_of(const char *path)
{
    struct stat there;
    assert_int_equal(fstatat(root, path, &there, AT_SYMLINK_NOFOLLOW), 0);
    return (int)(there.st_mode & 07777);
}

static void layers_lie_over_each_other(void **state)
{
    (void)state;
    static const struct item lower[] = {
        {"a", D, "", 0},     {"a/x", F, "1", 0644}, {"a/y", F, "2", 0644}, {"b", D, "", 0},
        {"b/x", F, "3", 0},  {"c", D, "", 0},       {"c/d", D, "", 0},     {"c/d/x", F, "4", 0},
        {"e", F, "5", 0644}, {"f", D, "", 0},       {"f/x", F, "6", 0},    {0}};
    static const struct item upper[] = {{"a", D, "", 0},
                                        {"a/x", F, "7", 0644},
                                        {"a/.wh.y", F, "", 0},
                                        {"b", D, "", 0},
                                        {"b/z", F, "8", 0},
                                        {"b/.wh..wh..opq", F, "", 0},
                                        {".wh.c", F, "", 0},
                                        {"e", D, "", 0},
                                        {"e/x", F, "9", 0},
                                        {"f", L, "a", 0},
                                        {".wh.nothing", F, "", 0},
                                        {"no/.wh.x", F, "", 0},
                                        {0}};
    struct error err = {0};
    assert_int_equal(unpack_layers((const struct item *const[]){lower, upper, NULL}, &err), 0);
    holds("a/x", "7");
    holds("b/z", "8"); /* of the same layer, though it came before the whiteout */
    holds("e/x", "9");
    holds("f/x", "7");
    static const char *const gone[] = {"a/y", "a/.wh.y", "b/x", "c", "b/.wh..wh..opq", ".wh.c"};
    for (size_t i = 0; i < ARRAY_LEN(gone); i++)
        assert_false(is_there(root, gone[i]));
}

static void kinds_and_modes(void **state)
{
    (void)state;
    static const struct item items[] = {{"d", D, "", 0755},
                                        {"d/private", F, "1", 0600},
                                        {"d/set", F, "2", 04755},
                                        {"d/all", F, "3", 0666},
                                        {"closed", D, "", 0700},
                                        {"sym", L, "/d/all", 0},
                                        {"hard", H, "d/all", 0},
                                        {"h2", H, "/d/all", 0},
                                        {"nowhere", L, "/no/such", 0},
                                        {"./d/../d2", F, "", 0},
                                        {0}};
    struct error err = {0};
    /* Whoever runs it owns nothing on Lambda: what others may do counts for all. */
    assert_int_equal(unpack_layer(items, &err), -1); /* for the last one */
    assert_non_null(strstr(err.message, "leads out"));
    assert_int_equal(mode_of("d/private"), 0);
    assert_int_equal(mode_of("d/set"), 0555);
    assert_int_equal(mode_of("d/all"), 0666);
    assert_int_equal(mode_of("closed"), 0700);
    holds("sym", "3");
    holds("hard", "3");
    holds("h2", "3");
    assert_true(is_there(root, "nowhere"));
}

static void links_to_folders_are_followed_within(void **state)
{
    (void)state;
    static const struct item lower[] = {
        {"usr", D, "", 0}, {"usr/lib", D, "", 0}, {"lib", L, "/usr/lib", 0}, {0}};
    static const struct item upper[] = {{"lib/x", F, "1", 0644}, {0}};
    struct error err = {0};
    assert_int_equal(unpack_layers((const struct item *const[]){lower, upper, NULL}, &err), 0);
    holds("usr/lib/x", "1");
}

/* Each of them wants to be seen outside. */
static void nothing_leads_out(void **state)
{
    (void)state;
    char away[128];
    snprintf(away, sizeof(away), "%s/outside", folder);
    const struct item cases[][5] = {
        {{"../outside/x", F, "", 0}},
        {{"a", D, "", 0}, {"a/../../outside/x", F, "", 0}},
        {{"away", L, away, 0}, {"away/x", F, "", 0}},
        {{"away", L, "../outside", 0}, {"away/x", F, "", 0}},
        {{"one", L, "..", 0}, {"two", L, "one/outside", 0}, {"two/x", F, "", 0}},
        {{"away", L, away, 0}, {"away", D, "", 0}, {"away/x", F, "", 0}},
        {{"x", H, "../outside/secret", 0}},
        {{"away", L, "../outside", 0}, {"x", H, "away/secret", 0}},
        {{"x", L, "../outside/x", 0}, {"x", F, "", 0}},
        {{"away", L, "../outside", 0}, {"away/.wh.secret", F, "", 0}},
        {{"../outside/.wh.secret", F, "", 0}},
        {{"away", L, "../outside", 0}, {"away/.wh..wh..opq", F, "", 0}},
        {{".wh...", F, "", 0}},
        {{".wh..", F, "", 0}},
        {{"away", L, "../outside", 0}, {"away", D, "", 0777}},
    };
    close(openat(top, "outside/secret", O_CREAT | O_WRONLY | O_CLOEXEC, 0640));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct stat outside, there;
        unpack_layers((const struct item *const[]){cases[i], cases[i], NULL}, NULL);
        assert_false(is_there(top, "outside/x"));
        assert_int_equal(fstatat(top, "outside", &outside, 0), 0);
        assert_int_equal(outside.st_mode & 07777, 0755);
        assert_int_equal(fstatat(top, "outside/secret", &there, 0), 0);
        assert_int_equal(there.st_nlink, 1);
        rooted_empty(root);
        for (size_t j = 0; j < LAYERS; j++)
            buf_release(&archives[j]);
    }
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool links = cases[i][0].type == H || cases[i][1].type == H; /* zip has none */
        if (!links)
            unpack_items(cases[i], NULL);
        assert_false(is_there(top, "outside/x"));
        assert_true(is_there(top, "outside/secret"));
        rooted_empty(root);
        buf_release(&archives[0]);
    }
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        struct item items[3];
        const char *what;
    } cases[] = {
        {{{"null", DEVICE, "", 0}}, "\"null\": it is a device"},
        {{{"pipe", PIPE, "", 0}}, "device, a pipe"},
        {{{"no/folder", F, "", 0}}, "MissingParentDirectory"},
        {{{"x", F, "", 0}, {"x/y", F, "", 0}}, "MissingParentDirectory"},
        {{{"x", L, "x", 0}, {"x/y", F, "", 0}}, "MissingParentDirectory"},
        {{{"x", H, "y", 0}}, "cannot make the hard link"},
        {{{"a", D, "", 0}, {"x", H, "a", 0}}, "cannot make the hard link"},
        {{{"\033[2Jx", F, "", 0}, {"\033[2Jx/y", F, "", 0}}, "\"\\x1b[2Jx/y\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        assert_int_equal(unpack_layer(cases[i].items, &err), -1);
        assert_int_equal(err.domain, ERROR_INPUT);
        if (!strstr(err.message, cases[i].what))
            fail_msg("%s", err.message);
        rooted_empty(root);
        buf_release(&archives[0]);
    }
}

static void zip_files(void **state)
{
    (void)state;
    static const struct item items[] = {
        {"bootstrap", F, "#!", 0755},
        {"lib/deep/x", F, "1", 0644}, /* its folders are not there */
        {"link", L, "lib/deep", 0},
        {0}};
    struct error err = {0};
    assert_int_equal(unpack_items(items, &err), 0);
    holds("bootstrap", "#!");
    holds("link/x", "1");
    assert_int_equal(mode_of("bootstrap"), 0555);
    assert_int_equal(mode_of("lib"), 0755);
    assert_int_equal(unpack_zip(VIEW("PK\3\4 no zip file"), root, &err), -1);
    assert_int_equal(err.domain, ERROR_INPUT);
    assert_int_equal(unpack_zip(VIEW(""), root, &err), -1);
}

/* A few bytes say that they are very many: a sparse file of tar, a zip file of zeros. */
static void sizes(void **state)
{
    (void)state;
    struct error err = {0};
    size_t used = 0, size = (size_t)300 << 20;
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    cleanup_free char *zeros = xcalloc(1, size);
    archives[0].cap = SIZE_MAX_HERE;
    char *room = buf_reserve(&archives[0], SIZE_MAX_HERE);
    archive_write_set_format_zip(archive);
    archive_write_open_memory(archive, room, SIZE_MAX_HERE, &used);
    archive_entry_set_pathname(entry, "bootstrap");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0755);
    archive_entry_set_size(entry, (la_int64_t)size);
    archive_write_header(archive, entry);
    archive_write_data(archive, zeros, size);
    archive_entry_free(entry);
    archive_write_close(archive);
    archive_write_free(archive);
    buf_commit(&archives[0], used);
    assert_int_equal(unpack_zip(buf_view(&archives[0]), root, &err), -1);
    assert_non_null(strstr(err.message, "too large"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(layers_lie_over_each_other, begin, end),
        cmocka_unit_test_setup_teardown(kinds_and_modes, begin, end),
        cmocka_unit_test_setup_teardown(links_to_folders_are_followed_within, begin, end),
        cmocka_unit_test_setup_teardown(nothing_leads_out, begin, end),
        cmocka_unit_test_setup_teardown(what_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(zip_files, begin, end),
        cmocka_unit_test_setup_teardown(sizes, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
