#include "unit.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "oci/layout.h"

static char folder[] = "/tmp/test-layout-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return chdir("/") == 0 && nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0 ? 0 : -1;
}

/* A whole image with one layer of these bytes, which nobody has to be able to unpack. */
static void make_image(const char *layer, struct oci_image *image)
{
    struct buf text = BUF_INIT(BUF_TEXT_CAP);
    struct oci_digest digest = oci_digest_of(view_str(layer));
    *image = (struct oci_image){.complete = true, .layer_count = 1};
    image->layers = xcalloc(1, sizeof(*image->layers));
    buf_append_str(&text, layer);
    image->layers[0] = oci_image_keep(image, OCI_TYPE_LAYER_GZIP, &text);
    text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text,
               "{\"architecture\":\"arm64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}",
               digest.text);
    image->config = oci_image_keep(image, OCI_TYPE_CONFIG, &text);
    text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text,
               "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"%s\",\"digest\":\"%s\","
               "\"size\":%zu},\"layers\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu}]}",
               OCI_TYPE_CONFIG, image->config.digest.text, image->config.size, OCI_TYPE_LAYER_GZIP,
               digest.text, strlen(layer));
    image->manifest = oci_image_keep(image, OCI_TYPE_MANIFEST, &text);
}

static void write_image(const char *layer, const char *path)
{
    cleanup_oci_image struct oci_image image = {0};
    struct error err = {0};
    make_image(layer, &image);
    if (oci_layout_write(&image, path, "latest", &err) < 0)
        fail_msg("%s", err.message);
}

static void assert_image(const char *path, const char *layer)
{
    cleanup_oci_image struct oci_image image = {0}, expected = {0};
    struct error err = {0};
    if (oci_layout_read(path, &image, &err) < 0)
        fail_msg("%s", err.message);
    make_image(layer, &expected);
    assert_true(image.complete);
    assert_string_equal(image.manifest.digest.text, expected.manifest.digest.text);
    assert_true(view_equal(image.manifest.bytes, expected.manifest.bytes));
    assert_true(view_equal(image.config.bytes, expected.config.bytes));
    assert_int_equal(image.layer_count, 1);
    assert_view(image.layers[0].bytes, layer);
    assert_int_equal(image.layers[0].size, strlen(layer));
}

static void refused(const char *path, const char *says)
{
    struct oci_image image = {.layer_count = 99};
    struct error err = {0};
    assert_int_equal(oci_layout_read(path, &image, &err), -1);
    assert_int_equal(image.layer_count, 99);
    if (strncmp(err.message, path, strlen(path)) != 0 || !strstr(err.message, says))
        fail_msg("\"%s\" does not say \"%s: %s\"", err.message, path, says);
}

static void blob_path(const char *bytes, char path[128])
{
    struct oci_digest digest = oci_digest_of(view_str(bytes));
    snprintf(path, 128, "layout/blobs/sha256/%s", oci_digest_hex(&digest));
}

static void put(const char *path, const char *text)
{
    assert_int_equal(file_write(path, view_str(text), 0644, NULL), 0);
}

static void reads_what_it_wrote(void **state)
{
    (void)state;
    write_image("one", "layout");
    assert_image("layout", "one");
    assert_image("layout/", "one");
    write_image("two", "layout.tar");
    assert_image("layout.tar", "two");
    write_image("", "empty.tar");
    assert_image("empty.tar", "");
    write_image("", "empty");
    assert_image("empty", "");
    assert_int_equal(rename("layout.tar", "image"), 0); /* told by what it is */
    assert_image("image", "two");
}

static void refuses_what_is_no_layout(void **state)
{
    (void)state;
    refused("nothing", "No such file");
    put("text", "hello, this is no archive");
    refused("text", "neither a folder nor a whole tar archive");
    put("empty", "");
    refused("empty", "");
    assert_int_equal(mkdir("folder", 0755), 0);
    refused("folder", "no OCI layout");
    put("folder/oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}");
    refused("folder", "no OCI layout of version 1.0.0");
    put("folder/oci-layout", "{}");
    refused("folder", "no OCI layout of version 1.0.0");
    put("folder/oci-layout", "{");
    refused("folder", "not JSON");
}

