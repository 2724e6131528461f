/* The stack and its function. */
#include <string.h>

#include "base/memory.h"
#include "base/plural.h"
#include "stack/doctor_parts.h"
#include "stack/stack_state.h"
#include "stack/template.h"

enum survey_state doctor_look_at_stack(struct examination *x)
{
    struct survey_stack *stack = &x->survey.stack;
    if (stack->part.state == SURVEY_SKIPPED)
        survey_stack(&x->survey);
    return stack->part.state;
}

enum survey_state doctor_look_at_function(struct examination *x)
{
    struct survey_function *function = &x->survey.function;
    doctor_look_at_stack(x); /* it has the name */
    if (function->part.state == SURVEY_SKIPPED)
        survey_function(&x->survey);
    return function->part.state;
}

bool doctor_is_not_deployed(struct examination *x)
{
    if (doctor_look_at_stack(x) != SURVEY_ABSENT)
        return false;
    doctor_note(x, VERDICT_SKIPPED, "%s", doctor_to_come);
    return true;
}

static void note_state(struct examination *x)
{
    const struct survey_stack *stack = &x->survey.stack;
    const char *status = stack->found.status;
    const char *why = stack->failure ? stack->failure : stack->found.reason;
    const char *colon = *why ? ": " : "";
    switch (stack_state_of(status)) {
    case STACK_BUSY:
        doctor_note(x, VERDICT_WARNING, "%s is being changed: %s", x->stack_name, status);
        doctor_mend(x, "wait; `lorry deploy` shows what happens");
        break;
    case STACK_FAILED:
        doctor_note(x, VERDICT_FAILED, "%s is %s%s%s", x->stack_name, status, colon, why);
        doctor_mend(x, "`lorry deploy` clears it away and begins anew");
        break;
    case STACK_STUCK:
        doctor_note(x, VERDICT_FAILED, "%s is %s%s%s", x->stack_name, status, colon, why);
        doctor_mend(x,
                    "mend the cause, then `aws cloudformation continue-update-rollback "
                    "--stack-name %s`",
                    x->stack_name);
        break;
    default:
        if (stack_status_is_success(status)) {
            doctor_note(x, VERDICT_OK, "%s is %s", x->stack_name, status);
            break;
        }
        doctor_note(x, VERDICT_WARNING, "the last change of %s was undone: %s%s%s", x->stack_name,
                    status, colon, why);
        doctor_mend(x, "`lorry deploy` tries again, and says what fails");
    }
}

static void check_stack(struct examination *x)
{
    enum survey_state state = doctor_look_at_stack(x);
    if (state == SURVEY_UNKNOWN) {
        doctor_note_error(x, x->survey.stack.part.error);
    } else if (state == SURVEY_ABSENT) {
        doctor_note(x, VERDICT_WARNING, "%s is not deployed yet", x->stack_name);
        doctor_mend(x, "`lorry deploy`");
    } else if (!x->survey.stack.ours) {
        doctor_note(x, VERDICT_FAILED, "there is a stack %s that lorry did not make",
                    x->stack_name);
        doctor_mend(x, "choose another `project` or `stage` in %s", x->doctor->path);
    } else {
        x->known |= KNOWS_STACK;
        note_state(x);
    }
}

/* False if the template of the stack cannot be seen, which is noted. */
static bool sees_template(struct examination *x)
{
    if (x->survey.stack.template)
        return true;
    doctor_note(x, VERDICT_UNKNOWN, "the template of the stack cannot be read");
    doctor_mend(x, "allow \"cloudformation:GetTemplate\" on it to whoever calls");
    return false;
}

static void check_version(struct examination *x)
{
    if (!sees_template(x))
        return;
    const json_t *metadata = json_object_get(x->survey.stack.template, "Metadata");
    const json_t *lorry = json_object_get(metadata, TEMPLATE_METADATA);
    const char *version = json_string_value(json_object_get(lorry, "Version"));
    if (version && strcmp(version, LORRY_VERSION) == 0) {
        doctor_note(x, VERDICT_OK, "deployed by lorry %s", version);
        return;
    }
    doctor_note(x, VERDICT_WARNING, "deployed by lorry %s, and this is %s",
                version ? version : "of an unknown version", LORRY_VERSION);
    doctor_mend(x, "`lorry deploy` brings both to this version");
}

/* All but who made it. */
static bool same_template(const json_t *a, const json_t *b)
{
    static const char *const parts[] = {"Description", "Parameters", "Resources", "Outputs"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const json_t *one = json_object_get(a, parts[i]), *other = json_object_get(b, parts[i]);
        if (one != other && !json_equal(one, other))
            return false;
    }
    return true;
}

