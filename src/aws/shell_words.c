#include "aws/shell_words.h"

#include <string.h>

#include "base/memory.h"

/* Where splitting is: characters go to `out`. */
struct splitter {
    const char *p;
    char *out;
};

/* One word, without its quotes. False if it does not end. */
static bool split_word(struct splitter *s)
{
    char quote = '\0';
    for (; *s->p && (quote || !strchr(" \t\r\n", *s->p)); s->p++) {
        if (quote ? *s->p == quote : *s->p == '"' || *s->p == '\'') {
            quote = quote ? '\0' : *s->p;
            continue;
        }
        if (*s->p == '\\' && (!quote || (quote == '"' && s->p[1] && strchr("\"\\", s->p[1]))) &&
            !*++s->p)
            return false;
        *s->out++ = *s->p;
    }
    *s->out++ = '\0';
    return !quote;
}

char **shell_words(const char *line, struct error *err)
{
    /* No more words than every second character begins one, each with its NUL. */
    size_t len = strlen(line), max = len / 2 + 2, count = 0;
    char **words = xmalloc(max * sizeof(*words) + len + 1);
    struct splitter s = {line, (char *)(words + max)};
    for (;;) {
        s.p += strspn(s.p, " \t\r\n");
        if (!*s.p)
            break;
        words[count++] = s.out;
        if (!split_word(&s)) {
            free(words);
            error_set(err, ERROR_SETTING, 0, "a quote or a backslash in it ends nowhere");
            return NULL;
        }
    }
    words[count] = NULL;
    if (count)
        return words;
    free(words);
    error_set(err, ERROR_SETTING, 0, "there is no command in it");
    return NULL;
}
