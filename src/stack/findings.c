#include "stack/findings.h"

#include <stdarg.h>

#include "base/memory.h"
#include "base/printable.h"

void findings_release(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free(findings->items[i].message);
    free(findings->items);
    *findings = (struct findings){0};
}

void findings_add(struct findings *findings, enum finding_level level, struct mark mark,
                  const char *format, ...)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP), shown = BUF_INIT(4 * BUF_TEXT_CAP);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    if (findings->count == findings->size) {
        findings->size = findings->size ? 2 * findings->size : 16;
        findings->items = xreallocarray(findings->items, findings->size, sizeof(*findings->items));
    }
    printable_append(&shown, buf_view(&text));
    findings->items[findings->count++] =
        (struct finding){level, mark, xstrndup(buf_str(&shown), shown.len)};
    findings->errors += level == FINDING_ERROR;
}

static int by_file(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int by_place(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    int files = by_file(a->mark.file, b->mark.file);
    if (files)
        return files;
    if (a->mark.line != b->mark.line)
        return a->mark.line < b->mark.line ? -1 : 1;
    if (a->mark.column != b->mark.column)
        return a->mark.column < b->mark.column ? -1 : 1;
    int order = strcmp(a->message, b->message);
    return order ? order : (int)b->level - (int)a->level;
}

static bool same(const struct finding *a, const struct finding *b)
{
    return by_file(a->mark.file, b->mark.file) == 0 && a->mark.line == b->mark.line &&
           a->mark.column == b->mark.column && strcmp(a->message, b->message) == 0;
}

void findings_sort(struct findings *findings)
{
    if (findings->count == 0)
        return;
    qsort(findings->items, findings->count, sizeof(*findings->items), by_place);
    size_t kept = 0;
    findings->errors = 0;
    for (size_t i = 0; i < findings->count; i++) {
        if (kept && same(&findings->items[kept - 1], &findings->items[i])) {
            free(findings->items[i].message);
            continue;
        }
        findings->items[kept++] = findings->items[i];
        findings->errors += findings->items[kept - 1].level == FINDING_ERROR;
    }
    findings->count = kept;
}

void findings_put(const struct finding *finding, const char *path, struct buf *out)
{
    const struct mark *mark = &finding->mark;
    buf_append_str(out, mark->file ? mark->file : path);
    if (mark->line)
        buf_printf(out, ":%d", mark->line);
    if (mark->column)
        buf_printf(out, ":%d", mark->column);
    buf_printf(out, ": %s%s\n", finding->level == FINDING_WARNING ? "warning: " : "",
               finding->message);
}
