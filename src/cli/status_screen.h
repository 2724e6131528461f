/* What `lorry status` prints. */
#ifndef LORRY_CLI_STATUS_SCREEN_H
#define LORRY_CLI_STATUS_SCREEN_H

#include "base/buf.h"
#include "stack/status.h"

struct status_screen {
    const struct survey *survey;
    const struct status *status;
    int width; /* columns */
    bool color;
};

/* Appends the screen: verdict, findings with their next step, then a line or two for each part of
 * the pipeline. */
void status_screen_append(const struct status_screen *screen, struct buf *out);

/* Appends one JSON object; see docs/json.md. */
void status_json_append(const struct survey *survey, const struct status *status, struct buf *out);

#endif
