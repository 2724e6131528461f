#include "stack/description.h"

#include "base/utf8.h"
#include "stack/fields.h"

/* On the way down a path. */
struct walk {
    struct description *description;
    const char *path; /* the whole */
    struct view rest;
    struct mark mark;
    struct buf field; /* the path of the field that has been reached, within a stage as well */
    bool known;       /* there is such a field */
    bool last;        /* nothing comes below */
    size_t depth;
    struct yaml_node *node; /* what has been reached; NULL: nothing is there */
};

static struct yaml_node *new_node(struct description *description, enum yaml_kind kind,
                                  struct mark mark)
{
    struct yaml_node *node = arena_calloc(&description->arena, 1, sizeof(*node));
    *node = (struct yaml_node){.kind = kind, .mark = mark, .text = "", .source = ""};
    description->nodes++;
    return node;
}

/* NULL: what null is in a file. */
static struct yaml_node *new_scalar(struct description *description, const char *value,
                                    struct mark mark)
{
    struct yaml_node *node = new_node(description, YAML_SCALAR, mark);
    if (value) {
        node->text = node->source = arena_copy(&description->arena, view_str(value)).ptr;
        node->untyped = true;
    }
    return node;
}

/* The mark with a file name that stays; they are few. */
static struct mark keep_mark(struct description *description, struct mark mark)
{
    const char *last = description->source;
    if (mark.file && (!last || strcmp(last, mark.file) != 0))
        description->source = arena_copy(&description->arena, view_str(mark.file)).ptr;
    if (mark.file)
        mark.file = description->source;
    return mark;
}

void description_init(struct description *description, struct mark made)
{
    *description = (struct description){.arena = ARENA_INIT};
    description->root = new_node(description, YAML_MAPPING, keep_mark(description, made));
}

void description_init_file(struct description *description, const char *path)
{
    *description = (struct description){.arena = ARENA_INIT};
    description->path = arena_copy(&description->arena, view_str(path)).ptr;
    description->root = stack_file_load(path, &description->arena, &description->problems);
}

void description_release(struct description *description)
{
    findings_release(&description->problems);
    arena_wipe(&description->arena);
    *description = (struct description){0};
}

/* What members of the field are called is the user's: such a name may have dots. */
static bool has_free_names(const struct field *field)
{
    return field && (field->kind == FIELD_PAIRS || field->kind == FIELD_KEYS);
}

static struct view next_key(struct walk *walk)
{
    const struct field *above = field_find(buf_view(&walk->field));
    struct view rest = walk->rest;
    const char *dot = has_free_names(above) ? NULL : memchr(rest.ptr, '.', rest.len);
    struct view key = dot ? view_between(rest.ptr, dot) : rest;
    walk->rest = view_skip(rest, key.len + 1);
    walk->last = !dot;
    walk->depth++;
    if (above && above->kind == FIELD_STAGES) {
        walk->known = true;
        buf_clear(&walk->field);
        return key;
    }
    buf_printf(&walk->field, "%s%.*s", walk->field.len ? "." : "", VIEW_ARG(key));
    walk->known = has_free_names(above) || field_find(buf_view(&walk->field));
    return key;
}

#define problem(walk, ...) findings_error(&(walk)->description->problems, (walk)->mark, __VA_ARGS__)

/* Makes a mapping of what is there, if it can be one. */
static bool be_mapping(const struct walk *walk)
{
    struct yaml_node *node = walk->node;
    if (node->kind != YAML_MAPPING && !yaml_is_null(node)) {
        problem(walk, "\"%s\" cannot be set: what it would be in has a value of its own",
                walk->path);
        return false;
    }
    node->kind = YAML_MAPPING;
    return true;
}

/* A member that is there, or is made. NULL: said why not. */
static struct yaml_member *find_or_make(const struct walk *walk, struct view key)
{
    struct description *description = walk->description;
    if (!be_mapping(walk))
        return NULL;
    if (!yaml_get(walk->node, key))
        yaml_append(&description->arena, walk->node,
                    (struct yaml_member){arena_copy(&description->arena, key), walk->mark,
                                         new_scalar(description, NULL, walk->mark)});
    return yaml_get(walk->node, key);
}

/* The member that the path names; what is above it is made. NULL: said why not. */
static struct yaml_member *reach(struct walk *walk)
{
    for (;;) {
        struct yaml_member *member = find_or_make(walk, next_key(walk));
        if (!member || walk->last)
            return member;
        if (walk->depth == YAML_DEPTH_MAX) {
            problem(walk, "\"%s\" is more than %d levels deep", walk->path, YAML_DEPTH_MAX);
            return NULL;
        }
        walk->node = member->value;
    }
}

