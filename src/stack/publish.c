#include "stack/publish.h"

#include "base/memory.h"
#include "stack/ecr_refusal.h"
#include "stack/ecr_registry.h"

/* A repository that has just been made may not be known everywhere at once. */
#define TRIES_AFTER_CREATION 5
#define PAUSE_MS 1000

void published_release(struct published *published)
{
    buf_release(&published->remarks);
}

static void remark(struct published *published, struct view text)
{
    published->remarks.cap = BUF_TEXT_CAP;
    if (published->remarks.len && text.len)
        buf_append_char(&published->remarks, '\n');
    buf_append_view(&published->remarks, text);
}

/* Whoever pushes need not be allowed to read and set policies: then somebody else sees to that. */
static bool may_be_left_undone(const char *what, const struct error *failure,
                               struct published *published)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (!error_is(failure, "AccessDeniedException"))
        return false;
    buf_printf(&text, "%s not been seen to: %s", what, failure->message);
    remark(published, buf_view(&text));
    return true;
}

static int create_repository(const struct publish *publish, struct published *published,
                             struct error *err)
{
    cleanup_repository_state struct repository_state state = {0};
    struct error failure = {0};
    int result = repository_ensure(publish->client, &publish->plan, &state, &failure);
    published->created = state.created;
    published->policy_changed = state.policy_changed;
    remark(published, buf_view(&state.differences));
    if (result == 0 ||
        (state.created &&
         may_be_left_undone("the policies of the new repository have", &failure, published)))
        return 0;
    if (err)
        *err = failure;
    return -1;
}

/* Until the repository is known. */
static int push_again(const struct publish *publish, const struct registry_options *options,
                      struct published *published, struct error *err)
{
    for (int tries = 1;; tries++) {
        if (registry_push(options, publish->reference, publish->image, &published->progress, err) ==
            0)
            return 0;
        if (!error_is(err, "NAME_UNKNOWN") || tries == TRIES_AFTER_CREATION)
            return -1;
        options->clock->sleep_ms(options->clock, PAUSE_MS);
    }
}

static int push(const struct publish *publish, const struct registry_options *options,
                struct published *published, struct error *err)
{
    if (registry_push(options, publish->reference, publish->image, &published->progress, err) == 0)
        return 0;
    if (publish->no_create || !error_is(err, "NAME_UNKNOWN"))
        return -1;
    if (create_repository(publish, published, err) < 0)
        return -1;
    return push_again(publish, options, published, err);
}

static int allow_lambda(const struct publish *publish, struct published *published,
                        struct error *err)
{
    struct error failure = {0};
    if (published->created ||
        repository_allow_lambda(publish->client, &publish->plan, &published->policy_changed,
                                &failure) == 0 ||
        may_be_left_undone("whether Lambda may fetch the image has", &failure, published))
        return 0;
    if (err)
        *err = failure;
    return error_prefix(err, "the image has been pushed, but");
}

int publish_image(const struct publish *publish, struct published *published, struct error *err)
{
    cleanup_ecr_logins struct ecr_logins logins = {0};
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    struct error failure = {0};
    ecr_logins_init(&logins, publish->client);
    if (ecr_registry_url(publish->client, &url, err) < 0)
        return -1;
    const struct registry_options options = {
        .http = publish->client->http,
        .clock = publish->client->clock,
        .logins = &logins.logins,
        .url = url.len ? buf_str(&url) : NULL,
        .on_progress = publish->on_progress,
        .user = publish->user,
    };
    const struct ecr_refused refused = {
        .reference = publish->reference,
        .region = publish->client->region,
        .pushed = true,
        .no_create = publish->no_create,
    };
    if (push(publish, &options, published, &failure) < 0) {
        ecr_refusal_explain(&refused, &failure);
        if (err)
            *err = failure;
        return -1;
    }
    return allow_lambda(publish, published, err);
}
