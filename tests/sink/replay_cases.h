/* What replaying asks of a sink, the same of every one: cases for the tests of each. */
#ifndef LORRY_TESTS_REPLAY_CASES_H
#define LORRY_TESTS_REPLAY_CASES_H

#include "base/arena.h"
#include "sink/sink.h"

/* On a sink without tables. `delete_sql` deletes the letter with sequence "2". */
void case_dead_letters(struct sink *sink, const char *delete_sql);

/* On a sink without tables. */
void case_guard(struct sink *sink, struct arena *arena);

#endif
