/* What is noted of a key is read back the same, and no definition of a table upsets the search. */
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sink/sqlite_private.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct key_shape shape = {0}, again = {0};
    struct view json, found;
    if (sqlite_find_note(view_of((const char *)data, size), &json) &&
        key_shape_read(&shape, json) == 0) {
        struct buf note = BUF_INIT(BUF_TEXT_CAP);
        sqlite_append_note(&shape, &note);
        if (note.len) {
            REQUIRE(sqlite_find_note(buf_view(&note), &found));
            REQUIRE(found.ptr + found.len + 2 == note.ptr + note.len);
            REQUIRE(key_shape_read(&again, found) == 0 && key_shape_agrees(&shape, &again));
        }
        buf_release(&note);
    }
    key_shape_release(&shape);
    key_shape_release(&again);
    return 0;
}