static void remove_member(struct yaml_node *node, const struct yaml_member *member)
{
    size_t at = (size_t)(member - node->members);
    node->count--;
    memmove(&node->members[at], &node->members[at + 1],
            (node->count - at) * sizeof(*node->members));
}

static void take_away(struct walk *walk)
{
    struct view key = next_key(walk);
    while (!walk->last) {
        struct yaml_member *member = yaml_get(walk->node, key);
        walk->node = member ? member->value : NULL;
        key = next_key(walk);
    }
    struct yaml_member *member = yaml_get(walk->node, key);
    if (member)
        remove_member(walk->node, member);
    else if (!walk->known)
        problem(walk, "there is no field \"%s\"", walk->path);
}

static bool is_text(const struct walk *walk, const char *what, const char *text)
{
    if (utf8_valid(view_str(text)))
        return true;
    problem(walk, "\"%s\": the %s is no UTF-8", walk->path, what);
    return false;
}

/* Whether there is room for it, and sense in it. `value` may be NULL. */
static bool may_set(const struct walk *walk, const char *value)
{
    struct description *description = walk->description;
    if (!description->root || description->size > YAML_SIZE_MAX ||
        description->nodes > YAML_NODES_MAX)
        return false;
    if (!is_text(walk, "path", walk->path) || !is_text(walk, "value", value))
        return false;
    description->size += strlen(walk->path) + view_str(value).len;
    if (description->size > YAML_SIZE_MAX)
        problem(walk, "longer than %zu bytes", YAML_SIZE_MAX);
    else if (description->nodes > YAML_NODES_MAX - YAML_DEPTH_MAX)
        problem(walk, "more than %d values: this is no pipeline", YAML_NODES_MAX);
    else
        return true;
    description->nodes = YAML_NODES_MAX + 1; /* it is said once */
    return false;
}

static struct walk begin(struct description *description, const char *path, struct mark mark)
{
    return (struct walk){.description = description,
                         .path = path,
                         .rest = view_str(path),
                         .mark = keep_mark(description, mark),
                         .field = BUF_INIT(YAML_SIZE_MAX),
                         .node = description->root};
}

static void put(struct walk *walk, const char *value)
{
    struct yaml_member *member = reach(walk);
    if (!member)
        return;
    member->mark = walk->mark;
    member->value = new_scalar(walk->description, value, walk->mark);
    const struct field *field = field_find(buf_view(&walk->field));
    if (value && field && field->kind == FIELD_LIST) {
        problem(walk, "\"%s\" is a list: add its elements to it, one by one", walk->path);
        member->value->unknown = true;
    }
}

void description_set(struct description *description, const char *path, const char *value,
                     struct mark mark)
{
    struct walk walk = begin(description, path, mark);
    if (may_set(&walk, value)) {
        /* What a stage does not have is told by a null. */
        if (value || strncmp(path, "stages.", strlen("stages.")) == 0)
            put(&walk, value);
        else
            take_away(&walk);
    }
    buf_release(&walk.field);
}

static void append(struct walk *walk, const char *value)
{
    struct description *description = walk->description;
    struct yaml_member *member = reach(walk);
    if (!member)
        return;
    if (member->value->kind != YAML_SEQUENCE)
        member->value = new_node(description, YAML_SEQUENCE, walk->mark);
    yaml_append(
        &description->arena, member->value,
        (struct yaml_member){VIEW("-"), walk->mark, new_scalar(description, value, walk->mark)});
}

void description_add(struct description *description, const char *path, const char *value,
                     struct mark mark)
{
    struct walk walk = begin(description, path, mark);
    if (may_set(&walk, value))
        append(&walk, value);
    buf_release(&walk.field);
}

const char *description_name(const struct description *description)
{
    const struct yaml_node *root = description->root;
    if (description->path)
        return description->path;
    return root->mark.file ? root->mark.file : "the program";
}

int description_read(const struct description *description,
                     const struct stack_file_options *options, struct stack *stack,
                     struct findings *findings)
{
    struct stack_file_options here = *options;
    here.path = description->path ? description->path : "";
    for (size_t i = 0; i < description->problems.count; i++) {
        const struct finding *problem = &description->problems.items[i];
        findings_add(findings, problem->level, problem->mark, "%s", problem->message);
    }
    return stack_tree_read(&here, description->root, stack, findings);
}
