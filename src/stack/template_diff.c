#include "stack/template_diff.h"

#include <stdio.h>

#include "base/buf.h"
#include "stack/value_diff.h"

void template_diff_release(struct template_diff *diff)
{
    arena_release(&diff->arena);
    *diff = (struct template_diff){0};
}

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text ? text : "";
}

static bool retains(const json_t *resource, const char *policy)
{
    return strncmp(text_of(resource, policy), "Retain", strlen("Retain")) == 0;
}

/* The name of a property of lorry's templates. */
#define PROPERTY_SIZE 128

static enum replacement replaced_by(const char *type, const char *path)
{
    char property[PROPERTY_SIZE];
    snprintf(property, sizeof(property), "%.*s", (int)strcspn(path, ".["), path);
    return replacement_by(type, property);
}

/* What CloudFormation does beside the properties: a policy, a dependency. */
static void compare_attributes(const json_t *before, const json_t *after, struct arena *arena,
                               struct template_changes *changes)
{
    static const char *const attributes[] = {"Type", "DeletionPolicy", "UpdateReplacePolicy",
                                             "DependsOn", "Condition"};
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
        value_diff(attributes[i], json_object_get(before, attributes[i]),
                   json_object_get(after, attributes[i]), arena, changes);
    for (size_t i = 0; i < changes->count; i++)
        if (strcmp(changes->items[i].path, "Type") == 0)
            changes->items[i].replaces = REPLACEMENT_CERTAIN;
}

static void compare_properties(const json_t *before, const json_t *after, struct arena *arena,
                               struct template_changes *changes)
{
    size_t first = changes->count;
    value_diff("", json_object_get(before, "Properties"), json_object_get(after, "Properties"),
               arena, changes);
    for (size_t i = first; i < changes->count; i++)
        changes->items[i].replaces = replaced_by(text_of(after, "Type"), changes->items[i].path);
}

static const json_t *resource_of(const json_t *template, const char *logical_id)
{
    return json_object_get(json_object_get(template, "Resources"), logical_id);
}

static bool has_change(const struct template_resource *resource, const char *path)
{
    for (size_t i = 0; i < resource->changes.count; i++)
        if (strcmp(resource->changes.items[i].path, path) == 0)
            return true;
    return false;
}

/* What is made anew is made before the old one is deleted: both would be there for a moment. */
static const char *obstacle(const json_t *before, const json_t *after,
                            const struct template_resource *resource)
{
    const char *name = replacement_name(resource->change.type);
    const json_t *chosen =
        name ? json_object_get(json_object_get(after, "Properties"), name) : NULL;
    if (chosen && json_equal(json_object_get(json_object_get(before, "Properties"), name), chosen))
        return "CloudFormation replaces nothing under its own name: choose another one";
    if (strcmp(resource->change.type, "AWS::Lambda::EventSourceMapping") == 0 &&
        !has_change(resource, "EventSourceArn") && !has_change(resource, "FunctionName"))
        return "a stream and a function have one mapping only: delete the old one first";
    return NULL;
}

/* From the changes of one that is on both sides. */
static void conclude(const json_t *before, const json_t *after, struct template_resource *resource)
{
    static const char *const said[] = {
        [REPLACEMENT_NONE] = "False",
        [REPLACEMENT_PERHAPS] = "Conditional",
        [REPLACEMENT_CERTAIN] = "True",
    };
    enum replacement most = REPLACEMENT_NONE;
    for (size_t i = 0; i < resource->changes.count; i++)
        if (resource->changes.items[i].replaces > most)
            most = resource->changes.items[i].replaces;
    /* Which of the two CloudFormation looks at is not said. */
    bool kept = retains(before, "UpdateReplacePolicy") && retains(after, "UpdateReplacePolicy");
    resource->change.action = "Modify";
    resource->change.replacement = said[most];
    resource->change.policy = most == REPLACEMENT_NONE ? "" : kept ? "Retain" : "Delete";
    resource->blocked = most == REPLACEMENT_NONE ? NULL : obstacle(before, after, resource);
}

static struct template_resource *add(struct template_diff *diff, const char *logical_id,
                                     const json_t *resource)
{
    struct template_resource *added = &diff->resources[diff->resource_count++];
    *added = (struct template_resource){.change = {.logical_id = logical_id,
                                                   .physical_id = "",
                                                   .type = text_of(resource, "Type"),
                                                   .replacement = "",
                                                   .policy = ""}};
    return added;
}

static void compare_resource(struct template_diff *diff, const char *logical_id,
                             const json_t *before, const json_t *after)
{
    struct template_resource *resource = add(diff, logical_id, after);
    if (!before) {
        resource->change.action = "Add";
        return;
    }
    compare_attributes(before, after, &diff->arena, &resource->changes);
    compare_properties(before, after, &diff->arena, &resource->changes);
    conclude(before, after, resource);
}

