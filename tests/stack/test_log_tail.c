/* Following a log through a made-up CloudWatch Logs, in which lines are late, cannot be found at
 * once, come twice and out of order, and connections are cut: every line is shown once.
 * LORRY_HISTORIES makes more histories, LORRY_SEED repeats them but for the pauses between tries.
 */
#include "unit.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/map.h"
#include "base/memory.h"
#include "stack/log_seen.h"
#include "stack/log_tail.h"
#include "support/aws_script.h"
#include "support/event_frame.h"
#include "support/http_script.h"

#define BEGIN_MS INT64_C(1700000000000)
#define TROUBLE_MS 300000 /* so long lines are written, and connections cut */
#define CALM_MS 90000     /* then all of it can be found */
#define LINES_MAX 4000
#define DELAY_MS 15000 /* from a line's time to its arrival */
#define LAG_MS 8000    /* from there until it can be found */

struct line {
    int64_t time_ms, ingested_ms, found_ms;
    int stream, text; /* few different ones: some lines look the same */
    int id;
};

struct world {
    struct clock clock;
    uint64_t random;
    int64_t now_ms; /* of both clocks */
    struct line lines[LINES_MAX];
    size_t count;
    size_t pages[2 * LINES_MAX]; /* what the question that is under way has to answer, shuffled */
    size_t page_count, page_at;
    bool denied;   /* there is no live tail */
    bool peaceful; /* nothing fails */
    bool sampled;
    size_t readings, sessions;
    struct buf shown; /* "stream text time" lines */
    struct buf notes;
};

static uint32_t pick(struct world *world, uint32_t below)
{
    world->random = world->random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(world->random >> 33) % below;
}

static struct world *world_of(struct clock *clock)
{
    return (struct world *)((char *)clock - offsetof(struct world, clock));
}

static int64_t now_us(struct clock *clock)
{
    return world_of(clock)->now_ms * 1000;
}

static int64_t steady_ms(struct clock *clock)
{
    return world_of(clock)->now_ms;
}

static void sleep_ms(struct clock *clock, int64_t ms)
{
    world_of(clock)->now_ms += ms;
}

static bool trouble(struct world *world, uint32_t one_in)
{
    return !world->peaceful && world->now_ms < BEGIN_MS + TROUBLE_MS && pick(world, one_in) == 0;
}

static int by_arrival(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    return (a->ingested_ms > b->ingested_ms) - (a->ingested_ms < b->ingested_ms);
}

static void write_lines(struct world *world)
{
    world->count = 200 + pick(world, LINES_MAX - 200);
    for (size_t i = 0; i < world->count; i++) {
        struct line *line = &world->lines[i];
        /* From a minute before; in bursts, of one time. */
        *line = (struct line){.time_ms = BEGIN_MS - 60000 + pick(world, TROUBLE_MS + 60000)};
        if (i && pick(world, 3) == 0)
            line->time_ms = line[-1].time_ms;
        line->ingested_ms = line->time_ms + pick(world, pick(world, 10) ? 1000 : DELAY_MS);
        line->found_ms = line->ingested_ms + pick(world, pick(world, 10) ? 500 : LAG_MS);
        line->stream = (int)pick(world, 3);
        line->text = (int)pick(world, 3);
        line->id = (int)i;
    }
    qsort(world->lines, world->count, sizeof(world->lines[0]), by_arrival);
}

static json_t *event_of(const struct line *line, bool live)
{
    json_t *event =
        json_pack("{s:o, s:o, s:I, s:I}", "logStreamName", json_sprintf("stream-%d", line->stream),
                  "message", json_sprintf("text-%d", line->text), "timestamp",
                  (json_int_t)line->time_ms, "ingestionTime", (json_int_t)line->ingested_ms);
    if (!live)
        json_object_set_new(event, "eventId", json_sprintf("%d", line->id));
    return event;
}

