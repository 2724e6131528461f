/* A sink that fails now and then, before or after the real one did its work, or "crashes": from
 * then on nothing gets through any more, not even a rollback, until it is closed. */
#ifndef LORRY_TESTS_PROPERTY_FAULTY_SINK_H
#define LORRY_TESTS_PROPERTY_FAULTY_SINK_H

#include "history.h"
#include "sink/sink.h"

/* Takes `inner` over. `percent` of the calls fail. */
struct sink *faulty_sink_new(struct sink *inner, uint64_t seed, unsigned percent);

bool faulty_sink_crashed(const struct sink *sink);

#endif
