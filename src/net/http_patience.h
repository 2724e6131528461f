/* An HTTP client around another one that does not wait long: for commands that ask many servers,
 * some of which may not answer. */
#ifndef LORRY_NET_HTTP_PATIENCE_H
#define LORRY_NET_HTTP_PATIENCE_H

#include "base/clock.h"
#include "net/http.h"

struct http_patience {
    struct clock *clock; /* that of the deadlines: clock_system, but in tests */
    int64_t each_ms;     /* how long a request may take, whatever its own deadline */
    int64_t until_ms;    /* clock.steady_ms() after which none is sent any more */
};

/* Requests beyond the time fail as those with a deadline do: ERROR_NET, ETIMEDOUT. `inner` is
 * the client's from now on, the clock is borrowed. */
struct http_client *http_patience_new(struct http_client *inner,
                                      const struct http_patience *patience);

#endif
