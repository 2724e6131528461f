#include "judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The digits of a decimal without zeros at either end, and its exponent. */
struct digits {
    char text[160];
    long exponent;
    bool negative;
};

static struct digits normalise(const char *decimal)
{
    struct digits d = {.negative = *decimal == '-'};
    size_t len = 0;
    bool point = false;
    const char *p = decimal + (*decimal == '-' || *decimal == '+');
    for (; *p && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        d.exponent -= point;
        if (len || *p != '0')
            d.text[len++] = *p;
    }
    if (*p)
        d.exponent += strtol(p + 1, NULL, 10);
    for (; len && d.text[len - 1] == '0'; len--)
        d.exponent++;
    d.text[len] = '\0';
    if (!len)
        d = (struct digits){0};
    return d;
}

/* Whether the shortest decimal that reads back as the double nearest to the digits has their value.
 */
static bool fits_double(const char *digits)
{
    double value = strtod(digits, NULL);
    char shortest[64];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(shortest, sizeof(shortest), "%.*e", precision - 1, value);
        if (strtod(shortest, NULL) == value)
            break;
    }
    struct digits a = normalise(digits), b = normalise(shortest);
    return strcmp(a.text, b.text) == 0 && a.exponent == b.exponent && a.negative == b.negative;
}

static bool same_number(const char *digits, json_t *got)
{
    if (json_is_string(got))
        return !fits_double(digits) && strcmp(json_string_value(got), digits) == 0;
    return json_is_real(got) && fits_double(digits) && json_real_value(got) == strtod(digits, NULL);
}

static bool same_value(json_t *typed, json_t *got);

static bool same_map(json_t *members, json_t *got)
{
    const char *name;
    json_t *member;
    if (!json_is_object(got) || json_object_size(got) != json_object_size(members))
        return false;
    json_object_foreach(members, name,
                        member) if (!same_value(member, json_object_get(got, name))) return false;
    return true;
}

static bool same_array(const char *type, json_t *elements, json_t *got)
{
    if (!json_is_array(got) || json_array_size(got) != json_array_size(elements))
        return false;
    for (size_t i = 0; i < json_array_size(elements); i++) {
        json_t *element = json_array_get(elements, i), *other = json_array_get(got, i);
        bool same = strcmp(type, "L") == 0    ? same_value(element, other)
                    : strcmp(type, "NS") == 0 ? same_number(json_string_value(element), other)
                                              : json_equal(element, other);
        if (!same)
            return false;
    }
    return true;
}

static bool same_value(json_t *typed, json_t *got)
{
    const char *type = json_object_iter_key(json_object_iter(typed));
    json_t *value = json_object_get(typed, type);
    if (!got)
        return false;
    if (strcmp(type, "N") == 0)
        return same_number(json_string_value(value), got);
    if (strcmp(type, "NULL") == 0)
        return json_is_null(got);
    if (strcmp(type, "M") == 0)
        return same_map(value, got);
    if (json_is_array(value))
        return same_array(type, value, got);
    return json_equal(value, got);
}

/* `over` laid over `base`, as DESIGN 5 describes it. */
static json_t *overlay(json_t *base, json_t *over)
{
    if (json_is_object(base) && json_is_object(over)) {
        json_t *both = json_copy(base), *value;
        const char *name;
        json_object_foreach(over, name, value)
        {
            json_t *below = json_object_get(base, name);
            json_object_set_new(both, name, below ? overlay(below, value) : json_incref(value));
        }
        return both;
    }
    if (json_is_array(base) && json_is_array(over) &&
        json_array_size(base) == json_array_size(over)) {
        json_t *both = json_array();
        for (size_t i = 0; i < json_array_size(base); i++) {
            json_t *above = json_array_get(over, i), *below = json_array_get(base, i);
            json_array_append_new(both,
                                  json_is_null(above) ? json_incref(below) : overlay(below, above));
        }
        return both;
    }
    return json_incref(over);
}

static bool same_item(json_t *item, json_t *row)
{
    bool deleted = json_is_true(json_object_get(row, "deleted"));
    json_t *data = json_object_get(row, "data"), *aux = json_object_get(row, "aux");
    if (!item || json_is_null(item))
        return deleted && json_is_null(data) && json_is_null(aux);
    if (deleted)
        return false;
    json_t *both = json_is_null(aux) ? json_incref(data) : overlay(data, aux);
    bool same = same_map(item, both);
    json_decref(both);
    return same;
}

static json_t *find_row(json_t *rows, json_t *pk)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) if (json_equal(json_object_get(row, "pk"), pk)) return row;
    return NULL;
}

static void show(const char *what, json_t *value, bool quiet)
{
    if (quiet)
        return;
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("nothing");
    fprintf(stderr, "%s: %.2000s\n", what, text);
    free(text);
}

bool judge_rows(json_t *expected, json_t *rows, bool quiet)
{
    size_t i;
    json_t *want;
    json_array_foreach(expected, i, want)
    {
        json_t *row = find_row(rows, json_object_get(want, "pk"));
        if (row && json_equal(json_object_get(row, "version"), json_object_get(want, "version")) &&
            json_equal(json_object_get(row, "sequence"), json_object_get(want, "sequence")) &&
            same_item(json_object_get(want, "item"), row))
            continue;
        show("expected", want, quiet);
        show("     got", row ? row : rows, quiet);
        return false;
    }
    if (json_array_size(rows) == json_array_size(expected))
        return true;
    show("rows that nobody expects are among", rows, quiet);
    return false;
}

bool judge_keys(const char *what, json_t *expected, json_t *got, bool quiet)
{
    const char *key;
    json_t *value;
    json_object_foreach(expected, key, value) if (!json_object_get(got, key))
    {
        if (!quiet)
            fprintf(stderr, "%s: %s is missing\n", what, key);
        return false;
    }
    if (json_object_size(expected) == json_object_size(got))
        return true;
    show(what, got, quiet);
    return false;
}
