#include "stack/ecr_registry.h"

#include <stdlib.h>

#include "aws/endpoint.h"
#include "base/memory.h"
#include "net/http_request.h"

#define ACCOUNT_LEN 12
#define REGION_MAX 63 /* a label of a host name */

/* A token that is about to expire would do so in the midst of a push. */
#define RENEW_EARLY_US ((int64_t)5 * 60 * 1000000)

/* What stands between account and region. */
static const struct {
    struct view text;
    bool dual_stack;
} middles[] = {
    {VIEW(".dkr.ecr."), false},
    {VIEW(".dkr.ecr-fips."), false},
    {VIEW(".dkr-ecr."), true},
    {VIEW(".dkr-ecr-fips."), true},
};

/* Where a partition has registries that speak IPv6. */
static const struct {
    const char *suffix;
    const char *dual_stack;
} dual_stacks[] = {
    {"amazonaws.com", "on.aws"},
    {"amazonaws.com.cn", "on.amazonwebservices.com.cn"},
    {"amazonaws.eu", "on.amazonwebservices.eu"},
};

static bool is_account(struct view text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len == ACCOUNT_LEN;
}

/* What the hosts of the region end with; "" if the partition has no such registries. */
static const char *suffix_of(const char *region, bool dual_stack)
{
    const char *suffix = aws_partition_suffix(region);
    if (!dual_stack)
        return suffix;
    for (size_t i = 0; i < ARRAY_LEN(dual_stacks); i++)
        if (strcmp(suffix, dual_stacks[i].suffix) == 0)
            return dual_stacks[i].dual_stack;
    return "";
}

/* "<region>.<suffix>" */
static bool parse_end(struct view text, bool dual_stack, struct view *region)
{
    char name[REGION_MAX + 1];
    const char *dot = memchr(text.ptr, '.', text.len);
    if (!dot || dot - text.ptr > REGION_MAX)
        return false;
    *region = view_between(text.ptr, dot);
    memcpy(name, region->ptr, region->len);
    name[region->len] = '\0';
    if (!aws_region_valid(name))
        return false;
    struct view suffix = view_str(suffix_of(name, dual_stack));
    return suffix.len && view_equal(view_skip(text, region->len + 1), suffix);
}

bool ecr_registry_parse(struct view name, struct ecr_registry *registry)
{
    struct ecr_registry found = {
        .account = {name.ptr, name.len < ACCOUNT_LEN ? name.len : ACCOUNT_LEN}};
    struct view rest = view_skip(name, ACCOUNT_LEN);
    size_t i = 0;
    while (i < ARRAY_LEN(middles) && !view_starts_with(rest, middles[i].text))
        i++;
    if (i == ARRAY_LEN(middles) || !is_account(found.account) ||
        !parse_end(view_skip(rest, middles[i].text.len), middles[i].dual_stack, &found.region))
        return false;
    if (registry)
        *registry = found;
    return true;
}

void ecr_registry_name(const char *account, const char *region, struct buf *name)
{
    buf_printf(name, "%s.dkr.ecr.%s.%s", account, region, aws_partition_suffix(region));
}

/* A private link into a VPC ends with the name of AWS, and leads to the API alone. */
static bool is_at_aws(struct view url, const char *region)
{
    struct http_origin origin;
    struct view suffix = view_str(aws_partition_suffix(region));
    if (http_origin_of(url, &origin, NULL) < 0)
        return false;
    struct view host = view_str(origin.host);
    return host.len > suffix.len && host.ptr[host.len - suffix.len - 1] == '.' &&
           view_equal(view_skip(host, host.len - suffix.len), suffix);
}

int ecr_registry_url(const struct aws_client *client, struct buf *url, struct error *err)
{
    cleanup_buf struct buf endpoint = BUF_INIT(BUF_TEXT_CAP);
    const char *set = getenv("LORRY_REGISTRY_URL");
    bool overridden;
    if (set && *set) {
        buf_append_str(url, set);
        return 0;
    }
    if (ecr_endpoint(client, &endpoint, &overridden, err) < 0)
        return -1;
    if (overridden && !is_at_aws(buf_view(&endpoint), client->region))
        buf_append_view(url, buf_view(&endpoint));
    return 0;
}

static bool is_stale(const struct ecr_logins *logins)
{
    struct clock *clock = logins->client->clock;
    int64_t expires_us = logins->token.expires_us;
    return !logins->token.user.len ||
           (expires_us && clock->now_us(clock) > expires_us - RENEW_EARLY_US);
}

static int renew_token(struct ecr_logins *logins, struct error *err)
{
    struct ecr_token token = {0};
    if (ecr_get_authorization_token(logins->client, &token, err) < 0)
        return -1;
    ecr_token_release(&logins->token);
    logins->token = token;
    return 0;
}

static int get_login(struct registry_logins *self, const char *registry, bool renew,
                     struct registry_login *login, struct error *err)
{
    struct ecr_logins *logins = (struct ecr_logins *)self;
    if ((renew || is_stale(logins)) && renew_token(logins, err) < 0)
        return error_prefix(err, "cannot log in to %s", registry);
    registry_login_release(login);
    login->user = BUF_INIT(logins->token.user.len);
    login->password = BUF_INIT(logins->token.password.len);
    buf_append_view(&login->user, buf_view(&logins->token.user));
    buf_append_view(&login->password, buf_view(&logins->token.password));
    return 0;
}

void ecr_logins_init(struct ecr_logins *logins, struct aws_client *client)
{
    *logins = (struct ecr_logins){.logins = {get_login}, .client = client};
}

void ecr_logins_release(struct ecr_logins *logins)
{
    ecr_token_release(&logins->token);
}
