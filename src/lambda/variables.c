#include "lambda/variables.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

static void wipe(char *item)
{
    explicit_bzero(item, strlen(item));
    free(item);
}

static char **find(const struct variables *variables, const char *name, size_t len)
{
    for (size_t i = 0; i < variables->count; i++)
        if (strncmp(variables->items[i], name, len) == 0 && variables->items[i][len] == '=')
            return &variables->items[i];
    return NULL;
}

static void put(struct variables *variables, const char *name, size_t len, const char *value)
{
    size_t size = strlen(value) + 1;
    char *item = xmalloc(len + 1 + size);
    memcpy(item, name, len);
    item[len] = '=';
    memcpy(item + len + 1, value, size);
    char **there = find(variables, name, len);
    if (there) {
        wipe(*there);
        *there = item;
        return;
    }
    variables->items =
        xreallocarray(variables->items, variables->count + 2, sizeof(*variables->items));
    variables->items[variables->count++] = item;
    variables->items[variables->count] = NULL;
}

void variables_set(struct variables *variables, const char *name, const char *value)
{
    if (value)
        put(variables, name, strlen(name), value);
}

void variables_set_pair(struct variables *variables, const char *pair)
{
    size_t len = strcspn(pair, "=");
    if (len && pair[len])
        put(variables, pair, len, pair + len + 1);
}

void variables_release(struct variables *variables)
{
    for (size_t i = 0; i < variables->count; i++)
        wipe(variables->items[i]);
    free(variables->items);
    *variables = (struct variables){0};
}
