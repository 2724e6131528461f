#include "lambda/emulate_package.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/rooted.h"
#include "oci/elf.h"
#include "oci/layer.h"
#include "oci/layout.h"
#include "oci/rules.h"
#include "oci/unpack.h"
#include "oci/zip.h"

#define TASK_ROOT "/var/task"
#define SYSTEM_FILE_MAX ((size_t)1 << 20)

/* Places that Lambda has in every environment. */
static const char *const folders[] = {"tmp", "dev", "proc", "etc", "var", "var/task"};

/* So that the network can be used. */
static const char *const system_files[] = {"etc/resolv.conf", "etc/hosts"};

static int open_root(const struct emulate_package *package, struct error *err)
{
    int root = open(buf_str(&package->root), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        error_errno(err, "%s: cannot open", buf_str(&package->root));
    return root;
}

static int make_folders(struct emulate_package *package, struct error *err)
{
    const char *place = getenv("TMPDIR");
    package->folder.cap = package->root.cap = package->tmp.cap = PATH_MAX;
    buf_printf(&package->folder, "%s/lorry-XXXXXX", place && *place ? place : "/tmp");
    if (!mkdtemp(package->folder.ptr)) {
        int problem = errno;
        buf_release(&package->folder);
        return error_set(err, ERROR_SYSTEM, problem, "cannot make a temporary folder: %s",
                         strerror(problem));
    }
    buf_printf(&package->root, "%s/root", buf_str(&package->folder));
    buf_printf(&package->tmp, "%s/tmp", buf_str(&package->folder));
    if (mkdir(buf_str(&package->root), 0755) != 0 || mkdir(buf_str(&package->tmp), 0777) != 0 ||
        chmod(buf_str(&package->tmp), 01777) != 0)
        return error_errno(err, "%s: cannot make the folders", buf_str(&package->folder));
    return 0;
}

/* What is there and is no folder gives way: mounts go there. */
static int add_folder(int root, const char *path)
{
    const char *name;
    struct stat there;
    cleanup_close int parent = rooted_parent(root, path, &name);
    if (parent < 0)
        return -1;
    if (fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(there.st_mode) &&
        rooted_remove(parent, name) < 0)
        return -1;
    return mkdirat(parent, name, 0755) == 0 || errno == EEXIST ? 0 : -1;
}

/* One that the machine does not have need not be there. */
static int copy_file(int root, const char *path)
{
    const char *name;
    cleanup_buf struct buf text = BUF_INIT(SYSTEM_FILE_MAX), from = BUF_INIT(PATH_MAX);
    buf_printf(&from, "/%s", path);
    if (buf_read_file(&text, buf_str(&from), NULL) < 0)
        return 0;
    cleanup_close int folder = rooted_parent(root, path, &name);
    if (folder < 0 || rooted_remove(folder, name) < 0)
        return -1;
    cleanup_close int to = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    return to >= 0 ? file_write_all(to, buf_view(&text)) : -1;
}

static int add_what_lambda_adds(int root, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        if (add_folder(root, folders[i]) < 0)
            return error_errno(err, "cannot make /%s", folders[i]);
    for (size_t i = 0; i < ARRAY_LEN(system_files); i++)
        if (copy_file(root, system_files[i]) < 0)
            return error_errno(err, "cannot write /%s", system_files[i]);
    return 0;
}

/* As Lambda calls it. */
static const char *machine(void)
{
    static struct utsname system;
    uname(&system);
    return strcmp(system.machine, "aarch64") == 0 ? "arm64" : system.machine;
}

static int check_machine(const char *architecture, struct error *err)
{
    if (strcmp(architecture, machine()) == 0)
        return 0;
    return error_set(err, ERROR_INPUT, 0,
                     "the package is for %s, and this machine is %s: it cannot be run here",
                     architecture, machine());
}

/* What cannot be read or run is found out when it is started, as on Lambda. */
static int look_at_program(struct emulate_package *package, int root, struct error *err)
{
    char head[LAYER_HEAD];
    struct elf elf;
    cleanup_close int program = rooted_open(root, package->words[0], O_RDONLY | O_NONBLOCK, 0);
    ssize_t len = program < 0 ? -1 : read(program, head, sizeof(head));
    if (len <= 0)
        return 0;
    if (elf_read(view_of(head, (size_t)len), "", &elf, NULL) < 0) {
        package->foreign = true;
        return 0;
    }
    package->foreign = elf.interpreter.len > 0;
    return check_machine(elf.architecture, err);
}

static int finish(struct emulate_package *package, int root, struct error *err)
{
    return add_what_lambda_adds(root, err) < 0 ? -1 : look_at_program(package, root, err);
}

/* ENTRYPOINT, then CMD. */
static void set_words(struct emulate_package *package)
{
    const struct oci_texts *parts[] = {&package->config.entrypoint, &package->config.cmd};
    size_t count = 0;
    package->words = xcalloc(parts[0]->count + parts[1]->count + 1, sizeof(*package->words));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        for (size_t j = 0; j < parts[i]->count; j++)
            package->words[count++] = parts[i]->items[j];
}

static int check_rules(const struct oci_image *image, const struct oci_config *config,
                       struct error *err)
{
    cleanup_oci_findings struct oci_findings findings = {0};
    oci_check_rules(image, config, &findings);
    for (size_t i = 0; i < findings.count; i++)
        if (findings.items[i].refused)
            return error_set(err, ERROR_INPUT, 0, "Lambda would not take the image: %s",
                             findings.items[i].text);
    return check_machine(oci_lambda_architecture(config->architecture), err);
}

static int unpack_it(const struct oci_image *image, struct emulate_package *package,
                     struct error *err)
{
    if (make_folders(package, err) < 0)
        return -1;
    cleanup_close int root = open_root(package, err);
    if (root < 0 || unpack_image(image, root, err) < 0)
        return -1;
    return finish(package, root, err);
}

int emulate_package_image(const struct oci_image *image, struct emulate_package *package,
                          struct error *err)
{
    struct emulate_package new = {0};
    if (oci_config_parse(image->config.bytes, &new.config, err) < 0)
        return -1;
    set_words(&new);
    new.working_dir = *new.config.working_dir ? new.config.working_dir : "/";
    if (check_rules(image, &new.config, err) < 0 || unpack_it(image, &new, err) < 0) {
        emulate_package_release(&new);
        return -1;
    }
    *package = new;
    return 0;
}

static int unpack_zip_file(struct view zip, struct emulate_package *package, struct error *err)
{
    if (make_folders(package, err) < 0)
        return -1;
    cleanup_close int root = open_root(package, err);
    if (root < 0)
        return -1;
    if (rooted_make_folders(root, TASK_ROOT, 0755) < 0)
        return error_errno(err, "cannot make " TASK_ROOT);
    cleanup_close int task = rooted_open(root, TASK_ROOT, O_RDONLY | O_DIRECTORY, 0);
    if (task < 0)
        return error_errno(err, "cannot open " TASK_ROOT);
    return unpack_zip(zip, task, err) < 0 ? -1 : finish(package, root, err);
}

int emulate_package_zip(struct view zip, struct emulate_package *package, struct error *err)
{
    struct emulate_package new = {.zip = true, .working_dir = TASK_ROOT};
    new.words = xcalloc(2, sizeof(*new.words));
    new.words[0] = TASK_ROOT "/bootstrap";
    if (unpack_zip_file(zip, &new, err) < 0) {
        emulate_package_release(&new);
        return -1;
    }
    *package = new;
    return 0;
}

/* Both begin in a way of their own [APPNOTE.TXT 4.3.7; a tar archive begins with a name]. */
static bool is_zip(const char *path)
{
    char head[4] = "";
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) &&
           memcmp(head, "PK\3\4", sizeof(head)) == 0;
}

int emulate_package_read(const char *path, struct emulate_package *package, struct error *err)
{
    cleanup_oci_image struct oci_image image = {0};
    cleanup_file_map struct file_map map = {0};
    int result;
    if (is_zip(path))
        result = file_map(&map, path, ZIP_PACKAGE_MAX, err) < 0
                     ? -1
                     : emulate_package_zip(map.bytes, package, err);
    else
        result = oci_layout_read(path, &image, err) < 0
                     ? -1
                     : emulate_package_image(&image, package, err);
    return result;
}

void emulate_package_release(struct emulate_package *package)
{
    if (package->folder.len) {
        cleanup_close int folder =
            open(buf_str(&package->folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder >= 0)
            rooted_empty(folder);
        rmdir(buf_str(&package->folder));
    }
    buf_release(&package->folder);
    buf_release(&package->root);
    buf_release(&package->tmp);
    oci_config_release(&package->config);
    free(package->words);
    *package = (struct emulate_package){0};
}
