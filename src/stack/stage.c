#include "stack/stage.h"

#include "base/memory.h"
#include "base/suggest.h"

#define DEFAULT_STAGE "dev"

/* The expanded text of a scalar at the top; NULL if there is none that makes sense, about which
 * reading the fields will complain. */
static const char *top_text(const struct expansion *expansion, const struct yaml_node *root,
                            const char *path)
{
    struct yaml_node *node = yaml_find(root, path).node;
    if (!node || node->kind != YAML_SCALAR || yaml_is_null(node))
        return NULL;
    struct yaml_node copy = *node;
    expand_node(expansion, &copy);
    return copy.unknown || !*copy.text ? NULL : copy.text;
}

/* What the stages have in common cannot differ between them. */
static void check_changes(const struct expansion *expansion, const struct yaml_member *stage)
{
    static const char *const fixed[] = {"project", "stage", "stages"};
    const struct yaml_node *changes = stage->value;
    if (changes->kind != YAML_MAPPING && !yaml_is_null(changes))
        findings_error(expansion->findings, changes->mark,
                       "the stage \"%.*s\" is no mapping of what it changes", VIEW_ARG(stage->key));
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        const struct yaml_member *member = yaml_get(changes, view_str(fixed[i]));
        if (member)
            findings_error(expansion->findings, member->mark, "a stage cannot change \"%s\"",
                           fixed[i]);
    }
}

/* The stages in the making. */
struct list {
    struct stage *items;
    size_t count;
    const struct yaml_node *declared; /* what is under "stages", or NULL */
};

static bool has(const struct list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

/* `mark`: of one that is not declared. */
static void append(struct list *list, const char *name, struct mark mark)
{
    const struct yaml_member *member = yaml_get(list->declared, view_str(name));
    bool changes = member && member->value->kind == YAML_MAPPING;
    if (!has(list, name))
        list->items[list->count++] =
            (struct stage){name, member ? member->mark : mark, changes ? member->value : NULL};
}

static void report_unknown(const struct expansion *expansion, const struct list *list,
                           const char *wanted, struct mark mark)
{
    const char **names = arena_calloc(expansion->arena, list->count, sizeof(*names));
    for (size_t i = 0; i < list->count; i++)
        names[i] = list->items[i].name;
    const char *meant = suggest(view_str(wanted), names, list->count);
    if (meant)
        findings_error(expansion->findings, mark, "there is no stage \"%s\" (did you mean \"%s\"?)",
                       wanted, meant);
    else
        findings_error(expansion->findings, mark, "there is no stage \"%s\": add it to \"stages\"",
                       wanted);
}

/* What the others are made of cannot be made of them. */
static void check_reference(const struct expansion *expansion, const struct yaml_node *root,
                            const char *path, const char *reference)
{
    const struct yaml_node *node = yaml_find(root, path).node;
    if (node && strstr(node->source, reference))
        findings_error(expansion->findings, node->mark, "\"%s\" cannot contain %s", path,
                       reference);
}

/* The one that the file names, then those that are declared. */
static void read_declared(const struct expansion *expansion, const struct yaml_node *root,
                          struct list *list)
{
    const char *standard = top_text(expansion, root, "stage");
    append(list, standard ? standard : DEFAULT_STAGE, yaml_find(root, "stage").mark);
    for (size_t i = 0; list->declared && i < list->declared->count; i++) {
        const struct yaml_member *member = &list->declared->members[i];
        check_changes(expansion, member);
        append(list, member->key.ptr, member->mark);
    }
}

size_t stages_read(struct expansion *expansion, const struct yaml_node *root, const char *wanted,
                   struct stage **stages)
{
    struct yaml_place declared = yaml_find(root, "stages");
    bool some = declared.node && declared.node->kind == YAML_MAPPING && declared.node->count;
    size_t room = some ? declared.node->count + 2 : 2;
    struct list list = {arena_calloc(expansion->arena, room, sizeof(struct stage)), 0,
                        some ? declared.node : NULL};
    struct list ordered = {arena_calloc(expansion->arena, room, sizeof(struct stage)), 0,
                           list.declared};
    check_reference(expansion, root, "project", "${project}");
    check_reference(expansion, root, "project", "${stage}");
    check_reference(expansion, root, "stage", "${stage}");
    expansion->project = top_text(expansion, root, "project");
    read_declared(expansion, root, &list);
    if (wanted && some && !has(&list, wanted)) {
        report_unknown(expansion, &list, wanted, declared.mark);
        return 0;
    }
    append(&ordered, wanted ? wanted : list.items[0].name, list.items[0].mark);
    for (size_t i = 0; i < list.count; i++)
        append(&ordered, list.items[i].name, list.items[i].mark);
    *stages = ordered.items;
    return ordered.count;
}

static struct yaml_node *merge(struct arena *arena, const struct yaml_node *under,
                               const struct yaml_node *over);

static void merge_members(struct arena *arena, struct yaml_node *node,
                          const struct yaml_node *under, const struct yaml_node *over)
{
    for (size_t i = 0; under && i < under->count; i++) {
        const struct yaml_member *member = &under->members[i];
        const struct yaml_member *change = yaml_get(over, member->key);
        if (change && yaml_is_null(change->value))
            continue;
        yaml_append(
            arena, node,
            (struct yaml_member){member->key, change ? change->mark : member->mark,
                                 merge(arena, member->value, change ? change->value : NULL)});
    }
    for (size_t i = 0; over && i < over->count; i++) {
        const struct yaml_member *member = &over->members[i];
        if (!yaml_is_null(member->value) && !(under && yaml_get(under, member->key)))
            yaml_append(
                arena, node,
                (struct yaml_member){member->key, member->mark, merge(arena, NULL, member->value)});
    }
}

/* A copy of one, or of `over` over `under`. */
static struct yaml_node *merge(struct arena *arena, const struct yaml_node *under,
                               const struct yaml_node *over)
{
    const struct yaml_node *top = over ? over : under;
    struct yaml_node *node = arena_calloc(arena, 1, sizeof(*node));
    *node = *top;
    node->members = NULL;
    node->count = node->size = 0;
    if (top->kind == YAML_MAPPING) {
        bool both = over && under && under->kind == YAML_MAPPING;
        merge_members(arena, node, both || !over ? under : NULL, over);
    } else {
        for (size_t i = 0; i < top->count; i++)
            yaml_append(arena, node,
                        (struct yaml_member){top->members[i].key, top->members[i].mark,
                                             merge(arena, top->members[i].value, NULL)});
    }
    return node;
}

/* The name of the stage, as if the file said it. */
static struct yaml_member name_member(struct arena *arena, const struct stage *stage)
{
    struct yaml_node *name = arena_calloc(arena, 1, sizeof(*name));
    *name = (struct yaml_node){.kind = YAML_SCALAR,
                               .mark = stage->mark,
                               .text = stage->name,
                               .source = stage->name,
                               .quoted = true};
    return (struct yaml_member){VIEW("stage"), stage->mark, name};
}

struct yaml_node *stage_merge(struct arena *arena, const struct yaml_node *root,
                              const struct stage *stage)
{
    struct yaml_node *merged = merge(arena, root, stage->changes);
    merged->mark = root->mark;
    size_t kept = 0;
    for (size_t i = 0; i < merged->count; i++) {
        struct view key = merged->members[i].key;
        if (!view_equal(key, VIEW("stages")) && !view_equal(key, VIEW("stage")))
            merged->members[kept++] = merged->members[i];
    }
    merged->count = kept;
    yaml_append(arena, merged, name_member(arena, stage));
    return merged;
}
