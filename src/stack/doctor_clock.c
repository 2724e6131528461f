/* Whether it is as late here as elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "stack/doctor_parts.h"

#define SECOND_US INT64_C(1000000)
/* AWS refuses signatures that are further off [IAM User Guide "Signature Version 4"]. */
#define REFUSED_S 300
#define NOTICED_S 30

static void compare(struct examination *x, int64_t ahead_us, const char *where, bool refuses)
{
    int64_t seconds = ahead_us / SECOND_US;
    long long off = llabs(seconds);
    bool refused = refuses && off >= REFUSED_S;
    if (off < NOTICED_S) {
        doctor_note(x, VERDICT_OK, "the clock is as %s", where);
        return;
    }
    doctor_note(x, refused ? VERDICT_FAILED : VERDICT_WARNING, "the clock is %lld s %s that %s%s",
                off, seconds < 0 ? "behind" : "ahead of", where,
                refused ? ", where signatures are refused that are 300 s off" : "");
    doctor_mend(x, "set the clock of this machine: `timedatectl set-ntp true`");
}

/* The time of CrateDB, in milliseconds since 1970; false if it does not tell. */
static bool ask_sink(const struct examination *x, int64_t *time_ms)
{
    struct sink *sink = x->doctor->sink;
    struct query_result result = {0};
    if (!(x->known & KNOWS_SINK) || strcmp(x->doctor->sink_url->scheme, "crate") != 0 ||
        sink->ops->query(sink, VIEW("SELECT CURRENT_TIMESTAMP"), &result, NULL) < 0)
        return false;
    bool told = result.row_count == 1 && result.column_count == 1 &&
                parse_int64(result.cells[0], 0, INT64_MAX / 1000, time_ms, NULL) == 0;
    query_result_release(&result);
    return told;
}

static void check_clock(struct examination *x)
{
    int64_t sink_ms;
    bool sink = ask_sink(x, &sink_ms);
    if (x->known & KNOWS_TIME)
        compare(x, x->time_offset_us, "at AWS", true);
    if (sink)
        compare(x, x->doctor->clock->now_us(x->doctor->clock) - sink_ms * 1000, "at the sink",
                false);
    if (!sink && !(x->known & KNOWS_TIME))
        doctor_note(x, VERDICT_SKIPPED, "needs an answer of AWS or of the sink");
}

const struct doctor_check doctor_checks_clock[] = {
    {"clock", "time", 0, NULL, check_clock},
    {0},
};