static void remove_resource(struct template_diff *diff, const char *logical_id,
                            const json_t *before)
{
    struct template_resource *resource = add(diff, logical_id, before);
    resource->change.action = "Remove";
    resource->change.policy = retains(before, "DeletionPolicy") ? "Retain" : "Delete";
}

/* "${<logical id>}" or "${<logical id>.<attribute>}" */
static bool is_in_text(const char *text, const char *logical_id)
{
    size_t len = strlen(logical_id);
    for (const char *p = strstr(text, "${"); p; p = strstr(p + 1, "${"))
        if (strncmp(p + 2, logical_id, len) == 0 && (p[2 + len] == '}' || p[2 + len] == '.'))
            return true;
    return false;
}

static bool refers(const json_t *value, const char *logical_id)
{
    const char *name, *text;
    json_t *member;
    size_t i;
    json_array_foreach((json_t *)value, i, member) if (refers(member, logical_id)) return true;
    json_object_foreach((json_t *)value, name, member)
    {
        if (strcmp(name, "Fn::GetAtt") == 0)
            text = json_string_value(json_array_get(member, 0));
        else
            text = json_string_value(member);
        bool is_id = strcmp(name, "Ref") == 0 || strcmp(name, "Fn::GetAtt") == 0;
        if (text && is_id && strcmp(text, logical_id) == 0)
            return true;
        if (text && strcmp(name, "Fn::Sub") == 0 && is_in_text(text, logical_id))
            return true;
        if (refers(member, logical_id))
            return true;
    }
    return false;
}

static bool is_replaced(const struct template_resource *resource)
{
    return strcmp(resource->change.action, "Modify") == 0 &&
           strcmp(resource->change.replacement, "False") != 0;
}

/* A property that refers to what is replaced gets another value. True: it was not known before. */
static bool follow(struct template_diff *diff, struct template_resource *resource,
                   const json_t *after, const char *replaced)
{
    const char *name;
    json_t *value;
    bool news = false;
    json_object_foreach(json_object_get(after, "Properties"), name, value)
    {
        if (!refers(value, replaced) || has_change(resource, name))
            continue;
        const struct template_change change = {
            .path = name,
            .replaces = replacement_by(resource->change.type, name),
            .follows = replaced,
        };
        value_diff_add(&change, &diff->arena, &resource->changes);
        news = true;
    }
    return news;
}

/* Until nothing follows from anything any more. */
static void follow_all(struct template_diff *diff, const json_t *before, const json_t *after)
{
    for (bool news = true; news;) {
        news = false;
        for (size_t i = 0; i < diff->resource_count; i++)
            for (size_t j = 0; j < diff->resource_count && is_replaced(&diff->resources[i]); j++) {
                struct template_resource *other = &diff->resources[j];
                const char *id = other->change.logical_id;
                if (j == i || strcmp(other->change.action, "Modify") != 0 ||
                    !follow(diff, other, resource_of(after, id),
                            diff->resources[i].change.logical_id))
                    continue;
                conclude(resource_of(before, id), resource_of(after, id), other);
                news = true;
            }
    }
}

/* Only now is it known which ones stay as they are. */
static void drop_unchanged(struct template_diff *diff)
{
    size_t count = 0;
    for (size_t i = 0; i < diff->resource_count; i++)
        if (strcmp(diff->resources[i].change.action, "Modify") != 0 ||
            diff->resources[i].changes.count)
            diff->resources[count++] = diff->resources[i];
    diff->resource_count = count;
}

static void compare_resources(const json_t *before, const json_t *after, struct template_diff *diff)
{
    json_t *old = json_object_get(before, "Resources"), *new = json_object_get(after, "Resources");
    const char *id;
    json_t *resource;
    diff->resources = arena_calloc(&diff->arena, json_object_size(old) + json_object_size(new),
                                   sizeof(*diff->resources));
    json_object_foreach(new, id, resource)
        compare_resource(diff, id, json_object_get(old, id), resource);
    json_object_foreach(old, id, resource) if (!json_object_get(new, id))
        remove_resource(diff, id, resource);
    follow_all(diff, before, after);
    drop_unchanged(diff);
}

void template_diff(const json_t *before, const json_t *after, struct template_diff *diff)
{
    compare_resources(before, after, diff);
    if (!before)
        return;
    value_diff("", json_object_get(before, "Outputs"), json_object_get(after, "Outputs"),
               &diff->arena, &diff->outputs);
    value_diff("Description", json_object_get(before, "Description"),
               json_object_get(after, "Description"), &diff->arena, &diff->texts);
}
