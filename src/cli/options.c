#include "cli/options.h"

#include <argp.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/suggest.h"

static const char *const color_choices[] = {"auto", "always", "never", NULL};

const struct cli_option global_options[] = {
    {.name = "file",
     .letter = 'f',
     .kind = OPTION_TEXT,
     .offset = offsetof(struct cli, file),
     .value = "FILE",
     .help = "The file that describes the pipeline (pipeline.yaml)",
     .of_file = true},
    {.name = "stage",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct cli, stage),
     .value = "NAME",
     .help = "The stage, if not the one that the file names"},
    {.name = "region",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct cli, region),
     .value = "NAME",
     .help = "The AWS region, if not the one of the file (AWS_REGION)"},
    {.name = "profile",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct cli, profile),
     .value = "NAME",
     .help = "The profile in the files of the AWS CLI (AWS_PROFILE)"},
    {.name = "endpoint-url",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct cli, endpoint_url),
     .value = "URL",
     .help = "Where AWS is, if it is an emulator (AWS_ENDPOINT_URL)"},
    {.name = "debug-http",
     .offset = offsetof(struct cli, debug_http),
     .help = "Show HTTP requests and answers on standard error, secrets left out "
             "(LORRY_DEBUG=http)"},
    {.name = "json",
     .offset = offsetof(struct cli, json),
     .help = "Print one JSON value (see docs/json.md)"},
    {.name = "quiet",
     .letter = 'q',
     .offset = offsetof(struct cli, quiet),
     .help = "Print errors and data only: no warnings, notes, summaries or progress"},
    {.name = "verbose",
     .letter = 'v',
     .offset = offsetof(struct cli, verbose),
     .help = "Log what is done, SQL statements included, on standard error"},
    {.name = "color",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct cli, color),
     .value = "WHEN",
     .help = "Use colours: auto, always or never",
     .standard = "auto",
     .choices = color_choices},
    {0},
};

/* Keys of options without a letter; argp wants numbers that are no characters. */
enum { KEY_OWN = 0x100, KEY_GLOBAL = 0x200 };

struct parsing {
    const struct options_target *target;
    char **args;
    size_t count;
    int first_word;
};

static int choose(const struct cli_option *option, const char *text, const struct argp_state *state)
{
    size_t count = 0;
    for (; option->choices[count]; count++)
        if (strcmp(option->choices[count], text) == 0)
            return (int)count;
    const char *meant = suggest(view_str(text), option->choices, count);
    struct buf known = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < count; i++)
        buf_printf(&known, "%s%s", i ? ", " : "", option->choices[i]);
    if (meant)
        argp_error(state, "--%s: there is no \"%s\" (did you mean \"%s\"?)", option->name, text,
                   meant);
    argp_error(state, "--%s: there is no \"%s\"; it is one of: %s", option->name, text,
               buf_str(&known));
    return -1;
}

static void append(struct option_list *list, const struct cli_option *option, const char *text,
                   const struct argp_state *state)
{
    if (list->count == OPTION_LIST_MAX)
        argp_error(state, "--%s: given more than %d times", option->name, OPTION_LIST_MAX);
    list->items[list->count++] = text;
}

static int64_t duration_ms(const struct cli_option *option, const char *text,
                           const struct argp_state *state)
{
    struct error err = {0};
    int64_t us = 0;
    if (parse_duration_us(view_str(text), &us, &err) != 0)
        argp_error(state, "--%s: %s", option->name, err.message);
    return us / 1000;
}

/* `state` NULL: the standard value of a table, which is not wrong. */
static void store(const struct cli_option *option, void *values, const char *text,
                  const struct argp_state *state)
{
    void *place = (char *)values + option->offset;
    switch (option->kind) {
    case OPTION_FLAG: *(bool *)place = true; break;
    case OPTION_TEXT: *(const char **)place = text; break;
    case OPTION_LIST: append(place, option, text, state); break;
    case OPTION_CHOICE: *(int *)place = choose(option, text, state); break;
    case OPTION_DURATION: *(int64_t *)place = duration_ms(option, text, state); break;
    }
}

static int key_of(const struct cli_option *options, size_t index, int base)
{
    return options[index].letter ? options[index].letter : base + (int)index;
}

static bool store_by_key(const struct cli_option *options, int base, int key, void *values,
                         const char *text, const struct argp_state *state)
{
    for (size_t i = 0; options && options[i].name; i++) {
        if (key_of(options, i, base) != key)
            continue;
        store(&options[i], values, text, state);
        return true;
    }
    return false;
}

