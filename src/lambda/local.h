/* A record processor that is run by hand instead of by Lambda: `PROGRAM [--table NAME] [--strict]
 * SOURCE... SINK` relays the sources once. */
#ifndef LORRY_LAMBDA_LOCAL_H
#define LORRY_LAMBDA_LOCAL_H

#include "cdc/batch.h"
#include "net/http.h"

/* Returns the exit status: 0 done, 1 failed (with --strict also: records were set aside), 2 wrong
 * use. The password comes from the URL or from SINK_PASSWORD; no other setting is read. `http` is
 * borrowed. */
int local_run(int argc, char **argv, struct change_hook hook, struct http_client *http);

#endif
