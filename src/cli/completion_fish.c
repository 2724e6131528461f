#include "cli/completion.h"
#include "cli/shell.h"

static const char head[] = "# Completion of lorry in fish, written by `lorry completion fish`.\n"
                           "\n"
                           "# Whether option $argv[2] of the command $argv[1] has a value.\n"
                           "function __lorry_has_value\n"
                           "    switch \"$argv[1] $argv[2]\"\n";

static const char functions[] =
    "            return 0\n"
    "    end\n"
    "    return 1\n"
    "end\n"
    "\n"
    "# The words of the command line that are neither options nor their values, a line each.\n"
    "function __lorry_words\n"
    "    set -l words (commandline -opc)\n"
    "    set -e words[1]\n"
    "    set -l found\n"
    "    set -l value no\n"
    "    for word in $words\n"
    "        if test $value = yes\n"
    "            set value no\n"
    "        else if string match -q -- '-*' $word\n"
    "            __lorry_has_value \"$found[1..2]\" $word; or __lorry_has_value \"$found[1]\" "
    "$word\n"
    "            and set value yes\n"
    "        else\n"
    "            set -a found $word\n"
    "        end\n"
    "    end\n"
    "    test (count $found) = 0; or printf '%s\\n' $found\n"
    "end\n"
    "\n"
    "# Whether these words stand there, and no other ones.\n"
    "function __lorry_at\n"
    "    set -l words (__lorry_words)\n"
    "    test \"$words\" = \"$argv\"\n"
    "end\n"
    "\n"
    "# Whether these words stand there first. Not those of a command that goes on: $argv[2..]\n"
    "function __lorry_in\n"
    "    set -l words (__lorry_words)\n"
    "    set -l wanted (string split ' ' -- $argv[1])\n"
    "    set -l last (count $wanted)\n"
    "    test \"$words[1..$last]\" = \"$argv[1]\"; or return 1\n"
    "    not contains -- \"$words[2]\" $argv[2..]\n"
    "end\n"
    "\n"
    "complete -c lorry -f\n";

static void put_values(const struct cli_option *options, const char *command, struct buf *out)
{
    for (; options && options->name; options++) {
        if (!options->value)
            continue;
        buf_printf(out, " '%s --%s'", command, options->name);
        if (options->letter)
            buf_printf(out, " '%s -%c'", command, options->letter);
    }
}

static void put_all_values(struct buf *out)
{
    buf_append_str(out, "        case");
    put_values(global_options, "*", out);
    for (const struct command *const *command = commands; *command; command++)
        put_values((*command)->options, (*command)->name, out);
    buf_append_char(out, '\n');
}

static void begin(const char *condition, struct buf *out)
{
    buf_append_str(out, "complete -c lorry");
    if (*condition)
        buf_printf(out, " -n \"%s\"", condition);
}

static void end(const char *help, struct buf *out)
{
    buf_append_str(out, " -d '");
    shell_append_quoted(help, out);
    buf_append_str(out, "'\n");
}

static void put_value(const struct cli_option *option, struct buf *out)
{
    switch (completion_of_option(option)) {
    case COMPLETION_FILES: buf_append_str(out, " -r -F"); break;
    case COMPLETION_WORDS:
        buf_append_str(out, " -x -a '");
        completion_append_choices(option, out);
        buf_append_char(out, '\'');
        break;
    default: buf_append_str(out, " -x"); break;
    }
}

static void put_options(const struct cli_option *options, const char *condition, struct buf *out)
{
    for (; options && options->name; options++) {
        begin(condition, out);
        buf_printf(out, " -l %s", options->name);
        if (options->letter)
            buf_printf(out, " -s %c", options->letter);
        if (options->value)
            put_value(options, out);
        end(options->help, out);
    }
}

/* The first words of all, or the second ones of a group, where `before` stands. */
static void put_words(const char *before, struct view group, struct buf *out)
{
    for (const struct command *const *command = commands; *command; command++) {
        const char *second = completion_second_word(*command, group);
        if (group.len ? !second : !completion_is_first(command))
            continue;
        cleanup_buf struct buf condition = BUF_INIT(BUF_TEXT_CAP);
        struct view word = second ? view_str(second) : completion_first_word(*command);
        buf_printf(&condition, "__lorry_at %s", before);
        begin(buf_str(&condition), out);
        buf_printf(out, " -a %.*s", VIEW_ARG(word));
        end(second ? (*command)->summary : completion_explain(*command), out);
    }
}

/* Behind `before`, which is "", or "help" for those that it explains. */
static void put_all_words(const char *before, struct buf *out)
{
    put_words(before, VIEW(""), out);
    for (const struct command *const *command = commands; *command; command++) {
        struct view first = completion_first_word(*command);
        if (!completion_is_first(command) || !completion_is_group(*command))
            continue;
        cleanup_buf struct buf words = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&words, "%s%s%.*s", before, *before ? " " : "", VIEW_ARG(first));
        put_words(buf_str(&words), first, out);
    }
}

static void put_arguments(const struct command *command, const char *condition, struct buf *out)
{
    switch (completion_of(command->args)) {
    case COMPLETION_FILES:
        begin(condition, out);
        buf_append_str(out, " -F\n");
        break;
    case COMPLETION_COMMANDS: put_all_words(command->name, out); break;
    case COMPLETION_WORDS:
        begin(condition, out);
        buf_append_str(out, " -a '");
        completion_append_words(command->args, out);
        buf_append_str(out, "'\n");
        break;
    default: break;
    }
}

static void put_command(const struct command *command, struct buf *out)
{
    cleanup_buf struct buf condition = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&condition, "__lorry_in '%s'", command->name);
    for (const struct command *const *other = commands; *other; other++)
        if (completion_second_word(*other, view_str(command->name)))
            buf_printf(&condition, " %s", completion_second_word(*other, view_str(command->name)));
    put_options(command->options, buf_str(&condition), out);
    put_arguments(command, buf_str(&condition), out);
}

void completion_fish(struct buf *out)
{
    buf_append_str(out, head);
    put_all_values(out);
    buf_append_str(out, functions);
    put_options(global_options, "", out);
    put_options(completion_standard, "", out);
    put_all_words("", out);
    for (const struct command *const *command = commands; *command; command++)
        put_command(*command, out);
}
