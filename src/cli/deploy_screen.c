#include "cli/deploy_screen.h"

#include <inttypes.h>

#include "base/memory.h"

#define UNTOLD_CAP ((size_t)1 << 20)

static const char red[] = "\033[31m", green[] = "\033[32m", plain[] = "\033[m";

/* A whole line in a colour; NULL: in none. */
static void put(struct deploy_screen *screen, const char *color, const char *line)
{
    bool colored = color && cli_colored(screen->cli, stderr);
    const char *before = colored ? color : "", *after = colored ? plain : "";
    progress_end(&screen->progress);
    if (screen->cli->quiet)
        buf_printf(&screen->untold, "%s%s%s\n", before, line, after);
    else
        fprintf(stderr, "%s%s%s\n", before, line, after);
}

static void say(void *user, const char *line)
{
    put(user, NULL, line);
}

static void show(void *user, const struct change_set *changes)
{
    cleanup_buf struct buf line = BUF_INIT((size_t)1 << 20);
    put(user, NULL, "changes:");
    for (size_t i = 0; i < changes->change_count; i++) {
        buf_clear(&line);
        buf_append_str(&line, "  ");
        change_summary_append(&changes->changes[i], &line);
        put(user, change_gravity(&changes->changes[i]) == CHANGE_HARMLESS ? NULL : red,
            buf_str(&line));
    }
}

static int agree(void *user, const char *question, struct error *err)
{
    struct deploy_screen *screen = user;
    progress_end(&screen->progress);
    if (!screen->yes && cli_interactive())
        fputs(buf_str(&screen->untold), stderr);
    buf_clear(&screen->untold);
    switch (cli_confirm(screen->cli, screen->yes, "%s", question)) {
    case CLI_DONE: return 1;
    case CLI_USAGE: return error_set(err, ERROR_USAGE, 0, "nothing has been changed");
    default: return 0;
    }
}

static const char *color_of(const char *status)
{
    static const struct {
        const char *part, *color;
    } colors[] = {{"FAILED", red}, {"ROLLBACK", red}, {"COMPLETE", green}};
    for (size_t i = 0; i < ARRAY_LEN(colors); i++)
        if (strstr(status, colors[i].part))
            return colors[i].color;
    return NULL;
}

static void happen(void *user, const struct cfn_event *event, int64_t took_us)
{
    cleanup_buf struct buf line = BUF_INIT((size_t)1 << 20);
    const char *clock = strchr(event->time, 'T');
    buf_printf(&line, "  %.8s %-27s %s", clock ? clock + 1 : "", event->status, event->logical_id);
    if (took_us >= 1000000)
        buf_printf(&line, "  %" PRId64 " s", took_us / 1000000);
    if (*event->reason)
        buf_printf(&line, "  %s", event->reason);
    buf_defuse(&line);
    put(user, color_of(event->status), buf_str(&line));
}

static void wait(void *user, const char *what)
{
    struct deploy_screen *screen = user;
    progress_text(&screen->progress, what);
}

static void send(void *user, const struct registry_progress *progress)
{
    struct deploy_screen *screen = user;
    progress_bytes(&screen->progress, "pushing", progress->bytes_sent, progress->bytes_total);
}

void deploy_screen_init(struct deploy_screen *screen, const struct cli *cli, bool yes)
{
    *screen = (struct deploy_screen){
        .cli = cli,
        .yes = yes,
        .untold = BUF_INIT(UNTOLD_CAP),
        .ui = {.say = say,
               .show = show,
               .agree = agree,
               .happen = happen,
               .wait = wait,
               .send = send},
    };
    screen->ui.user = screen;
    progress_begin(&screen->progress, cli);
}

void deploy_screen_end(struct deploy_screen *screen)
{
    progress_end(&screen->progress);
    buf_release(&screen->untold);
}
