#include "stack/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stack/doctor_parts.h"
#include "stack/template.h"

void doctor_report_release(struct doctor_report *report)
{
    arena_release(&report->arena);
}

bool doctor_is_healthy(const struct doctor_report *report)
{
    return !report->counts[VERDICT_FAILED] && !report->counts[VERDICT_UNKNOWN];
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_SKIPPED] = "skipped", [VERDICT_OK] = "ok",         [VERDICT_UNKNOWN] = "unknown",
        [VERDICT_WARNING] = "warning", [VERDICT_FAILED] = "failed",
    };
    return names[verdict];
}

/* In the order in which they are performed and shown. */
static const struct doctor_check *const groups[] = {
    doctor_checks_file,    doctor_checks_identity, doctor_checks_package, doctor_checks_stack,
    doctor_checks_mapping, doctor_checks_stream,   doctor_checks_sink,    doctor_checks_clock,
};

const char doctor_to_come[] = "comes with the first `lorry deploy`";

/* What is missing where a check is skipped. */
static const struct {
    unsigned known;
    const char *missing;
} reasons[] = {
    {KNOWS_FILE, "needs a pipeline file"},
    {KNOWS_CALLER, "needs AWS credentials"},
    {KNOWS_REGION, "needs a region"},
    {KNOWS_TIME, "needs an answer of AWS"},
    {KNOWS_STACK, "needs the stack"},
    {KNOWS_REPOSITORY, "needs the repository"},
    {KNOWS_FUNCTION, "needs the function"},
    {KNOWS_MAPPING, "needs a mapping"},
    {KNOWS_STREAM, "needs the stream"},
    {KNOWS_TABLE, "needs the table"},
    {KNOWS_DESTINATION, "needs the table to send its changes"},
    {KNOWS_SINK, "needs the sink"},
    {KNOWS_LAYOUT, "needs the table of the sink"},
};

static const char *append(struct examination *x, const char *before, const char *between,
                          const char *text)
{
    cleanup_buf struct buf joined = BUF_INIT(BUF_TEXT_CAP);
    if (*before)
        buf_printf(&joined, "%s%s", before, between);
    buf_append_str(&joined, text);
    buf_defuse(&joined);
    return arena_copy(&x->report->arena, buf_view(&joined)).ptr;
}

void doctor_note(struct examination *x, enum verdict verdict, const char *format, ...)
{
    struct diagnosis *current = x->current;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    va_list args;
    x->noted = verdict >= current->verdict;
    if (!x->noted)
        return;
    if (verdict > current->verdict)
        current->found = current->mend = "";
    current->verdict = verdict;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    current->found = append(x, current->found, "; ", buf_str(&text));
}

void doctor_mend(struct examination *x, const char *format, ...)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    va_list args;
    if (!x->noted)
        return;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    if (!strstr(x->current->mend, buf_str(&text)))
        x->current->mend = append(x, x->current->mend, "; ", buf_str(&text));
}

