/* Texts that are kept in files: tests/stack/policies/. */
#ifndef LORRY_TESTS_STACK_GOLDEN_H
#define LORRY_TESTS_STACK_GOLDEN_H

#include "base/view.h"

/* Fails the test unless `json` is, in compact form, the JSON of that file, members in the same
 * order. With LORRY_UPDATE_GOLDEN set the file is written instead. */
void assert_golden(struct view json, const char *name);

#endif