static error_t parse_one(int key, char *text, struct argp_state *state)
{
    struct parsing *parsing = state->input;
    if (key == 'h')
        argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
    const struct options_target *target = parsing->target;
    if (key == ARGP_KEY_ARG) {
        parsing->args[parsing->count++] = text;
        if (target->first_word) {
            parsing->first_word = state->next - 1;
            state->next = state->argc;
        }
        return 0;
    }
    if (store_by_key(target->options, KEY_OWN, key, target->values, text, state) ||
        store_by_key(global_options, KEY_GLOBAL, key, target->cli, text, state))
        return 0;
    return ARGP_ERR_UNKNOWN;
}

static void set_standards(const struct cli_option *options, void *values)
{
    for (; options && options->name; options++)
        if (options->standard)
            store(options, values, options->standard, NULL);
}

static struct argp_option entry(struct arena *arena, const struct cli_option *options, size_t index,
                                int base, int group)
{
    const struct cli_option *option = &options[index];
    const char *help = option->help;
    if (option->standard) {
        cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&text, "%s (%s)", option->help, option->standard);
        help = arena_copy(arena, buf_view(&text)).ptr;
    }
    return (struct argp_option){option->name, key_of(options, index, base), option->value, 0, help,
                                group};
}

static size_t count_options(const struct cli_option *options)
{
    size_t count = 0;
    while (options && options[count].name)
        count++;
    return count;
}

/* Own options, then the common ones, then --help and what argp has besides. */
static struct argp_option *make_entries(struct arena *arena, const struct options_target *target)
{
    size_t own = count_options(target->options), global = count_options(global_options), extra = 0;
    while (target->extra && (target->extra[extra].name || target->extra[extra].doc))
        extra++;
    struct argp_option *entries = arena_calloc(arena, extra + own + global + 4, sizeof(*entries));
    struct argp_option *next = entries;
    for (size_t i = 0; i < extra; i++)
        *next++ = target->extra[i];
    if (own)
        *next++ = (struct argp_option){.doc = "Options:", .group = 2};
    for (size_t i = 0; i < own; i++)
        *next++ = entry(arena, target->options, i, KEY_OWN, 2);
    *next++ = (struct argp_option){.doc = "Options of every command:", .group = 3};
    for (size_t i = 0; i < global; i++)
        if (!global_options[i].of_file || !target->cli->described)
            *next++ = entry(arena, global_options, i, KEY_GLOBAL, 3);
    /* argp knows -? only. */
    *next = (struct argp_option){.key = 'h', .flags = OPTION_HIDDEN};
    return entries;
}

/* Leaves argp's note on "mandatory or optional arguments" out. */
static char *filter_help(int key, const char *text, void *input)
{
    (void)input;
    return key == ARGP_KEY_HELP_DUP_ARGS_NOTE ? NULL : (char *)text;
}

static struct argp make_argp(struct arena *arena, const struct options_target *target)
{
    return (struct argp){.options = make_entries(arena, target),
                         .parser = parse_one,
                         .args_doc = *target->args ? target->args : NULL,
                         .help_filter = filter_help,
                         .doc = target->details};
}

static int parse(const struct options_target *target, int argc, char **argv, unsigned flags)
{
    argp_err_exit_status = CLI_USAGE;
    argp_program_version = "lorry " LORRY_VERSION;
    cleanup_arena struct arena arena = ARENA_INIT;
    struct argp argp = make_argp(&arena, target);
    struct parsing parsing = {.target = target,
                              .args = arena_calloc(&arena, (size_t)argc, sizeof(char *)),
                              .first_word = argc};
    argp_parse(&argp, argc, argv, flags, NULL, &parsing);
    if (target->first_word)
        return parsing.first_word;
    memcpy(argv, parsing.args, parsing.count * sizeof(char *));
    return (int)parsing.count;
}

int options_parse(const struct options_target *target, int argc, char **argv)
{
    if (target->first_word)
        return parse(target, argc, argv, ARGP_IN_ORDER);
    set_standards(target->options, target->values);
    return parse(target, argc, argv, 0);
}

void options_help(const struct options_target *target, const char *name)
{
    /* argp_help() would leave --help itself and the filter out. */
    char *argv[] = {(char *)name, (char[]){"--help"}, NULL};
    parse(target, 2, argv, ARGP_NO_EXIT);
}