bool doctor_is_denial(const struct error *err)
{
    static const char *const names[] = {"AccessDenied", "AccessDeniedException", "Forbidden",
                                        "UnauthorizedOperation"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (error_is(err, names[i]))
            return true;
    return false;
}

void doctor_note_error(struct examination *x, const struct error *err)
{
    if (!doctor_is_denial(err)) {
        doctor_note(x, VERDICT_FAILED, "%s", err->message);
        if (err->domain == ERROR_NET)
            doctor_mend(x, "look at the network, and at HTTPS_PROXY and NO_PROXY if there is a "
                           "proxy in between");
        return;
    }
    doctor_note(x, VERDICT_UNKNOWN, "%s", err->message);
    doctor_mend(x, "have the policy that `lorry doctor --policy` prints attached to you");
}

static const json_t *property(const json_t *template, const char *logical_id, const char *name)
{
    const json_t *resources = json_object_get(template, "Resources");
    return json_object_get(json_object_get(json_object_get(resources, logical_id), "Properties"),
                           name);
}

/* What no template says no deployment sets. */
static bool is_left_open(const struct examination *x, const struct doctor_setting *setting)
{
    return !property(x->wanted, setting->logical_id, setting->property) &&
           !property(x->survey.stack.template, setting->logical_id, setting->property);
}

static bool is_deployed(const struct examination *x, const struct doctor_setting *setting)
{
    const json_t *wanted = property(x->wanted, setting->logical_id, setting->property);
    const json_t *deployed =
        property(x->survey.stack.template, setting->logical_id, setting->property);
    return wanted == deployed || json_equal(wanted, deployed);
}

void doctor_mend_setting(struct examination *x, const struct doctor_setting *setting)
{
    if (x->survey.stack.template && setting->edit)
        doctor_mend(x, "say `%s` in %s, then `lorry deploy`", setting->edit, x->doctor->path);
    else if (!x->survey.stack.template || is_left_open(x, setting))
        doctor_mend(x, "`%s`", setting->call);
    else if (is_deployed(x, setting))
        doctor_mend(x, "`lorry deploy --revert-drift`");
    else
        doctor_mend(x, "`lorry deploy`");
}

static const char *reason(const struct examination *x, size_t which)
{
    bool wrong_file = reasons[which].known == KNOWS_FILE && x->doctor->file_found;
    return wrong_file ? "needs a pipeline file without mistakes" : reasons[which].missing;
}

static const char *missing(const struct examination *x, unsigned needs)
{
    enum { DEPLOYED = KNOWS_STACK | KNOWS_FUNCTION | KNOWS_STREAM | KNOWS_TABLE };
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (!(needs & reasons[i].known & ~x->known))
            continue;
        bool to_come = x->survey.stack.part.state == SURVEY_ABSENT && reasons[i].known & DEPLOYED;
        return to_come ? doctor_to_come : reason(x, i);
    }
    return NULL;
}

static bool is_late(const struct doctor *doctor)
{
    return doctor->until_ms && doctor->clock->steady_ms(doctor->clock) >= doctor->until_ms;
}

static void perform(struct examination *x, const struct doctor_check *check)
{
    const struct doctor *doctor = x->doctor;
    struct doctor_report *report = x->report;
    if (check->applies && x->stack && !check->applies(x->stack))
        return;
    x->current = &report->items[report->count++];
    *x->current =
        (struct diagnosis){.group = check->group, .name = check->name, .found = "", .mend = ""};
    const char *why = missing(x, check->needs | (check->applies ? KNOWS_FILE : 0));
    if (doctor->on_check)
        doctor->on_check(doctor->user, check->group, check->name);
    if (why)
        x->current->found = why;
    else if (is_late(doctor))
        doctor_note(x, VERDICT_UNKNOWN, "no time was left for it");
    else
        check->check(x);
    report->counts[x->current->verdict]++;
}

static void release(struct examination *x)
{
    survey_release(&x->survey);
    json_decref(x->wanted);
    ecr_repository_release(&x->repository);
    free(x->denied);
    table_info_release(&x->sink_info);
}

void doctor_run(const struct doctor *doctor, struct doctor_report *report)
{
    struct examination x = {
        .doctor = doctor,
        .stack = doctor->stack,
        .client = doctor->client,
        .report = report,
        .known = doctor->client && doctor->client->region ? KNOWS_REGION : 0,
    };
    if (doctor->stack) {
        cleanup_buf struct buf name = BUF_INIT(BUF_TEXT_CAP);
        stack_name(doctor->stack, &name);
        x.stack_name = arena_copy(&report->arena, buf_view(&name)).ptr;
        x.wanted = template_make(doctor->stack, NULL);
    }
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        for (const struct doctor_check *check = groups[i]; check->name; check++)
            perform(&x, check);
    release(&x);
}