static void refuses_a_cut_archive(void **state)
{
    (void)state;
    cleanup_buf struct buf bytes = BUF_INIT(BUF_TEXT_CAP);
    write_image("two", "layout.tar");
    assert_int_equal(buf_read_file(&bytes, "layout.tar", NULL), 0);
    for (size_t len = 100; len + 1024 < bytes.len; len += 100) {
        struct oci_image image;
        assert_int_equal(file_write("cut", view_of(bytes.ptr, len), 0644, NULL), 0);
        assert_int_equal(oci_layout_read("cut", &image, NULL), -1);
    }
}

static void refuses_other_bytes(void **state)
{
    (void)state;
    char path[128];
    write_image("one", "layout");
    blob_path("one", path);
    put(path, "two");
    refused("layout", "with the digest");
    put(path, "longer");
    refused("layout", "has 6 bytes");
    assert_int_equal(unlink(path), 0);
    refused("layout", "cannot open");
}

static void refuses_other_than_one_image(void **state)
{
    (void)state;
    write_image("one", "layout");
    put("layout/index.json", "{\"manifests\":[]}");
    refused("layout", "there is no image in it");
    put("layout/index.json", "{\"manifests\":[{\"digest\":\"sha256:0\"},{\"annotations\":{\"org."
                             "opencontainers.image.ref.name\":\"b\"}}]}");
    refused("layout", "there are 2 images in it (sha256:0, b)");
    put("layout/index.json", "{\"manifests\":[{\"mediaType\":\"" OCI_TYPE_INDEX "\"}]}");
    refused("layout", "Lambda takes a single manifest");
    put("layout/index.json", "{\"manifests\":[7]}");
    refused("layout", "the manifest has no \"mediaType\"");
    assert_int_equal(unlink("layout/index.json"), 0);
    refused("layout", "cannot open");
}

static size_t count_files(const char *path)
{
    size_t count = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void replaces_an_image(void **state)
{
    (void)state;
    write_image("one", "layout");
    write_image("two", "layout");
    assert_image("layout", "two");
    assert_int_equal(count_files("layout/blobs/sha256"), 3); /* the old ones are gone */
    assert_int_equal(count_files("layout"), 3);
    write_image("two", "layout");
    assert_image("layout", "two");
    put("layout/notes", "mine");
    write_image("three", "layout/");
    assert_image("layout", "three");
    assert_int_equal(access("layout/notes", F_OK), 0);
    assert_int_equal(symlink("layout", "link"), 0);
    write_image("four", "link");
    assert_image("layout", "four");
}

static void leaves_the_old_image_when_it_fails(void **state)
{
    (void)state;
    cleanup_oci_image struct oci_image image = {0};
    struct error err = {0};
    char path[128];
    write_image("one", "layout");
    make_image("two", &image);
    blob_path("two", path);
    assert_int_equal(mkdir(path, 0755), 0); /* a folder where the layer goes */
    assert_int_equal(oci_layout_write(&image, "layout", "latest", &err), -1);
    assert_non_null(strstr(err.message, path));
    assert_image("layout", "one");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(count_files("layout/blobs/sha256"), 3);
}

static void leaves_other_folders_alone(void **state)
{
    (void)state;
    cleanup_oci_image struct oci_image image = {0};
    struct error err = {0};
    make_image("one", &image);
    assert_int_equal(mkdir("folder", 0755), 0);
    put("folder/file", "mine");
    assert_int_equal(oci_layout_write(&image, "folder", "latest", &err), -1);
    assert_int_equal(err.domain, ERROR_SYSTEM);
    assert_int_equal(count_files("folder"), 1);
    assert_int_equal(unlink("folder/file"), 0);
    assert_int_equal(oci_layout_write(&image, "folder", "latest", &err), 0);
    assert_image("folder", "one");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_what_it_wrote),
        TEST(refuses_what_is_no_layout),
        TEST(refuses_a_cut_archive),
        TEST(refuses_other_bytes),
        TEST(refuses_other_than_one_image),
        TEST(replaces_an_image),
        TEST(leaves_the_old_image_when_it_fails),
        TEST(leaves_other_folders_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
