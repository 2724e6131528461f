#include "cli/deploy_screen.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/memory.h"
#include "cli/interrupt.h"
#include "cli/next_step.h"
#include "cli/screen.h"

#define UNTOLD_CAP ((size_t)1 << 20)
#define LINE_CAP ((size_t)1 << 20)

/* Where what happened goes on: below its status. */
#define EVENT_INDENT 11

static const char red[] = "\033[31m", green[] = "\033[32m", plain[] = "\033[m";

/* A whole line (or several) in a colour; NULL: in none. */
static void put(struct deploy_screen *screen, const char *color, struct view line)
{
    bool colored = color && cli_colored(screen->cli, stderr);
    const char *before = colored ? color : "", *after = colored ? plain : "";
    progress_end(&screen->progress);
    if (screen->cli->quiet)
        buf_printf(&screen->untold, "%s%.*s%s\n", before, (int)line.len, line.ptr, after);
    else
        fprintf(stderr, "%s%.*s%s\n", before, (int)line.len, line.ptr, after);
}

/* The same; a line that is wider than the terminal is wrapped, but for so many bytes at its
 * beginning. */
static void put_wrapped(struct deploy_screen *screen, const char *color, const char *line,
                        size_t fixed, int indent)
{
    cleanup_buf struct buf text = BUF_INIT(LINE_CAP);
    screen_wrap_line(&text, line, fixed, indent, screen_width_of_errors());
    put(screen, color, view_of(text.ptr, text.len - 1));
}

static void say(void *user, const char *line)
{
    struct deploy_screen *screen = user;
    cleanup_arena struct arena arena = ARENA_INIT;
    size_t indent = strspn(line, " ");
    put_wrapped(screen, NULL, next_step(screen->cli, line, &arena), indent, (int)indent + 2);
}

static void show(void *user, const struct change_set *changes)
{
    cleanup_buf struct buf line = BUF_INIT(LINE_CAP);
    put(user, NULL, VIEW("changes:"));
    for (size_t i = 0; i < changes->change_count; i++) {
        buf_clear(&line);
        buf_append_str(&line, "  ");
        change_summary_append(&changes->changes[i], &line);
        size_t fixed = strlen("  ") + change_summary_name_length(buf_str(&line) + strlen("  "));
        put_wrapped(user, change_gravity(&changes->changes[i]) == CHANGE_HARMLESS ? NULL : red,
                    buf_str(&line), fixed, (int)fixed);
    }
}

/* What is said from now on; nothing without deploy_screen_catch(). */
static void choose_words(const struct deploy_screen *screen, bool under_way)
{
    const struct buf *words = under_way ? &screen->words.under_way : &screen->words.left;
    if (words->len)
        interrupt_say(buf_str(words));
}

static void go_on(void *user, bool is_under_way)
{
    choose_words(user, is_under_way);
}

/* A signal ends the wait for an answer, so that what was only to be looked at is tidied away. */
static int confirm(const struct deploy_screen *screen, const char *question)
{
    if (screen->words.left.len)
        interrupt_catch();
    int answer = cli_confirm(screen->cli, screen->yes, "%s", question);
    if (!interrupted) {
        choose_words(screen, false);
        return answer;
    }
    fputc('\n', stderr);
    return CLI_FAILED;
}

static int agree(void *user, const char *question, struct error *err)
{
    struct deploy_screen *screen = user;
    progress_end(&screen->progress);
    if (!screen->yes && cli_interactive())
        fputs(buf_str(&screen->untold), stderr);
    buf_clear(&screen->untold);
    switch (confirm(screen, question)) {
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
    cleanup_buf struct buf line = BUF_INIT(LINE_CAP);
    const char *clock = strchr(event->time, 'T');
    buf_printf(&line, "  %.8s %-27s %s", clock ? clock + 1 : "", event->status, event->logical_id);
    if (took_us >= 1000000)
        buf_printf(&line, "  %" PRId64 " s", took_us / 1000000);
    if (*event->reason)
        buf_append_str(&line, "  ");
    size_t fixed = line.len;
    buf_append_str(&line, event->reason);
    buf_defuse(&line);
    put_wrapped(user, color_of(event->status), buf_str(&line), fixed, EVENT_INDENT);
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
        .words = {BUF_INIT(BUF_TEXT_CAP), BUF_INIT(BUF_TEXT_CAP)},
        .ui = {.say = say,
               .show = show,
               .agree = agree,
               .happen = happen,
               .wait = wait,
               .under_way = go_on,
               .send = send},
    };
    screen->ui.user = screen;
    progress_begin(&screen->progress, cli);
}

/* The terminal has shown "^C" by then. */
static void put_words(const struct deploy_screen *screen, const char *text, struct buf *words)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    buf_printf(words, "%s%s: interrupted; %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "",
               screen->cli->name, next_step(screen->cli, text, &arena));
}

void deploy_screen_catch(struct deploy_screen *screen)
{
    /* A program that describes its stack has no such command. */
    const char *under_way =
        screen->cli->described ? "CloudFormation goes on by itself: the same command looks on again"
                               : "CloudFormation goes on by itself: the same command looks on "
                                 "again, `lorry status` says how far it is";
    put_words(screen, "the same command does what is left", &screen->words.left);
    put_words(screen, under_way, &screen->words.under_way);
    choose_words(screen, false);
}

int deploy_screen_fail(const struct cli *cli, const struct error *err)
{
    cleanup_arena struct arena arena = ARENA_INIT;
    struct error whole = *err;
    error_set(&whole, err->domain, err->code, "%s", next_step(cli, err->message, &arena));
    int status = cli_fail(cli, &whole);
    if (interrupted)
        raise(interrupted);
    return status;
}

void deploy_screen_end(struct deploy_screen *screen)
{
    if (screen->words.left.len)
        interrupt_say(NULL);
    buf_release(&screen->words.left);
    buf_release(&screen->words.under_way);
    progress_end(&screen->progress);
    buf_release(&screen->untold);
}
