#include "stack/policy_words.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/suggest.h"

size_t policy_size(const json_t *words)
{
    return json_is_array(words) ? json_array_size(words) : json_is_string(words) ? 1 : 0;
}

const char *policy_word(const json_t *words, size_t index)
{
    const char *text =
        json_string_value(json_is_array(words) ? json_array_get(words, index) : words);
    return text ? text : "";
}

bool policy_make_list(json_t *policy)
{
    json_t *statements = json_object_get(policy, "Statement");
    if (json_is_object(statements))
        json_object_set_new(policy, "Statement", json_pack("[O]", statements));
    return json_is_array(json_object_get(policy, "Statement"));
}

static const char *const policy_members[] = {"Version", "Id", "Statement"};
static const char *const statement_members[] = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "Condition",
};

/* `where` begins the messages: "policy.json: statement 2". */
static int check_members(const json_t *object, const char *const *members, size_t count,
                         const char *where, struct error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        size_t i = 0;
        while (i < count && strcmp(members[i], name) != 0)
            i++;
        if (i < count)
            continue;
        const char *meant = suggest(view_str(name), members, count);
        return error_set(err, ERROR_INPUT, 0, "%s: there is no \"%s\" in a policy%s%s%s", where,
                         name, meant ? " (did you mean \"" : "", meant ? meant : "",
                         meant ? "\"?)" : "");
    }
    return 0;
}

static bool is_one_of(const json_t *value, const char *a, const char *b)
{
    const char *text = json_string_value(value);
    return text && (strcmp(text, a) == 0 || strcmp(text, b) == 0);
}

static bool has_either(const json_t *object, const char *a, const char *b)
{
    return !json_object_get(object, a) != !json_object_get(object, b);
}

static bool are_words(const json_t *words)
{
    for (size_t i = 0; i < policy_size(words); i++)
        if (!*policy_word(words, i))
            return false;
    return !words || policy_size(words) > 0;
}

/* "*", or what kind of principal and which. */
static bool is_principal(const json_t *principal)
{
    const char *kind;
    json_t *words;
    if (!principal || is_one_of(principal, "*", "*"))
        return true;
    json_object_foreach((json_t *)(uintptr_t)principal, kind, words)
    {
        if (!are_words(words))
            return false;
    }
    return json_object_size(principal) > 0;
}

static int check_statement(const json_t *statement, const char *where, struct error *err)
{
    const struct {
        bool right;
        const char *says;
    } rules[] = {
        {json_is_object(statement), "is no object"},
        {is_one_of(json_object_get(statement, "Effect"), "Allow", "Deny"),
         "\"Effect\" has to be \"Allow\" or \"Deny\""},
        {has_either(statement, "Principal", "NotPrincipal"),
         "says not whom it is about: one \"Principal\" or \"NotPrincipal\" is needed"},
        {is_principal(json_object_get(statement, "Principal")) &&
             is_principal(json_object_get(statement, "NotPrincipal")),
         "\"Principal\" has to be \"*\", or an object as {\"AWS\": [\"...\"]}"},
        {has_either(statement, "Action", "NotAction"),
         "says not what it is about: one \"Action\" or \"NotAction\" is needed"},
        {are_words(json_object_get(statement, "Action")) &&
             are_words(json_object_get(statement, "NotAction")),
         "\"Action\" has to be a text or a list of texts"},
        {!json_object_get(statement, "Condition") ||
             json_is_object(json_object_get(statement, "Condition")),
         "\"Condition\" has to be an object"},
        {!json_object_get(statement, "Sid") || json_is_string(json_object_get(statement, "Sid")),
         "\"Sid\" has to be a text"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (!rules[i].right)
            return error_set(err, ERROR_INPUT, 0, "%s: %s", where, rules[i].says);
    return check_members(statement, statement_members, ARRAY_LEN(statement_members), where, err);
}

/* Whether one of the statements before it is called the same. */
static bool is_repeated(const json_t *statements, size_t index)
{
    const json_t *name = json_object_get(json_array_get(statements, index), "Sid");
    for (size_t i = 0; name && i < index; i++)
        if (json_equal(name, json_object_get(json_array_get(statements, i), "Sid")))
            return true;
    return false;
}

static int check_statements(const json_t *statements, const char *path, struct error *err)
{
    for (size_t i = 0; i < json_array_size(statements); i++) {
        cleanup_buf struct buf where = BUF_INIT(BUF_TEXT_CAP);
        buf_printf(&where, "%s: statement %zu", path, i + 1);
        if (check_statement(json_array_get(statements, i), buf_str(&where), err) < 0)
            return -1;
        if (is_repeated(statements, i))
            return error_set(err, ERROR_INPUT, 0, "%s: another one has the same \"Sid\"",
                             buf_str(&where));
    }
    return 0;
}

int policy_check(json_t *policy, const char *path, struct error *err)
{
    const json_t *version = json_object_get(policy, "Version");
    if (!json_is_object(policy))
        return error_set(err, ERROR_INPUT, 0, "%s: this is no policy: it has to be an object",
                         path);
    if (check_members(policy, policy_members, ARRAY_LEN(policy_members), path, err) < 0)
        return -1;
    if (version && !is_one_of(version, "2012-10-17", "2008-10-17"))
        return error_set(err, ERROR_INPUT, 0,
                         "%s: \"Version\" has to be \"2012-10-17\" or \"2008-10-17\"", path);
    if (!policy_make_list(policy))
        return error_set(err, ERROR_INPUT, 0, "%s: \"Statement\" is missing", path);
    return check_statements(json_object_get(policy, "Statement"), path, err);
}
