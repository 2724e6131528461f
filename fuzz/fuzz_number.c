/* The three ways of reading a number agree on what is one, and what they write is a fixed point. */
#include <stdint.h>
#include <stdlib.h>

#include "json/number.h"
#include "json/scan.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = view_of((const char *)data, size);
    char canonical[NUMBER_TEXT_MAX], real[NUMBER_TEXT_MAX], again[NUMBER_TEXT_MAX];
    bool exact = false, still = false;
    int64_t integer = 0, same = 0;
    size_t len = number_canonical(text, canonical);
    size_t real_len = number_double(text, real, &exact);
    bool whole = number_int64(text, &integer);
    REQUIRE((len > 0) == (real_len > 0));
    if (!len) {
        REQUIRE(!whole);
        return 0;
    }
    REQUIRE(json_scan_number(canonical, canonical + len) == canonical + len);
    REQUIRE(json_scan_number(real, real + real_len) == real + real_len);
    REQUIRE(strpbrk(real, ".e"));
    REQUIRE(number_canonical(view_of(canonical, len), again) == len && !strcmp(again, canonical));
    REQUIRE(number_double(view_of(canonical, len), again, &still) == real_len);
    REQUIRE(!strcmp(again, real) && still == exact);
    REQUIRE(number_double(view_of(real, real_len), again, &still) == real_len && still);
    REQUIRE(!strcmp(again, real));
    REQUIRE(strtod(canonical, NULL) == strtod(real, NULL));
    size_t real_canonical = number_canonical(view_of(real, real_len), again);
    REQUIRE(exact == view_equal(view_of(again, real_canonical), view_of(canonical, len)));
    REQUIRE(number_int64(view_of(canonical, len), &same) == whole && same == integer);
    return 0;
}
