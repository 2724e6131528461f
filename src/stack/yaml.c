#include "stack/yaml.h"

#include <libfyaml.h>

#include "base/memory.h"
#include "base/utf8.h"

struct parsing {
    struct fy_parser *parser;
    struct arena *arena;
    struct findings *findings;
    size_t nodes;
    bool broken; /* nothing after this makes sense */
};

static struct yaml_node *read_node(struct parsing *parsing, struct fy_event *event, unsigned depth);

/* Theirs counts from 0, and is NULL where nothing stands. */
static struct mark mark_of(const struct fy_mark *mark)
{
    return mark ? (struct mark){mark->line + 1, mark->column + 1} : (struct mark){0, 0};
}

static struct mark event_mark(struct fy_event *event)
{
    return mark_of(fy_event_start_mark(event));
}

/* Goes on after those: there may be more to say. */
static void refuse_extras(struct parsing *parsing, struct fy_event *event)
{
    struct fy_token *anchor = fy_event_get_anchor_token(event);
    struct fy_token *tag = fy_event_get_tag_token(event);
    if (anchor)
        findings_error(parsing->findings, mark_of(fy_token_start_mark(anchor)),
                       "anchors are not accepted: write the value where it is needed");
    if (tag)
        findings_error(parsing->findings, mark_of(fy_token_start_mark(tag)),
                       "tags are not accepted: leave it out");
}

static struct yaml_node *new_node(struct parsing *parsing, enum yaml_kind kind, struct mark mark)
{
    if (++parsing->nodes > YAML_NODES_MAX && !parsing->broken) {
        findings_error(parsing->findings, mark, "more than %d values: this is no pipeline",
                       YAML_NODES_MAX);
        parsing->broken = true;
    }
    struct yaml_node *node = arena_calloc(parsing->arena, 1, sizeof(*node));
    *node = (struct yaml_node){.kind = kind, .mark = mark, .text = "", .source = ""};
    return node;
}

static struct yaml_node *read_scalar(struct parsing *parsing, struct fy_event *event)
{
    struct yaml_node *node = new_node(parsing, YAML_SCALAR, event_mark(event));
    struct fy_token *token = fy_event_get_token(event);
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : "";
    if (text && memchr(text, '\0', len)) {
        findings_error(parsing->findings, node->mark, "a NUL character is not accepted");
        len = 0;
    }
    node->text = node->source = arena_copy(parsing->arena, view_of(text ? text : "", len)).ptr;
    node->quoted = token && fy_token_scalar_style(token) != FYSS_PLAIN;
    return node;
}

/* Takes the key, whatever it is, and says what is wrong with it. */
static bool read_key(struct parsing *parsing, struct fy_event *event, unsigned depth,
                     const struct yaml_node *mapping, struct yaml_member *member)
{
    struct yaml_node *key = read_node(parsing, event, depth);
    if (!key)
        return false;
    *member = (struct yaml_member){view_str(key->text), key->mark, NULL};
    if (key->kind != YAML_SCALAR)
        findings_error(parsing->findings, key->mark, "a key is a word: this is none");
    else if (view_equal(member->key, VIEW("<<")) && !key->quoted)
        findings_error(parsing->findings, key->mark,
                       "merge keys are not accepted: write the values where they are needed, or "
                       "use \"stages\"");
    else if (yaml_get(mapping, member->key))
        findings_error(parsing->findings, key->mark, "the key \"%.*s\" is here twice (line %d)",
                       VIEW_ARG(member->key), yaml_get(mapping, member->key)->mark.line);
    else
        return true;
    member->key = view_of(NULL, 0);
    return true;
}

static struct fy_event *next_event(struct parsing *parsing)
{
    struct fy_event *event = parsing->broken ? NULL : fy_parser_parse(parsing->parser);
    if (!event)
        parsing->broken = true;
    return event;
}

