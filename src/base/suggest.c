#include "base/suggest.h"

#include <stdbool.h>
#include <strings.h>

static bool same(char a, char b)
{
    return strncasecmp(&a, &b, 1) == 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: three rows of the usual matrix are enough. */
size_t suggest_distance(struct view a, struct view b)
{
    if (a.len >= SUGGEST_LENGTH_MAX || b.len >= SUGGEST_LENGTH_MAX)
        return SUGGEST_LENGTH_MAX;
    size_t rows[3][SUGGEST_LENGTH_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool equal = same(a.ptr[i - 1], b.ptr[j - 1]);
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + !equal);
            if (i > 1 && j > 1 && same(a.ptr[i - 1], b.ptr[j - 2]) &&
                same(a.ptr[i - 2], b.ptr[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

const char *suggest(struct view word, const char *const *names, size_t count)
{
    const char *closest = NULL;
    /* A third of the word may be wrong, but at least one letter. */
    size_t smallest = word.len / 3 + (word.len < 3) + 1;
    for (size_t i = 0; i < count; i++) {
        struct view name = view_str(names[i]);
        size_t distance = suggest_distance(word, name);
        if (word.len >= 3 && view_starts_with(name, word))
            distance = 1;
        if (distance < smallest) {
            smallest = distance;
            closest = names[i];
        }
    }
    return closest;
}
