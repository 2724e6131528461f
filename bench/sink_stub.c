/* A CrateDB that stores nothing: the sink of the benchmark, for both sides.
 *
 *     sink_stub [--known] [--columns FILE]
 *
 * Prints "port N" and serves POST /_sql and GET / on 127.0.0.1 until its standard input ends; then
 * prints one JSON object: requests, rows, bytes. Rows are counted while they come, by brackets,
 * values are not looked at. `--known`: all keys are there already, so that INSERT ... ON CONFLICT
 * DO NOTHING answers 0 for each, and lorry's second step writes everything once more.
 *
 * The catalogue, which LorryStream never asks, has any table, with a primary key of two members of
 * `pk`. Its columns stand in FILE: rows of information_schema.columns as lorry asks for them, in
 * JSON, separated by commas. [FACTS 4; shapes of answers: cratedb-wire 0016, 0018, 0020, 0025,
 * 0052]
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "server.h"

/* Where a body is being read. */
struct scan {
    unsigned depth;
    bool in_string, escaped;
    bool in_bulk;      /* below the array of "bulk_args" */
    size_t name_start; /* of the last text at depth 1, in the body */
    size_t rows;
};

struct stub {
    struct server server;
    struct scan scans[SERVER_CONNECTIONS];
    struct buf answer;
    struct buf columns;
    bool known;
    unsigned long long requests, writes, rows, bytes;
};

/* ---- counting ---- */

static const char *skip_string(struct scan *scan, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (scan->escaped) {
            scan->escaped = false;
            continue;
        }
        const char *quote = memchr(p, '"', (size_t)(end - p));
        const char *backslash = memchr(p, '\\', (size_t)((quote ? quote : end) - p));
        if (!backslash && !quote)
            return end;
        p = backslash ? backslash : quote;
        if (!backslash) {
            scan->in_string = false;
            return p + 1;
        }
        scan->escaped = true;
    }
    return end;
}

static void open_bracket(struct scan *scan, const char *body, char c)
{
    static const char name[] = "bulk_args\"";
    scan->depth++;
    if (c == '[' && scan->depth == 2)
        scan->in_bulk = memcmp(body + scan->name_start, name, sizeof(name) - 1) == 0;
    scan->rows += c == '[' && scan->depth == 3 && scan->in_bulk;
}

static void scan_body(struct scan *scan, const char *body, const char *p, const char *end)
{
    static const bool special[256] = {
        ['"'] = true, ['['] = true, [']'] = true, ['{'] = true, ['}'] = true};
    while (p < end) {
        if (scan->in_string) {
            p = skip_string(scan, p, end);
            continue;
        }
        while (p < end && !special[(unsigned char)*p])
            p++;
        if (p == end)
            return;
        char c = *p++;
        scan->in_string = c == '"';
        if (c == '"' && scan->depth == 1)
            scan->name_start = (size_t)(p - body);
        else if (c == '[' || c == '{')
            open_bracket(scan, body, c);
        else if (c != '"')
            scan->depth--;
    }
}

/* LorryStream's client compresses what is longer than a few KB: always one row, never a bulk. */
static bool is_gzip(struct view body)
{
    return view_starts_with(body, VIEW("\x1f\x8b"));
}

static void progress(struct server *server, struct server_connection *c)
{
    struct stub *stub = server->user;
    struct scan *scan = &stub->scans[c - server->connections];
    if (c->seen == 0)
        *scan = (struct scan){0};
    if (!is_gzip(c->body))
        scan_body(scan, c->body.ptr, c->body.ptr + c->seen, c->body.ptr + c->body.len);
    c->seen = c->body.len;
}

/* ---- answering ---- */

static bool contains(struct view text, const char *needle)
{
    return memmem(text.ptr, text.len, needle, strlen(needle)) != NULL;
}

/* The names behind the schema: the table, its view, its dead letters. */
static void answer_tables(struct buf *out, struct view body)
{
    static const char *const types[] = {"BASE TABLE", "VIEW", "BASE TABLE"};
    const char *name = memmem(body.ptr, body.len, "\"args\":[", 8);
    for (size_t i = 0; name && i < ARRAY_LEN(types); i++) {
        name = strchr(name, ',');
        if (name)
            buf_printf(out, "%s[%.*s,\"%s\",{}]", i ? "," : "", (int)strcspn(name + 1, ",]"),
                       name + 1, types[i]);
        name = name ? name + 1 : NULL;
    }
}

