/* Looking on while CloudFormation works: events, how long they took, the line of progress. */
#include "unit.h"

#include "base/memory.h"
#include "stack/stack_watch.h"
#include "support/aws_script.h"
#include "support/http_script.h"

#define STACK "arn:aws:cloudformation:eu-central-1:123456789012:stack/flight-dev/1"

struct told {
    int second; /* when it becomes visible */
    const char *id, *physical_id, *status;
};

/* A stack whose events come one a second, and a clock that goes on only when somebody waits. */
struct world {
    struct clock clock;
    int64_t now_ms;
    const struct told *events;
    size_t count;
    const char *end; /* the status once all events are visible */
    struct buf seen;
};

static int64_t steady_ms(struct clock *clock)
{
    return ((struct world *)clock)->now_ms;
}

static int64_t now_us(struct clock *clock)
{
    (void)clock;
    return clock_system.now_us(&clock_system);
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    (void)ms;
    ((struct world *)clock)->now_ms += 1000;
}

static size_t visible(const struct world *world)
{
    size_t count = 0;
    while (count < world->count && world->events[count].second * 1000 <= world->now_ms)
        count++;
    return count;
}

static int answer_stacks(const struct world *world, struct http_response *response)
{
    cleanup_buf struct buf xml = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&xml,
               "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>" STACK
               "</StackId>"
               "<StackName>flight-dev</StackName><StackStatus>%s</StackStatus>"
               "</member></Stacks></DescribeStacksResult>"
               "</DescribeStacksResponse>",
               visible(world) == world->count ? world->end : "CREATE_IN_PROGRESS");
    return http_script_answer(response, 200, buf_str(&xml));
}

static int answer_events(const struct world *world, struct http_response *response)
{
    cleanup_buf struct buf xml = BUF_INIT((size_t)64 << 10);
    buf_append_str(&xml, "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>");
    for (size_t i = visible(world); i-- > 0;) {
        const struct told *event = &world->events[i];
        buf_printf(&xml,
                   "<member><EventId>%zu</EventId><StackId>" STACK "</StackId>"
                   "<LogicalResourceId>%s</LogicalResourceId>"
                   "<PhysicalResourceId>%s</PhysicalResourceId>"
                   "<Timestamp>2026-11-23T22:10:%02dZ</Timestamp>"
                   "<ResourceStatus>%s</ResourceStatus></member>",
                   i, event->id, event->physical_id, event->second, event->status);
    }
    buf_append_str(&xml,
                   "</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>");
    return http_script_answer(response, 200, buf_str(&xml));
}

static int serve(void *user, const struct http_request *request, struct http_response *response,
                 struct error *err)
{
    (void)err;
    return memmem(request->body.ptr, request->body.len, "Action=DescribeStackEvents", 26)
               ? answer_events(user, response)
               : answer_stacks(user, response);
}

static void on_event(void *user, const struct cfn_event *event, int64_t took_us)
{
    struct world *world = user;
    buf_printf(&world->seen, "%s %s %d\n", event->logical_id, event->status,
               (int)(took_us / 1000000));
}

static void on_wait(void *user, const char *what)
{
    struct world *world = user;
    buf_printf(&world->seen, "[%s]\n", what);
}

static void check(struct world *world, size_t seen_before, const char *expected)
{
    struct error err = {0};
    cleanup_stack_watch struct stack_watch watch = {0};
    world->clock = (struct clock){now_us, steady_ms, sleep_ms};
    world->seen = BUF_INIT(BUF_TEXT_CAP);
    world->now_ms = seen_before ? world->events[seen_before - 1].second * 1000 : 0;
    struct aws_client client = aws_script_client(serve, world);
    client.clock = &world->clock;
    if (stack_watch_begin(&watch, &client, STACK, &err) < 0)
        fail_msg("%s", err.message);
    watch.on_event = on_event;
    watch.on_wait = on_wait;
    watch.user = world;
    assert_int_equal(stack_watch_wait(&watch, &err), 0);
    assert_string_equal(buf_str(&world->seen), expected);
    assert_string_equal(buf_str(&watch.status), world->end);
    buf_release(&world->seen);
    http_client_free(client.http);
}

static const struct told creation[] = {
    {1, "flight-dev", STACK, "CREATE_IN_PROGRESS"}, {2, "Role", "r", "CREATE_IN_PROGRESS"},
    {2, "Stream", "s", "CREATE_IN_PROGRESS"},       {2, "Table", "t", "CREATE_IN_PROGRESS"},
    {2, "Queue", "q", "CREATE_IN_PROGRESS"},        {3, "Role", "r", "CREATE_COMPLETE"},
    {4, "Stream", "s", "CREATE_COMPLETE"},          {4, "Table", "t", "CREATE_COMPLETE"},
    {5, "Queue", "q", "CREATE_COMPLETE"},           {6, "flight-dev", STACK, "CREATE_COMPLETE"},
};

static void test_from_the_beginning(void **state)
{
    (void)state;
    struct world world = {
        .events = creation, .count = ARRAY_LEN(creation), .end = "CREATE_COMPLETE"};
    check(&world, 0,
          "[0 done, 0 s]\n"
          "flight-dev CREATE_IN_PROGRESS 0\n[0 done, 1 s]\n"
          "Role CREATE_IN_PROGRESS 0\nStream CREATE_IN_PROGRESS 0\nTable CREATE_IN_PROGRESS 0\n"
          "Queue CREATE_IN_PROGRESS 0\n"
          "[0 done, Queue, Table, Stream and 1 more under way, 2 s]\n"
          "Role CREATE_COMPLETE 1\n[1 done, Queue, Table and Stream under way, 3 s]\n"
          "Stream CREATE_COMPLETE 2\nTable CREATE_COMPLETE 2\n[3 done, Queue under way, 4 s]\n"
          "Queue CREATE_COMPLETE 3\n[4 done, 5 s]\n"
          "flight-dev CREATE_COMPLETE 5\n");
}

/* What was begun before is not known, and takes no time then. */
static void test_from_the_middle(void **state)
{
    (void)state;
    struct world world = {
        .events = creation, .count = ARRAY_LEN(creation), .end = "CREATE_COMPLETE"};
    check(&world, 5,
          "[0 done, 0 s]\n"
          "Role CREATE_COMPLETE 0\n[0 done, 1 s]\n"
          "Stream CREATE_COMPLETE 0\nTable CREATE_COMPLETE 0\n[0 done, 2 s]\n"
          "Queue CREATE_COMPLETE 0\n[0 done, 3 s]\n"
          "flight-dev CREATE_COMPLETE 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_from_the_beginning, aws_script_environment),
        cmocka_unit_test_setup(test_from_the_middle, aws_script_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
