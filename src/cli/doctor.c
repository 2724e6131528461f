#include "cli/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/sts.h"
#include "cli/aws_access.h"
#include "cli/doctor_screen.h"
#include "cli/next_step.h"
#include "cli/pipeline_file.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "cli/sink_options.h"
#include "lambda/settings.h"
#include "net/http_patience.h"
#include "stack/permissions.h"

#define OUTPUT_CAP ((size_t)1 << 20)

/* Of a request, and of all of them together. */
#define EACH_MS 8000
#define ALL_MS 60000
#define TRIES 2

struct doctor_options {
    struct sink_options sink;
    bool policy;
};

static const struct cli_option options_table[] = {
    SINK_URL_OPTION(struct doctor_options),
    SINK_TABLE_OPTION(struct doctor_options),
    SINK_PASSWORD_OPTION(struct doctor_options),
    {.name = "policy",
     .offset = offsetof(struct doctor_options, policy),
     .help = "Print the IAM policy that allows all that lorry does with the pipeline, and nothing "
             "else"},
    {0},
};

/* What is looked at, as far as it is there. */
struct visit {
    struct cli *cli;
    struct doctor doctor;
    struct stack stack;
    struct findings findings;
    struct aws_access aws;
    struct aws_retry retry;
    struct error aws_error;
    struct sink_access sink;
    struct error sink_error;
    struct progress progress;
};

static void visit_release(struct visit *visit)
{
    sink_access_release(&visit->sink);
    aws_access_release(&visit->aws);
    findings_release(&visit->findings);
    stack_release(&visit->stack);
}
#define cleanup_visit __attribute__((cleanup(visit_release)))

static void find_file(struct visit *visit)
{
    struct doctor *doctor = &visit->doctor;
    doctor->path = pipeline_file_path(visit->cli);
    doctor->named = visit->cli->file != NULL;
    doctor->file_found = strcmp(doctor->path, "-") == 0 || access(doctor->path, F_OK) == 0;
    doctor->findings = &visit->findings;
    if (doctor->file_found &&
        pipeline_file_check(visit->cli, 0, &visit->stack, &visit->findings) == 0)
        doctor->stack = &visit->stack;
}

static void find_aws(struct visit *visit)
{
    if (aws_access_open(visit->cli, visit->stack.region, &visit->aws, &visit->aws_error) < 0) {
        visit->doctor.client_error = &visit->aws_error;
        return;
    }
    visit->retry = (struct aws_retry){TRIES, AWS_RETRY_BUCKET};
    visit->aws.client->retry = &visit->retry;
    visit->doctor.client = visit->aws.client;
}

static void find_sink(struct visit *visit, const struct doctor_options *options)
{
    struct sink_options sink = options->sink;
    struct doctor *doctor = &visit->doctor;
    if (!doctor->stack && !sink_is_named(&sink))
        return;
    sink.stack = doctor->stack;
    sink.aws = doctor->client;
    if (sink_access_open(visit->cli, &sink, false, false, &visit->sink, &visit->sink_error) < 0) {
        doctor->sink_error = &visit->sink_error;
        return;
    }
    doctor->sink = visit->sink.sink;
    doctor->sink_fetches = visit->sink.fetched != NULL;
    doctor->sink_url = &visit->sink.url;
    if (doctor->stack || sink.table || getenv("SINK_TABLE"))
        doctor->sink_table = &visit->sink.table;
}

static void show_check(void *user, const char *group, const char *name)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&text, "looking at %s: %s", group, name);
    progress_text(user, buf_str(&text));
}

static void print(const struct visit *visit, const struct doctor_report *report)
{
    const struct cli *cli = visit->cli;
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_CAP);
    const struct doctor_screen screen = {report, screen_width(), cli_colored(cli, stdout),
                                         cli->verbose};
    if (cli->json)
        doctor_json_append(report, &text);
    else
        doctor_screen_append(&screen, &text);
    cli_put(&text);
}

/* Works without a network: what is not known of the account then stays open. */
static int print_policy(struct visit *visit)
{
    cleanup_sts_identity struct sts_identity caller = {0};
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_CAP);
    if (!visit->doctor.stack) {
        cli_error(visit->cli,
                  "the policy is made for a pipeline, and there is no %s that "
                  "describes one: `lorry doctor` says more",
                  visit->doctor.path);
        return CLI_FAILED;
    }
    bool known =
        visit->doctor.client && sts_get_caller_identity(visit->doctor.client, &caller, NULL) == 0;
    if (!known)
        cli_note(visit->cli, "the account is not known without AWS credentials: \"*\" stands for "
                             "it");
    const char *region = visit->doctor.client ? visit->doctor.client->region : NULL;
    const struct permission_place place = {
        .stack = visit->doctor.stack,
        .region = region ? region : visit->stack.region,
        .account = known ? caller.account : "*",
    };
    json_t *policy =
        permissions_policy(&place, USE_DEPLOY | USE_REFRESH | USE_DESTROY | USE_OPERATE);
    char *json = json_dumps(policy, JSON_INDENT(2));
    buf_append_str(&text, json);
    cli_put(&text);
    free(json);
    json_decref(policy);
    return CLI_DONE;
}

static int examine(struct visit *visit)
{
    cleanup_doctor_report struct doctor_report report = {0};
    progress_begin(&visit->progress, visit->cli);
    visit->doctor.on_check = show_check;
    visit->doctor.user = &visit->progress;
    doctor_run(&visit->doctor, &report);
    progress_end(&visit->progress);
    for (size_t i = 0; i < report.count; i++)
        report.items[i].mend = next_step(visit->cli, report.items[i].mend, &report.arena);
    print(visit, &report);
    return doctor_is_healthy(&report) ? CLI_DONE : CLI_FAILED;
}

static int doctor(struct cli *cli, const void *values, char **args, size_t count)
{
    (void)args;
    (void)count;
    const struct doctor_options *options = values;
    cleanup_visit struct visit visit = {
        .cli = cli,
        .doctor = {.is_setting = settings_know,
                   .clock = &clock_system,
                   .until_ms = clock_system.steady_ms(&clock_system) + ALL_MS},
    };
    const struct http_patience patience = {&clock_system, EACH_MS, visit.doctor.until_ms};
    cli->patience = &patience;
    find_file(&visit);
    find_aws(&visit);
    if (!options->policy)
        find_sink(&visit, options);
    int status = options->policy ? print_policy(&visit) : examine(&visit);
    cli->patience = NULL;
    return status;
}

const struct command command_doctor = {
    .name = "doctor",
    .summary = "looks at everything that a pipeline needs, and says how to mend what is wrong",
    .args = "",
    .details =
        "Looks at the pipeline file, credentials, permissions, region, package, stack, function, "
        "event source mappings, stream, table, sink and clock, in that order, and says of each "
        "whether it is well, and how to mend it if it is not. Nothing is changed. It works with a "
        "pipeline that is not deployed, without a pipeline file, and without a network: what "
        "is not there to be looked at is said to be skipped. The exit status is 0 if nothing "
        "failed, and everything that is there could be looked at.",
    .options = options_table,
    .options_size = sizeof(struct doctor_options),
    .run = doctor,
};
