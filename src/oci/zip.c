#include "oci/zip.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/memory.h"
#include "oci/input.h"
#include "oci/pack.h"

#define EARLIEST_S 315532800 /* 1980-01-01, where the time of zip begins */

void zip_made_release(struct zip_made *made)
{
    buf_release(&made->bytes);
}

static int archive_failed(struct archive *archive, struct error *err)
{
    return error_set(err, ERROR_INPUT, 0, "cannot make the zip file: %s",
                     archive_error_string(archive));
}

/* Zip has local times: libarchive asks localtime(), which may answer otherwise elsewhere. */
struct utc {
    char *before;
};

static struct utc utc_begin(void)
{
    const char *zone = getenv("TZ");
    struct utc utc = {zone ? xstrdup(zone) : NULL};
    setenv("TZ", "UTC0", 1);
    tzset();
    return utc;
}

static void utc_end(struct utc *utc)
{
    if (utc->before)
        setenv("TZ", utc->before, 1);
    else
        unsetenv("TZ");
    tzset();
    free(utc->before);
}

static int add_file(struct archive *archive, const char *name, struct view bytes, mode_t mode,
                    int64_t time_s, struct error *err)
{
    const struct pack_entry entry = {name, AE_IFREG, mode, time_s, bytes};
    return pack_add(archive, &entry) ? 0 : archive_failed(archive, err);
}

static int add_files(struct archive *archive, struct view executable, struct view bundle,
                     int64_t time_s, struct error *err)
{
    if (add_file(archive, "bootstrap", executable, 0755, time_s, err) < 0 ||
        add_file(archive, "ca-bundle.crt", bundle, 0644, time_s, err) < 0)
        return -1;
    return archive_write_close(archive) == ARCHIVE_OK ? 0 : archive_failed(archive, err);
}

static int write_archive(struct view executable, struct view bundle, int64_t time_s,
                         struct buf *out, struct error *err)
{
    struct archive *archive = pack_new();
    archive_write_set_format_zip(archive);
    pack_open(archive, out);
    struct utc utc = utc_begin();
    int result = add_files(archive, executable, bundle, time_s, err);
    utc_end(&utc);
    archive_write_free(archive);
    return result;
}

int zip_make(const struct zip_package *package, struct zip_made *made, struct error *err)
{
    cleanup_file_map struct file_map executable = {0}, bundle = {0};
    struct elf elf;
    if (input_executable(package->executable, &executable, &elf, err) < 0 ||
        input_bundle(package->ca_bundle, &bundle, err) < 0)
        return -1;
    if (elf.interpreter.len)
        return error_set(
            err, ERROR_INPUT, 0,
            "\"%s\": it is linked dynamically, and Lambda's system has other libraries: "
            "link it with -static, or make an image, which takes its libraries along",
            package->executable);
    struct zip_made new = {.bytes = BUF_INIT(ZIP_PACKAGE_MAX), .architecture = elf.architecture};
    int64_t time_s = package->time_s < EARLIEST_S ? EARLIEST_S : package->time_s;
    if (write_archive(executable.bytes, bundle.bytes, time_s, &new.bytes, err) < 0) {
        zip_made_release(&new);
        return -1;
    }
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)buf_str(&new.bytes), new.bytes.len, digest);
    base64_encode(view_of((const char *)digest, sizeof(digest)), new.code_sha256);
    *made = new;
    return 0;
}
