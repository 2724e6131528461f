#include "stack/repository_policy.h"

#include <fnmatch.h>
#include <stdint.h>
#include <strings.h>

#include "aws/ecr.h"
#include "aws/endpoint.h"
#include "base/memory.h"
#include "stack/policy_words.h"

/* The name that AWS's documentation gives it. */
#define RETRIEVAL "LambdaECRImageRetrievalPolicy"
#define LAMBDA "lambda.amazonaws.com"

static const char *const retrieval_actions[] = {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"};

static json_t *statements_of(const json_t *policy)
{
    return json_object_get(policy, "Statement");
}

static json_t *new_policy(const char *version)
{
    return json_pack("{s:s, s:[]}", "Version", version, "Statement");
}

static json_t *pull_statement(const char *name, json_t *principal)
{
    return json_pack("{s:s, s:s, s:o, s:[s, s, s]}", "Sid", name, "Effect", "Allow", "Principal",
                     principal, "Action", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage",
                     "ecr:GetDownloadUrlForLayer");
}

json_t *repository_policy_public(void)
{
    json_t *policy = new_policy("2008-10-17");
    json_array_append_new(statements_of(policy),
                          pull_statement("allow public pull", json_string("*")));
    return policy;
}

static json_t *retrieval_statement(const char *name, json_t *functions)
{
    return json_pack("{s:s, s:s, s:{s:s}, s:[s, s], s:{s:{s:o}}}", "Sid", name, "Effect", "Allow",
                     "Principal", "Service", LAMBDA, "Action", retrieval_actions[0],
                     retrieval_actions[1], "Condition", "StringLike", "aws:sourceArn", functions);
}

/* "*" as the name: all of them. */
static json_t *function_arn(const char *account, const char *region, const char *name,
                            const char *version)
{
    return json_sprintf("arn:%s:lambda:%s:%s:function:%s%s", aws_partition(region), region, account,
                        name, version);
}

/* With and without a version behind the name: which of them Lambda says is not documented. */
static json_t *function_arns(const struct policy_function *function)
{
    json_t *arns = json_array();
    const char *name = function->name ? function->name : "*";
    json_array_append_new(arns, function_arn(function->account, function->region, name, ""));
    if (function->name)
        json_array_append_new(arns, function_arn(function->account, function->region, name, ":*"));
    return arns;
}

static bool is_account(const char *text)
{
    return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

json_t *repository_policy_accounts(const char *const *accounts, size_t count, const char *region,
                                   struct error *err)
{
    json_t *principals = json_array(), *functions = json_array(), *policy = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_account(accounts[i])) {
            error_set(err, ERROR_SETTING, 0, "\"%s\" is no AWS account: it has 12 digits",
                      accounts[i]);
            goto end;
        }
        json_array_append_new(
            principals, json_sprintf("arn:%s:iam::%s:root", aws_partition(region), accounts[i]));
        json_array_append_new(functions, function_arn(accounts[i], region, "*", ""));
    }
    policy = new_policy("2012-10-17");
    json_array_append_new(
        statements_of(policy),
        pull_statement("CrossAccountPull", json_pack("{s:O}", "AWS", principals)));
    json_array_append_new(
        statements_of(policy),
        retrieval_statement("LambdaECRImageCrossAccountRetrievalPolicy", json_incref(functions)));
end:
    json_decref(principals);
    json_decref(functions);
    return policy;
}

static json_t *load(struct view text, const char *path, struct error *err)
{
    json_error_t why;
    json_t *policy = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &why);
    if (!policy)
        error_set(err, ERROR_INPUT, 0, "%s:%d:%d: this is no JSON: %s", path, why.line, why.column,
                  why.text);
    return policy;
}

json_t *repository_policy_parse(struct view text, const char *path, struct error *err)
{
    json_t *policy = load(text, path, err);
    if (policy && policy_check(policy, path, err) < 0) {
        json_decref(policy);
        return NULL;
    }
    return policy;
}

json_t *repository_policy_read(struct view text, struct error *err)
{
    if (!text.len)
        return new_policy("2012-10-17");
    json_t *policy = json_loadb(text.ptr, text.len, 0, NULL);
    if (policy_make_list(policy))
        return policy;
    json_decref(policy);
    error_set(err, ERROR_AWS, 0, "the policy of the repository cannot be read");
    return NULL;
}

