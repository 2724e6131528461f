/* What the commands that make packages share. */
#ifndef LORRY_CLI_PACKAGE_H
#define LORRY_CLI_PACKAGE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "cli/options.h"

/* Rows for a command's table of options; its struct has members `entrypoint` and `ca_bundle`. */
#define PACKAGE_ENTRYPOINT_OPTION(type)                                                            \
    {                                                                                              \
        .name = "entrypoint", .kind = OPTION_TEXT, .offset = offsetof(type, entrypoint),           \
        .value = "FILE", .help = "A record processor of your own, instead of the one beside lorry" \
    }
#define PACKAGE_BUNDLE_OPTION(type)                                                                \
    {                                                                                              \
        .name = "ca-bundle", .kind = OPTION_TEXT, .offset = offsetof(type, ca_bundle),             \
        .value = "FILE", .help = "The CA certificates to pack, instead of those of this system"    \
    }

/* Appends the path of the executable to pack: `entrypoint`, or for NULL the lorry-processor that
 * was built or installed beside lorry. Error: ERROR_SYSTEM if that is not there. */
int package_executable(const char *entrypoint, struct buf *path, struct error *err);

/* The time of what is packed, seconds since 1970: SOURCE_DATE_EPOCH, else 0
 * [reproducible-builds.org]. Error: ERROR_SETTING if it is no number. */
int package_time(int64_t *seconds, struct error *err);

#endif
