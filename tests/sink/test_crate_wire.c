/* The exchanges recorded with a real server, read by the code that reads answers: the row counts
 * are understood, refusals are told from failures, and no message leaks a value. */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/memory.h"
#include "sink/crate_answer.h"
#include "sink/crate_error.h"
#include "json/reader.h"

static struct {
    size_t files, bulks, rows_failed, tables, errors;
} seen;

static size_t elements(struct view array)
{
    struct json_reader r;
    size_t count = 0;
    json_reader_init(&r, array);
    if (json_next(&r) != JSON_ARRAY)
        return 0;
    for (; json_next(&r) > JSON_END && r.depth > 0; count++)
        json_span(&r);
    return count;
}

static void read_bulk_answer(const char *name, struct view answer, struct view results)
{
    size_t count = elements(results);
    cleanup_free struct crate_result *read = xcalloc(count + 1, sizeof(*read));
    struct error err = {0};
    if (crate_read_bulk(answer, read, count, &err) < 0)
        fail_msg("%s: %s", name, err.message);
    assert_int_equal(crate_read_bulk(answer, read, count + 1, &err), -1);
    for (size_t i = 0; i < count; i++) {
        assert_true(read[i].rowcount >= -2 && read[i].rowcount < 100);
        if (read[i].rowcount != -2)
            continue;
        seen.rows_failed++;
        if (read[i].code && !crate_code_refuses(read[i].code))
            assert_true(read[i].code == 4091 || read[i].code == CRATE_VERSION_CONFLICT ||
                        read[i].code == CRATE_ROW_MISSING);
    }
    seen.bulks++;
}

static void read_table_answer(const char *name, struct view answer)
{
    struct query_result result;
    struct error err = {0};
    if (crate_read_table(answer, &result, &err) < 0)
        fail_msg("%s: %s", name, err.message);
    query_result_release(&result);
    seen.tables++;
}

/* Values stand in backticks; what is left of the message has none. */
static void read_error_answer(const char *name, struct view answer)
{
    struct arena arena = ARENA_INIT;
    cleanup_buf struct buf text = BUF_INIT((size_t)1 << 24);
    struct view message = crate_cell_text(&arena, crate_member(answer, "error", "message", NULL));
    crate_redact(message, &text);
    for (const char *p = buf_str(&text); (p = strchr(p, '`')); p += 5)
        if (strncmp(p, "`...`", 5) != 0)
            fail_msg("%s leaks: %s", name, buf_str(&text));
    assert_null(strstr(buf_str(&text), "{\"stmt\""));
    seen.errors++;
    arena_release(&arena);
}

static void read_exchange(const char *name, struct view exchange)
{
    struct view answer = crate_member(exchange, "response", "body", NULL);
    struct view results = crate_member(answer, "results", NULL);
    struct view rows = crate_member(answer, "rows", NULL);
    seen.files++;
    if (results.len && results.ptr[0] == '[')
        read_bulk_answer(name, answer, results);
    else if (rows.len && rows.ptr[0] == '[' && !memmem(rows.ptr, rows.len, "_elided", 7))
        read_table_answer(name, answer);
    else if (crate_member(answer, "error", "code", NULL).len)
        read_error_answer(name, answer);
}

static void test_recorded_answers(void **state)
{
    const char *shared = getenv("LORRY_SHARED");
    char path[1024];
    (void)state;
    snprintf(path, sizeof(path), "%s/cratedb-wire", shared ? shared : "");
    DIR *folder = shared ? opendir(path) : NULL;
    if (!folder) {
        print_message("skipped: no recorded exchanges (LORRY_SHARED has no cratedb-wire)\n");
        skip();
    }
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (!view_ends_with(view_str(entry->d_name), VIEW(".json")))
            continue;
        cleanup_buf struct buf text = BUF_INIT((size_t)64 << 20);
        snprintf(path, sizeof(path), "%s/cratedb-wire/%s", shared, entry->d_name);
        assert_int_equal(buf_read_file(&text, path, NULL), 0);
        read_exchange(entry->d_name, buf_view(&text));
    }
    closedir(folder);
    assert_true(seen.files > 800);
    assert_true(seen.bulks > 400 && seen.rows_failed > 80);
    assert_true(seen.tables > 200 && seen.errors > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recorded_answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