static bool has_name(const json_t *policy, const char *name)
{
    const json_t *statement;
    size_t i;
    json_array_foreach(statements_of(policy), i, statement)
    {
        const char *sid = json_string_value(json_object_get(statement, "Sid"));
        if (sid && strcmp(sid, name) == 0)
            return true;
    }
    return false;
}

/* Appends the name, with a number behind it if the policy has one of that name. */
static void free_name(const json_t *policy, const char *name, struct buf *out)
{
    buf_append_str(out, name);
    for (int number = 2; has_name(policy, buf_str(out)); number++) {
        buf_clear(out);
        buf_printf(out, "%s%d", name, number);
    }
}

static void add(json_t *policy, json_t *statement)
{
    const char *sid = json_string_value(json_object_get(statement, "Sid"));
    if (sid) {
        cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
        free_name(policy, sid, &name);
        json_object_set_new(statement, "Sid", json_string(buf_str(&name)));
    }
    json_array_append_new(statements_of(policy), statement);
}

/* Whether they say the same, whatever they are called. */
static bool same(const json_t *a, const json_t *b)
{
    json_t *x = json_copy((json_t *)(uintptr_t)a), *y = json_copy((json_t *)(uintptr_t)b);
    json_object_del(x, "Sid");
    json_object_del(y, "Sid");
    bool equal = json_equal(x, y);
    json_decref(x);
    json_decref(y);
    return equal;
}

static bool has_same(const json_t *policy, const json_t *wanted)
{
    const json_t *statement;
    size_t i;
    json_array_foreach(statements_of(policy), i, statement)
    {
        if (same(statement, wanted))
            return true;
    }
    return false;
}

void repository_policy_lost(const json_t *policy, const json_t *current, struct buf *names)
{
    const json_t *statement;
    size_t i;
    json_array_foreach(statements_of(current), i, statement)
    {
        const char *sid = json_string_value(json_object_get(statement, "Sid"));
        if (!has_same(policy, statement))
            buf_printf(names, "%s\"%s\"", names->len ? ", " : "", sid ? sid : "(without a name)");
    }
}

/* Whether an ARN, "arn:partition:service:region:account:...", is of that account. */
static bool is_of_account(const char *arn, const char *account)
{
    for (int colons = 0; colons < 4 && arn; colons++) {
        arn = strchr(arn, ':');
        arn = arn ? arn + 1 : NULL;
    }
    return arn && strncmp(arn, account, strlen(account)) == 0 && arn[strlen(account)] == ':';
}

/* Whether the condition has no ARNs but those of functions of the account. */
static bool are_of_account(const json_t *conditions, const char *account)
{
    const char *operator, * key;
    json_t *of, *values;
    json_object_foreach((json_t *)(uintptr_t)conditions, operator, of)
    {
        json_object_foreach(of, key, values)
        {
            for (size_t i = 0; strcasecmp(key, "aws:SourceArn") == 0 && i < policy_size(values);
                 i++)
                if (!is_of_account(policy_word(values, i), account))
                    return false;
        }
    }
    return true;
}

/* Lambda's own, and ours: what a user who replaces the policy does not think of. */
static bool is_retrieval(const json_t *statement, const char *account)
{
    const char *effect = json_string_value(json_object_get(statement, "Effect"));
    const json_t *principal = json_object_get(statement, "Principal");
    const json_t *services = json_object_get(principal, "Service");
    return effect && strcmp(effect, "Allow") == 0 && json_object_size(principal) == 1 &&
           policy_size(services) == 1 && strcmp(policy_word(services, 0), LAMBDA) == 0 &&
           are_of_account(json_object_get(statement, "Condition"), account);
}

void repository_policy_carry(json_t *policy, const json_t *current, const char *account)
{
    const json_t *statement;
    size_t i;
    json_array_foreach(statements_of(current), i, statement)
    {
        if (is_retrieval(statement, account) && !has_same(policy, statement))
            add(policy, json_deep_copy(statement));
    }
}

