#include "cli/pipeline_file.h"

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "aws/profile.h"
#include "stack/description.h"

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

/* A profile that cannot be read is for those to tell who need it. */
static bool profile_has_endpoint(const struct cli *cli)
{
    struct profiles *profiles = profiles_read(NULL);
    const char *profile = cli->profile                    ? cli->profile
                          : is_set("AWS_DEFAULT_PROFILE") ? getenv("AWS_DEFAULT_PROFILE")
                          : is_set("AWS_PROFILE")         ? getenv("AWS_PROFILE")
                                                          : "default";
    bool has = profiles && profiles_value(profiles, profile, "endpoint_url");
    profiles_free(profiles);
    return has;
}

/* An emulator, for all of AWS or for what keeps the function; as in aws/endpoint.h. */
static bool is_emulated(const struct cli *cli)
{
    const char *ignore = getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if (cli->endpoint_url || (ignore && strcasecmp(ignore, "true") == 0))
        return cli->endpoint_url;
    return is_set("AWS_ENDPOINT_URL") || is_set("AWS_ENDPOINT_URL_LAMBDA") ||
           profile_has_endpoint(cli);
}

const char *pipeline_file_path(const struct cli *cli)
{
    if (cli->described)
        return description_name(cli->described);
    return cli->file ? cli->file : PIPELINE_FILE;
}

int pipeline_file_check(const struct cli *cli, unsigned wanted, struct stack *stack,
                        struct findings *findings)
{
    const struct stack_file_options options = {
        .path = pipeline_file_path(cli),
        .stage = cli->stage,
        .environment = cli_environment,
        .packing = wanted & PIPELINE_PACKING,
        .emulated = !(wanted & PIPELINE_AWS) || is_emulated(cli),
    };
    return cli->described ? description_read(cli->described, &options, stack, findings)
                          : stack_file_read(&options, stack, findings);
}

void pipeline_file_show(const struct cli *cli, const struct findings *findings, bool warnings)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].level == FINDING_ERROR || (warnings && !cli->quiet))
            findings_put(&findings->items[i], pipeline_file_path(cli), &text);
    fputs(buf_str(&text), stderr);
}

/* Of the file as a whole, so that nothing in it was looked at. */
static bool is_no_file(const struct findings *findings)
{
    return findings->count == 1 && !findings->items[0].mark.line;
}

int pipeline_file_load(const struct cli *cli, unsigned wanted, struct stack *stack,
                       struct error *err)
{
    cleanup_findings struct findings findings = {0};
    if (!cli->described && !cli->file && access(PIPELINE_FILE, F_OK) != 0) {
        if (!(wanted & PIPELINE_REQUIRED))
            return 0;
        return error_set(err, ERROR_INPUT, 0,
                         "there is no " PIPELINE_FILE " here: make one with `lorry init`, or name "
                         "it with --file");
    }
    int status = pipeline_file_check(cli, wanted, stack, &findings);
    if (status < 0 && is_no_file(&findings))
        return error_set(err, ERROR_INPUT, 0, "%s: %s", pipeline_file_path(cli),
                         findings.items[0].message);
    pipeline_file_show(cli, &findings, status < 0 || wanted & PIPELINE_WARNINGS || cli->verbose);
    if (status < 0)
        return error_set(err, ERROR_INPUT, 0,
                         "%s describes no pipeline that works: mend what is said above",
                         pipeline_file_path(cli));
    return 1;
}

enum pipeline_file pipeline_file_read(const struct cli *cli, unsigned wanted, struct stack *stack)
{
    struct error err = {0};
    int found = pipeline_file_load(cli, wanted, stack, &err);
    if (found < 0)
        cli_error(cli, "%s", err.message);
    return found < 0 ? PIPELINE_FAILED : found ? PIPELINE_READ : PIPELINE_NONE;
}
