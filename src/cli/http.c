#include "cli/http.h"

#include "net/http_curl.h"

struct http_client *cli_http_new(const struct cli *cli, struct error *err)
{
    (void)cli;
    return http_curl_new(err);
}
