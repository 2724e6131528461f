#include "toy_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"

#define PEERS_MAX 64

struct peer {
    struct toy_server *server;
    pthread_t thread;
    int fd;
    SSL *ssl;
    int requests; /* that came on this connection */
};

struct toy_server {
    SSL_CTX *tls;
    int fd;
    int port;
    pthread_t thread;
    struct peer peers[PEERS_MAX];
    atomic_int connections;
    atomic_int requests;
    atomic_int waiting; /* at "/together" */
    atomic_bool stopped;
};

struct visit {
    struct peer *peer;
    char head[8192];
    size_t head_len; /* with the empty line */
    char method[16];
    char path[256];
    size_t body_len;
    unsigned body_sum;
};

unsigned toy_sum(const char *bytes, size_t len)
{
    unsigned sum = 1;
    for (size_t i = 0; i < len; i++)
        sum = sum * 31 + (unsigned char)bytes[i];
    return sum;
}

static ssize_t peer_read(struct peer *peer, char *to, size_t len)
{
    return peer->ssl ? SSL_read(peer->ssl, to, (int)len) : recv(peer->fd, to, len, 0);
}

static bool peer_write(struct peer *peer, const char *from, size_t len)
{
    while (len) {
        ssize_t put = peer->ssl ? SSL_write(peer->ssl, from, (int)(len < 100000 ? len : 100000))
                                : send(peer->fd, from, len, MSG_NOSIGNAL);
        if (put <= 0)
            return false;
        from += put;
        len -= (size_t)put;
    }
    return true;
}

static bool say(struct visit *v, const char *text)
{
    return peer_write(v->peer, text, strlen(text));
}

static bool answer(struct visit *v, int status, const char *body)
{
    char text[12000];
    snprintf(text, sizeof(text), "HTTP/1.1 %d Some Reason\r\nContent-Length: %zu\r\n\r\n%s", status,
             strlen(body), strcmp(v->method, "HEAD") == 0 ? "" : body);
    return say(v, text);
}

/* The paths. Each returns whether the connection is kept. */

static bool do_hello(struct visit *v)
{
    return answer(v, 200, "hello");
}

static bool do_which(struct visit *v)
{
    char text[40];
    snprintf(text, sizeof(text), "%d", v->peer->requests);
    return answer(v, 200, text);
}

static bool do_head(struct visit *v)
{
    return answer(v, 200, v->head);
}

static bool do_sum(struct visit *v)
{
    char text[60];
    snprintf(text, sizeof(text), "%s %zu %u", v->method, v->body_len, v->body_sum);
    return answer(v, 200, text);
}

static bool do_last(struct visit *v)
{
    answer(v, 200, "hello");
    return false;
}

static bool do_die(struct visit *v)
{
    (void)v;
    return false;
}

static bool do_die_if_kept(struct visit *v)
{
    return v->peer->requests == 1 && answer(v, 200, "alive");
}

static bool do_silent(struct visit *v)
{
    char byte;
    peer_read(v->peer, &byte, 1);
    return false;
}