static void check_current(struct examination *x)
{
    if (!sees_template(x))
        return;
    if (same_template(x->survey.stack.template, x->wanted)) {
        doctor_note(x, VERDICT_OK, "it is what %s describes", x->doctor->path);
        return;
    }
    doctor_note(x, VERDICT_WARNING, "%s describes something else than what is deployed",
                x->doctor->path);
    doctor_mend(x, "`lorry deploy`; `lorry diff` shows what would change");
}

/* What a function does that is neither active nor failed. */
static void note_function_state(struct examination *x)
{
    const struct lambda_function *function = &x->survey.function.found;
    const char *state = function->state, *update = function->update_status;
    if (strcmp(state, "Failed") == 0 || strcmp(update, "Failed") == 0) {
        bool whole = strcmp(state, "Failed") == 0;
        doctor_note(x, VERDICT_FAILED, "%s %s (%s): %s", x->stack->processor.name,
                    whole ? "is failed" : "was not updated",
                    whole ? function->state_code : function->update_code,
                    whole ? function->state_reason : function->update_reason);
        doctor_mend(x, "mend that, then `lorry refresh`");
    } else if (strcmp(state, "Inactive") == 0) {
        doctor_note(x, VERDICT_WARNING, "%s has not been called for weeks, and is put away",
                    x->stack->processor.name);
        doctor_mend(x, "`lorry invoke --example kinesis` wakes it up");
    } else if (strcmp(state, "Active") != 0 || strcmp(update, "InProgress") == 0) {
        doctor_note(x, VERDICT_WARNING, "%s is being changed: %s, %s", x->stack->processor.name,
                    state, update);
        doctor_mend(x, "wait a moment");
    } else {
        doctor_note(x, VERDICT_OK, "%s is active", x->stack->processor.name);
    }
}

static void check_function(struct examination *x)
{
    enum survey_state state = doctor_look_at_function(x);
    if (state == SURVEY_UNKNOWN) {
        doctor_note_error(x, x->survey.function.part.error);
    } else if (state == SURVEY_FOUND) {
        x->known |= KNOWS_FUNCTION;
        note_function_state(x);
    } else if (!doctor_is_not_deployed(x)) {
        doctor_note(x, VERDICT_FAILED, "there is no function %s", x->stack->processor.name);
        doctor_mend_setting(
            x, &(struct doctor_setting){TEMPLATE_FUNCTION, "FunctionName", NULL, "lorry deploy"});
    }
}

/* Names for a number of the function, and what it is. */
static void compare(struct examination *x, const char *what, const char *property, int is,
                    int wanted)
{
    if (is == wanted)
        return;
    doctor_note(x, VERDICT_WARNING, "%s is %d, and %d in %s", what, is, wanted, x->doctor->path);
    doctor_mend_setting(
        x, &(struct doctor_setting){TEMPLATE_FUNCTION, property, NULL, "lorry deploy"});
}

/* A full batch needs about a second where the sink is near; what does not fit is tried again and
 * again, and never done. */
static void note_short_timeout(struct examination *x)
{
    enum { RECORDS_PER_S = 250, ENOUGH_S = 10 };
    int timeout_s = x->survey.function.found.timeout_s, size = x->stack->processor.batch.size;
    cleanup_buf struct buf edit = BUF_INIT(BUF_TEXT_CAP);
    if (timeout_s >= ENOUGH_S || timeout_s >= size / RECORDS_PER_S)
        return;
    doctor_note(x, VERDICT_WARNING, "a batch of %d records has %d s, which may not be enough", size,
                timeout_s);
    buf_append_str(&edit, "timeout: 60s");
    doctor_mend_setting(
        x, &(struct doctor_setting){TEMPLATE_FUNCTION, "Timeout", buf_str(&edit), "lorry deploy"});
}

static void mend_concurrency(struct examination *x)
{
    const struct stack *stack = x->stack;
    cleanup_buf struct buf call = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&call, "aws lambda delete-function-concurrency --region %s --function-name %s",
               x->client->region, stack->processor.name);
    doctor_mend_setting(
        x, &(struct doctor_setting){
               TEMPLATE_FUNCTION, "ReservedConcurrentExecutions",
               stack->processor.reserved_concurrency == 0 ? "reserved-concurrency: 10" : NULL,
               buf_str(&call)});
}

static void check_settings(struct examination *x)
{
    const struct lambda_function *function = &x->survey.function.found;
    const struct stack *stack = x->stack;
    if (function->reserved_concurrency == 0) {
        doctor_note(x, VERDICT_FAILED, "it is switched off: its reserved concurrency is 0");
        mend_concurrency(x);
    }
    compare(x, "memory in MB", "MemorySize", function->memory_mb, stack->processor.memory_mb);
    compare(x, "timeout in s", "Timeout", function->timeout_s, stack->processor.timeout_s);
    if (function->reserved_concurrency != stack->processor.reserved_concurrency) {
        doctor_note(x, VERDICT_WARNING, "its reserved concurrency (-1: none) is %d, and %d in %s",
                    function->reserved_concurrency, stack->processor.reserved_concurrency,
                    x->doctor->path);
        mend_concurrency(x);
    }
    note_short_timeout(x);
    doctor_note(x, VERDICT_OK, "%d MB, %d s, %s", function->memory_mb, function->timeout_s,
                function->architecture);
}

