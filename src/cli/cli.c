#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

bool cli_colored(const struct cli *cli, FILE *stream)
{
    if (cli->color != CLI_COLOR_AUTO)
        return cli->color == CLI_COLOR_ALWAYS;
    const char *off = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(fileno(stream)) && !(off && *off) && terminal && strcmp(terminal, "dumb") != 0;
}

const char *cli_environment(const char *name)
{
    return getenv(name);
}

bool cli_interactive(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

#define RED "\033[1;31m"
#define YELLOW "\033[1;33m"

__attribute__((format(printf, 4, 0))) static void
print(const struct cli *cli, const char *color, const char *kind, const char *format, va_list args)
{
    bool colored = color && cli_colored(cli, stderr);
    fprintf(stderr, "%s%s:%s ", colored ? color : "", cli->name, colored ? "\033[0m" : "");
    fputs(kind, stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void cli_error(const struct cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(cli, RED, "", format, args);
    va_end(args);
}

void cli_warning(const struct cli *cli, const char *format, ...)
{
    if (cli->quiet)
        return;
    va_list args;
    va_start(args, format);
    print(cli, YELLOW, "warning: ", format, args);
    va_end(args);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
    if (cli->quiet)
        return;
    va_list args;
    va_start(args, format);
    print(cli, NULL, "", format, args);
    va_end(args);
}

int cli_fail(const struct cli *cli, const struct error *err)
{
    cli_error(cli, "%s", err->message);
    return err->domain == ERROR_USAGE || err->domain == ERROR_SETTING ? CLI_USAGE : CLI_FAILED;
}

int cli_misused(const struct cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(cli, RED, "", format, args);
    va_end(args);
    fprintf(stderr, "Try `%s --help`.\n", cli->name);
    return CLI_USAGE;
}

int cli_confirm(const struct cli *cli, bool yes, const char *format, ...)
{
    if (yes)
        return CLI_DONE;
    if (!cli_interactive())
        return cli_misused(cli, "this needs --yes where there is no terminal to ask at");
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs(" [y/N] ", stderr);
    char answer[16];
    if (fgets(answer, sizeof(answer), stdin) &&
        (strcasecmp(answer, "y\n") == 0 || strcasecmp(answer, "yes\n") == 0))
        return CLI_DONE;
    return CLI_FAILED;
}

/* What is longer than the buffer of `stdout` is written at once: by the end, the reason would be
 * forgotten. */
static int put_errno;

void cli_put(const struct buf *text)
{
    if (fwrite(buf_str(text), 1, text->len, stdout) != text->len && !put_errno)
        put_errno = errno;
    putchar('\n');
}

int cli_finish(const struct cli *cli, int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    int reason = put_errno ? put_errno : errno;
    cli_error(cli, "cannot write to standard output%s%s", reason ? ": " : "",
              reason ? strerror(reason) : "");
    return CLI_FAILED;
}
