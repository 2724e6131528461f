/* lorry: the command line. Finds the command, everything else is the command's. */
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <unistd.h>

#include "base/arguments.h"
#include "base/memory.h"
#include "cli/command.h"

/* A closed one would become the next file or connection, and get what is printed. Opened the wrong
 * way round, reading and writing fail as before. */
static void hold_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return;
}

/* Column widths need a locale that knows UTF-8: that is what databases give. */
static void choose_locale(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

/* Whether the words are those of a command of two. */
static bool is_pair(const char *word, const char *next)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&name, "%s %s", word, next);
    return command_find(buf_str(&name)) != NULL;
}

/* The command that begins at argv[*at]; moves `*at` to its last word. NULL: said why. */
static const struct command *find(struct cli *cli, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const struct command *alone = command_find(word);
    if (alone && (*at + 1 == argc || !is_pair(word, argv[*at + 1])))
        return alone;
    if (!command_is_group(word)) {
        command_unknown(cli, "", word);
        return NULL;
    }
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&name, "lorry %s", word);
    argv[*at] = name.ptr;
    int next = *at + command_parse_before(cli, word, argc - *at, argv + *at);
    argv[*at] = (char *)word;
    if (next == argc) {
        cli->name = buf_str(&name);
        cli_misused(cli, "which command? One word more is needed");
        return NULL;
    }
    buf_printf(&name, " %s", argv[next]);
    const struct command *command = command_find(buf_str(&name) + strlen("lorry "));
    if (!command)
        command_unknown(cli, word, argv[next]);
    *at = next;
    return command;
}

static int run(struct cli *cli, int argc, char **argv)
{
    argv[0] = (char *)cli->name;
    int at = command_parse_before(cli, "", argc, argv);
    if (at == argc)
        return cli_misused(cli, "which command?");
    const struct command *command = find(cli, argc, argv, &at);
    if (!command)
        return CLI_USAGE;
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&name, "lorry %s", command->name);
    cli->name = argv[at] = name.ptr;
    return cli_finish(cli, command_run(command, cli, argc - at, argv + at));
}

int main(int argc, char **argv)
{
    struct cli cli = {.name = "lorry"};
    char **arguments = arguments_take(argc, argv, &cli.password_hidden);
    hold_standard_files();
    choose_locale();
    /* Parsing moves the words about: it gets pointers of its own. */
    cleanup_free char **words = xcalloc((size_t)argc + 1, sizeof(*words));
    memcpy(words, arguments, (size_t)argc * sizeof(*words));
    int status = argc ? run(&cli, argc, words) : CLI_USAGE;
    arguments_free(arguments, argc);
    return status;
}
