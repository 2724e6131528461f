#include "unit.h"

#include <stdio.h>

#include "base/map.h"

static void finds_what_was_put(void **state)
{
    (void)state;
    static char keys[1000][8];
    struct map map = MAP_INIT;
    for (size_t i = 0; i < 1000; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
        *map_at(&map, view_str(keys[i])) = keys[i];
    }
    assert_int_equal(map.len, 1000);
    for (size_t i = 0; i < 1000; i++) {
        assert_ptr_equal(map_get(&map, view_str(keys[i])), keys[i]);
        assert_ptr_equal(map.entries[i].value, keys[i]);
    }
    assert_null(map_get(&map, VIEW("k1000")));
    *map_at(&map, VIEW("k7")) = NULL;
    assert_int_equal(map.len, 1000);
    map_clear(&map);
    assert_null(map_get(&map, VIEW("k7")));
    map_release(&map);
}

static void tells_binary_keys_apart(void **state)
{
    (void)state;
    struct map map = MAP_INIT;
    *map_at(&map, VIEW("a\0b")) = (void *)"1";
    *map_at(&map, VIEW("a\0c")) = (void *)"2";
    *map_at(&map, VIEW("")) = (void *)"3";
    assert_string_equal(map_get(&map, VIEW("a\0b")), "1");
    assert_string_equal(map_get(&map, VIEW("a\0c")), "2");
    assert_string_equal(map_get(&map, VIEW("")), "3");
    map_release(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_put),
        cmocka_unit_test(tells_binary_keys_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
