#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/memory.h"

#define MESSAGE_MAX ((size_t)1 << 30)
#define HEAD_MAX ((size_t)64 << 10)
#define READ_SIZE ((size_t)256 << 10)

int server_init(struct server *server, struct error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
        server->connections[i].fd = -1;
    if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, len) < 0 ||
        listen(server->listener, SERVER_CONNECTIONS) < 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) < 0)
        return error_errno(err, "could not listen on 127.0.0.1");
    server->port = ntohs(address.sin_port);
    return 0;
}

static void drop(struct server *server, struct server_connection *c)
{
    if (server->closed)
        server->closed(server, c);
    close(c->fd);
    buf_release(&c->in);
    buf_release(&c->out);
    *c = (struct server_connection){.fd = -1};
}

void server_release(struct server *server)
{
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
        if (server->connections[i].fd >= 0)
            drop(server, &server->connections[i]);
    close(server->listener);
}

static void take(struct server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), on = 1;
    if (fd < 0)
        return;
    for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
        struct server_connection *c = &server->connections[i];
        if (c->fd >= 0)
            continue;
        *c = (struct server_connection){
            .fd = fd, .in = BUF_INIT(MESSAGE_MAX), .out = BUF_INIT(MESSAGE_MAX)};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        return;
    }
    close(fd);
}

/* ---- sending ---- */

static const char *reason_of(int status)
{
    return status == 200 ? "OK" : status == 202 ? "Accepted" : "Not Found";
}

void server_answer(struct server_connection *c, int status, const char *headers, struct view body,
                   struct view tail)
{
    buf_clear(&c->out);
    buf_printf(&c->out,
               "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
               status, reason_of(status), body.len + tail.len, headers);
    buf_append_view(&c->out, body);
    c->tail = tail;
    c->sent = 0;
}

static bool is_sending(const struct server_connection *c)
{
    return c->sent < c->out.len + c->tail.len;
}

static bool flush(struct server_connection *c)
{
    while (is_sending(c)) {
        size_t past = c->sent > c->out.len ? c->sent - c->out.len : 0;
        size_t own = c->sent - past;
        struct iovec parts[] = {{c->out.ptr + own, c->out.len - own},
                                {(char *)(uintptr_t)c->tail.ptr + past, c->tail.len - past}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = c->tail.len ? 2 : 1};
        ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        c->sent += (size_t)n;
    }
    return true;
}

/* ---- receiving ---- */

static size_t content_length(struct view head)
{
    static const char name[] = "\r\ncontent-length:";
    for (size_t i = 0; i + sizeof(name) <= head.len; i++)
        if (head.ptr[i] == '\r' && strncasecmp(head.ptr + i, name, sizeof(name) - 1) == 0)
            return strtoul(head.ptr + i + sizeof(name) - 1, NULL, 10);
    return 0;
}

static bool read_head(struct server_connection *c)
{
    const char *text = c->in.ptr, *end = memmem(text, c->in.len, "\r\n\r\n", 4);
    if (!end)
        return c->in.len < HEAD_MAX;
    const char *path = memchr(text, ' ', (size_t)(end - text));
    const char *version = path ? memchr(path + 1, ' ', (size_t)(end - path - 1)) : NULL;
    if (!version)
        return false;
    c->head_len = (size_t)(end - text) + 4;
    c->body_len = content_length(view_of(text, c->head_len));
    return c->body_len <= MESSAGE_MAX - HEAD_MAX;
}

/* The buffer may have moved since the head was read. */
static void locate(struct server_connection *c)
{
    const char *text = c->in.ptr, *path = strchr(text, ' ') + 1;
    size_t come = c->in.len - c->head_len;
    c->method = view_between(text, path - 1);
    c->path = view_between(path, strchr(path, ' '));
    c->body = view_of(text + c->head_len, come < c->body_len ? come : c->body_len);
}

/* False: the connection is of no more use. */
static bool receive(struct server *server, struct server_connection *c)
{
    size_t want = c->head_len + c->body_len > c->in.len + READ_SIZE
                      ? c->head_len + c->body_len - c->in.len
                      : READ_SIZE;
    char *room = buf_reserve(&c->in, want);
    ssize_t n = room ? recv(c->fd, room, READ_SIZE, 0) : -1;
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    buf_commit(&c->in, (size_t)n);
    if (!c->head_len && !read_head(c))
        return false;
    if (!c->head_len)
        return true;
    locate(c);
    if (server->progress)
        server->progress(server, c);
    if (c->body.len < c->body_len)
        return true;
    server->request(server, c);
    c->head_len = c->seen = 0;
    c->in.len = 0; /* nobody sends requests ahead of answers */
    return flush(c);
}

static void serve(struct server *server, struct server_connection *c, short events)
{
    bool alive = true;
    if (events & POLLOUT)
        alive = flush(c);
    else if (events)
        alive = receive(server, c);
    if (!alive)
        drop(server, c);
}

int server_run(struct server *server, int watched_fd, struct error *err)
{
    bool busy = true;
    while (!server->stop || busy) {
        struct pollfd fds[SERVER_CONNECTIONS + 2] = {{server->listener, POLLIN, 0},
                                                     {watched_fd, POLLIN, 0}};
        for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
            struct server_connection *c = &server->connections[i];
            fds[i + 2] = (struct pollfd){c->fd, is_sending(c) ? POLLOUT : POLLIN, 0};
        }
        if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
            return error_errno(err, "poll");
        if (fds[1].revents)
            return 0;
        for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
            if (server->connections[i].fd >= 0 && fds[i + 2].fd >= 0)
                serve(server, &server->connections[i], fds[i + 2].revents);
        if (fds[0].revents)
            take(server);
        busy = false;
        for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
            busy |= server->connections[i].fd >= 0 && is_sending(&server->connections[i]);
    }
    return 0;
}
