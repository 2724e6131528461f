#include <unistd.h>

#include "cli/command.h"
#include "cli/image_report.h"
#include "cli/registry_access.h"
#include "oci/layout.h"
#include "stack/ecr_refusal.h"

static int inspect_remote(const struct cli *cli, const struct oci_reference *reference,
                          struct oci_image *image, struct error *err)
{
    cleanup_registry_access struct registry_access access = {0};
    if (registry_access_open(cli, reference->registry, &access, err) < 0)
        return -1;
    int result = registry_inspect(&access.options, reference, image, err);
    if (result < 0 && access.aws.client)
        ecr_refusal_explain(
            &(struct ecr_refused){.reference = reference, .region = access.aws.client->region},
            err);
    return result;
}

/* A path if there is something; else a reference, if it reads like one. */
static int inspect(const struct cli *cli, const char *name, struct oci_image *image,
                   struct error *err)
{
    cleanup_oci_reference struct oci_reference reference = {0};
    if (access(name, F_OK) == 0 || oci_reference_parse(view_str(name), &reference, NULL) < 0)
        return oci_layout_read(name, image, err);
    return inspect_remote(cli, &reference, image, err);
}

static int image_inspect(struct cli *cli, const void *options, char **args, size_t count)
{
    (void)options;
    (void)count;
    cleanup_image_report struct image_report report = {.subject = args[0]};
    struct error err = {0};
    if (inspect(cli, args[0], &report.image, &err) < 0)
        return cli_fail(cli, &err);
    return image_report_print(cli, &report);
}

const struct command command_image_inspect = {
    .name = "image inspect",
    .summary = "shows an image, and what Lambda will say of it",
    .args = "REF|PATH",
    .details = "Shows an image (an OCI layout, as a folder or an archive; or one in a registry, of "
               "which manifest and config are fetched): digest, config, layers; "
               "and where it breaks the rules of Lambda. Exits with 1 if Lambda does not take it.",
    .args_min = 1,
    .args_max = 1,
    .run = image_inspect,
};
