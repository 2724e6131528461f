#include "cli/completion.h"
#include "cli/shell.h"

static const char head[] = "#compdef lorry\n"
                           "# Completion of lorry in zsh, written by `lorry completion zsh`.\n"
                           "\n";

static const char last[] = "\n"
                           "# Loaded from fpath it is the function itself, sourced it is not.\n"
                           "if [[ $funcstack[1] == _lorry ]]; then\n"
                           "    _lorry \"$@\"\n"
                           "else\n"
                           "    compdef _lorry lorry\n"
                           "fi\n";

/* In single quotes; colons and brackets mean something to _arguments and _describe. */
static void put_text(const char *text, struct buf *out)
{
    cleanup_buf struct buf escaped = BUF_INIT(BUF_TEXT_CAP);
    for (; *text; text++) {
        if (strchr("\\[]:", *text))
            buf_append_char(&escaped, '\\');
        buf_append_char(&escaped, *text);
    }
    shell_append_quoted(buf_str(&escaped), out);
}

static void put_value(const struct cli_option *option, struct buf *out)
{
    enum completion_kind kind = completion_of_option(option);
    buf_append_char(out, ':');
    put_text(option->value, out);
    buf_append_char(out, ':');
    if (kind == COMPLETION_WORDS) {
        buf_append_char(out, '(');
        completion_append_choices(option, out);
        buf_append_char(out, ')');
    } else {
        buf_append_str(out, kind == COMPLETION_FILES ? "_files" : " ");
    }
}

/* '(-f --file)'{-f+,--file=}'[help]:FILE:_files' */
static void put_option(const struct cli_option *option, struct buf *out)
{
    const char *equals = option->value ? "=" : "";
    buf_append_str(out, " \\\n        '");
    if (option->kind == OPTION_LIST)
        buf_append_char(out, '*');
    else if (option->letter)
        buf_printf(out, "(-%c --%s)", option->letter, option->name);
    if (option->letter)
        buf_printf(out, "'{-%c%s,--%s%s}'", option->letter, option->value ? "+" : "", option->name,
                   equals);
    else
        buf_printf(out, "--%s%s", option->name, equals);
    buf_append_char(out, '[');
    put_text(option->help, out);
    buf_append_char(out, ']');
    if (option->value)
        put_value(option, out);
    buf_append_char(out, '\'');
}

static void put_options(const struct cli_option *options, struct buf *out)
{
    for (; options && options->name; options++)
        put_option(options, out);
}

/* A function that offers the words of a group, or the first words. */
static void put_words(const char *function, struct view group, struct buf *out)
{
    buf_printf(out, "%s() {\n    local -a words_=(\n", function);
    for (const struct command *const *command = commands; *command; command++) {
        const char *second = completion_second_word(*command, group);
        if (group.len ? !second : !completion_is_first(command))
            continue;
        struct view word = second ? view_str(second) : completion_first_word(*command);
        buf_printf(out, "        '%.*s:", VIEW_ARG(word));
        put_text(second ? (*command)->summary : completion_explain(*command), out);
        buf_append_str(out, "'\n");
    }
    buf_append_str(out, "    )\n    _describe -t commands command words_\n}\n\n");
}

static void put_all_words(struct buf *out)
{
    put_words("__lorry_first", VIEW(""), out);
    for (const struct command *const *command = commands; *command; command++) {
        if (!completion_is_first(command) || !completion_is_group(*command))
            continue;
        cleanup_buf struct buf function = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&function, "__lorry_in_%.*s", VIEW_ARG(completion_first_word(*command)));
        put_words(buf_str(&function), completion_first_word(*command), out);
    }
}

static void put_arguments(const struct command *command, struct buf *out)
{
    buf_append_str(out, *command->args ? " \\\n        " : "");
    switch (completion_of(command->args)) {
    case COMPLETION_FILES: buf_append_str(out, "'*: :_files'"); break;
    case COMPLETION_COMMANDS:
        buf_append_str(out, "'1: :__lorry_first' '2: :__lorry_second'");
        break;
    case COMPLETION_WORDS:
        buf_append_str(out, "'1: :(");
        completion_append_words(command->args, out);
        buf_append_str(out, ")'");
        break;
    default: buf_append_str(out, *command->args ? "'*: : '" : ""); break;
    }
}

/* The words behind a group, or behind "lorry"; $state is "rest" when the first of them is there. */
static void put_rest(struct view function, struct buf *out)
{
    buf_printf(out, " \\\n        '1: :%.*s' '*:: :->rest'", VIEW_ARG(function));
}

static void put_command(const struct command *command, struct buf *out)
{
    struct view first = completion_first_word(command);
    buf_printf(out, "    '%s')\n        _arguments -C -S $__lorry_common", command->name);
    put_options(command->options, out);
    if (first.len == strlen(command->name) && completion_is_group(command)) {
        cleanup_buf struct buf function = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&function, "__lorry_in_%.*s", VIEW_ARG(first));
        put_rest(buf_view(&function), out);
        buf_printf(out, "\n        [[ $state != rest ]] || __lorry_command \"%.*s $words[1]\"",
                   VIEW_ARG(first));
    } else {
        put_arguments(command, out);
    }
    buf_append_str(out, "\n        ;;\n");
}

static void put_group(const struct command *const *command, struct buf *out)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP), function = BUF_INIT(BUF_TEXT_CAP);
    buf_append_view(&name, completion_first_word(*command));
    if (!completion_is_first(command) || !completion_is_group(*command) ||
        command_find(buf_str(&name)))
        return;
    buf_printf(&function, "__lorry_in_%s", buf_str(&name));
    buf_printf(out, "    '%s')\n        _arguments -C -S $__lorry_common", buf_str(&name));
    put_rest(buf_view(&function), out);
    buf_printf(out,
               "\n        [[ $state != rest ]] || __lorry_command \"%s $words[1]\"\n        ;;\n",
               buf_str(&name));
}

void completion_zsh(struct buf *out)
{
    buf_append_str(out, head);
    put_all_words(out);
    buf_append_str(out, "# The second word of a command, which is an argument itself.\n"
                        "__lorry_second() {\n"
                        "    local group=__lorry_in_$words[CURRENT-1]\n"
                        "    (( ! $+functions[$group] )) || $group\n"
                        "}\n\n"
                        "# Completes behind the command or group $1.\n"
                        "__lorry_command() {\n"
                        "    local context state state_descr line\n"
                        "    typeset -A opt_args\n"
                        "    case $1 in\n");
    for (const struct command *const *command = commands; *command; command++) {
        put_command(*command, out);
        put_group(command, out);
    }
    buf_append_str(out, "    esac\n}\n\n"
                        "_lorry() {\n"
                        "    local context state state_descr line\n"
                        "    typeset -A opt_args\n"
                        "    local -a __lorry_common=(");
    put_options(global_options, out);
    put_options(completion_standard, out);
    buf_append_str(out, "\n    )\n    _arguments -C -S $__lorry_common");
    put_rest(VIEW("__lorry_first"), out);
    buf_append_str(out, "\n    [[ $state != rest ]] || __lorry_command \"$words[1]\"\n}\n");
    buf_append_str(out, last);
}
