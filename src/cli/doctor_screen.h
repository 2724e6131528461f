/* What `lorry doctor` prints. */
#ifndef LORRY_CLI_DOCTOR_SCREEN_H
#define LORRY_CLI_DOCTOR_SCREEN_H

#include "base/buf.h"
#include "stack/doctor.h"

struct doctor_screen {
    const struct doctor_report *report;
    int width; /* columns */
    bool color;
    bool verbose; /* a line for each check, not for each group */
};

/* Appends the screen: for each group what is well in one paragraph, then what is not, each with its
 * mend; what was skipped, by reason; the counts. */
void doctor_screen_append(const struct doctor_screen *screen, struct buf *out);

/* Appends one JSON object; see docs/json.md. */
void doctor_json_append(const struct doctor_report *report, struct buf *out);

#endif
