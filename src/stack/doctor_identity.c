/* Who calls, where, and what he may do. */
#include <string.h>

#include "aws/iam.h"
#include "aws/sts.h"
#include "base/memory.h"
#include "stack/doctor_parts.h"

/* Where nothing says in which region: to ask who somebody is, any one will do. */
#define ANY_REGION "us-east-1"

static void mend_region(struct examination *x)
{
    doctor_mend(x,
                "is it the name of a region? `region` in %s, --region and AWS_REGION say which "
                "it is",
                x->doctor->path);
}

/* A region that does not exist is first noticed as a host that does not. */
static void mend_credentials(struct examination *x, const struct error *err)
{
    if (err->domain == ERROR_NET) {
        if (x->client->region && strstr(err->message, x->client->region))
            mend_region(x);
        return;
    }
    if (error_is(err, "ExpiredToken") || error_is(err, "ExpiredTokenException"))
        doctor_mend(x, "renew them: `aws sso login`, or whatever gave them to you");
    else
        doctor_mend(x, "`aws configure` or `aws sso login`, or name a profile with --profile");
}

static void check_credentials(struct examination *x)
{
    struct error err = {0};
    if (!x->client) {
        doctor_note(x, VERDICT_FAILED, "%s", x->doctor->client_error->message);
        return;
    }
    struct aws_client anywhere = *x->client;
    if (!anywhere.region)
        anywhere.region = ANY_REGION;
    if (survey_begin(&x->survey, &anywhere, x->stack, &err) < 0) {
        doctor_note_error(x, &err);
        mend_credentials(x, &err);
        x->unreachable = err.domain == ERROR_NET;
        return;
    }
    x->client->skew_us = anywhere.skew_us;
    x->survey.client = x->client;
    x->known |= KNOWS_CALLER;
    doctor_note(x, VERDICT_OK, "%s", x->survey.caller);
}

/* "arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION": the name; empty if it is something else. */
static struct view role_of_session(const char *arn)
{
    static const char mark[] = ":assumed-role/";
    const char *begin = strstr(arn, mark);
    if (!begin)
        return VIEW("");
    begin += strlen(mark);
    return view_of(begin, strcspn(begin, "/"));
}

/* Who is simulated: of a session its role, whose ARN has a path that the session's does not tell.
 */
static int find_principal(struct examination *x, struct buf *arn, struct error *err)
{
    cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
    buf_append_view(&name, role_of_session(x->survey.caller));
    if (name.len)
        return iam_get_role(x->client, buf_str(&name), arn, err);
    buf_append_str(arn, x->survey.caller);
    return 0;
}

/* A simulation under way. */
struct simulation {
    struct examination *x;
    const char *principal;
    struct permission_place place;
    enum permission_on on;
    struct error *err;
};

static const char *reason_of(const struct iam_decision *decision)
{
    if (decision->denied_by_organization)
        return " (by a policy of the organization)";
    if (decision->denied_by_boundary)
        return " (by the permissions boundary)";
    return decision->denied ? " (a statement denies it)" : "";
}

static int take_decision(void *user, const struct iam_decision *decision, struct error *err)
{
    struct simulation *simulation = user;
    struct examination *x = simulation->x;
    (void)err;
    if (decision->allowed)
        return 0;
    x->denied = xreallocarray(x->denied, x->denied_count + 1, sizeof(*x->denied));
    x->denied[x->denied_count++] = (struct doctor_denied){
        arena_copy(&x->report->arena, decision->action).ptr, simulation->on, reason_of(decision)};
    return 0;
}

static int simulate_on(void *user, enum permission_on on, const char *const *actions, size_t count)
{
    struct simulation *simulation = user;
    cleanup_buf struct buf resource = BUF_INIT(BUF_TEXT_CAP);
    const struct permission_condition *condition = permission_condition(on);
    struct iam_context context = {0};
    permission_resource(&simulation->place, on, &resource);
    const char *const resources[] = {buf_str(&resource)};
    if (condition)
        context = (struct iam_context){condition->key, condition->value};
    const struct iam_simulation wanted = {
        .principal = simulation->principal,
        .actions = actions,
        .action_count = count,
        .resources = resources,
        .resource_count = 1,
        .context = &context,
        .context_count = condition ? 1 : 0,
        .take = take_decision,
        .user = simulation,
    };
    simulation->on = on;
    return iam_simulate(simulation->x->client, &wanted, simulation->err);
}

/* All uses at once: what is needed for each is told apart afterwards. */
static int simulate(struct examination *x, struct error *err)
{
    cleanup_buf struct buf principal = BUF_INIT(BUF_TEXT_CAP);
    if (find_principal(x, &principal, err) < 0)
        return -1;
    struct simulation simulation = {
        .x = x,
        .principal = buf_str(&principal),
        .place = {x->stack, x->client->region, x->survey.account},
        .err = err,
    };
    return permissions_each(&simulation.place, USE_DEPLOY | USE_REFRESH | USE_DESTROY | USE_OPERATE,
                            simulate_on, &simulation);
}

static bool is_root(const struct examination *x)
{
    const char *end = strrchr(x->survey.caller, ':');
    return end && strcmp(end, ":root") == 0;
}

static bool is_for(const struct doctor_denied *denied, const struct stack *stack, unsigned use)
{
    for (const struct permission *i = permissions; i->action; i++)
        if (i->on == denied->on && i->uses & use && (!i->wanted || i->wanted(stack)) &&
            strcmp(i->action, denied->action) == 0)
            return true;
    return false;
}

