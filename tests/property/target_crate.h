/* The CrateDB sink against the model of a server (tests/model/). */
#ifndef LORRY_TESTS_PROPERTY_TARGET_CRATE_H
#define LORRY_TESTS_PROPERTY_TARGET_CRATE_H

#include "target.h"

extern const struct target crate_target;

/* The same with a sink that writes in one step: its first statement (INSERT ... ON CONFLICT DO
 * NOTHING) never reaches the server and is answered as if every row were there already. */
extern const struct target one_step_target;

#endif
