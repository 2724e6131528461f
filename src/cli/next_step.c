#include "cli/next_step.h"

#include "base/memory.h"
#include "cli/shell.h"

struct place_option {
    const char *name, *value;
};

/* Of a pipe there is no second reading. */
static const char *file_of(const struct cli *cli)
{
    return cli->file && strcmp(cli->file, "-") != 0 ? cli->file : NULL;
}

static void append_options(const struct cli *cli, bool of_lorry, struct buf *out)
{
    const struct place_option options[] = {
        {"file", of_lorry ? file_of(cli) : NULL},  {"stage", of_lorry ? cli->stage : NULL},
        {"region", of_lorry ? cli->region : NULL}, {"profile", cli->profile},
        {"endpoint-url", cli->endpoint_url},
    };
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (!options[i].value)
            continue;
        buf_printf(out, " --%s ", options[i].name);
        shell_append_word(options[i].value, out);
    }
}

/* A program's name stands at the beginning, behind a backquote, or behind "&& ". */
static bool begins_command(const char *text, const char *at)
{
    return at == text || at[-1] == '`' || (at - text >= 3 && strncmp(at - 3, "&& ", 3) == 0);
}

/* The length of the program's name; 0 if it is none of those that take the options. */
static size_t program_length(const char *at)
{
    static const char *const programs[] = {"lorry ", "aws "};
    for (size_t i = 0; i < ARRAY_LEN(programs); i++)
        if (strncmp(at, programs[i], strlen(programs[i])) == 0)
            return strlen(programs[i]) - 1;
    return 0;
}

const char *next_step(const struct cli *cli, const char *text, struct arena *arena)
{
    cleanup_buf struct buf out = BUF_INIT(BUF_TEXT_CAP);
    if (!text)
        return NULL;
    for (const char *at = text; *at;) {
        size_t len = begins_command(text, at) ? program_length(at) : 0;
        buf_append(&out, at, len ? len : 1);
        if (len)
            append_options(cli, *at == 'l', &out);
        at += len ? len : 1;
    }
    return out.overflow || out.len == strlen(text) ? text : arena_copy(arena, buf_view(&out)).ptr;
}
