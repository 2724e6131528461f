/* What the commands that make packages share. */
#ifndef LORRY_CLI_PACKAGE_H
#define LORRY_CLI_PACKAGE_H

#include "cli/options.h"
#include "stack/package.h"

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

/* What is to be packed. Zeroed before. */
struct package_choice {
    struct stack stack; /* of the file of the pipeline; zeroed without one */
    struct package_source source;
};

/* Safe on a zeroed one. */
void package_choice_release(struct package_choice *choice);
#define cleanup_package_choice __attribute__((cleanup(package_choice_release)))

/* Chooses `entrypoint` (the option; borrowed), else what the file of the pipeline says, where there
 * is one. Returns CLI_DONE, or the exit status after having said what is wrong. */
int package_choose(const struct cli *cli, const char *entrypoint, struct package_choice *choice);

#endif
