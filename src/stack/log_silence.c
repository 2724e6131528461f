#include "stack/log_silence.h"

#include "aws/event_source_mapping.h"

/* "Disabling" and "Deleting" read nothing any more; what is on its way up soon will. */
static bool is_off(const struct event_source_mapping *mapping)
{
    return strcmp(mapping->state, "Disabled") == 0 || strcmp(mapping->state, "Disabling") == 0 ||
           strcmp(mapping->state, "Deleting") == 0;
}

bool log_silence_explain(struct aws_client *client, const char *function, struct buf *out)
{
    cleanup_event_source_mappings struct event_source_mappings mappings = {0};
    if (event_source_mappings_list(client, function, &mappings, NULL) < 0)
        return false;
    for (size_t i = 0; i < mappings.count; i++)
        if (!is_off(&mappings.items[i]))
            return false;
    if (mappings.count)
        buf_printf(out, "nothing calls \"%s\": its event source mapping is %s (`lorry status`)",
                   function, mappings.items[0].state);
    else
        buf_printf(out,
                   "nothing calls \"%s\": no event source mapping leads to it (`lorry status`)",
                   function);
    return true;
}
