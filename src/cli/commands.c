#include "cli/command.h"

#include <argp.h>

#include "base/arena.h"
#include "base/arguments.h"
#include "base/memory.h"
#include "base/suggest.h"

/* One a line. */
/* clang-format off */
const struct command *const commands[] = {
    &command_init,
    &command_validate,
    &command_template,
    &command_diff,
    &command_deploy,
    &command_refresh,
    &command_destroy,
    &command_status,
    &command_relay,
    &command_replay,
    &command_invoke,
    &command_event,
    &command_logs,
    &command_logs_groups,
    &command_sql,
    &command_query,
    &command_doctor,
    &command_table_create,
    &command_table_show,
    &command_table_upgrade,
    &command_table_drop,
    &command_image_build,
    &command_image_push,
    &command_image_inspect,
    &command_zip,
    &command_registry_create,
    &command_registry_login,
    &command_registry_policy,
    &command_completion,
    &command_help,
    NULL,
};
/* clang-format on */

/* What --help says of the commands with two words. */
static const struct {
    const char *word;
    const char *details;
} groups[] = {
    {"image", "Makes, pushes and shows the OCI image of the record processor."},
    {"registry", "Makes the repository of the images in Amazon ECR, and says who gets at it."},
    {"table", "Makes, shows, upgrades and drops the table that changes are applied to."},
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *command = commands; *command; command++)
        if (strcmp((*command)->name, name) == 0)
            return *command;
    return NULL;
}

/* The part of the name behind the group, or NULL if it is not in it; "" is the group of all. */
static const char *name_in(const struct command *command, const char *group)
{
    size_t len = strlen(group);
    if (len == 0)
        return command->name;
    if (strncmp(command->name, group, len) != 0 || command->name[len] != ' ')
        return NULL;
    return command->name + len + 1;
}

bool command_is_group(const char *word)
{
    for (const struct command *const *command = commands; *command; command++)
        if (*word && name_in(*command, word))
            return true;
    return false;
}

/* The words that may stand behind `group`; those of a group once only. */
static size_t words_of(const char *group, struct arena *arena, const char **words)
{
    size_t count = 0;
    for (const struct command *const *command = commands; *command; command++) {
        const char *name = name_in(*command, group);
        if (!name)
            continue;
        struct view word = {name, strcspn(name, " ")};
        if (count == 0 || !view_equal(view_str(words[count - 1]), word))
            words[count++] = arena_copy(arena, word).ptr;
    }
    return count;
}

int command_unknown(struct cli *cli, const char *group, const char *word)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    const char *words[ARRAY_LEN(commands)];
    const char *meant = suggest(view_str(word), words, words_of(group, &arena, words));
    const char *space = *group ? " " : "";
    /* It may be a URL in the wrong place. */
    cleanup_buf struct buf public = BUF_INIT(BUF_TEXT_CAP);
    url_append_public(&public, view_str(word));
    if (meant)
        return cli_misused(cli, "there is no command \"%s%s%s\" (did you mean \"%s%s%s\"?)", group,
                           space, buf_str(&public), group, space, meant);
    return cli_misused(cli, "there is no command \"%s%s%s\"", group, space, buf_str(&public));
}

const char *command_group_details(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        if (strcmp(groups[i].word, word) == 0)
            return groups[i].details;
    return "";
}

static char *list_details(struct arena *arena, const char *group)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (!*group)
        buf_append_str(&text, "Moves the changes of a DynamoDB table into a database.");
    buf_append_str(&text, command_group_details(group));
    buf_append_str(&text, "\v`lorry help COMMAND` explains a command; the manual is lorry(1).");
    return (char *)arena_copy(arena, buf_view(&text)).ptr;
}

/* argp shows them like options, two columns with the texts aligned. Not `help`, which the last line
 * explains: argp would move an entry of that name among the options. */
static struct argp_option *list_entries(struct arena *arena, const char *group)
{
    struct argp_option *entries = arena_calloc(arena, ARRAY_LEN(commands) + 1, sizeof(*entries));
    struct argp_option *next = entries;
    *next++ = (struct argp_option){.doc = "Commands:", .group = 1};
    for (const struct command *const *command = commands; *command; command++)
        if (name_in(*command, group) && *command != &command_help)
            *next++ = (struct argp_option){.name = (*command)->name,
                                           .doc = (*command)->summary,
                                           .flags = OPTION_DOC,
                                           .group = 1};
    return entries;
}

static struct options_target list_target(struct arena *arena, struct cli *cli, const char *group)
{
    return (struct options_target){.cli = cli,
                                   .args = "COMMAND [ARGS]",
                                   .details = list_details(arena, group),
                                   .extra = list_entries(arena, group),
                                   .first_word = true};
}

int command_parse_before(struct cli *cli, const char *group, int argc, char **argv)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    struct options_target target = list_target(&arena, cli, group);
    return options_parse(&target, argc, argv);
}

void command_help_list(struct cli *cli, const char *group)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&name, "lorry%s%s", *group ? " " : "", group);
    struct options_target target = list_target(&arena, cli, group);
    options_help(&target, buf_str(&name));
}

int command_misplaced(struct cli *cli, const char *group, const char *word)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&name, "%s %s", group, word);
    if (command_find(buf_str(&name)))
        return cli_misused(cli, "\"%s\" has to stand right behind \"%s\": lorry %s [OPTION...]",
                           word, group, buf_str(&name));
    return command_unknown(cli, group, word);
}
