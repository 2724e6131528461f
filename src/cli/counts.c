#include "cli/counts.h"

#include <inttypes.h>
#include <stdio.h>

const char *counts_group(uint64_t number, char out[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%" PRIu64, number);
    char *to = out;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

void counts_append_size(struct buf *out, uint64_t bytes)
{
    if (bytes < 1000000)
        buf_printf(out, "%.1f kB", (double)bytes / 1e3);
    else
        buf_printf(out, "%.1f MB", (double)bytes / 1e6);
}

void counts_append_lines(struct buf *out, const struct count_line *lines, size_t count, int width)
{
    char number[32];
    for (size_t i = 0; i < count; i++)
        if (lines[i].count)
            buf_printf(out, "%*s %s\n", width, counts_group(lines[i].count, number), lines[i].text);
}
