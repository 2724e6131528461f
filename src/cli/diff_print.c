#include "cli/diff_print.h"

#include <stdlib.h>

#include "cli/screen.h"
#include "stack/change_summary.h"
#include "stack/template.h"
#include "json/writer.h"

/* What goes beside each other on one line. */
#define LINE_WIDTH 80

static void put_json_value(struct json_writer *json, const char *name, const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_put_name(json, view_str(name));
    if (text)
        json_put_raw(json, view_str(text));
    else
        json_put_null(json);
    free(text);
}

static const char *replacement_word(enum replacement replacement)
{
    static const char *const words[] = {[REPLACEMENT_NONE] = "no",
                                        [REPLACEMENT_PERHAPS] = "perhaps",
                                        [REPLACEMENT_CERTAIN] = "yes"};
    return words[replacement];
}

static void put_json_changes(struct json_writer *json, const char *name,
                             const struct template_changes *changes)
{
    json_put_name(json, view_str(name));
    json_begin_array(json);
    for (size_t i = 0; i < changes->count; i++) {
        const struct template_change *change = &changes->items[i];
        json_begin_object(json);
        json_member_string(json, "path", view_str(change->path));
        put_json_value(json, "before", change->before);
        put_json_value(json, "after", change->after);
        json_member_string(json, "replaces", view_str(replacement_word(change->replaces)));
        json_member_text(json, "follows", view_str(change->follows));
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_json_resources(struct json_writer *json, const struct template_diff *diff)
{
    json_put_name(json, VIEW("resources"));
    json_begin_array(json);
    for (size_t i = 0; i < diff->resource_count; i++) {
        const struct template_resource *resource = &diff->resources[i];
        enum change_gravity gravity = change_gravity(&resource->change);
        json_begin_object(json);
        json_member_string(json, "action", view_str(resource->change.action));
        json_member_string(json, "logical_id", view_str(resource->change.logical_id));
        json_member_string(json, "type", view_str(resource->change.type));
        json_member_text(json, "replacement", view_str(resource->change.replacement));
        json_member_text(json, "policy", view_str(resource->change.policy));
        json_member_bool(json, "loses_data", gravity == CHANGE_LOSES);
        json_member_text(json, "blocked", view_str(resource->blocked));
        put_json_changes(json, "changes", &resource->changes);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_json_pair(struct json_writer *json, const struct diff_parameter *pair)
{
    json_member_string(json, "name", view_str(pair->name));
    json_member_text(json, "before", view_str(pair->before));
    json_member_text(json, "after", view_str(pair->after));
}

static void put_json_tags(struct json_writer *json, const struct diffed *diffed)
{
    json_put_name(json, VIEW("stack_tags"));
    json_begin_array(json);
    for (size_t i = 0; i < diffed->tag_count; i++) {
        json_begin_object(json);
        put_json_pair(json, &diffed->tags[i]);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_json_parameters(struct json_writer *json, const struct diffed *diffed)
{
    json_put_name(json, VIEW("parameters"));
    json_begin_array(json);
    for (size_t i = 0; i < diffed->parameter_count; i++) {
        json_begin_object(json);
        put_json_pair(json, &diffed->parameters[i]);
        json_member_bool(json, "secret", diffed->parameters[i].secret);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_json_code(struct json_writer *json, const struct diffed *diffed)
{
    json_put_name(json, VIEW("code"));
    json_begin_object(json);
    json_member_text(json, "running", view_str(diffed->running.text));
    json_member_text(json, "stated", view_str(diffed->stated.text));
    json_member_text(json, "built", view_str(diffed->built.text));
    json_end_object(json);
}

static void put_json_rest(struct json_writer *json, const struct diffed *diffed)
{
    json_put_name(json, VIEW("termination_protection"));
    json_begin_object(json);
    json_member_bool(json, "before", diffed->protected_before);
    json_member_bool(json, "after", diffed->protected_after);
    json_end_object(json);
    json_put_name(json, VIEW("outside"));
    json_begin_array(json);
    for (size_t i = 0; i < diffed->thing_count; i++) {
        json_begin_object(json);
        json_member_string(json, "kind", view_str(diffed->things[i].kind));
        json_member_string(json, "name", view_str(diffed->things[i].name));
        json_member_string(json, "what", view_str(diffed->things[i].what));
        json_end_object(json);
    }
    json_end_array(json);
}

void diff_append_json(const struct diffed *diffed, struct buf *out)
{
    struct json_writer json;
    json_writer_init(&json, out);
    json_begin_object(&json);
    json_member_string(&json, "stack", view_str(diffed->name));
    json_member_text(&json, "status", view_str(diffed->status));
    json_member_bool(&json, "differs", diffed->differs);
    put_json_resources(&json, &diffed->template);
    put_json_changes(&json, "outputs", &diffed->template.outputs);
    put_json_changes(&json, "texts", &diffed->template.texts);
    put_json_parameters(&json, diffed);
    put_json_tags(&json, diffed);
    put_json_code(&json, diffed);
    put_json_rest(&json, diffed);
    json_end_object(&json);
    buf_append_char(out, '\n');
}

/* The text in the making. */
struct screen {
    struct buf *out;
    const struct diff_style *style;
};

static void put_view(const struct screen *screen, char sign, struct view line)
{
    static const struct {
        char sign;
        const char *color;
    } colors[] = {{'+', "\033[32m"}, {'~', "\033[33m"}, {'-', "\033[31m"}, {'!', "\033[31m"}};
    const char *color = NULL;
    for (size_t i = 0; i < sizeof(colors) / sizeof(colors[0]) && screen->style->colored; i++)
        if (colors[i].sign == sign)
            color = colors[i].color;
    size_t begin = screen->out->len;
    buf_append_view(screen->out, line);
    text_defuse(screen->out->ptr + begin, screen->out->len - begin);
    if (color) {
        cleanup_buf struct buf plain = BUF_INIT(DIFF_TEXT_CAP);
        buf_append_str(&plain, buf_str(screen->out) + begin);
        screen->out->len = begin;
        buf_printf(screen->out, "%s%s\033[m", color, buf_str(&plain));
    }
    buf_append_char(screen->out, '\n');
}

static void put_line(const struct screen *screen, char sign, const char *line)
{
    put_view(screen, sign, view_str(line));
}

/* A sentence: so many bytes at its beginning stay as they are, and the rest is below itself. */
static void put_sentence(const struct screen *screen, char sign, const char *line, size_t fixed)
{
    cleanup_buf struct buf text = BUF_INIT(DIFF_TEXT_CAP);
    screen_wrap_line(&text, line, fixed, (int)fixed, screen->style->width);
    for (struct view rest = buf_view(&text), one; view_take_line(&rest, &one);)
        put_view(screen, sign, one);
}

static void append_json(const json_t *value, struct buf *out)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    buf_append_str(out, text ? text : "?");
    free(text);
}

/* The short forms of YAML, as `lorry template` writes them. False: it is no such function. */
static bool append_function(const json_t *value, struct buf *out)
{
    const char *name = json_object_iter_key(json_object_iter((json_t *)value));
    const json_t *of = name ? json_object_get(value, name) : NULL;
    if (!name || json_object_size(value) != 1)
        return false;
    if (strcmp(name, "Ref") == 0 && json_is_string(of))
        buf_printf(out, "!Ref %s", json_string_value(of));
    else if (strcmp(name, "Fn::GetAtt") == 0 && json_array_size(of) == 2 &&
             json_is_string(json_array_get(of, 0)) && json_is_string(json_array_get(of, 1)))
        buf_printf(out, "!GetAtt %s.%s", json_string_value(json_array_get(of, 0)),
                   json_string_value(json_array_get(of, 1)));
    else if (strcmp(name, "Fn::Sub") == 0 && json_is_string(of))
        buf_printf(out, "!Sub \"%s\"", json_string_value(of));
    else
        return false;
    return true;
}

static void append_value(const json_t *value, struct buf *out)
{
    const char *name, *before = "";
    json_t *member;
    size_t i;
    if (append_function(value, out))
        return;
    if (!json_is_object(value) && !json_is_array(value)) {
        append_json(value, out);
        return;
    }
    buf_append_char(out, json_is_object(value) ? '{' : '[');
    json_object_foreach((json_t *)value, name, member)
    {
        buf_printf(out, "%s%s: ", before, name);
        append_value(member, out);
        before = ", ";
    }
    json_array_foreach((json_t *)value, i, member)
    {
        buf_append_str(out, before);
        append_value(member, out);
        before = ", ";
    }
    buf_append_char(out, json_is_object(value) ? '}' : ']');
}

/* From one text to another: on one line if they fit there. */
static void put_pair(const struct screen *screen, const char *what, const char *before,
                     const char *after, const char *remark)
{
    cleanup_buf struct buf line = BUF_INIT(DIFF_TEXT_CAP);
    const char *one = before ? before : after;
    char sign = !before ? '+' : !after ? '-' : '~';
    if (!before || !after) {
        buf_printf(&line, "    %c %s: %s%s", sign, what, one, remark);
        put_line(screen, sign, buf_str(&line));
        return;
    }
    buf_printf(&line, "    ~ %s: %s -> %s%s", what, before, after, remark);
    if (line.len > LINE_WIDTH) {
        const char *const values[] = {before, after};
        buf_clear(&line);
        buf_printf(&line, "    ~ %s%s:", what, remark);
        put_line(screen, '~', buf_str(&line));
        for (size_t i = 0; i < 2; i++) {
            buf_clear(&line);
            buf_printf(&line, "        %c %s", "-+"[i], values[i]);
            put_line(screen, "-+"[i], buf_str(&line));
        }
        return;
    }
    put_line(screen, '~', buf_str(&line));
}

static void put_change(const struct screen *screen, const struct template_change *change)
{
    static const char *const remarks[] = {
        [REPLACEMENT_NONE] = "",
        [REPLACEMENT_PERHAPS] = "  (may replace it)",
        [REPLACEMENT_CERTAIN] = "  (replaces it)",
    };
    const char *remark = remarks[change->replaces];
    cleanup_buf struct buf before = BUF_INIT(DIFF_TEXT_CAP), after = BUF_INIT(DIFF_TEXT_CAP);
    if (change->follows) {
        buf_printf(&after, "    ~ %s: changes with %s%s", change->path, change->follows, remark);
        put_line(screen, '~', buf_str(&after));
        return;
    }
    if (change->before)
        append_value(change->before, &before);
    if (change->after)
        append_value(change->after, &after);
    put_pair(screen, change->path, change->before ? buf_str(&before) : NULL,
             change->after ? buf_str(&after) : NULL, remark);
}

static void put_changes(const struct screen *screen, const char *heading,
                        const struct template_changes *changes)
{
    if (changes->count)
        put_line(screen, '\0', heading);
    for (size_t i = 0; i < changes->count; i++)
        put_change(screen, &changes->items[i]);
}

static void put_resource(const struct screen *screen, const struct template_resource *resource)
{
    cleanup_buf struct buf line = BUF_INIT(DIFF_TEXT_CAP);
    change_summary_append(&resource->change, &line);
    char sign = change_gravity(&resource->change) == CHANGE_LOSES ? '!' : *buf_str(&line);
    buf_defuse(&line);
    put_sentence(screen, sign, buf_str(&line), change_summary_name_length(buf_str(&line)));
    for (size_t i = 0; i < resource->changes.count; i++)
        put_change(screen, &resource->changes.items[i]);
    if (resource->blocked) {
        buf_clear(&line);
        buf_printf(&line, "    ! %s", resource->blocked);
        buf_defuse(&line);
        put_sentence(screen, '!', buf_str(&line), strlen("    ! "));
    }
}

/* Where the package is, is told by its digest, unless only the place differs. */
static bool is_told_by_code(const struct diffed *diffed, const struct diff_parameter *parameter)
{
    static const char *const names[] = {TEMPLATE_IMAGE_URI, TEMPLATE_CODE_BUCKET,
                                        TEMPLATE_CODE_KEY};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(parameter->name, names[i]) == 0)
            return !parameter->before || !parameter->after ||
                   strcmp(diffed->stated.text, diffed->built.text) != 0;
    return false;
}

static void put_parameters(const struct screen *screen, const struct diffed *diffed)
{
    const char *heading = "parameters:";
    for (size_t i = 0; i < diffed->parameter_count; i++) {
        const struct diff_parameter *parameter = &diffed->parameters[i];
        if (is_told_by_code(diffed, parameter))
            continue;
        if (heading)
            put_line(screen, '\0', heading);
        heading = NULL;
        if (parameter->secret)
            put_pair(screen, parameter->name, NULL,
                     "a secret, and CloudFormation does not tell whether it changes", "");
        else
            put_pair(screen, parameter->name, parameter->before, parameter->after, "");
    }
}

static void put_tags(const struct screen *screen, const struct diffed *diffed)
{
    if (diffed->tag_count)
        put_line(screen, '\0', "tags of the stack itself:");
    for (size_t i = 0; i < diffed->tag_count; i++)
        put_pair(screen, diffed->tags[i].name, diffed->tags[i].before, diffed->tags[i].after, "");
}

static void put_code(const struct screen *screen, const struct diffed *diffed)
{
    cleanup_buf struct buf line = BUF_INIT(DIFF_TEXT_CAP);
    const char *running = diffed->running.text, *stated = diffed->stated.text;
    if (*stated && *running && strcmp(running, stated) != 0) {
        put_line(screen, '!',
                 "! the function runs what its stack did not give it; `lorry refresh` mends that:");
        buf_printf(&line, "    ! %s, not %s", running, stated);
        put_line(screen, '!', buf_str(&line));
    }
    if (strcmp(*running ? running : stated, diffed->built.text) == 0)
        return;
    put_line(screen, '\0', "code:");
    put_pair(screen, "package",
             *running  ? running
             : *stated ? stated
                       : NULL,
             diffed->built.text, "");
}

static void put_rest(const struct screen *screen, const struct diffed *diffed)
{
    if (diffed->protected_before != diffed->protected_after)
        put_line(screen, '~',
                 diffed->protected_after ? "~ the stack is protected from being deleted"
                                         : "~ the stack is no longer protected from being deleted");
    for (size_t i = 0; i < diffed->thing_count; i++) {
        cleanup_buf struct buf line = BUF_INIT(DIFF_TEXT_CAP);
        const struct diff_thing *thing = &diffed->things[i];
        buf_printf(&line, "+ %s %s %s", thing->kind, thing->name, thing->what);
        put_line(screen, '+', buf_str(&line));
    }
}

void diff_append_text(const struct diffed *diffed, const struct diff_style *style, struct buf *out)
{
    const struct screen screen = {out, style};
    if (!diffed->before)
        put_line(&screen, '\0', "there is no stack; `lorry deploy` makes all of it:");
    for (size_t i = 0; i < diffed->template.resource_count; i++)
        put_resource(&screen, &diffed->template.resources[i]);
    put_changes(&screen, "outputs:", &diffed->template.outputs);
    put_changes(&screen, "changed only along with something else:", &diffed->template.texts);
    put_parameters(&screen, diffed);
    put_tags(&screen, diffed);
    put_code(&screen, diffed);
    put_rest(&screen, diffed);
    if (!diffed->differs)
        put_line(&screen, '\0', "nothing to change");
}
