#include "aws/credential_source.h"
#include "base/memory.h"

struct source {
    const char *name;
    credential_source_find *find;
};

/* botocore's order; those of a profile stand together, since a source profile has just them. */
static const struct source sources[] = {
    {"environment", source_environment},
    {"role", source_role},
    {"web identity", source_web_identity},
    {"IAM Identity Center", source_sso},
    {"credentials file", source_credentials_file},
    {"login", source_login},
    {"credential_process", source_process},
    {"configuration file", source_config_file},
    {"container", source_container},
    {"EC2 instance", source_instance},
};
#define PROFILE_FIRST 2
#define PROFILE_COUNT 6

static int find_first(const struct credential_search *search, const struct source *from,
                      size_t count, struct credential_found *found, struct buf *tried,
                      struct error *err)
{
    for (const struct source *source = from; source < from + count; source++) {
        cleanup_buf struct buf why = BUF_INIT(BUF_TEXT_CAP);
        int result = source->find(search, found, &why, err);
        if (result < 0)
            return error_prefix(err, "%s", source->name);
        if (result > 0)
            return 1;
        buf_printf(tried, "%s%s (%s)", tried->len ? ", " : "", source->name, buf_str(&why));
    }
    return 0;
}

int credentials_find(const struct credential_search *search, struct credential_found *found,
                     struct buf *why, struct error *err)
{
    return find_first(search, sources, ARRAY_LEN(sources), found, why, err);
}

int credentials_find_in_profile(const struct credential_search *search,
                                struct credential_found *found, struct buf *why, struct error *err)
{
    struct credential_search only = *search;
    only.profile_option = true;
    return find_first(&only, sources + PROFILE_FIRST, PROFILE_COUNT, found, why, err);
}

credential_source_find *credentials_source_named(const char *name)
{
    static const struct source named[] = {
        {"Environment", source_environment},
        {"EcsContainer", source_container},
        {"Ec2InstanceMetadata", source_instance},
    };
    for (size_t i = 0; i < ARRAY_LEN(named); i++)
        if (strcmp(name, named[i].name) == 0)
            return named[i].find;
    return NULL;
}
