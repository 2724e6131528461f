/* The HTTP client of the commands. */
#ifndef LORRY_CLI_HTTP_H
#define LORRY_CLI_HTTP_H

#include "cli/cli.h"
#include "net/http.h"

/* With --debug-http or LORRY_DEBUG=http it shows what goes to and fro. Free with
 * http_client_free(). */
struct http_client *cli_http_new(const struct cli *cli, struct error *err);

#endif
