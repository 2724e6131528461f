#include <argp.h>
#include <errno.h>

#include "base/arguments.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/stack_object.h"

/* One a line. */
/* clang-format off */
static const struct command *const offered[] = {
    &command_validate,
    &command_template,
    &command_stack_file,
    &command_diff,
    &command_deploy,
    &command_refresh,
    &command_destroy,
};
/* clang-format on */

static const struct command *find(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(offered); i++)
        if (strcmp(offered[i]->name, word) == 0)
            return offered[i];
    return NULL;
}

static int unknown(const struct cli *cli, const char *word)
{
    const char *names[ARRAY_LEN(offered)];
    for (size_t i = 0; i < ARRAY_LEN(offered); i++)
        names[i] = offered[i]->name;
    const char *meant = suggest(view_str(word), names, ARRAY_LEN(offered));
    if (meant)
        return cli_misused(cli, "there is no command \"%s\" (did you mean \"%s\"?)", word, meant);
    return cli_misused(cli, "there is no command \"%s\"", word);
}

/* The commands, and the options of the one that is meant when none is named. */
static int help(struct cli *cli)
{
    struct argp_option entries[ARRAY_LEN(offered) + 2] = {{.doc = "Commands:", .group = 1}};
    for (size_t i = 0; i < ARRAY_LEN(offered); i++)
        entries[i + 1] = (struct argp_option){
            .name = offered[i]->name, .doc = offered[i]->summary, .flags = OPTION_DOC, .group = 1};
    const struct options_target target = {
        .options = command_deploy.options,
        .cli = cli,
        .args = "[COMMAND]",
        .details = "Deploys the pipeline that this program describes, or does what the command "
                   "says. The options of `deploy`:",
        .extra = entries,
    };
    options_help(&target, cli->name);
    return CLI_DONE;
}

static int run(struct cli *cli, int argc, char **argv)
{
    const char *word = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
    if (word ? strcmp(word, "help") == 0 : argc > 1 && strcmp(argv[1], "--help") == 0)
        return help(cli);
    const struct command *command = word ? find(word) : &command_deploy;
    if (!command)
        return unknown(cli, word);
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&name, "%s %s", cli->name, command->name);
    char **words = argv + (word ? 1 : 0);
    cli->name = words[0] = name.ptr;
    return cli_finish(cli, command_run(command, cli, argc - (word ? 1 : 0), words));
}

int lorry_stack_main(int argc, char **argv, struct lorry_stack *stack)
{
    struct cli cli = {.name = program_invocation_short_name, .described = &stack->description};
    char **arguments = arguments_take(argc, argv, &cli.password_hidden);
    /* Parsing moves the words about: it gets pointers of its own. */
    cleanup_free char **words = xcalloc((size_t)argc + 2, sizeof(*words));
    memcpy(words, arguments, (size_t)argc * sizeof(*words));
    int status = run(&cli, argc, words);
    arguments_free(arguments, argc);
    return status;
}
