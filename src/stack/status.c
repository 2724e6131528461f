#include "stack/status.h"

#include "base/memory.h"
#include "stack/status_parts.h"

/* In the order of their weight: what explains others comes before them. */
static void (*const checks[])(struct judging *) = {
    status_check_stack,       status_check_function,     status_check_mappings,
    status_check_stream,      status_check_destination,  status_check_sink,
    status_check_invocations, status_check_failing,      status_check_lag,
    status_check_replication, status_check_dead_letters, status_check_failures,
    status_check_throttles,   status_check_log,          status_check_package,
};

const char *judging_text(struct judging *judging, const char *format, ...)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    buf_defuse(&text);
    return arena_copy(&judging->status->arena, buf_view(&text)).ptr;
}

struct status_finding *judging_add(struct judging *judging, enum status_level level, const char *id,
                                   const char *brief, const char *what, ...)
{
    struct status *status = judging->status;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    va_list args;
    va_start(args, what);
    buf_vprintf(&text, what, args);
    va_end(args);
    buf_defuse(&text);
    size_t place = status->count < STATUS_FINDINGS_MAX ? status->count++ : STATUS_FINDINGS_MAX - 1;
    status->findings[place] = (struct status_finding){
        .level = level,
        .id = id,
        .brief = brief,
        .what = arena_copy(&status->arena, buf_view(&text)).ptr,
    };
    return &status->findings[place];
}

const struct status_finding *judging_stopped_by(const struct judging *judging)
{
    for (size_t i = 0; i < judging->status->count; i++)
        if (judging->status->findings[i].stops)
            return &judging->status->findings[i];
    return NULL;
}

/* Trouble, what is unknown, notes; else in the order in which they were found. */
static void sort(struct status *status)
{
    struct status_finding sorted[STATUS_FINDINGS_MAX];
    size_t count = 0;
    for (int level = STATUS_TROUBLE; level >= STATUS_NOTE; level--)
        for (size_t i = 0; i < status->count; i++)
            if ((int)status->findings[i].level == level)
                sorted[count++] = status->findings[i];
    memcpy(status->findings, sorted, count * sizeof(sorted[0]));
}

static void conclude(struct judging *judging)
{
    struct status *status = judging->status;
    const struct status_finding *first = &status->findings[0];
    enum status_level worst = status->count ? first->level : STATUS_NOTE;
    if (judging->survey->stack.part.state == SURVEY_ABSENT) {
        status->verdict = STATUS_IS_ABSENT;
        status->headline = "not deployed: `lorry deploy` makes it run";
    } else if (worst == STATUS_TROUBLE) {
        status->verdict = STATUS_IS_TROUBLED;
        const struct status_finding *stop = judging_stopped_by(judging);
        status->headline = judging_text(judging, "%s%s", stop ? "not running: " : "running, but ",
                                        stop ? stop->brief : first->brief);
    } else if (worst == STATUS_UNKNOWN) {
        status->verdict = STATUS_IS_UNKNOWN;
        status->headline = "no trouble seen, but not everything could be looked at";
    } else {
        status->verdict = STATUS_IS_HEALTHY;
        status->headline = "healthy";
    }
}

void status_judge(const struct survey *survey, struct status *status)
{
    struct judging judging = {survey, status};
    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        checks[i](&judging);
    sort(status);
    conclude(&judging);
}

void status_release(struct status *status)
{
    arena_release(&status->arena);
    *status = (struct status){0};
}

const char *status_verdict_name(enum status_verdict verdict)
{
    static const char *const names[] = {
        [STATUS_IS_HEALTHY] = "healthy",
        [STATUS_IS_UNKNOWN] = "unknown",
        [STATUS_IS_TROUBLED] = "trouble",
        [STATUS_IS_ABSENT] = "absent",
    };
    return names[verdict];
}

const char *status_level_name(enum status_level level)
{
    static const char *const names[] = {
        [STATUS_NOTE] = "note", [STATUS_UNKNOWN] = "unknown", [STATUS_TROUBLE] = "trouble"};
    return names[level];
}
