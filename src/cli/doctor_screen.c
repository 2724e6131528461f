#include "cli/doctor_screen.h"

#include "base/memory.h"
#include "base/plural.h"
#include "cli/screen.h"
#include "json/writer.h"

#define GROUP_COLUMN 9
#define TEXT_COLUMN 22

static const struct {
    const char *word, *color;
} marks[] = {
    [VERDICT_SKIPPED] = {"skipped", "\033[2m"},  [VERDICT_OK] = {"ok", "\033[32m"},
    [VERDICT_UNKNOWN] = {"unknown", "\033[33m"}, [VERDICT_WARNING] = {"warning", "\033[1;33m"},
    [VERDICT_FAILED] = {"FAILED", "\033[1;31m"},
};

/* "FAILED   mapping      " */
static void put_head(const struct doctor_screen *screen, enum verdict verdict, const char *group,
                     struct buf *out)
{
    const char *word = marks[verdict].word;
    buf_printf(out, "%s%s%s%*s", screen->color ? marks[verdict].color : "", word,
               screen->color ? "\033[0m" : "", GROUP_COLUMN - (int)strlen(word), "");
    buf_printf(out, "%-*s", TEXT_COLUMN - GROUP_COLUMN, group);
}

static void put_text(const struct doctor_screen *screen, const char *text, struct buf *out)
{
    screen_wrap(out, text, &(struct screen_lines){TEXT_COLUMN, TEXT_COLUMN, screen->width, ""});
}

static void put_item(const struct doctor_screen *screen, const struct diagnosis *item,
                     struct buf *out)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    put_head(screen, item->verdict, item->group, out);
    buf_printf(&text, "%s: %s", item->name, item->found);
    put_text(screen, buf_str(&text), out);
    if (!*item->mend)
        return;
    buf_clear(&text);
    buf_printf(&text, "-> %s", item->mend);
    buf_printf(out, "%*s", TEXT_COLUMN, "");
    screen_wrap(out, buf_str(&text),
                &(struct screen_lines){TEXT_COLUMN, TEXT_COLUMN + 3, screen->width, ""});
}

/* What is well in a group, the findings of its checks one behind the other. */
static void put_well(const struct doctor_screen *screen, const struct diagnosis *items,
                     size_t count, struct buf *out)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < count; i++)
        if (items[i].verdict == VERDICT_OK)
            buf_printf(&text, "%s%s", text.len ? "; " : "", items[i].found);
    if (!text.len)
        return;
    put_head(screen, VERDICT_OK, items[0].group, out);
    put_text(screen, buf_str(&text), out);
}

static void put_group(const struct doctor_screen *screen, const struct diagnosis *items,
                      size_t count, struct buf *out)
{
    if (!screen->verbose)
        put_well(screen, items, count, out);
    for (size_t i = 0; i < count; i++)
        if (screen->verbose || items[i].verdict > VERDICT_OK)
            put_item(screen, &items[i], out);
}

static bool is_skipped_for(const struct diagnosis *item, const char *why)
{
    return item->verdict == VERDICT_SKIPPED && strcmp(item->found, why) == 0;
}

/* "needs the function: function (settings, environment), mapping (state, ...)" */
static void put_skipped(const struct doctor_screen *screen, const char *why, struct buf *out)
{
    const struct doctor_report *report = screen->report;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    const char *group = "";
    buf_printf(&text, "%s:", why);
    for (size_t i = 0; i < report->count; i++) {
        const struct diagnosis *item = &report->items[i];
        if (!is_skipped_for(item, why))
            continue;
        if (strcmp(group, item->group) != 0)
            buf_printf(&text, "%s %s (%s", *group ? ")," : "", item->group, item->name);
        else
            buf_printf(&text, ", %s", item->name);
        group = item->group;
    }
    buf_append_char(&text, ')');
    put_head(screen, VERDICT_SKIPPED, "", out);
    put_text(screen, buf_str(&text), out);
}

/* Each reason once. */
static void put_all_skipped(const struct doctor_screen *screen, struct buf *out)
{
    const struct doctor_report *report = screen->report;
    for (size_t i = 0; i < report->count; i++) {
        bool told = report->items[i].verdict != VERDICT_SKIPPED;
        for (size_t j = 0; j < i && !told; j++)
            told = is_skipped_for(&report->items[j], report->items[i].found);
        if (!told)
            put_skipped(screen, report->items[i].found, out);
    }
}

static void put_counts(const struct doctor_report *report, struct buf *out)
{
    static const enum verdict order[] = {VERDICT_FAILED, VERDICT_WARNING, VERDICT_UNKNOWN,
                                         VERDICT_SKIPPED, VERDICT_OK};
    bool begun = false;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        size_t count = report->counts[order[i]];
        const char *word = verdict_name(order[i]);
        if (!count)
            continue;
        buf_printf(out, "%s%zu %s%s", begun ? ", " : "", count, word,
                   order[i] == VERDICT_WARNING ? plural_s((int64_t)count) : "");
        begun = true;
    }
}

/* That nothing failed says little of what nobody saw. */
static void put_unseen(const struct doctor_report *report, struct buf *out)
{
    size_t unseen = report->counts[VERDICT_UNKNOWN];
    if (!unseen || report->counts[VERDICT_FAILED])
        return;
    buf_printf(out, "\n%s, but %zu thing%s could not be looked at",
               report->counts[VERDICT_WARNING] ? "nothing failed" : "nothing wrong was found",
               unseen, plural_s((int64_t)unseen));
}

void doctor_screen_append(const struct doctor_screen *screen, struct buf *out)
{
    const struct diagnosis *items = screen->report->items;
    for (size_t i = 0, end; i < screen->report->count; i = end) {
        for (end = i + 1; end < screen->report->count; end++)
            if (strcmp(items[end].group, items[i].group) != 0)
                break;
        put_group(screen, items + i, end - i, out);
    }
    if (!screen->verbose)
        put_all_skipped(screen, out);
    buf_append_char(out, '\n');
    put_counts(screen->report, out);
    put_unseen(screen->report, out);
}

void doctor_json_append(const struct doctor_report *report, struct buf *out)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_member_bool(&json, "healthy", doctor_is_healthy(report));
    for (size_t i = 0; i < ARRAY_LEN(report->counts); i++) {
        json_put_name(&json, view_str(verdict_name((enum verdict)i)));
        json_put_int(&json, (int64_t)report->counts[i]);
    }
    json_put_name(&json, VIEW("checks"));
    json_begin_array(&json);
    for (size_t i = 0; i < report->count; i++) {
        const struct diagnosis *item = &report->items[i];
        json_begin_object(&json);
        json_member_string(&json, "group", view_str(item->group));
        json_member_string(&json, "name", view_str(item->name));
        json_member_string(&json, "verdict", view_str(verdict_name(item->verdict)));
        json_member_string(&json, "found", view_str(item->found));
        json_member_string(&json, "mend", view_str(item->mend));
        json_end_object(&json);
    }
    json_end_array(&json);
    json_end_object(&json);
}
