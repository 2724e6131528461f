/* Whether it is as late here as elsewhere. */
#include <stdlib.h>

#include "stack/doctor_parts.h"

#define SECOND_US INT64_C(1000000)
/* AWS refuses signatures that are further off [IAM User Guide "Signature Version 4"]. */
#define REFUSED_S 300
#define NOTICED_S 30

static void check_clock(struct examination *x)
{
    int64_t seconds = x->time_offset_us / SECOND_US;
    long long off = llabs(seconds);
    const char *way = seconds < 0 ? "behind" : "ahead of";
    if (off < NOTICED_S) {
        doctor_note(x, VERDICT_OK, "the clock is as at AWS");
        return;
    }
    doctor_note(x, off < REFUSED_S ? VERDICT_WARNING : VERDICT_FAILED, "%lld s %s AWS%s", off, way,
                off < REFUSED_S ? "" : ", which refuses signatures that are 300 s off");
    doctor_mend(x, "set the clock of this machine: `timedatectl set-ntp true`");
}

const struct doctor_check doctor_checks_clock[] = {
    {"clock", "time", KNOWS_TIME, NULL, check_clock},
    {0},
};
