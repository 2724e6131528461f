/* What `lorry image inspect` prints, wherever the image is. */
#ifndef LORRY_CLI_IMAGE_REPORT_H
#define LORRY_CLI_IMAGE_REPORT_H

#include "cli/cli.h"
#include "oci/config.h"
#include "oci/image.h"
#include "oci/rules.h"

struct image_report {
    const char *subject; /* path or reference, as the user gave it */
    struct oci_image image;
    struct oci_config config;
    struct oci_findings findings;
};

/* Safe on a zeroed one. */
void image_report_release(struct image_report *report);
#define cleanup_image_report __attribute__((cleanup(image_report_release)))

/* Reads the config of report->image and looks what Lambda will say, then prints it all, as JSON
 * (see docs/json.md) or for people. Returns CLI_DONE, or CLI_FAILED if Lambda does not take the
 * image, or its config cannot be read (which is said then). */
int image_report_print(const struct cli *cli, struct image_report *report);

#endif
