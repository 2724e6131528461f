/* What is on this machine: the program, what it trusts, the file. */
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "stack/doctor_parts.h"

/* As net/http_curl.c reads them; in this order. */
static const char *const bundle_variables[] = {"AWS_CA_BUNDLE", "SSL_CERT_FILE"};

static void check_version(struct examination *x)
{
    for (size_t i = 0; i < ARRAY_LEN(bundle_variables); i++) {
        const char *path = getenv(bundle_variables[i]);
        if (!path || !*path)
            continue;
        if (access(path, R_OK) == 0) {
            doctor_note(x, VERDICT_OK, "lorry %s, certificates trusted as %s says: %s",
                        LORRY_VERSION, bundle_variables[i], path);
            return;
        }
        doctor_note(x, VERDICT_FAILED,
                    "%s names \"%s\", which cannot be read, so that no "
                    "certificate is trusted",
                    bundle_variables[i], path);
        doctor_mend(x, "correct or unset %s", bundle_variables[i]);
        return;
    }
    doctor_note(x, VERDICT_OK, "lorry %s, certificates trusted as the system does", LORRY_VERSION);
}

static const struct finding *first(const struct findings *findings, enum finding_level level)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].level == level)
            return &findings->items[i];
    return NULL;
}

static void note_finding(struct examination *x, enum verdict verdict, enum finding_level level,
                         size_t count)
{
    const struct finding *finding = first(x->doctor->findings, level);
    cleanup_buf struct buf more = BUF_INIT(BUF_TEXT_CAP);
    if (count > 1)
        buf_printf(&more, ", and %zu more", count - 1);
    if (finding->mark.line)
        doctor_note(x, verdict, "%s:%d: %s%s", x->doctor->path, finding->mark.line,
                    finding->message, buf_str(&more));
    else
        doctor_note(x, verdict, "%s: %s%s", x->doctor->path, finding->message, buf_str(&more));
    doctor_mend(x, "mend what `lorry validate` shows");
}

static void check_file(struct examination *x)
{
    const struct doctor *doctor = x->doctor;
    if (!doctor->file_found) {
        doctor_note(x, doctor->named ? VERDICT_FAILED : VERDICT_WARNING, "there is no %s%s",
                    doctor->path, doctor->named ? "" : " here");
        doctor_mend(x, doctor->named ? "name another one with --file, or have `lorry init` write it"
                                     : "`lorry init` writes one");
        return;
    }
    if (doctor->findings->errors) {
        note_finding(x, VERDICT_FAILED, FINDING_ERROR, doctor->findings->errors);
        return;
    }
    x->known |= KNOWS_FILE;
    doctor_note(x, VERDICT_OK, "%s describes %s", doctor->path, x->stack_name);
    if (doctor->findings->count)
        note_finding(x, VERDICT_WARNING, FINDING_WARNING, doctor->findings->count);
}

const struct doctor_check doctor_checks_file[] = {
    {"here", "program", 0, NULL, check_version},
    {"here", "file", 0, NULL, check_file},
    {0},
};
