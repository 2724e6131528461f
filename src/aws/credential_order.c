#include "aws/credential_source.h"
#include "base/memory.h"

struct source {
    const char *name;
    credential_source_find *find;
    bool of_profile; /* a source profile may have it */
};

/* botocore's order. */
static const struct source sources[] = {
    {"environment", source_environment, false},
    {"role", source_role, false}, /* of a source profile: see role_chain.h */
    {"web identity", source_web_identity, true},
    {"IAM Identity Center", source_sso, true},
    {"credentials file", source_credentials_file, true},
    {"login", source_login, true},
    {"credential_process", source_process, true},
    {"configuration file", source_config_file, true},
    {"container", source_container, false},
    {"EC2 instance", source_instance, false},
};

static int find_first(const struct credential_search *search, bool of_profile,
                      struct credential_found *found, struct buf *tried, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        const struct source *source = &sources[i];
        if (of_profile && !source->of_profile)
            continue;
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
    return find_first(search, false, found, why, err);
}

int credentials_find_in_profile(const struct credential_search *search,
                                struct credential_found *found, struct buf *why, struct error *err)
{
    struct credential_search only = *search;
    only.profile_option = true;
    return find_first(&only, true, found, why, err);
}

credential_source_find *credentials_source_named(const char *name)
{
    static const struct {
        const char *name;
        credential_source_find *find;
    } named[] = {
        {"Environment", source_environment},
        {"EcsContainer", source_container},
        {"Ec2InstanceMetadata", source_instance},
    };
    for (size_t i = 0; i < ARRAY_LEN(named); i++)
        if (strcmp(name, named[i].name) == 0)
            return named[i].find;
    return NULL;
}
