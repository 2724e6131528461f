#include "cdc/change.h"

#include <string.h>

int change_compare(const struct change *a, const struct change *b)
{
    if (a->version != b->version)
        return a->version < b->version ? -1 : 1;
    return memcmp(a->sequence, b->sequence, SEQUENCE_DIGITS);
}

int change_set_sequence(struct view digits, char out[SEQUENCE_DIGITS + 1])
{
    if (digits.len == 0)
        return -1;
    for (size_t i = 0; i < digits.len; i++)
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return -1;
    while (digits.len && *digits.ptr == '0')
        digits = view_skip(digits, 1);
    if (digits.len > SEQUENCE_DIGITS)
        return -1;
    size_t zeros = SEQUENCE_DIGITS - digits.len;
    memset(out, '0', zeros);
    memcpy(out + zeros, digits.ptr, digits.len);
    out[SEQUENCE_DIGITS] = '\0';
    return 0;
}
