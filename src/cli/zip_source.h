/* What a zip package is made from: shared by the commands that make one. */
#ifndef LORRY_CLI_ZIP_SOURCE_H
#define LORRY_CLI_ZIP_SOURCE_H

#include "cli/package.h"
#include "oci/zip.h"

/* Makes the package of what was chosen. `ca_bundle` NULL: this system's own. Errors: those of
 * zip_make(); ERROR_INPUT for another architecture than the pipeline's. */
int zip_source_make(const struct package_choice *choice, const char *ca_bundle,
                    struct zip_made *made, struct error *err);

#endif
