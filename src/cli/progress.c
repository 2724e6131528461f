#include "cli/progress.h"

#include <unistd.h>

#include "base/clock.h"
#include "cli/screen.h"

#define PAUSE_MS 100

void progress_begin(struct progress *progress, const struct cli *cli)
{
    *progress = (struct progress){
        .shown = !cli->quiet && isatty(STDERR_FILENO),
        .begin_ms = clock_system.steady_ms(&clock_system),
    };
}

int64_t progress_elapsed_ms(const struct progress *progress)
{
    return clock_system.steady_ms(&clock_system) - progress->begin_ms;
}

static double per_second(size_t bytes, int64_t ms)
{
    return (double)bytes * 1000 / (double)(ms > 0 ? ms : 1);
}

void progress_bytes(struct progress *progress, const char *what, size_t done, size_t total)
{
    int64_t now_ms = clock_system.steady_ms(&clock_system);
    if (!progress->shown || !total || (progress->last_ms && now_ms - progress->last_ms < PAUSE_MS))
        return;
    progress->last_ms = now_ms;
    fprintf(stderr, "\r%s: %.1f of %.1f MB, %.1f MB/s\033[K", what, (double)done / 1e6,
            (double)total / 1e6, per_second(done, now_ms - progress->begin_ms) / 1e6);
    fflush(stderr);
}

void progress_text(struct progress *progress, const char *text)
{
    if (!progress->shown)
        return;
    progress->last_ms = clock_system.steady_ms(&clock_system);
    /* What goes on in a second line would stay there. */
    fprintf(stderr, "\r%.*s\033[K", screen_width_of_errors() - 1, text);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->last_ms)
        fputs("\r\033[K", stderr);
    progress->last_ms = 0;
}
