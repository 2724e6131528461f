/* The model as a server, for what wants a database at the other end of a socket:
 * cratedb-model [--port N] [--user NAME --password TEXT]. It listens on 127.0.0.1 only, prints the
 * port as one line, and ends on SIGTERM or SIGINT. */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "model/cratedb_model.h"

/* What the real server takes unless configured otherwise (http.max_content_length). */
#define BODY_MAX (100 << 20)

static struct view header(struct evhttp_request *request, const char *name)
{
    return view_str(evhttp_find_header(evhttp_request_get_input_headers(request), name));
}

static void serve(struct evhttp_request *request, void *user)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    struct buf answer = BUF_INIT(SIZE_MAX / 2);
    size_t len = evbuffer_get_length(input);
    const struct cratedb_request asked = {
        .method = "POST",
        .path = view_str(evhttp_request_get_uri(request)),
        .default_schema = header(request, "Default-Schema"),
        .authorization = header(request, "Authorization"),
        .body = view_of((const char *)evbuffer_pullup(input, -1), len),
    };
    int status = cratedb_model_handle(user, &asked, &answer);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    bool json = answer.len && answer.ptr[0] == '{';
    evhttp_add_header(headers, "Content-Type",
                      json ? "application/json; charset=UTF-8" : "text/plain; charset=UTF-8");
    struct evbuffer *output = evbuffer_new();
    evbuffer_add(output, buf_str(&answer), answer.len);
    evhttp_send_reply(request, status, NULL, output);
    evbuffer_free(output);
    buf_release(&answer);
}

static void refresh(evutil_socket_t fd, short events, void *user)
{
    (void)fd;
    (void)events;
    cratedb_model_refresh(user);
}

static void stop(evutil_socket_t fd, short events, void *user)
{
    (void)fd;
    (void)events;
    event_base_loopbreak(user);
}

static unsigned bound_port(struct evhttp_bound_socket *socket)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    getsockname(evhttp_bound_socket_get_fd(socket), (struct sockaddr *)&address, &len);
    return ntohs(address.sin_port);
}

static int run(struct cratedb_model *model, unsigned port)
{
    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);
    struct event *tick = event_new(base, -1, EV_PERSIST, refresh, model);
    struct event *term = evsignal_new(base, SIGTERM, stop, base);
    struct event *interrupt = evsignal_new(base, SIGINT, stop, base);
    evhttp_set_max_body_size(http, BODY_MAX);
    evhttp_set_gencb(http, serve, model);
    struct evhttp_bound_socket *socket =
        evhttp_bind_socket_with_handle(http, "127.0.0.1", (ev_uint16_t)port);
    if (socket) {
        event_add(tick, &(struct timeval){.tv_sec = 1});
        event_add(term, NULL);
        event_add(interrupt, NULL);
        printf("%u\n", bound_port(socket));
        fflush(stdout);
        event_base_dispatch(base);
    } else {
        fprintf(stderr, "cratedb-model: cannot listen on 127.0.0.1:%u\n", port);
    }
    event_free(tick);
    event_free(term);
    event_free(interrupt);
    evhttp_free(http);
    event_base_free(base);
    return socket ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"user", required_argument, NULL, 'u'},
                                            {"password", required_argument, NULL, 'w'},
                                            {0}};
    const char *user = "crate", *password = NULL;
    unsigned long port = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': port = strtoul(optarg, NULL, 10); break;
        case 'u': user = optarg; break;
        case 'w': password = optarg; break;
        default: return 2;
        }
    }
    if (optind < argc || port > 65535) {
        fprintf(stderr, "usage: cratedb-model [--port N] [--user NAME --password TEXT]\n");
        return 2;
    }
    struct cratedb_model *model = cratedb_model_new();
    if (password)
        cratedb_model_set_password(model, user, password);
    int status = run(model, (unsigned)port);
    cratedb_model_free(model);
    return status;
}
