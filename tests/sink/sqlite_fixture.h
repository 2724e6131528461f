/* SQLite files in a temporary folder, for the tests of the sink. */
#ifndef LORRY_TESTS_SQLITE_FIXTURE_H
#define LORRY_TESTS_SQLITE_FIXTURE_H

#include "unit.h"

#include "sink/sqlite.h"
#include "support/make_change.h"

struct fixture {
    char folder[64];
    char path[128]; /* of the database; nothing is there yet */
    char table[64];
    struct url url;
    char *url_path;
    struct sink_config config; /* may be altered before fixture_open() */
    struct sink *sink;         /* NULL until fixture_open() */
    struct arena arena;        /* of the changes */
    struct buf answer;
};

/* For cmocka_unit_test_setup_teardown(): *state is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Opens the sink (again). */
struct sink *fixture_open(struct fixture *f);

/* One batch: begin, write the changes (at most 8, up to NULL), commit; fails the test on an error.
 * Returns the states as letters, one a change: W, S, R, P. */
const char *fixture_apply(struct fixture *f, const struct change *const *changes);
#define APPLY(f, ...) fixture_apply(f, (const struct change *const[]){__VA_ARGS__, NULL})

/* The reason of the last refused row of fixture_apply(). */
const char *fixture_reason(void);

/* Runs SQL on the file, past the sink. The answer: cells separated by '|', rows by a line feed,
 * NULL as such; valid until the next call. Fails the test on an error. */
const char *fixture_sql(struct fixture *f, const char *sql);

#define assert_sql(f, sql, expected) assert_string_equal(fixture_sql(f, sql), expected)

/* The message has that in it. */
#define assert_message(err, part)                                                                  \
    do {                                                                                           \
        if (!strstr((err).message, part))                                                          \
            fail_msg("no \"%s\" in: %s", part, (err).message);                                     \
    } while (0)

#endif