static bool do_trickle(struct visit *v)
{
    bool up = say(v, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
    while (up && !v->peer->server->stopped) {
        usleep(20000);
        up = say(v, "x");
    }
    return false;
}

static bool do_chunked(struct visit *v)
{
    if (!say(v, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Mixed: Case\r\n\r\n5\r\nhel"))
        return false;
    usleep(10000);
    return say(v, "lo\r\n1;x=y\r\n,\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n");
}

static bool do_to_end(struct visit *v)
{
    say(v, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the");
    usleep(10000);
    say(v, " end");
    return false;
}

static bool do_cut(struct visit *v)
{
    say(v, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    return false;
}

static bool do_bad(struct visit *v)
{
    say(v, "SMTP ready\r\n\r\n");
    return false;
}

static bool do_stray(struct visit *v)
{
    return say(v, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Stray\r\n"
                  "Content-Length: 0\r\n\r\n");
}

static bool do_interim(struct visit *v)
{
    return say(v, "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 201 Made\r\n"
                  "X-A: b\r\nContent-Length: 4\r\n\r\nmade");
}

static bool do_empty(struct visit *v)
{
    return say(v, "HTTP/1.1 204 No Content\r\n\r\n");
}

static bool do_redirect(struct visit *v)
{
    return say(v, "HTTP/1.1 302 Found\r\nLocation: /hello\r\nContent-Length: 0\r\n\r\n");
}

/* Before the body is read. The rest of it is drained, as careful servers do. */
static bool do_early(struct visit *v)
{
    say(v, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge");
    if (!v->peer->ssl)
        shutdown(v->peer->fd, SHUT_WR);
    char scrap[65536];
    while (peer_read(v->peer, scrap, sizeof(scrap)) > 0)
        ;
    return false;
}

/* The same by a careless server: what it left unread makes its kernel send a reset. */
static bool do_early_reset(struct visit *v)
{
    say(v, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge");
    usleep(20000);
    return false;
}

static bool do_big(struct visit *v)
{
    char *body = xmalloc(TOY_BIG);
    for (size_t i = 0; i < TOY_BIG; i++)
        body[i] = toy_byte(i);
    char head[80];
    snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", TOY_BIG);
    bool up = say(v, head) && peer_write(v->peer, body, TOY_BIG);
    free(body);
    return up;
}

/* Chunks without end. */
static bool do_endless(struct visit *v)
{
    bool up = say(v, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (up && !v->peer->server->stopped)
        up = say(v, "10\r\n0123456789abcdef\r\n");
    return false;
}

/* Answers only when 16 requests are waiting here. */
static bool do_together(struct visit *v)
{
    struct toy_server *server = v->peer->server;
    server->waiting++;
    for (int i = 0; i < 500 && server->waiting < 16; i++)
        usleep(10000);
    return answer(v, server->waiting >= 16 ? 200 : 500, "");
}

static const struct {
    const char *path;
    bool (*handle)(struct visit *visit);
    bool before_body;
} PATHS[] = {
    {"/big", do_big, false},         {"/hello", do_hello, false},
    {"/which", do_which, false},     {"/head", do_head, false},
    {"/sum", do_sum, false},         {"/last", do_last, false},
    {"/die", do_die, false},         {"/die-if-kept", do_die_if_kept, false},
    {"/silent", do_silent, false},   {"/trickle", do_trickle, false},
    {"/chunked", do_chunked, false}, {"/to-end", do_to_end, false},
    {"/cut", do_cut, false},         {"/bad", do_bad, false},
    {"/stray", do_stray, false},     {"/interim", do_interim, false},
    {"/empty", do_empty, false},     {"/redirect", do_redirect, false},
    {"/early", do_early, true},      {"/early-reset", do_early_reset, true},
    {"/endless", do_endless, false}, {"/together", do_together, false},
};

static size_t announced(const struct visit *v)
{
    const char *length = strcasestr(v->head, "\ncontent-length:");
    return length ? strtoul(length + 16, NULL, 10) : 0;
}

/* The head, and as much of the body as came with it: its length, or -1. */
static ssize_t read_head(struct visit *v)
{
    size_t len = 0;
    for (;;) {
        ssize_t got = peer_read(v->peer, v->head + len, sizeof(v->head) - 1 - len);
        if (got <= 0)
            return -1;
        len += (size_t)got;
        v->head[len] = '\0';
        char *end = memmem(v->head, len, "\r\n\r\n", 4);
        if (end) {
            v->head_len = (size_t)(end - v->head) + 4;
            return (ssize_t)(len - v->head_len);
        }
        if (len == sizeof(v->head) - 1)
            return -1;
    }
}

static bool read_body(struct visit *v, size_t have)
{
    v->body_len = announced(v);
    char *body = xmalloc(v->body_len + 1);
    bool good = have <= v->body_len;
    if (good)
        memcpy(body, v->head + v->head_len, have);
    while (good && have < v->body_len) {
        ssize_t got = peer_read(v->peer, body + have, v->body_len - have);
        good = got > 0;
        have += good ? (size_t)got : 0;
    }
    v->body_sum = good ? toy_sum(body, v->body_len) : 0;
    free(body);
    return good;
}

static bool serve_one(struct peer *peer)
{
    struct visit v = {.peer = peer};
    ssize_t have = read_head(&v);
    if (have < 0 || sscanf(v.head, "%15s %255s", v.method, v.path) != 2)
        return false;
    peer->requests++;
    v.path[strcspn(v.path, "?")] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(PATHS); i++) {
        if (strcmp(v.path, PATHS[i].path) != 0)
            continue;
        if (!PATHS[i].before_body && !read_body(&v, (size_t)have))
            return false;
        v.head[v.head_len] = '\0';
        peer->server->requests++;
        return PATHS[i].handle(&v);
    }
    return answer(&v, 404, "");
}

static void *serve_peer(void *user)
{
    struct peer *peer = user;
    if (peer->server->tls) {
        peer->ssl = SSL_new(peer->server->tls);
        SSL_set_fd(peer->ssl, peer->fd);
    }
    if (!peer->ssl || SSL_accept(peer->ssl) == 1)
        while (serve_one(peer))
            ;
    if (peer->ssl)
        SSL_shutdown(peer->ssl);
    SSL_free(peer->ssl);
    /* The descriptor stays open until the server stops, which may still shut it down. */
    shutdown(peer->fd, SHUT_RDWR);
    return NULL;
}

static void *serve(void *user)
{
    struct toy_server *server = user;
    for (int i = 0; i < PEERS_MAX; i++) {
        int fd = accept(server->fd, NULL, NULL);
        if (fd < 0 || server->stopped) {
            if (fd >= 0)
                close(fd);
            break;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        struct peer *peer = &server->peers[i];
        *peer = (struct peer){.server = server, .fd = fd};
        server->connections++;
        pthread_create(&peer->thread, NULL, serve_peer, peer);
    }
    return NULL;
}

struct toy_server *toy_server_start(SSL_CTX *tls)
{
    struct toy_server *server = xcalloc(1, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    server->tls = tls;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->fd, (struct sockaddr *)&address, len) || listen(server->fd, 64) ||
        getsockname(server->fd, (struct sockaddr *)&address, &len))
        abort();
    server->port = ntohs(address.sin_port);
    /* What the client does about SIGPIPE must not be hidden by what the server does. */
    sigset_t pipe_signal, before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    pthread_create(&server->thread, NULL, serve, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return server;
}

void toy_server_stop(struct toy_server *server)
{
    server->stopped = true;
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    for (int i = 0; i < server->connections; i++)
        shutdown(server->peers[i].fd, SHUT_RDWR);
    for (int i = 0; i < server->connections; i++) {
        pthread_join(server->peers[i].thread, NULL);
        close(server->peers[i].fd);
    }
    close(server->fd);
    free(server);
}

int toy_server_port(const struct toy_server *server)
{
    return server->port;
}

int toy_server_connections(struct toy_server *server)
{
    return server->connections;
}

int toy_server_requests(struct toy_server *server)
{
    return server->requests;
}
