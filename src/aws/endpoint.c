#include "aws/endpoint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/view.h"

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

const char *aws_region_environment(void)
{
    const char *region = environment("AWS_REGION");
    return region ? region : environment("AWS_DEFAULT_REGION");
}

/* [botocore partitions.json, endpoints.json] */
static const struct {
    struct view prefix;
    const char *partition;
    const char *suffix;
    const char *home;       /* the region that services without regions are in */
    const char *home_label; /* what stands for it in their hosts */
} partitions[] = {
    {VIEW("cn-"), "aws-cn", "amazonaws.com.cn", "cn-north-1", ".cn-north-1"},
    {VIEW("us-gov-"), "aws-us-gov", "amazonaws.com", "us-gov-west-1", ".us-gov"},
    {VIEW("eusc-"), "aws-eusc", "amazonaws.eu", "eusc-de-east-1", ".eusc-de-east-1"},
    {VIEW("us-iso-"), "aws-iso", "c2s.ic.gov", "us-iso-east-1", ".us-iso-east-1"},
    {VIEW("us-isob-"), "aws-iso-b", "sc2s.sgov.gov", "us-isob-east-1", ".us-isob-east-1"},
    {VIEW("eu-isoe-"), "aws-iso-e", "cloud.adc-e.uk", "eu-isoe-west-1", ".eu-isoe-west-1"},
    {VIEW("us-isof-"), "aws-iso-f", "csp.hci.ic.gov", "us-isof-south-1", ".us-isof-south-1"},
    {VIEW(""), "aws", "amazonaws.com", "us-east-1", ""}, /* any other */
};

static size_t partition_of(const char *region)
{
    size_t i = 0;
    while (!view_starts_with(view_str(region), partitions[i].prefix))
        i++;
    return i;
}

const char *aws_partition_suffix(const char *region)
{
    return partitions[partition_of(region)].suffix;
}

const char *aws_partition(const char *region)
{
    return partitions[partition_of(region)].partition;
}

const char *aws_signing_region(const struct aws_service *service, const char *region)
{
    return service->global ? partitions[partition_of(region)].home : region;
}

bool aws_region_valid(const char *region)
{
    return *region && strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(region);
}

/* An endpoint that somebody set, and where: for the message if it is wrong. */
struct override {
    const char *place;
    const char *url;
};

static bool ignores_configured(void)
{
    const char *value = environment("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    return value && strcasecmp(value, "true") == 0;
}

static const char *profile_url(const struct aws_endpoints *endpoints, const char *service)
{
    for (size_t i = 0; i < endpoints->profile_count; i++) {
        const struct aws_endpoint_setting *setting = &endpoints->profile[i];
        if (service ? setting->service && strcasecmp(setting->service, service) == 0
                    : !setting->service)
            return setting->url;
    }
    return NULL;
}

/* `variable` is "AWS_ENDPOINT_URL_<SERVICE>". */
static struct override find_override(const struct aws_service *service, const char *variable,
                                     const struct aws_endpoints *endpoints)
{
    const struct override places[] = {
        {variable, environment(variable)},
        {"AWS_ENDPOINT_URL", environment("AWS_ENDPOINT_URL")},
        {"endpoint_url of the service in the profile", profile_url(endpoints, service->variable)},
        {"endpoint_url of the profile", profile_url(endpoints, NULL)},
    };
    if (endpoints->option)
        return (struct override){"--endpoint-url", endpoints->option};
    for (size_t i = 0; i < ARRAY_LEN(places) && !ignores_configured(); i++)
        if (places[i].url)
            return places[i];
    return (struct override){0};
}

/* A path may stay: requests go below it. Whatever else a URL can have would end up in their midst.
 */
static int append_override(const struct override *override, struct buf *url, struct error *err)
{
    struct view v = view_str(override->url);
    while (v.len && v.ptr[v.len - 1] == '/')
        v.len--;
    if (!view_starts_with(v, VIEW("http://")) && !view_starts_with(v, VIEW("https://")))
        return error_set(err, ERROR_SETTING, 0, "%s is no http or https URL", override->place);
    if (strpbrk(override->url, "?#@ \t\r\n"))
        return error_set(err, ERROR_SETTING, 0,
                         "%s has more than scheme, host, port and path: neither user, query nor "
                         "fragment belongs there",
                         override->place);
    buf_append_view(url, v);
    buf_append_char(url, '/');
    return 0;
}

int aws_endpoint(const struct aws_service *service, const char *region,
                 const struct aws_endpoints *endpoints, struct buf *url, bool *overridden,
                 struct error *err)
{
    static const struct aws_endpoints none = {0};
    cleanup_buf struct buf variable = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&variable, "AWS_ENDPOINT_URL_%s", service->variable);
    struct override override =
        find_override(service, buf_str(&variable), endpoints ? endpoints : &none);
    if (override.url) {
        if (append_override(&override, url, err) < 0)
            return -1;
    } else {
        if (!region)
            return error_set(err, ERROR_SETTING, 0, "no AWS region: set AWS_REGION");
        if (!aws_region_valid(region))
            return error_set(err, ERROR_SETTING, 0, "\"%s\" is no AWS region", region);
        buf_printf(url, "https://%s%s%s.%s/", service->host, service->global ? "" : ".",
                   service->global ? partitions[partition_of(region)].home_label : region,
                   aws_partition_suffix(region));
    }
    if (overridden)
        *overridden = override.url != NULL;
    return 0;
}

static bool is_label(const char *name)
{
    size_t len = strlen(name);
    return len >= 3 && len <= 63 && name[0] != '-' && name[len - 1] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

int aws_bucket_endpoint(const struct aws_service *service, const char *bucket, const char *region,
                        const struct aws_endpoints *endpoints, struct buf *url, struct error *err)
{
    static const struct view scheme = VIEW("https://");
    cleanup_buf struct buf endpoint = BUF_INIT(BUF_TEXT_CAP);
    bool overridden = false;
    if (aws_endpoint(service, region, endpoints, &endpoint, &overridden, err) < 0)
        return -1;
    if (overridden || !is_label(bucket))
        buf_printf(url, "%s%s/", buf_str(&endpoint), bucket);
    else
        buf_printf(url, "%s%s.%s", scheme.ptr, bucket, buf_str(&endpoint) + scheme.len);
    return 0;
}
