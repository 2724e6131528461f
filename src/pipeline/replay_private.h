/* What the files of replaying share. Private to pipeline/. */
#ifndef LORRY_PIPELINE_REPLAY_PRIVATE_H
#define LORRY_PIPELINE_REPLAY_PRIVATE_H

#include "pipeline/replay.h"

/* One call of the sink that may be repeated. */
typedef int replay_try(void *user, int64_t deadline, struct error *err);

/* Repeats it while its error may pass, as long as the configuration has it. */
int replay_patiently(const struct replay *replay, replay_try *call, void *user, struct error *err);

#endif
