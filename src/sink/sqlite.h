/* The sink for SQLite: a file, `sqlite:///relative.db` or `sqlite:////absolute/path.db`, as
 * SQLAlchemy writes it. One immediate transaction a batch, durable when `commit` returns; any
 * number of processes may write the same file. The table:
 *
 *     pk TEXT PRIMARY KEY   key->json, compact, members sorted by name. A comment in the definition
 *                           of the table says what keys it takes, whatever it holds:
 *                           lorry key: {"device":"S","timestamp":"N"}
 *     data TEXT, aux TEXT   JSON; the item without its key is `data` overlaid by `aux`. `aux` is
 *                           NULL when `data` says it all, both are NULL in a tombstone
 *     version INTEGER, sequence TEXT   of the change that the row shows
 *     deleted INTEGER       1: a tombstone */
#ifndef LORRY_SINK_SQLITE_H
#define LORRY_SINK_SQLITE_H

#include "sink/sink.h"

extern const struct sink_ops sqlite_sink_ops;

#endif
