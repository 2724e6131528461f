#include "aws/credential_client.h"

struct aws_client credential_client(const struct credential_search *search,
                                    struct aws_credentials_provider *provider)
{
    struct aws_client client = *search->client;
    client.credentials = provider;
    client.endpoints.option = NULL;
    return client;
}
