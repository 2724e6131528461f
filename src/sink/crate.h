/* The sink for CrateDB, over its HTTP endpoint. */
#ifndef LORRY_SINK_CRATE_H
#define LORRY_SINK_CRATE_H

#include "sink/sink.h"

/* crate://user:password@host:4200/schema?ssl=true. One line of the table in sink.c. */
extern const struct sink_ops crate_sink_ops;

#endif
