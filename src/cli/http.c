#include "cli/http.h"

#include <stdlib.h>
#include <string.h>

#include "net/http_curl.h"
#include "net/http_debug.h"
#include "net/http_patience.h"

static bool shows_http(const struct cli *cli)
{
    const char *debug = getenv("LORRY_DEBUG");
    return cli->debug_http || (debug && strcmp(debug, "http") == 0);
}

struct http_client *cli_http_new(const struct cli *cli, struct error *err)
{
    struct http_client *client = http_curl_new(err);
    if (client && cli->patience)
        client = http_patience_new(client, cli->patience);
    return client && shows_http(cli) ? http_debug_new(client, stderr) : client;
}
