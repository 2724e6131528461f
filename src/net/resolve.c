#include "net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/dns.h>
#include <event2/event_struct.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"

#define HOSTS_CAP ((size_t)1 << 20)

struct resolver {
    struct event_base *base;
    struct evdns_base *dns; /* NULL until a name has to be asked for */
    const char *resolv_conf;
    const char *hosts;
};

struct resolve_query {
    resolve_done *done; /* NULL: cancelled */
    void *user;
    char *host;
    struct evdns_getaddrinfo_request *request;
    struct event begin; /* evdns may answer at once; from the loop, that is no special case */
    char port[8];
    struct resolver *resolver;
};

struct resolver *resolver_new(struct event_base *base, const char *resolv_conf, const char *hosts)
{
    struct resolver *resolver = xcalloc(1, sizeof(*resolver));
    *resolver = (struct resolver){.base = base, .resolv_conf = resolv_conf, .hosts = hosts};
    return resolver;
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    if (resolver->dns) {
        /* Cancelled queries still have their last callback in the loop, which frees them. */
        event_base_loop(resolver->base, EVLOOP_NONBLOCK);
        evdns_base_free(resolver->dns, 1);
    }
    free(resolver);
}

static void add_address(struct addresses *out, const struct sockaddr *address, socklen_t len)
{
    if (out->count == ADDRESSES_MAX || len > sizeof(out->at[0].storage))
        return;
    struct address *to = &out->at[out->count++];
    memcpy(&to->storage, address, len);
    to->len = len;
}

static bool add_literal(struct addresses *out, const char *text, int port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        add_address(out, (const struct sockaddr *)&v4, sizeof(v4));
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        add_address(out, (const struct sockaddr *)&v6, sizeof(v6));
    else
        return false;
    return true;
}

/* "address name..." up to a "#". The line is written to. */
static void read_hosts_line(char *line, const char *host, int port, struct addresses *out)
{
    static const char SPACE[] = " \t\r";
    line[strcspn(line, "#")] = '\0';
    char *rest = NULL;
    const char *address = strtok_r(line, SPACE, &rest);
    if (!address)
        return;
    for (const char *name; (name = strtok_r(NULL, SPACE, &rest));) {
        if (strcasecmp(name, host) == 0) {
            add_literal(out, address, port);
            return;
        }
    }
}

static void read_hosts(const char *path, const char *host, int port, struct addresses *out)
{
    cleanup_buf struct buf text = BUF_INIT(HOSTS_CAP);
    if (buf_read_file(&text, path, NULL) || !text.ptr)
        return;
    char *rest = NULL;
    for (char *line = strtok_r(text.ptr, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        read_hosts_line(line, host, port, out);
}

int resolve_here(struct resolver *resolver, const char *host, int port, struct addresses *out)
{
    struct addresses found = {.count = 0};
    if (!add_literal(&found, host, port))
        read_hosts(resolver->hosts, host, port, &found);
    if (!found.count && strcasecmp(host, "localhost") == 0) {
        add_literal(&found, "127.0.0.1", port);
        add_literal(&found, "::1", port);
    }
    if (!found.count)
        return -1;
    *out = found;
    return 0;
}

static void keep_quiet(int is_warning, const char *message)
{
    (void)is_warning;
    (void)message;
}

static int open_dns(struct resolver *resolver, const char *host, struct error *err)
{
    if (resolver->dns)
        return 0;
    if (access(resolver->resolv_conf, R_OK))
        return error_set(
            err, ERROR_NET, errno,
            "cannot look up \"%s\": no name server is known, since %s cannot be read: %s", host,
            resolver->resolv_conf, strerror(errno));
    evdns_set_log_fn(
        keep_quiet); /* else it writes to standard error; the query's error says enough */
    struct evdns_base *dns = evdns_base_new(resolver->base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    if (!dns)
        memory_exhausted();
    /* No servers in it means the one at 127.0.0.1, as in libc. */
    evdns_base_resolv_conf_parse(dns, DNS_OPTION_NAMESERVERS | DNS_OPTION_SEARCH,
                                 resolver->resolv_conf);
    evdns_base_set_option(dns, "timeout", "2");
    evdns_base_set_option(dns, "attempts", "2");
    /* A server that counts as down would be probed with the name of a company that is not ours. */
    evdns_base_set_option(dns, "max-timeouts", "255");
    resolver->dns = dns;
    return 0;
}

static void query_free(struct resolve_query *query)
{
    event_del(&query->begin);
    free(query->host);
    free(query);
}

static int explain(int code, const char *host, struct error *err)
{
    if (code == EVUTIL_EAI_NONAME || code == EVUTIL_EAI_NODATA)
        return error_set(err, ERROR_NET, 0, "cannot look up \"%s\": there is no such host", host);
    /* evdns tells nothing else apart: time-outs, refusals and server failures are one code. */
    return error_set_retry(err, ERROR_NET, 0,
                           "cannot look up \"%s\": no usable answer from the name servers", host);
}

static void on_answer(int code, struct evutil_addrinfo *answer, void *user)
{
    struct resolve_query *query = user;
    struct addresses found = {.count = 0};
    for (struct evutil_addrinfo *a = code ? NULL : answer; a; a = a->ai_next)
        add_address(&found, a->ai_addr, (socklen_t)a->ai_addrlen);
    if (answer)
        evutil_freeaddrinfo(answer);
    if (query->done && found.count) {
        query->done(query->user, &found, NULL);
    } else if (query->done) {
        struct error err;
        explain(code ? code : EVUTIL_EAI_NODATA, query->host, &err);
        query->done(query->user, NULL, &err);
    }
    query_free(query);
}

static void on_begin(evutil_socket_t fd, short what, void *user)
{
    (void)fd;
    (void)what;
    struct resolve_query *query = user;
    const struct evutil_addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_protocol = IPPROTO_TCP,
        .ai_flags = EVUTIL_AI_ADDRCONFIG | EVUTIL_AI_NUMERICSERV,
    };
    /* When this gives NULL, on_answer() has run and freed the query. */
    struct evdns_getaddrinfo_request *request =
        evdns_getaddrinfo(query->resolver->dns, query->host, query->port, &hints, on_answer, query);
    if (request)
        query->request = request;
}

struct resolve_query *resolve_start(struct resolver *resolver, const char *host, int port,
                                    resolve_done *done, void *user, struct error *err)
{
    if (open_dns(resolver, host, err))
        return NULL;
    struct resolve_query *query = xcalloc(1, sizeof(*query));
    *query = (struct resolve_query){
        .done = done, .user = user, .host = xstrdup(host), .resolver = resolver};
    snprintf(query->port, sizeof(query->port), "%d", port);
    event_assign(&query->begin, resolver->base, -1, 0, on_begin, query);
    event_active(&query->begin, 0, 0);
    return query;
}

void resolve_cancel(struct resolve_query *query)
{
    query->done = NULL;
    if (query->request)
        evdns_getaddrinfo_cancel(query->request); /* on_answer() follows, from the loop */
    else
        query_free(query);
}
