#include "cli/completion.h"

#include <ctype.h>

#include "base/memory.h"

#define SCRIPT_CAP ((size_t)1 << 20)

const struct cli_option completion_standard[] = {
    {.name = "help", .help = "Explain the command, and exit"},
    {.name = "usage", .help = "Print the synopsis, and exit"},
    {.name = "version", .letter = 'V', .help = "Print the version, and exit"},
    {0},
};

static const struct {
    const char *word;
    enum completion_kind kind;
} kinds[] = {
    {"FILE", COMPLETION_FILES},   {"PATH", COMPLETION_FILES},       {"DIR", COMPLETION_FILES},
    {"SOURCE", COMPLETION_FILES}, {"COMMAND", COMPLETION_COMMANDS},
};

/* Between words; "..." and brackets mean nothing here. */
#define SEPARATORS " []|."

enum completion_kind completion_of(const char *synopsis)
{
    const char *word = synopsis + strspn(synopsis, SEPARATORS);
    if (islower((unsigned char)*word))
        return COMPLETION_WORDS;
    for (size_t len; (len = strcspn(word, SEPARATORS)) > 0;) {
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            if (view_equal(view_str(kinds[i].word), view_of(word, len)))
                return kinds[i].kind;
        word += len;
        word += strspn(word, SEPARATORS);
    }
    return COMPLETION_NONE;
}

enum completion_kind completion_of_option(const struct cli_option *option)
{
    return option->choices ? COMPLETION_WORDS : completion_of(option->value);
}

void completion_append_words(const char *synopsis, struct buf *out)
{
    for (; *synopsis; synopsis++)
        if (!strchr("[]. ", *synopsis))
            buf_append_char(out, *synopsis == '|' ? ' ' : *synopsis);
}

void completion_append_choices(const struct cli_option *option, struct buf *out)
{
    if (!option->choices)
        completion_append_words(option->value, out);
    for (size_t i = 0; option->choices && option->choices[i]; i++)
        buf_printf(out, "%s%s", i ? " " : "", option->choices[i]);
}

struct view completion_first_word(const struct command *command)
{
    return view_of(command->name, strcspn(command->name, " "));
}

bool completion_is_first(const struct command *const *command)
{
    for (const struct command *const *other = commands; other < command; other++)
        if (view_equal(completion_first_word(*other), completion_first_word(*command)))
            return false;
    return true;
}

const char *completion_second_word(const struct command *command, struct view group)
{
    struct view first = completion_first_word(command);
    bool inside = command->name[first.len] == ' ' && view_equal(first, group);
    return inside ? command->name + first.len + 1 : NULL;
}

bool completion_is_group(const struct command *command)
{
    for (const struct command *const *other = commands; *other; other++)
        if (completion_second_word(*other, completion_first_word(command)))
            return true;
    return false;
}

const char *completion_explain(const struct command *command)
{
    cleanup_buf struct buf word = BUF_INIT(BUF_TEXT_CAP);
    buf_append_view(&word, completion_first_word(command));
    const struct command *alone = command_find(buf_str(&word));
    return alone ? alone->summary : command_group_details(buf_str(&word));
}

static int print(struct cli *cli, const void *options, char **args, size_t count)
{
    static const struct {
        const char *shell;
        void (*write)(struct buf *out);
    } shells[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};
    (void)options;
    (void)count;
    cleanup_buf struct buf text = BUF_INIT(SCRIPT_CAP);
    for (size_t i = 0; i < ARRAY_LEN(shells); i++)
        if (strcmp(shells[i].shell, args[0]) == 0)
            shells[i].write(&text);
    if (!text.len)
        return cli_misused(cli, "there is no script for \"%s\": it is bash, zsh or fish", args[0]);
    fwrite(buf_str(&text), 1, text.len, stdout);
    return CLI_DONE;
}

const struct command command_completion = {
    .name = "completion",
    .summary = "prints a script that makes a shell complete commands and options",
    .args = "bash|zsh|fish",
    .details =
        "Prints a script for the shell, which completes commands, options, their values where "
        "there "
        "are few, and files. It is installed along with lorry; without that, `source <(lorry "
        "completion bash)` in ~/.bashrc or ~/.zshrc, or `lorry completion fish | source`, does the "
        "same.",
    .args_min = 1,
    .args_max = 1,
    .run = print,
};
