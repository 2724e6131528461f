#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "cli/pipeline_file.h"
#include "stack/example.h"
#include "json/writer.h"

/* A file that is there is never touched. */
static int create(const char *path, struct view text, struct error *err)
{
    cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST)
        return error_set(err, ERROR_SYSTEM, EEXIST, "%s is there already: nothing was changed",
                         path);
    if (fd < 0)
        return error_errno(err, "cannot write %s", path);
    if (file_write_all(fd, text) == 0)
        return 0;
    error_errno(err, "cannot write %s", path);
    unlink(path);
    return -1;
}

/* DIR/pipeline.yaml; the folder is made if need be. */
static int choose_path(const char *folder, struct buf *path, struct error *err)
{
    if (mkdir(folder, 0777) < 0 && errno != EEXIST)
        return error_errno(err, "cannot make the folder %s", folder);
    buf_printf(path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", PIPELINE_FILE);
    return 0;
}

static void print(const struct cli *cli, const char *path)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (cli->json) {
        struct json_writer writer;
        json_writer_init(&writer, &text);
        json_begin_object(&writer);
        json_member_string(&writer, "path", view_str(path));
        json_end_object(&writer);
    } else {
        buf_printf(&text, "written to %s", path);
    }
    cli_put(&text);
}

static void say_next(const struct cli *cli, const char *path)
{
    const char *option = strcmp(path, PIPELINE_FILE) == 0 ? "" : " --file ";
    const char *file = *option ? path : "";
    if (!cli->quiet)
        fprintf(stderr,
                "Next: set `sink` in it to your database and its password, and the names to your "
                "liking; then\n  lorry validate%s%s\n  lorry deploy%s%s\n",
                option, file, option, file);
}

static int init(struct cli *cli, const void *options, char **args, size_t count)
{
    (void)options;
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP);
    struct error err = {0};
    if (cli->file && count)
        return cli_misused(cli, "a folder and --file exclude each other");
    if (count && *args[0] == '\0')
        return cli_misused(cli, "the folder has no name");
    if (!count)
        buf_append_str(&path, pipeline_file_path(cli));
    else if (choose_path(args[0], &path, &err) < 0)
        return cli_fail(cli, &err);
    if (create(buf_str(&path), view_str(stack_example), &err) < 0)
        return cli_fail(cli, &err);
    print(cli, buf_str(&path));
    say_next(cli, buf_str(&path));
    return CLI_DONE;
}

const struct command command_init = {
    .name = "init",
    .summary = "writes a commented pipeline.yaml: the documented example",
    .args = "[DIR]",
    .details = "Writes pipeline.yaml, the file that describes a pipeline, here or in DIR: the "
               "documented example with comments, ready to deploy once the sink in it is yours. A "
               "file that is there is never touched.",
    .args_max = 1,
    .run = init,
};
