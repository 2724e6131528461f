#include "cli/completion.h"

static const char head[] = "# shellcheck shell=bash\n"
                           "# Completion of lorry in bash, written by `lorry completion bash`.\n"
                           "\n"
                           "# What may stand for the value of option $2 of the command $1, in "
                           "REPLY: \"files\", \"commands\",\n"
                           "# \"words ...\" or nothing. Fails for options without one.\n"
                           "__lorry_value() {\n"
                           "    case \"$1 $2\" in\n";

static const char before_options[] =
    "    *) return 1 ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "# The options of the command $1, with an equals sign where they have a value.\n"
    "__lorry_options() {\n"
    "    case $1 in\n";

static const char tail[] =
    "# Offers what `REPLY` of the functions above means; $1: what is there, $2: what stands before "
    "it.\n"
    "__lorry_offer() {\n"
    "    case $REPLY in\n"
    "    files)\n"
    "        mapfile -t COMPREPLY < <(compgen -f -P \"$2\" -- \"$1\")\n"
    "        # Readline does the rest: slashes, quotes, a tilde.\n"
    "        compopt -o filenames -o default 2>/dev/null\n"
    "        ;;\n"
    "    words*) mapfile -t COMPREPLY < <(compgen -P \"$2\" -W \"${REPLY#words}\" -- \"$1\") ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_lorry() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' before='' word='' REPLY='' "
    "arguments=0 i\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $word == = ]]; then\n"
    "            continue\n"
    "        elif [[ -n $option ]]; then\n"
    "            option=''\n"
    "        elif [[ $word == -* ]]; then\n"
    "            if __lorry_value \"$command\" \"$word\"; then option=$word; fi\n"
    "        elif [[ -z $command ]]; then\n"
    "            command=$word\n"
    "        elif __lorry_commands \"$command\" && [[ \" $REPLY \" == *\" $word \"* && $arguments "
    "== 0 ]]; then\n"
    "            command+=\" $word\"\n"
    "        else\n"
    "            arguments=$((arguments + 1))\n"
    "        fi\n"
    "    done\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=''\n"
    "    elif [[ -z $option && $cur == --*=* ]]; then # where \"=\" does not end words\n"
    "        option=${cur%%=*} before=${cur%%=*}=\n"
    "        cur=${cur#*=}\n"
    "    fi\n"
    "    if [[ -n $option ]]; then\n"
    "        __lorry_value \"$command\" \"$option\" && __lorry_offer \"$cur\" \"$before\"\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        __lorry_options \"$command\"\n"
    "        REPLY=\"words $REPLY\"\n"
    "        __lorry_offer \"$cur\" ''\n"
    "        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null\n"
    "    else\n"
    "        __lorry_commands \"$command\"\n"
    "        if [[ -n $REPLY && $arguments == 0 ]]; then\n"
    "            REPLY=\"words $REPLY\"\n"
    "        else\n"
    "            __lorry_arguments \"$command\"\n"
    "            if [[ $REPLY == commands ]]; then\n"
    "                [[ $arguments != 0 ]] || word=''\n"
    "                __lorry_commands \"$word\"\n"
    "                REPLY=\"words $REPLY\"\n"
    "            fi\n"
    "        fi\n"
    "        __lorry_offer \"$cur\" ''\n"
    "    fi\n"
    "    return 0\n"
    "}\n"
    "\n"
    "complete -F _lorry lorry\n";

static void put_value(const struct cli_option *option, struct buf *out)
{
    switch (completion_of_option(option)) {
    case COMPLETION_FILES: buf_append_str(out, "files"); break;
    case COMPLETION_WORDS:
        buf_append_str(out, "'words ");
        completion_append_choices(option, out);
        buf_append_char(out, '\'');
        break;
    default: buf_append_str(out, "''"); break;
    }
}

/* `command` as the pattern has it, up to the quote that is open. */
static void put_values(const struct cli_option *options, const char *command, struct buf *out)
{
    for (; options && options->name; options++) {
        if (!options->value)
            continue;
        buf_printf(out, "    %s --%s'", command, options->name);
        if (options->letter)
            buf_printf(out, " | %s -%c'", command, options->letter);
        buf_append_str(out, ") REPLY=");
        put_value(options, out);
        buf_append_str(out, " ;;\n");
    }
}

static void put_all_values(struct buf *out)
{
    for (const struct command *const *command = commands; *command; command++) {
        cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&name, "'%s", (*command)->name);
        put_values((*command)->options, buf_str(&name), out);
    }
    put_values(global_options, "*'", out);
}

static void put_names(const struct cli_option *options, struct buf *out)
{
    for (; options && options->name; options++)
        buf_printf(out, " --%s%s", options->name, options->value ? "=" : "");
}

static void put_options(struct buf *out)
{
    for (const struct command *const *command = commands; *command; command++) {
        if (!(*command)->options)
            continue;
        buf_printf(out, "    '%s') REPLY='", (*command)->name);
        put_names((*command)->options, out);
        buf_append_str(out, "' ;;\n");
    }
    buf_append_str(out, "    *) REPLY='' ;;\n    esac\n    REPLY+='");
    put_names(global_options, out);
    put_names(completion_standard, out);
    buf_append_str(out, "'\n}\n\n");
}

static void put_words(struct buf *out)
{
    buf_append_str(out, "    '') REPLY='");
    for (const struct command *const *command = commands; *command; command++)
        if (completion_is_first(command))
            buf_printf(out, " %.*s", VIEW_ARG(completion_first_word(*command)));
    buf_append_str(out, "' ;;\n");
    for (const struct command *const *group = commands; *group; group++) {
        struct view first = completion_first_word(*group);
        if (!completion_is_first(group) || !completion_is_group(*group))
            continue;
        buf_printf(out, "    %.*s) REPLY='", VIEW_ARG(first));
        for (const struct command *const *command = commands; *command; command++)
            if (completion_second_word(*command, first))
                buf_printf(out, " %s", completion_second_word(*command, first));
        buf_append_str(out, "' ;;\n");
    }
}

static void put_arguments(struct buf *out)
{
    for (const struct command *const *command = commands; *command; command++) {
        const char *args = (*command)->args;
        enum completion_kind kind = completion_of(args);
        if (kind == COMPLETION_NONE)
            continue;
        buf_printf(out, "    '%s') REPLY='", (*command)->name);
        if (kind == COMPLETION_WORDS) {
            buf_append_str(out, "words ");
            completion_append_words(args, out);
        } else {
            buf_append_str(out, kind == COMPLETION_FILES ? "files" : "commands");
        }
        buf_append_str(out, "' ;;\n");
    }
}

void completion_bash(struct buf *out)
{
    static const char otherwise[] = "    *) REPLY='' ;;\n    esac\n}\n\n";
    buf_append_str(out, head);
    put_all_values(out);
    buf_append_str(out, before_options);
    put_options(out);
    buf_append_str(out, "# The words that may stand behind the command or group $1.\n"
                        "__lorry_commands() {\n    case $1 in\n");
    put_words(out);
    buf_append_str(out, otherwise);
    buf_append_str(out, "# What the arguments of the command $1 are, as in __lorry_value.\n"
                        "__lorry_arguments() {\n    case $1 in\n");
    put_arguments(out);
    buf_append_str(out, otherwise);
    buf_append_str(out, tail);
}