static void answer_catalogue(struct stub *stub, struct view body)
{
    static const char *const columns[] = {
        "\"table_name\",\"table_type\",\"settings\"",
        "\"column_name\",\"data_type\",\"is_nullable\",\"is_generated\",\"column_default\","
        "\"column_details\"",
        "\"column_name\""};
    int which = contains(body, "information_schema.tables")    ? 0
                : contains(body, "information_schema.columns") ? 1
                                                               : 2;
    buf_printf(&stub->answer, "{\"cols\":[%s],\"rows\":[", columns[which]);
    if (which == 0) {
        answer_tables(&stub->answer, body);
    } else if (which == 1) {
        buf_append_view(&stub->answer, buf_view(&stub->columns));
    } else {
        buf_append_str(&stub->answer, "[\"pk\"],[\"pk\"]");
    }
    buf_append_str(&stub->answer, "],\"rowcount\":1,\"duration\":0.1}");
}

static void answer_write(struct stub *stub, struct view body, size_t rows)
{
    struct view statement = view_of(body.ptr, body.len < 4096 ? body.len : 4096);
    bool zero = stub->known && contains(statement, "DO NOTHING");
    static const char one_row[] = "{\"rowcount\":1},";
    stub->writes++;
    stub->rows += rows;
    buf_append_str(&stub->answer, "{\"cols\":[],\"duration\":0.1,\"results\":[");
    for (size_t i = 0; i < rows; i++) {
        buf_append(&stub->answer, one_row, sizeof(one_row) - 1);
        if (zero)
            stub->answer.ptr[stub->answer.len - 3] = '0';
    }
    stub->answer.len--; /* the last comma */
    buf_append_str(&stub->answer, "]}");
}

static void request(struct server *server, struct server_connection *c)
{
    struct stub *stub = server->user;
    struct view start = view_of(c->body.ptr, c->body.len < 4096 ? c->body.len : 4096);
    size_t rows = stub->scans[c - server->connections].rows;
    stub->requests++;
    stub->bytes += c->body.len;
    buf_clear(&stub->answer);
    if (view_equal(c->method, VIEW("GET")))
        buf_append_str(&stub->answer,
                       "{\"ok\":true,\"status\":200,\"name\":\"stub\",\"cluster_name\":"
                       "\"stub\",\"version\":{\"number\":\"6.4.3\"}}");
    else if (rows)
        answer_write(stub, c->body, rows);
    else if (contains(start, "information_schema"))
        answer_catalogue(stub, c->body);
    else if (contains(start, "\"SELECT") || contains(start, "\"select")) {
        buf_append_str(&stub->answer, "{\"cols\":[],\"rows\":[],\"rowcount\":0,\"duration\":0.1}");
    } else {
        bool is_row = contains(start, "\"args\"") || is_gzip(c->body);
        stub->writes += is_row;
        stub->rows += is_row;
        buf_append_str(&stub->answer,
                       "{\"cols\":[],\"rows\":[[]],\"rowcount\":1,\"duration\":0.1}");
    }
    server_answer(c, 200, "", buf_view(&stub->answer), (struct view){0});
}

int main(int argc, char **argv)
{
    static struct stub stub = {.columns = BUF_INIT(BUF_TEXT_CAP)};
    const char *path = NULL;
    struct error err;
    stub.answer = BUF_INIT((size_t)1 << 30);
    stub.server.user = &stub;
    stub.server.progress = progress;
    stub.server.request = request;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--known") == 0)
            stub.known = true;
        else if (strcmp(argv[i], "--columns") == 0 && i + 1 < argc)
            path = argv[++i];
        else
            return fprintf(stderr, "usage: sink_stub [--known] [--columns FILE]\n"), 2;
    }
    if (path && buf_read_file(&stub.columns, path, &err) < 0)
        return fprintf(stderr, "sink_stub: %s\n", err.message), 1;
    if (server_init(&stub.server, &err) < 0)
        return fprintf(stderr, "sink_stub: %s\n", err.message), 1;
    printf("port %d\n", stub.server.port);
    fflush(stdout);
    if (server_run(&stub.server, STDIN_FILENO, &err) < 0)
        return fprintf(stderr, "sink_stub: %s\n", err.message), 1;
    printf("{\"requests\": %llu, \"writes\": %llu, \"rows\": %llu, \"bytes\": %llu}\n",
           stub.requests, stub.writes, stub.rows, stub.bytes);
    server_release(&stub.server);
    buf_release(&stub.answer);
    buf_release(&stub.columns);
    return 0;
}
