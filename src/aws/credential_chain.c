#include "aws/credential_chain.h"

#include "base/log.h"
#include "base/memory.h"

#define RENEW_BEFORE_US (INT64_C(5) * 60 * 1000000)
#define RENEW_AGAIN_US (INT64_C(60) * 1000000)

void credential_found_release(struct credential_found *found)
{
    aws_credentials_release(&found->keys);
    found->expires_us = 0;
}

static int none_found(const struct buf *tried, struct error *err)
{
    return error_set(err, ERROR_AWS, 0,
                     "no AWS credentials. Tried: %s. Set AWS_ACCESS_KEY_ID and "
                     "AWS_SECRET_ACCESS_KEY, or run \"aws configure\", or choose a profile with "
                     "--profile",
                     buf_str(tried));
}

static int look(const struct credential_search *search, struct credential_found *found,
                struct error *err)
{
    cleanup_buf struct buf tried = BUF_INIT(BUF_TEXT_CAP);
    int result = credentials_find(search, found, &tried, err);
    if (result < 0)
        return error_prefix(err, "AWS credentials");
    return result ? 0 : none_found(&tried, err);
}

/* As far as answers of AWS have told it. */
static int64_t true_time_us(const struct credential_chain *chain)
{
    const struct aws_client *client = chain->search.client;
    return client->clock->now_us(client->clock) + client->skew_us;
}

static int renew(struct credential_chain *chain, struct error *err)
{
    cleanup_credential_found struct credential_found found = {0};
    if (look(&chain->search, &found, err) < 0)
        return -1;
    credential_found_release(&chain->found);
    chain->found = found;
    found = (struct credential_found){0};
    int64_t now_us = true_time_us(chain); /* more may be known of it now */
    chain->renew_us = chain->found.expires_us ? chain->found.expires_us - RENEW_BEFORE_US : 0;
    /* Those that live for minutes only must not be fetched with every call. */
    if (chain->renew_us && chain->renew_us < now_us + RENEW_AGAIN_US)
        chain->renew_us = now_us + RENEW_AGAIN_US;
    return 0;
}

/* Those that are new are used whatever their date: if it lies in the past, it may be the clock here
 * that is wrong, and whoever is called will say. */
static bool usable(const struct credential_chain *chain, int64_t now_us)
{
    return chain->found.keys.access_key_id &&
           (!chain->found.expires_us || now_us < chain->found.expires_us ||
            now_us < chain->renew_us);
}

/* Those that are due but still valid are better than none: whoever gives them may be away for a
 * moment. */
static int refresh(struct credential_chain *chain, int64_t now_us, struct error *err)
{
    struct error failure = {0};
    if (renew(chain, &failure) == 0)
        return 0;
    if (usable(chain, now_us)) {
        log_warning("%s; those that are left are used until they expire", failure.message);
        chain->renew_us = now_us + RENEW_AGAIN_US;
        if (chain->renew_us > chain->found.expires_us)
            chain->renew_us = chain->found.expires_us;
        return 0;
    }
    if (err)
        *err = failure;
    return -1;
}

static int chain_get(struct aws_credentials_provider *provider, struct aws_credentials *credentials,
                     struct error *err)
{
    struct credential_chain *chain = (struct credential_chain *)provider;
    int64_t now_us = true_time_us(chain);
    bool due = chain->renew_us && now_us >= chain->renew_us;
    if ((due || !usable(chain, now_us)) && refresh(chain, now_us, err) < 0)
        return -1;
    aws_credentials_copy(&chain->found.keys, credentials);
    return 0;
}

static void chain_expired(struct aws_credentials_provider *provider)
{
    struct credential_chain *chain = (struct credential_chain *)provider;
    credential_found_release(&chain->found);
    chain->renew_us = 0;
}

void credential_chain_init(struct credential_chain *chain, const struct credential_search *search)
{
    *chain = (struct credential_chain){
        .provider = {.get = chain_get, .expired = chain_expired},
        .search = *search,
    };
}

void credential_chain_release(struct credential_chain *chain)
{
    credential_found_release(&chain->found);
}
