#include "stack/change_summary.h"

#include "base/memory.h"

/* A replacement that depends on what a template says is one, to be safe. */
static bool is_replaced(const struct change_set_change *change)
{
    return strcmp(change->action, "Modify") == 0 && *change->replacement &&
           strcmp(change->replacement, "False") != 0;
}

static bool is_removed(const struct change_set_change *change)
{
    return strcmp(change->action, "Remove") == 0;
}

static bool holds_data(const struct change_set_change *change)
{
    static const char *const types[] = {"AWS::DynamoDB::Table", "AWS::Kinesis::Stream",
                                        "AWS::S3::Bucket", "AWS::SQS::Queue",
                                        "AWS::Logs::LogGroup"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strcmp(change->type, types[i]) == 0)
            return true;
    return false;
}

/* "Retain", "ReplaceAndRetain", and the same with snapshots. */
static bool is_kept(const struct change_set_change *change)
{
    return strstr(change->policy, "Retain") || strstr(change->policy, "Snapshot");
}

enum change_gravity change_gravity(const struct change_set_change *change)
{
    if (!is_replaced(change) && !is_removed(change))
        return CHANGE_HARMLESS;
    if (holds_data(change) && !is_kept(change))
        return CHANGE_LOSES;
    return is_replaced(change) ? CHANGE_REPLACES : CHANGE_HARMLESS;
}

enum change_gravity change_set_gravity(const struct change_set *set)
{
    enum change_gravity most = CHANGE_HARMLESS;
    for (size_t i = 0; i < set->change_count; i++) {
        enum change_gravity gravity = change_gravity(&set->changes[i]);
        most = gravity > most ? gravity : most;
    }
    return most;
}

static void append_properties(const struct change_set_change *change, struct buf *out)
{
    const char *before = ": ";
    for (size_t i = 0; i < change->property_count; i++) {
        bool repeated = false;
        for (size_t j = 0; j < i; j++)
            repeated |= strcmp(change->properties[j].name, change->properties[i].name) == 0;
        if (repeated)
            continue;
        buf_printf(out, "%s%s", before, change->properties[i].name);
        before = ", ";
    }
}

static const char *fate(const struct change_set_change *change)
{
    if (is_replaced(change))
        return is_kept(change)      ? "is replaced; the old one is kept"
               : holds_data(change) ? "is replaced; the old one is DELETED WITH ITS DATA"
                                    : "is replaced";
    if (is_removed(change))
        return is_kept(change)      ? "leaves the stack, and is kept"
               : holds_data(change) ? "is DELETED WITH ITS DATA"
                                    : "is deleted";
    if (strcmp(change->action, "Add") == 0)
        return "is made";
    if (strcmp(change->action, "Import") == 0)
        return "becomes part of the stack";
    return "is changed";
}

static char sign(const struct change_set_change *change)
{
    if (is_replaced(change))
        return '!';
    return is_removed(change) ? '-' : strcmp(change->action, "Modify") == 0 ? '~' : '+';
}

void change_summary_append(const struct change_set_change *change, struct buf *out)
{
    size_t begin = out->len;
    buf_printf(out, "%c %-20s %s %s", sign(change), change->logical_id, change->type, fate(change));
    append_properties(change, out);
    text_defuse(out->ptr + begin, out->len - begin);
}

size_t change_summary_name_length(const char *line)
{
    const char *name = line + strlen("+ "), *end = name + strcspn(name, " ");
    return (size_t)(end - line) + strspn(end, " ");
}
