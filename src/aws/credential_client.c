#include "aws/credential_client.h"

#include <string.h>

#include "base/memory.h"

struct aws_client credential_client(const struct credential_search *search,
                                    struct aws_credentials_provider *provider)
{
    struct aws_client client = *search->client;
    client.credentials = provider;
    client.endpoints.option = NULL;
    return client;
}

/* [botocore args.py] */
static bool is_global_region(const char *region)
{
    static const char *const regions[] = {
        "ap-northeast-1", "ap-south-1",   "ap-southeast-1", "ap-southeast-2",
        "aws-global",     "ca-central-1", "eu-central-1",   "eu-north-1",
        "eu-west-1",      "eu-west-2",    "eu-west-3",      "sa-east-1",
        "us-east-1",      "us-east-2",    "us-west-1",      "us-west-2",
    };
    for (size_t i = 0; i < ARRAY_LEN(regions); i++)
        if (strcmp(region, regions[i]) == 0)
            return true;
    return false;
}

static bool is_overridden(const struct aws_client *client)
{
    static const struct aws_service sts = {.host = "sts", .variable = "STS"};
    cleanup_buf struct buf url = BUF_INIT(BUF_TEXT_CAP);
    bool overridden = true;
    aws_endpoint(&sts, client->region, &client->endpoints, &url, &overridden, NULL);
    return overridden;
}

struct aws_client sts_client(const struct credential_search *search,
                             struct aws_credentials_provider *provider)
{
    struct aws_client client = credential_client(search, provider);
    if (search->sts_legacy && client.region && is_global_region(client.region) &&
        !is_overridden(&client)) {
        client.region = "us-east-1"; /* what requests there are signed for */
        client.endpoints.option = "https://sts.amazonaws.com";
    }
    return client;
}

const char *sts_session_name(const struct credential_search *search, struct buf *name)
{
    struct clock *clock = search->client->clock;
    buf_printf(name, "lorry-%lld", (long long)(clock->now_us(clock) / 1000000));
    return buf_str(name);
}
