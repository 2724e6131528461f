#include "stack/repository.h"

#include <regex.h>

#include "base/memory.h"
#include "stack/repository_policy.h"

#define NAME_LEN_MIN 2
#define NAME_LEN_MAX 256
#define NAME_PART "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*"

bool repository_name_valid(const char *name)
{
    size_t len = strlen(name);
    regex_t pattern;
    if (len < NAME_LEN_MIN || len > NAME_LEN_MAX ||
        regcomp(&pattern, "^" NAME_PART "(/" NAME_PART ")*$", REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool valid = regexec(&pattern, name, 0, NULL, 0) == 0;
    regfree(&pattern);
    return valid;
}

void repository_state_release(struct repository_state *state)
{
    ecr_repository_release(&state->repository);
    buf_release(&state->differences);
}

void repository_policy_change_release(struct repository_policy_change *change)
{
    buf_release(&change->text);
    buf_release(&change->lost);
}

__attribute__((format(printf, 2, 3))) static void differ(struct repository_state *state,
                                                         const char *format, ...)
{
    va_list args;
    state->differences.cap = BUF_TEXT_CAP;
    if (state->differences.len)
        buf_append_char(&state->differences, '\n');
    va_start(args, format);
    buf_vprintf(&state->differences, format, args);
    va_end(args);
}

/* Tags of deployed images have to move even where others may not. */
static const char *wanted_mutability(const struct repository_plan *plan)
{
    if (!plan->immutable)
        return "MUTABLE";
    return plan->project ? "IMMUTABLE_WITH_EXCLUSION" : "IMMUTABLE";
}

static int create(struct aws_client *client, const struct repository_plan *plan,
                  struct repository_state *state, struct error *err)
{
    cleanup_buf struct buf deployed = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&deployed, "%s-*", plan->project ? plan->project : "");
    const struct ecr_new_repository wanted = {
        .name = plan->name,
        .mutability = wanted_mutability(plan),
        .excluded_tags = plan->immutable && plan->project ? buf_str(&deployed) : NULL,
        .scan_on_push = true,
        .tags = plan->tags,
        .tag_count = plan->tag_count,
    };
    if (ecr_create_repository(client, &wanted, &state->repository, err) < 0)
        return -1;
    state->created = true;
    return 0;
}

/* Somebody else may make it at the same time. */
static int find_or_create(struct aws_client *client, const struct repository_plan *plan,
                          struct repository_state *state, struct error *err)
{
    struct error failure = {0};
    if (ecr_describe_repository(client, &plan->name, &state->repository, &failure) == 0)
        return 0;
    if (error_is(&failure, "RepositoryNotFoundException") &&
        create(client, plan, state, &failure) == 0)
        return 0;
    if (error_is(&failure, "RepositoryAlreadyExistsException"))
        return ecr_describe_repository(client, &plan->name, &state->repository, err);
    if (err)
        *err = failure;
    return -1;
}

static void compare(const struct repository_plan *plan, struct repository_state *state)
{
    const char *mutability = state->repository.mutability, *wanted = wanted_mutability(plan);
    if (strcmp(mutability, "IMMUTABLE") == 0 && strcmp(mutability, wanted) != 0)
        differ(state,
               "its tags are immutable, all of them: the tag of the deployed image cannot move to "
               "the next one");
    else if (plan->immutable && strcmp(mutability, wanted) != 0)
        differ(state, "its tag mutability is %s, and %s is wanted", mutability, wanted);
    if (!state->repository.scan_on_push)
        differ(state, "its images are not scanned when they are pushed");
}

/* Where there is none, somebody may want to keep all images. */
static bool leaves_lifecycle(const struct repository_plan *plan, struct repository_state *state,
                             struct view current)
{
    if (state->created || plan->keep || current.len)
        return false;
    differ(state, "it has no lifecycle policy: all images are kept");
    return true;
}

static int ensure_lifecycle(struct aws_client *client, const struct repository_plan *plan,
                            struct repository_state *state, struct error *err)
{
    cleanup_buf struct buf current = BUF_INIT(BUF_TEXT_CAP), wanted = BUF_INIT(BUF_TEXT_CAP);
    if (!state->created && ecr_get_lifecycle_policy(client, &plan->name, &current, err) < 0)
        return -1;
    if (leaves_lifecycle(plan, state, buf_view(&current)))
        return 0;
    switch (lifecycle_policy(buf_view(&current), plan->project, plan->keep, &wanted)) {
    case LIFECYCLE_SAME: state->keep = lifecycle_kept(buf_view(&current)); return 0;
    case LIFECYCLE_FOREIGN:
        differ(state, "it has a lifecycle policy of its own, which has to keep deployed images");
        return 0;
    case LIFECYCLE_CHANGED: break;
    }
    if (ecr_put_lifecycle_policy(client, &plan->name, buf_view(&wanted), err) < 0)
        return -1;
    state->lifecycle_changed = true;
    state->keep = lifecycle_kept(buf_view(&wanted));
    return 0;
}

int repository_ensure(struct aws_client *client, const struct repository_plan *plan,
                      struct repository_state *state, struct error *err)
{
    if (find_or_create(client, plan, state, err) < 0)
        return -1;
    if (!state->created)
        compare(plan, state);
    if (ensure_lifecycle(client, plan, state, err) < 0)
        return -1;
    return repository_allow_lambda(client, plan, &state->policy_changed, err);
}

static struct policy_function function_of(const struct aws_client *client,
                                          const struct repository_plan *plan)
{
    return (struct policy_function){plan->name.account, client->region, plan->function};
}

static json_t *read_policy(struct aws_client *client, const struct repository_plan *plan,
                           struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (ecr_get_repository_policy(client, &plan->name, &text, err) < 0)
        return NULL;
    json_t *policy = repository_policy_read(buf_view(&text), err);
    if (!policy)
        error_prefix(err, "\"%s\"", plan->name.repository);
    return policy;
}

static int set_policy(struct aws_client *client, const struct repository_plan *plan,
                      const json_t *policy, struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT(ECR_REPOSITORY_POLICY_MAX);
    if (repository_policy_write(policy, &text, err) < 0)
        return -1;
    return ecr_set_repository_policy(client, &plan->name, buf_view(&text), err);
}

int repository_allow_lambda(struct aws_client *client, const struct repository_plan *plan,
                            bool *changed, struct error *err)
{
    const struct policy_function function = function_of(client, plan);
    json_t *policy = read_policy(client, plan, err);
    if (!policy)
        return -1;
    bool lacking = repository_policy_allow(policy, &function);
    int result = lacking ? set_policy(client, plan, policy, err) : 0;
    json_decref(policy);
    if (result == 0)
        *changed = lacking;
    return result;
}

int repository_policy_prepare(struct aws_client *client, const struct repository_plan *plan,
                              json_t *policy, struct repository_policy_change *change,
                              struct error *err)
{
    const struct policy_function function = function_of(client, plan);
    struct buf text = BUF_INIT(ECR_REPOSITORY_POLICY_MAX), lost = BUF_INIT(BUF_TEXT_CAP);
    json_t *current = read_policy(client, plan, err);
    if (!current)
        return -1;
    repository_policy_carry(policy, current, plan->name.account);
    repository_policy_allow(policy, &function);
    repository_policy_lost(policy, current, &lost);
    bool changed = !json_equal(policy, current);
    json_decref(current);
    if (repository_policy_write(policy, &text, err) < 0) {
        buf_release(&text);
        buf_release(&lost);
        return -1;
    }
    *change = (struct repository_policy_change){text, lost, changed};
    return 0;
}
