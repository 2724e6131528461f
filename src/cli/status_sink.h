/* The sink, as `lorry status` looks at it. */
#ifndef LORRY_CLI_STATUS_SINK_H
#define LORRY_CLI_STATUS_SINK_H

#include "cli/sink_options.h"
#include "stack/survey.h"

/* Fills survey->sink. `options` names the pipeline and the client for its secret. What cannot be
 * looked at is no failure: the part says why. */
void status_survey_sink(const struct cli *cli, const struct sink_options *options,
                        struct survey *survey);

#endif
