#include "aws/waiter.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/parse.h"
#include "base/random.h"

int aws_wait_interval(int64_t *interval_ms, struct error *err)
{
    const char *text = getenv("LORRY_POLL_MS");
    int64_t wish;
    if (!text || !*text)
        return 0;
    if (parse_int64(view_str(text), 1, INT32_MAX, &wish, err) < 0)
        return error_prefix(err, "LORRY_POLL_MS");
    *interval_ms = wish < *interval_ms ? wish : *interval_ms;
    return 0;
}

/* From three quarters to five quarters of it, but not beyond the end. */
static int64_t pause_ms(int64_t interval_ms, int64_t left_ms)
{
    int64_t ms = interval_ms - interval_ms / 4 + random_below(interval_ms / 2 + 1);
    return ms < left_ms ? ms : left_ms;
}

static void tell(const struct aws_waiter *waiter, int64_t passed_ms)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    if (!waiter->tell)
        return;
    buf_printf(&text, "waiting for %s, %lld s", waiter->what, (long long)passed_ms / 1000);
    waiter->tell(waiter->tell_user, buf_str(&text));
}

int aws_wait(const struct aws_waiter *waiter, struct error *err)
{
    struct clock *clock = waiter->clock;
    int64_t end = clock->steady_ms(clock) + waiter->timeout_ms;
    int64_t interval_ms = waiter->interval_ms;
    if (aws_wait_interval(&interval_ms, err) < 0)
        return -1;
    for (;;) {
        struct error failure = {0};
        enum aws_wait_state state = waiter->poll(waiter->user, &failure);
        if (state == AWS_WAIT_DONE)
            return 0;
        int64_t left_ms = end - clock->steady_ms(clock);
        bool passes = state == AWS_WAIT_AGAIN || failure.retry;
        if (state == AWS_WAIT_FAILED && (!passes || left_ms <= 0)) {
            if (err)
                *err = failure;
            return -1;
        }
        if (left_ms <= 0)
            return error_set_retry(err, ERROR_AWS, 0, "waited %lld s in vain for %s",
                                   (long long)waiter->timeout_ms / 1000, waiter->what);
        tell(waiter, waiter->timeout_ms - left_ms);
        clock->sleep_ms(clock, pause_ms(interval_ms, left_ms));
    }
}