/* Whether one of the patterns fits. */
static bool any_fits(const json_t *patterns, const char *text, bool any_case)
{
    for (size_t i = 0; i < policy_size(patterns); i++)
        if (fnmatch(policy_word(patterns, i), text, FNM_NOESCAPE | (any_case ? FNM_CASEFOLD : 0)) ==
            0)
            return true;
    return false;
}

/* Whether a condition on `key` with these values holds for the function; false for other keys. */
static bool condition_holds(const char *key, const json_t *values,
                            const struct policy_function *function)
{
    if (strcasecmp(key, "aws:SourceAccount") == 0)
        return any_fits(values, function->account, false);
    if (strcasecmp(key, "aws:SourceArn") != 0)
        return false;
    json_t *arns = function_arns(function);
    bool holds = true;
    for (size_t i = 0; i < json_array_size(arns); i++)
        holds = holds && any_fits(values, json_string_value(json_array_get(arns, i)), false);
    json_decref(arns);
    return holds;
}

static bool conditions_hold(const json_t *conditions, const struct policy_function *function)
{
    static const char *const operators[] = {"StringEquals", "StringLike", "ArnEquals", "ArnLike"};
    const char *operator, * key;
    json_t *of, *values;
    json_object_foreach((json_t *)(uintptr_t)conditions, operator, of)
    {
        size_t i = 0;
        while (i < ARRAY_LEN(operators) && strcmp(operators[i], operator) != 0)
            i++;
        if (i == ARRAY_LEN(operators))
            return false;
        json_object_foreach(of, key, values)
        {
            if (!condition_holds(key, values, function))
                return false;
        }
    }
    return true;
}

static bool statement_allows(const json_t *statement, const struct policy_function *function)
{
    const char *effect = json_string_value(json_object_get(statement, "Effect"));
    const json_t *principal = json_object_get(statement, "Principal");
    const json_t *services = json_object_get(principal, "Service");
    bool allows = effect && strcmp(effect, "Allow") == 0 && any_fits(services, LAMBDA, false) &&
                  conditions_hold(json_object_get(statement, "Condition"), function);
    for (size_t i = 0; i < ARRAY_LEN(retrieval_actions); i++)
        allows =
            allows && any_fits(json_object_get(statement, "Action"), retrieval_actions[i], true);
    return allows;
}

bool repository_policy_allows(const json_t *policy, const struct policy_function *function)
{
    const json_t *statement;
    size_t i;
    json_array_foreach(statements_of(policy), i, statement)
    {
        if (statement_allows(statement, function))
            return true;
    }
    return false;
}

/* The functions of a statement that is ours; NULL if it is not. */
static json_t *functions_of_ours(const json_t *statement)
{
    json_t *conditions = json_object_get(statement, "Condition");
    json_t *functions = json_object_get(json_object_get(conditions, "StringLike"), "aws:sourceArn");
    if (!json_is_array(functions))
        return NULL;
    json_t *ours = retrieval_statement(RETRIEVAL, json_incref(functions));
    bool equal = json_equal(ours, statement);
    json_decref(ours);
    return equal ? functions : NULL;
}

bool repository_policy_allow(json_t *policy, const struct policy_function *function)
{
    if (repository_policy_allows(policy, function))
        return false;
    json_t *arns = function_arns(function), *functions = NULL, *statement;
    size_t i;
    json_array_foreach(statements_of(policy), i, statement)
    {
        if ((functions = functions_of_ours(statement)))
            break;
    }
    if (functions)
        json_array_extend(functions, arns);
    else
        add(policy, retrieval_statement(RETRIEVAL, json_incref(arns)));
    json_decref(arns);
    return true;
}

int repository_policy_write(const json_t *policy, struct buf *text, struct error *err)
{
    size_t len = json_dumpb(policy, NULL, 0, JSON_COMPACT);
    char *to = len <= ECR_REPOSITORY_POLICY_MAX ? buf_reserve(text, len) : NULL;
    if (!to)
        return error_set(err, ERROR_INPUT, 0,
                         "the policy, with the statement for Lambda, has %zu bytes: ECR takes %d "
                         "at most",
                         len, ECR_REPOSITORY_POLICY_MAX);
    json_dumpb(policy, to, len, JSON_COMPACT);
    buf_commit(text, len);
    return 0;
}
