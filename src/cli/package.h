/* What the commands that make packages share. */
#ifndef LORRY_CLI_PACKAGE_H
#define LORRY_CLI_PACKAGE_H

#include <limits.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "cli/options.h"

/* Rows for a command's table of options; `member` of its struct gets the value. */
#define PACKAGE_ENTRYPOINT_OPTION(type, member)                                                    \
    {                                                                                              \
        .name = "entrypoint", .kind = OPTION_TEXT, .offset = offsetof(type, member),               \
        .value = "FILE", .help = "A record processor of your own, instead of the one beside lorry" \
    }
#define PACKAGE_BUNDLE_OPTION(type, member)                                                        \
    {                                                                                              \
        .name = "ca-bundle", .kind = OPTION_TEXT, .offset = offsetof(type, member),                \
        .value = "FILE", .help = "The CA certificates to pack, instead of those of this system"    \
    }

/* What is to be packed. */
struct package_choice {
    struct buf executable;    /* its path */
    const char *version;      /* of the built-in processor; NULL: it is another */
    const char *architecture; /* what the file of the pipeline wants it to be for; NULL: no file */
    char *region;             /* of that file; NULL: none */
};

#define PACKAGE_CHOICE_INIT ((struct package_choice){.executable = BUF_INIT(PATH_MAX)})
void package_choice_release(struct package_choice *choice);
#define cleanup_package_choice __attribute__((cleanup(package_choice_release)))

/* Chooses `entrypoint` (the option), else that of the file of the pipeline where there is one, else
 * the lorry-processor that was built or installed beside lorry. Returns CLI_DONE, or the exit
 * status after having said what is wrong. */
int package_choose(const struct cli *cli, const char *entrypoint, struct package_choice *choice);

/* The time of what is packed, seconds since 1970: SOURCE_DATE_EPOCH, else 0
 * [reproducible-builds.org]. Error: ERROR_SETTING if it is no number. */
int package_time(int64_t *seconds, struct error *err);

#endif
