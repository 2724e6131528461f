#include "unit.h"

#include <string.h>

#include "base/arena.h"

static void gives_aligned_memory_that_stays(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char *pieces[1000];
    for (size_t i = 0; i < 1000; i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)(i & 0x7F), i);
    }
    for (size_t i = 0; i < 1000; i++)
        for (size_t k = 0; k < i; k++)
            if (pieces[i][k] != (char)(i & 0x7F))
                fail_msg("piece %zu was overwritten", i);
    char *large = arena_alloc(&arena, 10000000);
    memset(large, 1, 10000000);
    arena_wipe(&arena);
    assert_null(arena.head);
    arena_wipe(&arena);
    arena_release(&arena);
}

static void zeroes_on_demand(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    for (int round = 0; round < 3; round++) {
        memset(arena_alloc(&arena, 5000), 0xFF, 5000);
        arena_reset(&arena);
        const char *zeros = arena_calloc(&arena, 500, 10);
        for (size_t i = 0; i < 5000; i++)
            assert_int_equal(zeros[i], 0);
        arena_reset(&arena);
    }
    arena_release(&arena);
}

static void copies_are_terminated(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct view copy = arena_copy(&arena, VIEW("text"));
    assert_view(copy, "text");
    assert_int_equal(copy.ptr[4], '\0');
    assert_int_equal(arena_copy(&arena, VIEW("")).ptr[0], '\0');
    arena_release(&arena);
}

static void unclaimed_room_goes_to_the_next(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    size_t room;
    char *first = arena_reserve(&arena, 100, &room);
    assert_true(room >= 100);
    memset(first, 'a', room);
    arena_claim(&arena, 10);
    char *second = arena_reserve(&arena, 50, &room);
    assert_true(room >= 50);
    assert_ptr_equal(second, first + 10);
    memset(second, 'b', room);
    arena_claim(&arena, 0);
    char *third = arena_reserve(&arena, 1 << 20, &room);
    assert_true(room >= 1 << 20);
    memset(third, 'c', room);
    arena_claim(&arena, room);
    for (int i = 0; i < 10; i++)
        assert_int_equal(first[i], 'a');
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_aligned_memory_that_stays),
        cmocka_unit_test(zeroes_on_demand),
        cmocka_unit_test(copies_are_terminated),
        cmocka_unit_test(unclaimed_room_goes_to_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