static struct yaml_node *read_collection(struct parsing *parsing, struct fy_event *event,
                                         enum yaml_kind kind, unsigned depth)
{
    struct yaml_node *node = new_node(parsing, kind, event_mark(event));
    enum fy_event_type end = kind == YAML_MAPPING ? FYET_MAPPING_END : FYET_SEQUENCE_END;
    if (depth == YAML_DEPTH_MAX) {
        findings_error(parsing->findings, node->mark, "more than %d levels deep", YAML_DEPTH_MAX);
        parsing->broken = true;
    }
    while ((event = next_event(parsing))) {
        if (event->type == end) {
            fy_parser_event_free(parsing->parser, event);
            return node;
        }
        struct yaml_member member = {VIEW("-"), event_mark(event), NULL};
        if (kind == YAML_MAPPING &&
            (!read_key(parsing, event, depth + 1, node, &member) || !(event = next_event(parsing))))
            return NULL;
        member.value = read_node(parsing, event, depth + 1);
        if (!member.value)
            return NULL;
        if (!member.value->mark.line) /* nothing stands there */
            member.value->mark = member.mark;
        if (member.key.ptr)
            yaml_append(parsing->arena, node, member);
    }
    return NULL;
}

/* Frees the event. NULL: broken. */
static struct yaml_node *read_node(struct parsing *parsing, struct fy_event *event, unsigned depth)
{
    struct yaml_node *node = NULL;
    enum fy_event_type type = event->type;
    refuse_extras(parsing, event);
    if (type == FYET_MAPPING_START)
        node = read_collection(parsing, event, YAML_MAPPING, depth);
    else if (type == FYET_SEQUENCE_START)
        node = read_collection(parsing, event, YAML_SEQUENCE, depth);
    else
        node = read_scalar(parsing, event);
    if (type == FYET_ALIAS)
        findings_error(parsing->findings, node->mark,
                       "aliases are not accepted: write the value where it is needed");
    fy_parser_event_free(parsing->parser, event);
    return node;
}

/* The value of the one document. */
static struct yaml_node *read_stream(struct parsing *parsing)
{
    struct yaml_node *root = NULL;
    struct fy_event *event;
    for (bool end = false; !end && (event = next_event(parsing));) {
        enum fy_event_type type = event->type;
        if (type == FYET_DOCUMENT_START && root)
            findings_error(parsing->findings, event_mark(event),
                           "a second document begins here: one file describes one pipeline");
        end = type == FYET_STREAM_END || (type == FYET_DOCUMENT_START && root);
        if (type >= FYET_MAPPING_START)
            root = read_node(parsing, event, 0);
        else
            fy_parser_event_free(parsing->parser, event);
    }
    return parsing->broken ? NULL : root;
}

static struct view line_of(struct view text, int line)
{
    for (; line > 1 && memchr(text.ptr, '\n', text.len); line--)
        text = view_skip(text, (size_t)((char *)memchr(text.ptr, '\n', text.len) - text.ptr) + 1);
    const char *end = memchr(text.ptr, '\n', text.len);
    return end ? view_between(text.ptr, end) : text;
}

/* The place, or the last one before it that is in the text: the library names the line behind the
 * last one. */
static struct mark within(struct view text, struct mark wanted)
{
    struct mark mark = {1, 1};
    for (size_t i = 0; i < text.len; i++) {
        if (mark.line == wanted.line && (mark.column == wanted.column || text.ptr[i] == '\n'))
            return mark;
        if (text.ptr[i] == '\n')
            mark = (struct mark){mark.line + 1, 1};
        else
            mark.column += (text.ptr[i] & 0xC0) != 0x80;
    }
    return mark;
}

/* The first thing that the library said. A brace is a sign of its own within { }. */
static void report_syntax(struct fy_diag *diag, struct view text, struct findings *findings)
{
    void *at = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(diag, &at);
    if (!error)
        return;
    struct mark mark = within(text, (struct mark){error->line, error->column});
    struct view line = line_of(text, mark.line);
    bool braces = memmem(line.ptr, line.len, "${", 2);
    findings_error(findings, mark, "this is not YAML: %s%s", error->msg,
                   braces ? " (between { } and [ ], \"${NAME}\" needs its quotes)" : "");
}

