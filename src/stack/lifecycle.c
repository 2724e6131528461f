#include "stack/lifecycle.h"

#include <jansson.h>

/* What the rules of ours say they do: that is how they are known again. */
#define DEPLOYED "lorry: deployed images"
#define SUPERSEDED "lorry: images without a tag"
#define OTHERS "lorry: images with other tags"

static bool says(const json_t *rule, const char *description)
{
    const char *text = json_string_value(json_object_get(rule, "description"));
    return text && strcmp(text, description) == 0;
}

static const json_t *selection(const json_t *rule, const char *member)
{
    return json_object_get(json_object_get(rule, "selection"), member);
}

static const char *pattern_of(const json_t *rule)
{
    return json_string_value(json_array_get(selection(rule, "tagPatternList"), 0));
}

/* The rules, borrowed from `policy`; NULL if not all of them are ours. */
static const json_t *own_rules(const json_t *policy)
{
    const json_t *rules = json_object_get(policy, "rules"), *rule;
    size_t i;
    json_array_foreach(rules, i, rule)
    {
        bool tagged = says(rule, DEPLOYED) || says(rule, OTHERS);
        if (!(tagged && pattern_of(rule)) && !says(rule, SUPERSEDED))
            return NULL;
    }
    return json_array_size(rules) ? rules : NULL;
}

static int kept(const json_t *rules)
{
    const json_t *rule;
    size_t i;
    json_array_foreach(rules, i, rule)
    {
        json_int_t count = json_integer_value(selection(rule, "countNumber"));
        if (says(rule, SUPERSEDED) && count > 0 && count <= LIFECYCLE_KEEP_MAX)
            return (int)count;
    }
    return 0;
}

static void add_rule(json_t *rules, const char *description, const char *pattern, int count)
{
    json_t *of = json_pack("{s:s}", "tagStatus", pattern ? "tagged" : "untagged");
    if (pattern)
        json_object_set_new(of, "tagPatternList", json_pack("[s]", pattern));
    json_object_set_new(of, "countType", json_string("imageCountMoreThan"));
    json_object_set_new(of, "countNumber", json_integer(count));
    json_array_append_new(rules,
                          json_pack("{s:i, s:s, s:o, s:{s:s}}", "rulePriority",
                                    (int)json_array_size(rules) + 1, "description", description,
                                    "selection", of, "action", "type", "expire"));
}

/* A rule that never expires anything: a project has far fewer stages. */
static void protect(json_t *rules, const char *pattern)
{
    add_rule(rules, DEPLOYED, pattern, LIFECYCLE_KEEP_MAX);
}

/* The patterns that are protected already come first, in their order. Returns whether there are any
 * at all. */
static bool protect_all(json_t *rules, const json_t *before, const char *project)
{
    cleanup_buf struct buf pattern = BUF_INIT(BUF_TEXT_CAP);
    const json_t *rule;
    size_t i;
    bool there = !project;
    buf_printf(&pattern, "%s-*", project ? project : "");
    json_array_foreach(before, i, rule)
    {
        if (!says(rule, DEPLOYED))
            continue;
        protect(rules, pattern_of(rule));
        there = there || strcmp(pattern_of(rule), buf_str(&pattern)) == 0;
    }
    if (!there)
        protect(rules, buf_str(&pattern));
    return json_array_size(rules) > 0;
}

static json_t *make(const json_t *before, const char *project, int keep)
{
    json_t *rules = json_array();
    bool deployed = protect_all(rules, before, project);
    if (!keep)
        keep = kept(before) ? kept(before) : LIFECYCLE_KEEP_STANDARD;
    add_rule(rules, SUPERSEDED, NULL, keep);
    if (deployed)
        add_rule(rules, OTHERS, "*", keep);
    return json_pack("{s:o}", "rules", rules);
}

static void append_json(const json_t *json, struct buf *out)
{
    size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
    char *to = buf_reserve(out, len);
    if (!to)
        return;
    json_dumpb(json, to, len, JSON_COMPACT);
    buf_commit(out, len);
}

enum lifecycle_change lifecycle_policy(struct view current, const char *project, int keep,
                                       struct buf *policy)
{
    json_t *there = json_loadb(current.ptr, current.len, 0, NULL);
    const json_t *before = own_rules(there);
    enum lifecycle_change change = LIFECYCLE_FOREIGN;
    if (before || !current.len) {
        json_t *wanted = make(before, project, keep);
        change = json_equal(there, wanted) ? LIFECYCLE_SAME : LIFECYCLE_CHANGED;
        if (change == LIFECYCLE_CHANGED)
            append_json(wanted, policy);
        json_decref(wanted);
    }
    json_decref(there);
    return change;
}

int lifecycle_kept(struct view policy)
{
    json_t *there = json_loadb(policy.ptr, policy.len, 0, NULL);
    int count = kept(own_rules(there));
    json_decref(there);
    return count;
}