/* All that can be found now, some twice, some in another order. */
static void begin_pages(struct world *world, int64_t from_ms)
{
    world->page_count = world->page_at = 0;
    world->readings++;
    for (size_t i = 0; i < world->count; i++) {
        if (world->lines[i].time_ms < from_ms || world->lines[i].found_ms > world->now_ms)
            continue;
        world->pages[world->page_count++] = i;
        size_t again = world->pages[pick(world, (uint32_t)world->page_count)];
        if (pick(world, 20) == 0)
            world->pages[world->page_count++] = again;
        size_t other = pick(world, (uint32_t)world->page_count);
        size_t swapped = world->pages[other];
        world->pages[other] = world->pages[world->page_count - 1];
        world->pages[world->page_count - 1] = swapped;
    }
}

static int answer_filter(void *user, const struct http_request *request,
                         struct http_response *response, struct error *err)
{
    struct world *world = user;
    world->now_ms += 10 + pick(world, 200);
    if (world->readings > 1 && trouble(world, 15)) /* the first one has to succeed */
        return pick(world, 2) ? error_set_retry(err, ERROR_NET, ECONNRESET, "the line is dead")
                              : http_script_answer(response, 503, "{}");
    json_t *input = json_loadb(request->body.ptr, request->body.len, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(input, "logGroupName")), "/aws/lambda/f");
    if (!json_object_get(input, "nextToken"))
        begin_pages(world, json_integer_value(json_object_get(input, "startTime")));
    json_decref(input);
    json_t *events = json_array();
    for (size_t wanted = pick(world, 500); wanted && world->page_at < world->page_count; wanted--)
        json_array_append_new(events,
                              event_of(&world->lines[world->pages[world->page_at++]], false));
    json_t *page = json_pack("{s:o}", "events", events);
    if (world->page_at < world->page_count || pick(world, 10) == 0)
        json_object_set_new(page, "nextToken",
                            json_sprintf("%zu-%u", world->page_at, pick(world, 1000000)));
    cleanup_free char *text = json_dumps(page, JSON_COMPACT);
    json_decref(page);
    return http_script_answer(response, 200, text);
}

static int send_frame(const struct http_request *request, const char *type, const char *payload,
                      bool cut, struct error *err)
{
    cleanup_buf struct buf frame = BUF_INIT(BUF_TEXT_CAP);
    event_frame_append(&frame, "event", type, payload);
    size_t half = frame.len / 2;
    if (request->on_body(request->user, view_of(frame.ptr, half)) ||
        (!cut && request->on_body(request->user, view_of(frame.ptr + half, frame.len - half))))
        return error_set(err, ERROR_NET, ECANCELED, "stopped");
    return 0;
}

/* What arrived between two times, as far as the connection lasts. */
static int send_update(struct world *world, const struct http_request *request, size_t *next,
                       bool cut, struct error *err)
{
    json_t *results = json_array();
    for (; *next < world->count && world->lines[*next].ingested_ms <= world->now_ms; ++*next)
        json_array_append_new(results, event_of(&world->lines[*next], true));
    json_t *update = json_pack("{s:{s:b}, s:o}", "sessionMetadata", "sampled", world->sampled,
                               "sessionResults", results);
    cleanup_free char *text = json_dumps(update, JSON_COMPACT);
    json_decref(update);
    return send_frame(request, "sessionUpdate", text, cut, err);
}

static int serve_session(struct world *world, const struct http_request *request, struct error *err)
{
    size_t next = 0;
    while (next < world->count && world->lines[next].ingested_ms <= world->now_ms)
        next++;
    if (send_frame(request, "sessionStart", "{}", false, err) < 0)
        return -1;
    for (;;) {
        world->now_ms += 1000;
        bool cut = trouble(world, 40);
        if (request->stop(request->user))
            return error_set(err, ERROR_NET, ECANCELED, "stopped");
        if (send_update(world, request, &next, cut, err) < 0)
            return -1;
        if (cut && pick(world, 3) == 0)
            world->now_ms += pick(world, 40000);
        if (cut)
            return pick(world, 2) ? error_set_retry(err, ERROR_NET, ECONNRESET, "cut") : 0;
        if (trouble(world, 60)) {
            cleanup_buf struct buf frame = BUF_INIT(BUF_TEXT_CAP);
            event_frame_append(
                &frame, "exception",
                pick(world, 2) ? "SessionTimeoutException" : "SessionStreamingException", "{}");
            return request->on_body(request->user, buf_view(&frame))
                       ? error_set(err, ERROR_NET, ECANCELED, "stopped")
                       : 0;
        }
    }
}

