#include "cli/event_kind.h"

#include "base/clock.h"
#include "base/suggest.h"
#include "stack/example_event.h"

static int unknown(const char *text, struct error *err)
{
    size_t count = 0;
    cleanup_buf struct buf known = BUF_INIT(BUF_TEXT_CAP);
    for (; example_event_kinds[count]; count++)
        buf_printf(&known, "%s%s", count ? ", " : "", example_event_kinds[count]);
    const char *meant = suggest(view_str(text), example_event_kinds, count);
    if (meant)
        return error_set(err, ERROR_SETTING, 0, "there is no event \"%s\" (did you mean \"%s\"?)",
                         text, meant);
    return error_set(err, ERROR_SETTING, 0, "there is no event \"%s\"; it is one of: %s", text,
                     buf_str(&known));
}

int event_write(const char *kind, const struct stack *stack, struct buf *out, struct error *err)
{
    int i = 0;
    while (example_event_kinds[i] && strcmp(example_event_kinds[i], kind) != 0)
        i++;
    if (!example_event_kinds[i])
        return unknown(kind, err);
    if (i != EXAMPLE_KINESIS && stack && !stack->source.key_count)
        return error_set(err, ERROR_SETTING, 0,
                         "the keys of table \"%s\" are not known: name them in `keys` under "
                         "`source: dynamodb:`",
                         stack->source.table);
    example_event_write((enum example_event_kind)i, stack, clock_system.now_us(&clock_system), out);
    return 0;
}
