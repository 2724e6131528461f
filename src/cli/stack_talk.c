#include "cli/stack_object.h"

#include "base/arena.h"

#define LINE_CAP ((size_t)1 << 20)

/* The callback of that name, or NULL. */
#define callback(talk, name) ((talk)->options->ui ? (talk)->options->ui->name : NULL)

static void say(void *user, const char *line)
{
    struct stack_talk *talk = user;
    if (callback(talk, line))
        talk->options->ui->line(talk->options->ui->user, line);
    else
        talk->screen.ui.say(&talk->screen, line);
}

static void read_change(const struct change_set_change *change, struct arena *arena,
                        struct lorry_stack_change *out)
{
    static const enum lorry_gravity gravities[] = {
        [CHANGE_HARMLESS] = LORRY_HARMLESS,
        [CHANGE_REPLACES] = LORRY_REPLACES,
        [CHANGE_LOSES] = LORRY_LOSES_DATA,
    };
    cleanup_buf struct buf text = BUF_INIT(LINE_CAP);
    change_summary_append(change, &text);
    *out = (struct lorry_stack_change){
        .action = change->action,
        .logical_id = change->logical_id,
        .type = change->type,
        .gravity = gravities[change_gravity(change)],
        .text = arena_copy(arena, buf_view(&text)).ptr,
    };
}

static void show(void *user, const struct change_set *set)
{
    struct stack_talk *talk = user;
    if (!callback(talk, changes)) {
        talk->screen.ui.show(&talk->screen, set);
        return;
    }
    cleanup_arena struct arena arena = ARENA_INIT;
    struct lorry_stack_change *changes =
        arena_calloc(&arena, set->change_count + 1, sizeof(*changes));
    for (size_t i = 0; i < set->change_count; i++)
        read_change(&set->changes[i], &arena, &changes[i]);
    talk->options->ui->changes(talk->options->ui->user, changes, set->change_count);
}

static int agree(void *user, const char *question, struct error *err)
{
    struct stack_talk *talk = user;
    if (talk->options->yes)
        return 1;
    if (callback(talk, question))
        return talk->options->ui->question(talk->options->ui->user, question);
    if (cli_interactive())
        return talk->screen.ui.agree(&talk->screen, question, err);
    return error_set(err, ERROR_SETTING, 0,
                     "%s There is no terminal to ask at; nothing has been changed", question);
}

static void happen(void *user, const struct cfn_event *event, int64_t took_us)
{
    struct stack_talk *talk = user;
    if (!callback(talk, event)) {
        talk->screen.ui.happen(&talk->screen, event, took_us);
        return;
    }
    const struct lorry_stack_event out = {
        .time = event->time,
        .logical_id = event->logical_id,
        .type = event->type,
        .status = event->status,
        .reason = event->reason,
        .took_us = took_us,
    };
    talk->options->ui->event(talk->options->ui->user, &out);
}

static void wait(void *user, const char *what)
{
    struct stack_talk *talk = user;
    if (callback(talk, waiting))
        talk->options->ui->waiting(talk->options->ui->user, what);
    else
        talk->screen.ui.wait(&talk->screen, what);
}

static void send(void *user, const struct registry_progress *progress)
{
    struct stack_talk *talk = user;
    if (callback(talk, progress))
        talk->options->ui->progress(talk->options->ui->user, progress->bytes_sent,
                                    progress->bytes_total);
    else
        talk->screen.ui.send(&talk->screen, progress);
}

void stack_talk_begin(struct stack_talk *talk, const struct lorry_stack_options *options,
                      const struct cli *cli)
{
    talk->options = options;
    talk->ui = (struct deploy_ui){.say = say,
                                  .show = show,
                                  .agree = agree,
                                  .happen = happen,
                                  .wait = wait,
                                  .send = send,
                                  .user = talk};
    deploy_screen_init(&talk->screen, cli, options->yes);
}

void stack_talk_end(struct stack_talk *talk)
{
    deploy_screen_end(&talk->screen);
}
