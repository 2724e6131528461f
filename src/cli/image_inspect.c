#include "cli/command.h"
#include "cli/image_report.h"
#include "oci/layout.h"

static int image_inspect(struct cli *cli, const void *options, char **args, size_t count)
{
    (void)options;
    (void)count;
    cleanup_image_report struct image_report report = {.subject = args[0]};
    struct error err = {0};
    if (oci_layout_read(args[0], &report.image, &err) < 0)
        return cli_fail(cli, &err);
    return image_report_print(cli, &report);
}

const struct command command_image_inspect = {
    .name = "image inspect",
    .summary = "shows an image, and what Lambda will say of it",
    .args = "PATH",
    .details = "Shows an image (an OCI layout, as a folder or an archive): digest, config, layers; "
               "and where it breaks the rules of Lambda. Exits with 1 if Lambda does not take it.",
    .args_min = 1,
    .args_max = 1,
    .run = image_inspect,
};
