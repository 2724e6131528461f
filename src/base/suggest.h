/* "did you mean": the closest of the names there are, for what somebody mistyped. */
#ifndef LORRY_BASE_SUGGEST_H
#define LORRY_BASE_SUGGEST_H

#include <stddef.h>

#include "base/view.h"

/* Longer words are not looked at: they get no suggestion. */
#define SUGGEST_LENGTH_MAX 64

/* How many edits (a character added, removed, replaced, or two neighbours swapped) make one word of
 * the other, ASCII case not counted; SUGGEST_LENGTH_MAX if one of them is too long. */
size_t suggest_distance(struct view a, struct view b);

/* The one of `names` (`count` of them) that is closest to `word`, or that it is the beginning of;
 * NULL if none is close enough to be what was meant. */
const char *suggest(struct view word, const char *const *names, size_t count);

#endif
