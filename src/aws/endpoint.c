#include "aws/endpoint.h"

#include <stdlib.h>

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

/* [botocore partitions.json] */
static const struct {
    struct view prefix;
    const char *suffix;
} partitions[] = {
    {VIEW("cn-"), "amazonaws.com.cn"},    {VIEW("eusc-"), "amazonaws.eu"},
    {VIEW("us-iso-"), "c2s.ic.gov"},      {VIEW("us-isob-"), "sc2s.sgov.gov"},
    {VIEW("eu-isoe-"), "cloud.adc-e.uk"}, {VIEW("us-isof-"), "csp.hci.ic.gov"},
};

static const char *partition_suffix(struct view region)
{
    for (size_t i = 0; i < ARRAY_LEN(partitions); i++)
        if (view_starts_with(region, partitions[i].prefix))
            return partitions[i].suffix;
    return "amazonaws.com";
}

/* It becomes part of a host name: nothing else may get in that way. */
static bool is_region(const char *region)
{
    return *region && strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(region);
}

static int append_override(const char *variable, const char *value, struct buf *url,
                           struct error *err)
{
    struct view v = view_str(value);
    while (v.len && v.ptr[v.len - 1] == '/')
        v.len--;
    if (!view_starts_with(v, VIEW("http://")) && !view_starts_with(v, VIEW("https://")))
        return error_set(err, ERROR_SETTING, 0, "%s is no http or https URL", variable);
    buf_append_view(url, v);
    buf_append_char(url, '/');
    return 0;
}

int aws_endpoint(const struct aws_service *service, const char *region, struct buf *url,
                 struct error *err)
{
    cleanup_buf struct buf variable = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&variable, "AWS_ENDPOINT_URL_%s", service->variable);
    const char *const variables[] = {buf_str(&variable), "AWS_ENDPOINT_URL"};
    for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
        const char *value = environment(variables[i]);
        if (value)
            return append_override(variables[i], value, url, err);
    }
    if (!is_region(region))
        return error_set(err, ERROR_SETTING, 0, "\"%s\" is no AWS region", region);
    buf_printf(url, "https://%s.%s.%s/", service->host, region, partition_suffix(view_str(region)));
    return 0;
}
