#include "stack/stack_watch.h"

#include <inttypes.h>

#include "aws/waiter.h"
#include "base/clock.h"
#include "stack/stack_state.h"

#define INTERVAL_MS 3000
/* Nothing in a pipeline takes longer; CloudFormation itself gives up before. */
#define TIMEOUT_MS (3 * 3600 * 1000)

/* How many resources the line of progress names. */
#define NAMES_MAX 3

/* A resource that something was begun with, and when. */
struct watched {
    const char *logical_id;
    int64_t begun_us;
    bool whole; /* it is the stack itself */
    bool done;
    struct watched *next;
};

static struct watched *find(struct stack_watch *watch, const char *logical_id)
{
    struct watched *resource = watch->resources;
    while (resource && strcmp(resource->logical_id, logical_id) != 0)
        resource = resource->next;
    return resource;
}

static void begin_resource(struct stack_watch *watch, const struct cfn_event *event, int64_t now_us)
{
    struct watched *resource = arena_alloc(&watch->arena, sizeof(*resource));
    *resource = (struct watched){
        .logical_id = arena_copy(&watch->arena, view_str(event->logical_id)).ptr,
        .begun_us = now_us,
        .whole = strcmp(event->physical_id, buf_str(&watch->stack)) == 0,
        .next = watch->resources,
    };
    watch->resources = resource;
}

/* Since the resource was first said to be under way. */
static int64_t time_taken(struct stack_watch *watch, const struct cfn_event *event)
{
    int64_t now_us;
    if (!clock_parse_us(event->time, &now_us))
        return 0;
    struct watched *resource = find(watch, event->logical_id);
    bool begins = stack_state_of(event->status) == STACK_BUSY;
    if (!resource) {
        if (begins)
            begin_resource(watch, event, now_us);
        return 0;
    }
    resource->done = !begins;
    return now_us - resource->begun_us;
}

static size_t count_resources(const struct stack_watch *watch, bool done)
{
    size_t count = 0;
    for (const struct watched *one = watch->resources; one; one = one->next)
        count += !one->whole && one->done == done;
    return count;
}

/* ", Role, Stream and 2 more under way" */
static void put_open(const struct stack_watch *watch, size_t open, struct buf *what)
{
    size_t number = 0;
    for (const struct watched *one = watch->resources; one && number < NAMES_MAX; one = one->next)
        if (!one->whole && !one->done)
            buf_printf(what, "%s%s", number++ && number == open ? " and " : ", ", one->logical_id);
    if (open > number)
        buf_printf(what, " and %zu more", open - number);
    if (open)
        buf_append_str(what, " under way");
}

static void tell_progress(const struct stack_watch *watch)
{
    cleanup_buf struct buf what = BUF_INIT(BUF_TEXT_CAP);
    struct clock *clock = watch->client->clock;
    buf_printf(&what, "%zu done", count_resources(watch, true));
    put_open(watch, count_resources(watch, false), &what);
    buf_printf(&what, ", %" PRId64 " s", (clock->steady_ms(clock) - watch->begun_ms) / 1000);
    watch->on_wait(watch->user, buf_str(&what));
}

static int take_event(void *user, const struct cfn_event *event, struct error *err)
{
    struct stack_watch *watch = user;
    (void)err;
    buf_clear(&watch->last);
    buf_append_str(&watch->last, event->id);
    if (watch->quiet)
        return 0;
    stack_failure_take(&watch->failure, buf_str(&watch->stack), event);
    int64_t took_us = time_taken(watch, event);
    if (watch->on_event)
        watch->on_event(watch->user, event, took_us);
    return 0;
}

static int read_events(struct stack_watch *watch, struct error *err)
{
    cleanup_buf struct buf after = BUF_INIT(BUF_TEXT_CAP);
    buf_append_view(&after, buf_view(&watch->last));
    const struct cfn_events events = {
        .stack = buf_str(&watch->stack),
        .after = after.len ? buf_str(&after) : NULL,
        .take = take_event,
        .user = watch,
    };
    return cfn_read_events(watch->client, &events, err);
}

/* The status first: what it came to has its events then. */
static enum aws_wait_state poll(void *user, struct error *err)
{
    struct stack_watch *watch = user;
    cleanup_cfn_stack struct cfn_stack stack = {0};
    int found = cfn_describe_stack(watch->client, buf_str(&watch->stack), &stack, err);
    if (found < 0)
        return AWS_WAIT_FAILED;
    buf_clear(&watch->status);
    buf_append_str(&watch->status, found ? stack.status : "DELETE_COMPLETE");
    if (found && read_events(watch, err) < 0)
        return AWS_WAIT_FAILED;
    if (stack_state_of(buf_str(&watch->status)) != STACK_BUSY)
        return AWS_WAIT_DONE;
    if (watch->on_wait)
        tell_progress(watch);
    return AWS_WAIT_AGAIN;
}

int stack_watch_begin(struct stack_watch *watch, struct aws_client *client, const char *stack,
                      struct error *err)
{
    watch->client = client;
    watch->stack = BUF_INIT(BUF_TEXT_CAP);
    watch->last = BUF_INIT(BUF_TEXT_CAP);
    watch->status = BUF_INIT(BUF_TEXT_CAP);
    stack_failure_init(&watch->failure);
    buf_append_str(&watch->stack, stack);
    watch->quiet = true;
    int result = read_events(watch, err);
    watch->quiet = false;
    return result;
}

void stack_watch_release(struct stack_watch *watch)
{
    buf_release(&watch->stack);
    buf_release(&watch->last);
    buf_release(&watch->status);
    stack_failure_release(&watch->failure);
    arena_release(&watch->arena);
}

int stack_watch_wait(struct stack_watch *watch, struct error *err)
{
    const struct aws_waiter waiter = {
        .clock = watch->client->clock,
        .what = "the stack to be done",
        .interval_ms = INTERVAL_MS,
        .timeout_ms = TIMEOUT_MS,
        .poll = poll,
        .user = watch,
    };
    watch->begun_ms = waiter.clock->steady_ms(waiter.clock);
    return aws_wait(&waiter, err);
}
