#include "stack/log_seen.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"

#define FEWEST 1024

/* A line, or an id: of that nothing but its presence matters. */
struct log_seen_entry {
    uint64_t hash; /* 0: the place is free */
    int64_t time_ms;
    uint32_t shown;
    uint32_t filtered;
    uint32_t live;    /* in `session` */
    uint32_t session; /* the last that delivered it */
};

void log_seen_init(struct log_seen *seen, int64_t from_ms, size_t max)
{
    *seen = (struct log_seen){.floor_ms = from_ms, .newest_ms = from_ms, .max = max};
}

void log_seen_release(struct log_seen *seen)
{
    free(seen->entries);
    *seen = (struct log_seen){0};
}

static struct log_seen_entry *place_of(struct log_seen_entry *entries, size_t size, uint64_t hash)
{
    for (size_t at = hash & (size - 1);; at = (at + 1) & (size - 1))
        if (!entries[at].hash || entries[at].hash == hash)
            return &entries[at];
}

/* Into a table that is half empty, without what lies below the floor. */
static void rebuild(struct log_seen *seen)
{
    size_t kept = 0, size = FEWEST;
    for (size_t i = 0; i < seen->size; i++)
        kept += seen->entries[i].hash && seen->entries[i].time_ms >= seen->floor_ms;
    while (size < 4 * (kept + 1))
        size *= 2;
    struct log_seen_entry *entries = xcalloc(size, sizeof(*entries));
    for (size_t i = 0; i < seen->size; i++)
        if (seen->entries[i].hash && seen->entries[i].time_ms >= seen->floor_ms)
            *place_of(entries, size, seen->entries[i].hash) = seen->entries[i];
    free(seen->entries);
    seen->entries = entries;
    seen->size = size;
    seen->count = kept;
}

static struct log_seen_entry *find(struct log_seen *seen, uint64_t hash, int64_t time_ms)
{
    if (2 * (seen->count + 1) > seen->size)
        rebuild(seen);
    hash += hash == 0;
    struct log_seen_entry *entry = place_of(seen->entries, seen->size, hash);
    if (!entry->hash) {
        *entry = (struct log_seen_entry){.hash = hash, .time_ms = time_ms};
        seen->count++;
    }
    return entry;
}

static uint64_t hash_of(const struct logs_event *event)
{
    uint64_t parts[] = {map_hash(event->stream), map_hash(event->message),
                        (uint64_t)event->time_ms};
    return map_hash(view_of((const char *)parts, sizeof(parts)));
}

/* False if the id was there. */
static bool add_id(struct log_seen *seen, const struct logs_event *event)
{
    struct log_seen_entry *entry = find(seen, map_hash(event->id), event->time_ms);
    return !entry->shown++;
}

static bool show(struct log_seen_entry *entry, uint32_t delivered)
{
    if (delivered <= entry->shown)
        return false;
    entry->shown = delivered;
    return true;
}

static void note_time(struct log_seen *seen, const struct logs_event *event)
{
    if (event->time_ms > seen->newest_ms)
        seen->newest_ms = event->time_ms;
}

bool log_seen_filtered(struct log_seen *seen, const struct logs_event *event)
{
    note_time(seen, event);
    if (!add_id(seen, event))
        return false;
    struct log_seen_entry *entry = find(seen, hash_of(event), event->time_ms);
    return show(entry, ++entry->filtered);
}

void log_seen_begin_session(struct log_seen *seen)
{
    seen->session++;
}

/* What lies below the floor comes once, since nobody reads it again. */
bool log_seen_live(struct log_seen *seen, const struct logs_event *event)
{
    note_time(seen, event);
    if (event->time_ms < seen->floor_ms)
        return true;
    struct log_seen_entry *entry = find(seen, hash_of(event), event->time_ms);
    if (entry->session != seen->session)
        entry->live = 0;
    entry->session = seen->session;
    return show(entry, ++entry->live);
}

static void raise_floor(struct log_seen *seen, int64_t floor_ms)
{
    if (floor_ms > seen->floor_ms)
        seen->floor_ms = floor_ms;
}

void log_seen_advance(struct log_seen *seen, int64_t now_ms, bool gap)
{
    int64_t newest_ms = seen->newest_ms < now_ms ? seen->newest_ms : now_ms;
    if (!gap)
        raise_floor(seen, newest_ms - LOG_SEEN_LATE_MS);
    if (seen->count > seen->max)
        rebuild(seen);
    for (int64_t late_ms = LOG_SEEN_LATE_MS; seen->count > seen->max && late_ms;) {
        late_ms /= 2;
        raise_floor(seen, newest_ms - late_ms);
        rebuild(seen);
    }
}
