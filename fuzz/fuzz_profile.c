/* The files of the AWS CLI, and the command lines in them. */
#include <stdint.h>

#include "aws/profile.h"
#include "aws/shell_words.h"
#include "base/memory.h"

static void split(void *user, const char *key, const char *value)
{
    (void)user;
    (void)key;
    free(shell_words(value, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = view_of((const char *)data, size);
    for (int credentials = 0; credentials < 2; credentials++) {
        struct profiles *profiles = NULL;
        if (profiles_parse(&profiles, text, credentials, "file", NULL) == 0)
            profiles_each(profiles, credentials ? PROFILE_CREDENTIALS : PROFILE_CONFIG, "default",
                          split, NULL);
        profiles_free(profiles);
    }
    return 0;
}
