#include "cli/command.h"

#include "base/clock.h"
#include "base/suggest.h"
#include "stack/example_event.h"

/* A few records. */
#define EVENT_CAP ((size_t)1 << 20)

static int unknown(const struct cli *cli, const char *text)
{
    size_t count = 0;
    cleanup_buf struct buf known = BUF_INIT(BUF_TEXT_CAP);
    for (; example_event_kinds[count]; count++)
        buf_printf(&known, "%s%s", count ? ", " : "", example_event_kinds[count]);
    const char *meant = suggest(view_str(text), example_event_kinds, count);
    if (meant)
        return cli_misused(cli, "there is no kind \"%s\" (did you mean \"%s\"?)", text, meant);
    return cli_misused(cli, "there is no kind \"%s\"; it is one of: %s", text, buf_str(&known));
}

static int event(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)values;
    (void)count;
    int kind = 0;
    while (example_event_kinds[kind] && strcmp(example_event_kinds[kind], args[0]) != 0)
        kind++;
    if (!example_event_kinds[kind])
        return unknown(cli, args[0]);
    cleanup_buf struct buf text = BUF_INIT(EVENT_CAP);
    example_event_write(kind, NULL, clock_system.now_us(&clock_system), &text);
    cli_put(&text);
    return CLI_DONE;
}

const struct command command_event = {
    .name = "event",
    .summary = "prints an example event",
    .args = "KIND",
    .details =
        "Prints an event as Lambda gets it from Kinesis, of this moment. KIND is kinesis (the "
        "documented one, a text that is no change), dynamodb (an item is inserted, then "
        "changed), insert, modify, remove, or poison (a change that breaks off, between two "
        "good ones).",
    .args_min = 1,
    .args_max = 1,
    .run = event,
};