static void compare_variable(struct examination *x, const char *name, const char *wanted,
                             struct buf *names)
{
    const char *is = lambda_function_variable(&x->survey.function.found, name);
    if (is && strcmp(is, wanted) == 0)
        return;
    buf_printf(names, "%s%s%s", names->len ? ", " : "", name, is ? "" : " (missing)");
}

static void mend_environment(struct examination *x)
{
    doctor_mend_setting(
        x, &(struct doctor_setting){TEMPLATE_FUNCTION, "Environment", NULL, "lorry deploy"});
}

/* Values that differ, and variables that are missing. Those that are a reference are not known
 * here. */
static void note_other_values(struct examination *x, json_t *variables)
{
    cleanup_buf struct buf names = BUF_INIT(BUF_TEXT_CAP);
    const char *name;
    json_t *value;
    json_object_foreach(variables, name, value) if (json_is_string(value))
        compare_variable(x, name, json_string_value(value), &names);
    if (!names.len)
        return;
    doctor_note(x, VERDICT_WARNING, "other values than %s says: %s", x->doctor->path,
                buf_str(&names));
    mend_environment(x);
}

/* Drift is what was changed, removed, or added to a list [CloudFormation API Reference,
 * PropertyDifference]; of what was added to a map nothing is said, so that it may stay. */
static void mend_addition(struct examination *x)
{
    mend_environment(x);
    doctor_mend(x, "what is left after that, remove in the Lambda console");
}

/* A setting that somebody added may cost records (ON_ERROR=ignore); anything else may well be meant
 * to be there, but the next change of the environment takes it away. */
static void note_additional(struct examination *x, const json_t *variables)
{
    cleanup_buf struct buf settings = BUF_INIT(BUF_TEXT_CAP), others = BUF_INIT(BUF_TEXT_CAP);
    const struct lambda_function *function = &x->survey.function.found;
    for (size_t i = 0; i < function->variable_count; i++) {
        const char *name = function->variables[i].name;
        struct buf *names = x->doctor->is_setting(name) ? &settings : &others;
        if (!json_object_get(variables, name))
            buf_printf(names, "%s%s", names->len ? ", " : "", name);
    }
    if (settings.len) {
        doctor_note(x, VERDICT_WARNING, "the processor obeys what %s does not say: %s",
                    x->doctor->path, buf_str(&settings));
        mend_addition(x);
    }
    if (others.len) {
        doctor_note(x, VERDICT_WARNING, "not in %s: %s", x->doctor->path, buf_str(&others));
        mend_addition(x);
        doctor_mend(x, "to keep %s, say so under `processor: environment:` in %s", buf_str(&others),
                    x->doctor->path);
    }
}

/* Values may be secrets: only names are said. */
static void check_environment(struct examination *x)
{
    const json_t *resources = json_object_get(x->wanted, "Resources");
    const json_t *function = json_object_get(resources, TEMPLATE_FUNCTION);
    const json_t *environment =
        json_object_get(json_object_get(function, "Properties"), "Environment");
    json_t *variables = json_object_get(environment, "Variables");
    if (*x->survey.function.found.variables_error) {
        doctor_note(x, VERDICT_UNKNOWN, "Lambda does not tell it: %s",
                    x->survey.function.found.variables_error);
        doctor_mend(x, "allow kms:Decrypt on the key that it is encrypted with");
        return;
    }
    doctor_note(x, VERDICT_OK, "%zu variable%s, as %s says",
                x->survey.function.found.variable_count,
                plural_s((int64_t)x->survey.function.found.variable_count), x->doctor->path);
    note_other_values(x, variables);
    note_additional(x, variables);
}

const struct doctor_check doctor_checks_stack[] = {
    {"stack", "state", KNOWS_PIPELINE, NULL, check_stack},
    {"stack", "version", KNOWS_PIPELINE | KNOWS_STACK, NULL, check_version},
    {"stack", "up to date", KNOWS_PIPELINE | KNOWS_STACK, NULL, check_current},
    {"function", "state", KNOWS_PIPELINE, NULL, check_function},
    {"function", "settings", KNOWS_DEPLOYED, NULL, check_settings},
    {"function", "environment", KNOWS_DEPLOYED, NULL, check_environment},
    {0},
};
