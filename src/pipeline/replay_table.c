/* The dead letters of the sink's own table, as a source of replaying. */
#include "pipeline/replay_private.h"

#include "base/memory.h"

/* As large as the batches of Lambda. */
#define BATCH_LETTERS 2500

struct table_pass {
    struct replay *replay;
    const struct replay_run *run;
    struct sink *sink;
    struct dead_page page;
    struct dead_letter last; /* of the page before: its key, whose texts are in `keys` */
    bool begun;
    struct buf keys;

    struct kept_letter *chosen; /* of the page; at its end, those to be deleted */
    size_t chosen_count;
};

static int fetch(void *user, int64_t deadline, struct error *err)
{
    struct table_pass *pass = user;
    return pass->sink->ops->list_dead(pass->sink, pass->begun ? &pass->last : NULL, BATCH_LETTERS,
                                      deadline, &pass->page, err);
}

static int delete_chosen(void *user, int64_t deadline, struct error *err)
{
    struct table_pass *pass = user;
    return pass->sink->ops->delete_dead(pass->sink, pass->chosen, pass->chosen_count, deadline,
                                        err);
}

/* The key of the last letter outlives its page. */
static void remember_place(struct table_pass *pass)
{
    const struct dead_letter *letter = &pass->page.letters[pass->page.count - 1].letter;
    const struct view parts[] = {letter->stream, letter->shard, letter->sequence};
    struct dead_letter *last = &pass->last;
    buf_clear(&pass->keys);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        buf_append_view(&pass->keys, parts[i]);
    const char *text = buf_str(&pass->keys);
    last->stream = view_of(text, letter->stream.len);
    last->shard = view_of(text + letter->stream.len, letter->shard.len);
    last->sequence = view_of(text + letter->stream.len + letter->shard.len, letter->sequence.len);
    pass->begun = true;
}

static void choose(struct table_pass *pass)
{
    const struct replay_filter *filter = pass->run->filter;
    uint64_t left = filter->limit ? filter->limit - pass->run->totals->records : UINT64_MAX;
    pass->chosen = arena_calloc(&pass->page.arena, pass->page.count, sizeof(*pass->chosen));
    pass->chosen_count = 0;
    for (size_t i = 0; i < pass->page.count && pass->chosen_count < left; i++) {
        const struct kept_letter *kept = &pass->page.letters[i];
        if (replay_wants(filter, kept->letter.reason, kept->received_us))
            pass->chosen[pass->chosen_count++] = *kept;
    }
}

static void show(const struct table_pass *pass, const struct kept_letter *kept,
                 const struct replay_letter *letter)
{
    const struct replay_item item = {
        .source = "table",
        .place = "",
        .set_aside_us = kept->received_us,
        .stream = kept->letter.stream,
        .shard = kept->letter.shard,
        .sequence = kept->letter.sequence,
        .records = 1,
        .bytes = kept->letter.record.len,
        .reason = kept->letter.reason,
        .verdict = letter->verdict,
        .problem = letter->reason,
    };
    pass->run->on_item(pass->run->user, &item);
}

static void fill_letters(const struct table_pass *pass, struct replay_letter *letters)
{
    for (size_t i = 0; i < pass->chosen_count; i++) {
        const struct dead_letter *letter = &pass->chosen[i].letter;
        letters[i].letter = (struct letter){
            .stream = letter->stream,
            .shard = letter->shard,
            .sequence = letter->sequence,
            .record = letter->record,
        };
    }
}

/* Counts and shows them; those that are dealt with become the chosen ones. */
static void settle(struct table_pass *pass, const struct replay_letter *letters)
{
    bool dry_run = replay_config(pass->replay)->dry_run, all = pass->run->list || dry_run;
    size_t settled = 0;
    for (size_t i = 0; i < pass->chosen_count; i++) {
        replay_count(pass->run, &letters[i]);
        if (all || !replay_settled(letters[i].verdict))
            show(pass, &pass->chosen[i], &letters[i]);
        if (replay_settled(letters[i].verdict) && !dry_run)
            pass->chosen[settled++] = pass->chosen[i];
    }
    pass->chosen_count = settled;
}

/* Applied durably first, deleted then: whatever happens in between, the next time finds them
 * stale. */
static int replay_page(struct table_pass *pass, struct error *err)
{
    struct replay_letter *letters =
        arena_calloc(&pass->page.arena, pass->chosen_count, sizeof(*letters));
    fill_letters(pass, letters);
    if (!pass->run->list && replay_apply(pass->replay, letters, pass->chosen_count, false, err) < 0)
        return -1;
    settle(pass, letters);
    if (pass->chosen_count && replay_patiently(pass->replay, delete_chosen, pass, err) < 0)
        return error_prefix(err, "the dead letters are applied, but not deleted");
    pass->run->totals->deleted += pass->chosen_count;
    replay_batch_done(pass->run);
    return 0;
}

/* 1: there may be more; 0; -1. */
static int next_page(struct table_pass *pass, struct error *err)
{
    if (replay_patiently(pass->replay, fetch, pass, err) < 0)
        return -1;
    int result = pass->page.count > 0;
    if (result) {
        choose(pass);
        if (pass->chosen_count && replay_page(pass, err) < 0)
            result = -1;
        remember_place(pass);
    }
    dead_page_release(&pass->page);
    return result;
}

int replay_table(struct replay *replay, const struct replay_run *run, struct error *err)
{
    struct table_pass pass = {
        .replay = replay,
        .run = run,
        .sink = replay_config(replay)->sink,
        .keys = BUF_INIT(SIZE_MAX / 2),
    };
    int more = 1;
    while (more > 0 && !replay_stopped(replay) && !replay_enough(run))
        more = next_page(&pass, err);
    buf_release(&pass.keys);
    return more < 0 ? -1 : 0;
}