static int answer_live(void *user, const struct http_request *request,
                       struct http_response *response, struct error *err)
{
    struct world *world = user;
    world->now_ms += 10 + pick(world, 200);
    if (world->denied)
        return http_script_answer(response, 400, "{\"__type\":\"AccessDeniedException\"}");
    if (trouble(world, 3))
        return pick(world, 2) ? error_set_retry(err, ERROR_NET, ECONNREFUSED, "refused")
                              : http_script_answer(response, 500, "{}");
    world->sessions++;
    response->status = 200;
    return serve_session(world, request, err);
}

static int show(void *user, const struct logs_event *events, size_t count, struct error *err)
{
    struct world *world = user;
    (void)err;
    for (size_t i = 0; i < count; i++)
        buf_printf(&world->shown, "%.*s %.*s %lld\n", VIEW_ARG(events[i].stream),
                   VIEW_ARG(events[i].message), (long long)events[i].time_ms);
    return 0;
}

static void note(void *user, const char *text)
{
    buf_printf(&((struct world *)user)->notes, "%s\n", text);
}

static bool stop(void *user)
{
    return ((struct world *)user)->now_ms >= BEGIN_MS + TROUBLE_MS + CALM_MS;
}

static int follow(struct world *world, const char *arn, struct error *err)
{
    struct aws_client client = aws_script_client(answer_filter, world);
    client.clock = &world->clock;
    struct aws_client live = client;
    live.http = http_script_new(answer_live, world);
    const struct log_tail tail = {.client = &client,
                                  .live = &live,
                                  .group = "/aws/lambda/f",
                                  .arn = arn,
                                  .from_ms = BEGIN_MS - 60000,
                                  .show = show,
                                  .note = note,
                                  .stop = stop,
                                  .user = world};
    int result = log_tail_run(&tail, err);
    http_client_free(client.http);
    http_client_free(live.http);
    return result;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The lines of a text, sorted; the pointers are freed by the caller. */
static char **sort_lines(char *text, size_t *count)
{
    size_t size = 1;
    for (const char *p = text; *p; p++)
        size += *p == '\n';
    char **lines = xcalloc(size, sizeof(*lines));
    *count = 0;
    for (char *save, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        lines[(*count)++] = line;
    qsort(lines, *count, sizeof(*lines), compare_texts);
    return lines;
}

static void check_all_once(struct world *world, uint64_t seed)
{
    cleanup_buf struct buf written = BUF_INIT((size_t)16 << 20);
    for (size_t i = 0; i < world->count; i++)
        buf_printf(&written, "stream-%d text-%d %lld\n", world->lines[i].stream,
                   world->lines[i].text, (long long)world->lines[i].time_ms);
    size_t wanted_count, shown_count;
    cleanup_free char **wanted = sort_lines(written.ptr, &wanted_count);
    cleanup_free char **shown = sort_lines(world->shown.ptr, &shown_count);
    for (size_t i = 0; i < wanted_count || i < shown_count; i++)
        if (i >= wanted_count || i >= shown_count || strcmp(wanted[i], shown[i]) != 0)
            fail_msg("LORRY_SEED=%llu: %s, but %s was shown (%zu lines, %zu shown, %zu sessions)",
                     (unsigned long long)seed, i < wanted_count ? wanted[i] : "nothing",
                     i < shown_count ? shown[i] : "nothing", wanted_count, shown_count,
                     world->sessions);
}

static void world_init(struct world *world, uint64_t seed)
{
    *world = (struct world){.clock = {now_us, steady_ms, sleep_ms},
                            .random = seed,
                            .now_ms = BEGIN_MS,
                            .shown = BUF_INIT((size_t)16 << 20),
                            .notes = BUF_INIT(BUF_TEXT_CAP)};
    pick(world, 2);
    write_lines(world);
}

static void world_release(struct world *world)
{
    buf_release(&world->shown);
    buf_release(&world->notes);
    free(world);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void test_histories(void **state)
{
    (void)state;
    uint64_t first = number("LORRY_SEED", (uint64_t)time(NULL) * 1000);
    uint64_t histories = number("LORRY_HISTORIES", 30);
    for (uint64_t seed = first; seed < first + histories; seed++) {
        struct world *world = xcalloc(1, sizeof(*world));
        struct error err = {0};
        world_init(world, seed);
        world->denied = seed % 4 == 0;
        if (follow(world, "arn:f", &err) < 0)
            fail_msg("LORRY_SEED=%llu: %s", (unsigned long long)seed, err.message);
        check_all_once(world, seed);
        world_release(world);
    }
}

static void check_notes(const char *arn, bool denied, bool sampled, const char *wanted,
                        size_t sessions)
{
    struct world *world = xcalloc(1, sizeof(*world));
    struct error err = {0};
    world_init(world, 1);
    world->denied = denied;
    world->sampled = sampled;
    world->peaceful = true;
    assert_int_equal(follow(world, arn, &err), 0);
    check_all_once(world, 1);
    assert_int_equal(world->sessions, sessions);
    if (!strstr(buf_str(&world->notes), wanted) || strchr(buf_str(&world->notes), '\n')[1])
        fail_msg("%s", buf_str(&world->notes));
    world_release(world);
}

/* Once each. */
static void test_notes(void **state)
{
    (void)state;
    check_notes("arn:f", true, false,
                "there is no live tail (CloudWatch Logs \"arn:f\": AccessDeniedException", 0);
    check_notes("", false, false, "there is no live tail of a group whose ARN is not known", 0);
    check_notes("arn:f", false, true, "more than 500 lines a second: the live tail leaves some out",
                1);
}

static int refuse(void *user, const struct http_request *request, struct http_response *response,
                  struct error *err)
{
    (void)user;
    (void)request;
    (void)err;
    return http_script_answer(response, 400, "{\"__type\":\"ResourceNotFoundException\"}");
}

static void test_group_that_is_not_there(void **state)
{
    (void)state;
    struct world *world = xcalloc(1, sizeof(*world));
    struct error err = {0};
    world_init(world, 1);
    struct aws_client client = aws_script_client(refuse, NULL);
    client.clock = &world->clock;
    const struct log_tail tail = {.client = &client,
                                  .group = "/aws/lambda/f",
                                  .arn = "",
                                  .show = show,
                                  .note = note,
                                  .stop = stop,
                                  .user = world};
    assert_int_equal(log_tail_run(&tail, &err), -1);
    assert_true(error_is(&err, "ResourceNotFoundException"));
    assert_string_equal(buf_str(&world->notes), "");
    http_client_free(client.http);
    world_release(world);
}

/* Memory has a limit: with too many lines in the time that late ones have, that is shortened. */
static void test_limit(void **state)
{
    (void)state;
    struct log_seen seen;
    struct logs_event event = {.stream = VIEW("s"), .message = VIEW("m")};
    log_seen_init(&seen, BEGIN_MS, 5000);
    char id[16];
    for (int i = 0; i < 200000; i++) {
        snprintf(id, sizeof(id), "%d", i);
        event.id = view_str(id);
        event.time_ms = BEGIN_MS + i / 10;
        assert_true(log_seen_filtered(&seen, &event));
        if (i % 100 == 0)
            log_seen_advance(&seen, event.time_ms, i > 100000);
        assert_true(seen.count < 5000 + 400);
    }
    assert_true(seen.floor_ms > BEGIN_MS + 15000);
    assert_false(log_seen_filtered(&seen, &event));
    log_seen_release(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histories),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_group_that_is_not_there),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, aws_script_environment, NULL);
}
