/* Says what is waited for when a sink takes its time. */
#ifndef LORRY_CLI_SINK_WAIT_H
#define LORRY_CLI_SINK_WAIT_H

#include "cli/cli.h"
#include "net/http.h"

/* A client that passes everything on to `inner`, which is its own from now on, and shows on a
 * terminal that `url` is waited for, and for how long, once that is more than a moment. `cli` and
 * `url` are borrowed; the requests have neither `stop` nor `user`. */
struct http_client *sink_wait_new(struct http_client *inner, const struct cli *cli,
                                  const char *url);

#endif