static struct yaml_node *parse(struct view text, struct fy_diag *diag, struct arena *arena,
                               struct findings *findings)
{
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2, .diag = diag};
    struct parsing parsing = {fy_parser_create(&config), arena, findings, 0, false};
    if (!parsing.parser)
        memory_exhausted();
    struct yaml_node *root = NULL;
    if (fy_parser_set_string(parsing.parser, text.ptr, text.len) == 0)
        root = read_stream(&parsing);
    fy_parser_destroy(parsing.parser);
    size_t before = findings->count;
    report_syntax(diag, text, findings);
    return findings->count == before ? root : NULL;
}

/* libfyaml goes round in circles over some of what is no UTF-8, and reads other as empty; it does
 * not always count a CR alone as the end of a line. */
static bool check_characters(struct view text, struct findings *findings)
{
    struct mark mark = {1, 1};
    const char *end = text.ptr + text.len;
    for (const char *p = text.ptr; p < end;) {
        size_t len = utf8_sequence(p, end);
        if (!len) {
            findings_error(findings, mark, "no UTF-8: save the file in that encoding");
            return false;
        }
        unsigned char c = (unsigned char)*p;
        p += len;
        bool lone = c == '\r' && !(p < end && *p == '\n');
        if (lone || c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) {
            findings_error(findings, mark, "a control character (0x%02x) is not accepted", c);
            return false;
        }
        mark =
            c == '\n' ? (struct mark){mark.line + 1, 1} : (struct mark){mark.line, mark.column + 1};
    }
    return true;
}

struct yaml_node *yaml_parse(struct view text, struct arena *arena, struct findings *findings)
{
    if (text.len > YAML_SIZE_MAX) {
        findings_error(findings, (struct mark){0}, "longer than %zu bytes", YAML_SIZE_MAX);
        return NULL;
    }
    if (!check_characters(text, findings))
        return NULL;
    struct fy_diag *diag = fy_diag_create(NULL);
    if (!diag)
        memory_exhausted();
    fy_diag_set_collect_errors(diag, true);
    struct yaml_node *root = parse(text, diag, arena, findings);
    fy_diag_destroy(diag);
    return root;
}

bool yaml_is_null(const struct yaml_node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (node->kind != YAML_SCALAR || node->quoted || node->untyped)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(node->text, words[i]) == 0)
            return true;
    return false;
}

struct yaml_member *yaml_get(const struct yaml_node *node, struct view key)
{
    if (!node || node->kind != YAML_MAPPING)
        return NULL;
    for (size_t i = 0; i < node->count; i++)
        if (view_equal(node->members[i].key, key))
            return &node->members[i];
    return NULL;
}

void yaml_append(struct arena *arena, struct yaml_node *node, struct yaml_member member)
{
    if (node->count == node->size) {
        node->size = node->size ? 2 * node->size : 8;
        struct yaml_member *larger = arena_calloc(arena, node->size, sizeof(*larger));
        if (node->count)
            memcpy(larger, node->members, node->count * sizeof(*larger));
        node->members = larger;
    }
    node->members[node->count++] = member;
}

struct yaml_place yaml_find(const struct yaml_node *root, const char *path)
{
    struct yaml_place place = {(struct yaml_node *)root, root->mark, false};
    while (*path) {
        struct view key = view_of(path, strcspn(path, "."));
        struct yaml_member *member = yaml_get(place.node, key);
        if (!member) {
            place.blocked = place.node->kind != YAML_MAPPING && !yaml_is_null(place.node);
            place.node = NULL;
            return place;
        }
        path += key.len + (path[key.len] == '.');
        place.mark = *path ? member->mark : member->value->mark;
        place.node = member->value;
    }
    return place;
}
