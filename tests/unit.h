/* cmocka wants these before itself. */
#ifndef LORRY_TESTS_UNIT_H
#define LORRY_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/view.h"

/* The view has exactly these bytes. */
#define assert_view(v, literal)                                                                    \
    do {                                                                                           \
        struct view view_got = (v);                                                                \
        assert_int_equal(view_got.len, strlen(literal));                                           \
        assert_memory_equal(view_got.ptr, literal, view_got.len);                                  \
    } while (0)

#endif
