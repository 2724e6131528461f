/* Private to json/: a decimal number taken apart, and the double that is nearest to it. */
#ifndef LORRY_JSON_DECIMAL_H
#define LORRY_JSON_DECIMAL_H

#include <stdbool.h>

#include "json/number.h"

/* A value: 0.d1d2d3... * 10^point, where neither the first nor the last digit is zero. */
struct decimal {
    bool negative;
    int point;                      /* 0 for zero */
    int count;                      /* 0 for zero */
    char digits[NUMBER_DIGITS_MAX]; /* '0' to '9' */
};

/* The shortest decimal that reads back as the double nearest to `d` (not zero), and of several the
 * closest one to that double. */
void decimal_shortest(const struct decimal *d, struct decimal *shortest);

#endif