static size_t count_of(const struct stack *stack, unsigned use)
{
    size_t count = 0;
    for (const struct permission *i = permissions; i->action; i++)
        count += i->uses & use && (!i->wanted || i->wanted(stack));
    return count;
}

static const char *name_of(unsigned use)
{
    return use == USE_DEPLOY    ? "deploy"
           : use == USE_REFRESH ? "refresh"
           : use == USE_DESTROY ? "destroy"
                                : "operate";
}

static void note_denied(struct examination *x, unsigned use, enum verdict verdict)
{
    enum { SHOWN_MAX = 6 };
    cleanup_buf struct buf names = BUF_INIT(BUF_TEXT_CAP);
    size_t count = 0;
    for (size_t i = 0; i < x->denied_count; i++) {
        if (!is_for(&x->denied[i], x->stack, use))
            continue;
        if (count++ < SHOWN_MAX)
            buf_printf(&names, "%s%s%s", names.len ? ", " : "", x->denied[i].action,
                       x->denied[i].why);
    }
    if (!count) {
        doctor_note(x, VERDICT_OK, "all %zu actions to %s are allowed", count_of(x->stack, use),
                    name_of(use));
        return;
    }
    doctor_note(x, verdict, "%zu of %zu actions %s not allowed: %s%s", count,
                count_of(x->stack, use), count == 1 ? "is" : "are", buf_str(&names),
                count > SHOWN_MAX ? ", ..." : "");
    doctor_mend(x, "have the policy that `lorry doctor --policy` prints attached to you");
}

/* Who deploys need not be who looks after it. */
static bool is_needed(struct examination *x, unsigned use)
{
    return use == USE_OPERATE || (use == USE_DEPLOY && doctor_look_at_stack(x) == SURVEY_ABSENT);
}

/* Few may simulate, and nothing else needs it: who may not is not told that something is wrong. */
static void note_not_simulated(struct examination *x, bool again)
{
    const struct error *err = &x->simulation_error;
    if (doctor_is_denial(err))
        doctor_note(x, VERDICT_SKIPPED, "cannot be simulated: %s", err->message);
    else if (again)
        doctor_note(x, VERDICT_SKIPPED, "needs the simulation of permissions");
    else
        doctor_note(x, VERDICT_UNKNOWN, "cannot be simulated: %s", err->message);
}

static void check_use(struct examination *x, unsigned use)
{
    if (is_root(x)) {
        doctor_note(x, VERDICT_OK, "the root of an account may do everything");
        return;
    }
    if (strstr(x->survey.caller, ":federated-user/")) {
        doctor_note(x, VERDICT_SKIPPED, "what federated users may do cannot be simulated");
        return;
    }
    bool again = x->simulated;
    if (!again && simulate(x, &x->simulation_error) == 0)
        x->simulation_error = (struct error){0};
    x->simulated = true;
    if (x->simulation_error.domain != ERROR_NONE)
        note_not_simulated(x, again);
    else
        note_denied(x, use, is_needed(x, use) ? VERDICT_FAILED : VERDICT_WARNING);
}

static void check_deploy(struct examination *x)
{
    check_use(x, USE_DEPLOY);
}

static void check_refresh(struct examination *x)
{
    check_use(x, USE_REFRESH);
}

static void check_destroy(struct examination *x)
{
    check_use(x, USE_DESTROY);
}

static void check_operate(struct examination *x)
{
    check_use(x, USE_OPERATE);
}

static void check_region(struct examination *x)
{
    struct error err = {0};
    const char *region = x->client->region;
    int64_t time_us;
    if (sts_get_time(x->client, &time_us, &err) < 0) {
        doctor_note(x, VERDICT_FAILED, "%s does not answer: %s", region, err.message);
        mend_region(x);
        return;
    }
    x->time_offset_us = x->client->clock->now_us(x->client->clock) - time_us;
    x->known |= KNOWS_TIME;
    doctor_note(x, VERDICT_OK, "%s", region);
    if (x->stack && x->stack->region && strcmp(x->stack->region, region) != 0) {
        doctor_note(x, VERDICT_WARNING, "%s, although %s says %s", region, x->doctor->path,
                    x->stack->region);
        doctor_mend(x, "leave --region out");
    }
}

static void check_region_known(struct examination *x)
{
    if (x->unreachable) {
        doctor_note(x, VERDICT_SKIPPED, "needs an answer of AWS");
        return;
    }
    if (x->known & KNOWS_REGION) {
        check_region(x);
        return;
    }
    if (!x->client) {
        doctor_note(x, VERDICT_SKIPPED, "needs AWS credentials");
        return;
    }
    doctor_note(x, VERDICT_FAILED, "no AWS region is set");
    doctor_mend(x, "set AWS_REGION, or `region` in %s", x->doctor->path);
}

const struct doctor_check doctor_checks_identity[] = {
    {"identity", "credentials", 0, NULL, check_credentials},
    {"permissions", "to deploy", KNOWS_PIPELINE, NULL, check_deploy},
    {"permissions", "to refresh", KNOWS_PIPELINE, NULL, check_refresh},
    {"permissions", "to destroy", KNOWS_PIPELINE, NULL, check_destroy},
    {"permissions", "to operate", KNOWS_PIPELINE, NULL, check_operate},
    {"region", "endpoint", 0, NULL, check_region_known},
    {0},
};
