#include "crate_fixture.h"

#include "base/memory.h"
#include "json/writer.h"

static int64_t fixed_now_us(struct clock *clock)
{
    (void)clock;
    return 1720746000000000;
}

static int64_t fixture_steady_ms(struct clock *clock)
{
    return ((struct crate_fixture *)((char *)clock - offsetof(struct crate_fixture, clock)))
        ->steady_ms;
}

int crate_fixture_setup(void **state)
{
    struct crate_fixture *f = xcalloc(1, sizeof(*f));
    f->course = (struct http_script_course){.steps = f->steps};
    f->clock = (struct clock){.now_us = fixed_now_us, .steady_ms = fixture_steady_ms};
    f->steady_ms = 5000;
    f->http = http_script_new(http_script_play, &f->course);
    assert_int_equal(url_parse(VIEW("crate://h"), &f->url, NULL), 0);
    f->config = (struct sink_config){.url = &f->url,
                                     .table = {.table = (char *)"t"},
                                     .create_table = true,
                                     .http = f->http,
                                     .clock = &f->clock};
    *state = f;
    return 0;
}

int crate_fixture_teardown(void **state)
{
    struct crate_fixture *f = *state;
    size_t next = f->course.next, count = f->course.count;
    sink_close(f->sink);
    http_client_free(f->http);
    url_release(&f->url);
    arena_release(&f->arena);
    free(f);
    if (next != count)
        print_error("%zu of %zu steps of the script were played\n", next, count);
    return next == count ? 0 : -1;
}

struct sink *crate_fixture_open(struct crate_fixture *f)
{
    struct error err = {0};
    sink_close(f->sink);
    f->sink = NULL;
    if (sink_open(&f->config, &f->sink, &err) < 0)
        fail_msg("%s", err.message);
    return f->sink;
}

/* ---- the script ---- */

static const char *keep(struct crate_fixture *f, struct buf *text)
{
    const char *kept = arena_copy(&f->arena, buf_view(text)).ptr;
    buf_release(text);
    return kept;
}

void crate_expect(struct crate_fixture *f, const char *body, int status, const char *answer)
{
    assert_true(f->course.count < STEPS_MAX);
    f->steps[f->course.count++] = (struct http_script_step){
        .method = "POST", .target = "/_sql", .body = body, .status = status, .answer = answer};
}

static const char *body_of(struct crate_fixture *f, const char *statement, const char *rest)
{
    struct buf body = BUF_INIT((size_t)16 << 20);
    struct json_writer w;
    buf_append_str(&body, "{\"stmt\":");
    json_writer_init(&w, &body);
    json_put_string(&w, view_str(statement));
    buf_append_str(&body, rest);
    return keep(f, &body);
}

static const char *bulk_body(struct crate_fixture *f, const char *statement, const char *rows)
{
    struct buf rest = BUF_INIT((size_t)16 << 20);
    buf_printf(&rest, ",\"bulk_args\":[%s]}", rows);
    return body_of(f, statement, keep(f, &rest));
}

void crate_expect_rows(struct crate_fixture *f, const char *statement, const char *rows,
                       const char *results)
{
    struct buf answer = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&answer, "{\"cols\":[],\"duration\":1.0,\"results\":[");
    for (char *p = (char *)results; *p;) {
        long rowcount = strtol(p, &p, 10);
        buf_printf(&answer, "{\"rowcount\":%ld", rowcount);
        if (*p == ':')
            buf_printf(&answer,
                       ",\"error\":{\"code\":%ld,\"message\":\"SQLParseException[Cannot "
                       "cast object element `v` with value `secret` to type `bigint`]\"}",
                       strtol(p + 1, &p, 10));
        p += *p == ' ';
        buf_append_str(&answer, *p ? "}," : "}");
    }
    buf_append_str(&answer, "]}");
    crate_expect(f, bulk_body(f, statement, rows), 200, keep(f, &answer));
}

void crate_expect_refusal(struct crate_fixture *f, const char *statement, const char *rows,
                          int status, int code)
{
    struct buf answer = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&answer,
               "{\"error\":{\"message\":\"SQLParseException[Cannot cast object element "
               "`v` with value `secret` to type `bigint`]\",\"code\":%d}}",
               code);
    crate_expect(f, bulk_body(f, statement, rows), status, keep(f, &answer));
}

void crate_expect_statement(struct crate_fixture *f, const char *statement)
{
    crate_expect(f, body_of(f, statement, "}"), 200, "{\"cols\":[],\"rows\":[[]],\"rowcount\":1}");
}

static const char *rows_answer(struct crate_fixture *f, const char *columns, const char *rows)
{
    struct buf answer = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&answer, "{\"cols\":[%s],\"rows\":[%s],\"rowcount\":1}", columns, rows);
    return keep(f, &answer);
}

void crate_expect_look(struct crate_fixture *f, const char *tables, const char *columns,
                       const char *keys)
{
    crate_expect(f,
                 "{\"stmt\":\"SELECT table_name, table_type, settings FROM "
                 "information_schema.tables WHERE table_schema = ? AND table_name IN (?, ?, "
                 "?)\",\"args\":[\"doc\",\"t\",\"t_live\",\"t_dead_letters\"]}",
                 200, rows_answer(f, "\"table_name\",\"table_type\",\"settings\"", tables));
    crate_expect(f,
                 "{\"stmt\":\"SELECT column_name, data_type, is_nullable, is_generated, "
                 "column_default, column_details FROM information_schema.columns WHERE "
                 "table_schema = ? AND table_name = ? ORDER BY ordinal_position\",\"args\":"
                 "[\"doc\",\"t\"]}",
                 200,
                 rows_answer(f,
                             "\"column_name\",\"data_type\",\"is_nullable\",\"is_generated\","
                             "\"column_default\",\"column_details\"",
                             columns));
    crate_expect(f,
                 "{\"stmt\":\"SELECT column_name FROM information_schema.key_column_usage WHERE "
                 "table_schema = ? AND table_name = ? ORDER BY ordinal_position\",\"args\":"
                 "[\"doc\",\"t\"]}",
                 200, rows_answer(f, "\"column_name\"", keys));
}

void crate_expect_lorry(struct crate_fixture *f, const char *data_columns)
{
    struct buf columns = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&columns, "%s%s%s", LORRY_COLUMNS, data_columns ? "," : "",
               data_columns ? data_columns : "");
    crate_expect_look(f, LORRY_TABLES, keep(f, &columns), "[\"pk\"]");
}

void crate_fixture_ready(struct crate_fixture *f, const char *data_columns)
{
    crate_expect_lorry(f, data_columns);
    crate_fixture_open(f);
}

/* ---- batches ---- */

const char *crate_apply(struct crate_fixture *f, const struct change *const *changes)
{
    static char states[16];
    size_t count = 0;
    memset(f->rows, 0, sizeof(f->rows));
    for (; changes[count]; count++) {
        assert_true(count < ARRAY_LEN(f->rows));
        f->rows[count].change = changes[count];
    }
    f->err = (struct error){0};
    bool good = f->sink->ops->begin(f->sink, changes[0], 0, &f->err) == 0 &&
                f->sink->ops->write(f->sink, f->rows, count, 0, &f->err) == 0 &&
                f->sink->ops->commit(f->sink, 0, &f->err) == 0;
    if (!good)
        f->sink->ops->rollback(f->sink);
    for (size_t i = 0; i < count; i++)
        states[i] = "PWSR"[f->rows[i].state];
    states[count] = good ? '\0' : '!';
    states[count + 1] = '\0';
    return states;
}
