/* The model is tested by the recordings of a real server: what it covers of cratedb-wire is asked
 * again, in order, and has to be answered as recorded, but for durations and `col_types`. */
#include "unit.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "model/cratedb_model.h"
#include "model/datum.h"

enum cover {
    COVER_ALL,  /* status, rows, counts, codes and messages */
    COVER_CODE, /* the message is the server's own wording of a syntax error, or elided */
    COVER_NONE,
};

/* The first line that fits counts. */
static const struct {
    int first, last;
    enum cover cover;
    const char *why;
} coverage[] = {
    {9, 9, COVER_CODE, "the parser's list of expected words"},
    {15, 15, COVER_NONE, "SHOW CREATE TABLE: lorry reads information_schema"},
    {19, 19, COVER_NONE, "table_constraints: not read by lorry"},
    {23, 23, COVER_NONE, "names the build of the server"},
    {25, 25, COVER_NONE, "names the node"},
    {28, 28, COVER_CODE, "the parser's list of expected words"},
    {1, 29, COVER_ALL, ""},
    {56, 56, COVER_NONE, "a random _id"},
    {83, 83, COVER_NONE, "the request is not in the recording as it was sent"},
    {86, 86, COVER_CODE, "the parser's position"},
    {50, 94, COVER_ALL, ""},
    {118, 119, COVER_CODE, "the parser's position"},
    {147, 148, COVER_NONE, "CHECK: no table of lorry's has one"},
    {151, 152, COVER_NONE, "generated columns: no table of lorry's has one"},
    {110, 163, COVER_ALL, ""},
    {277, 277, COVER_NONE, "the answer is elided"},
    {279, 279, COVER_NONE, "the answer is elided"},
    {200, 286, COVER_ALL, ""},
    {320, 469, COVER_ALL, ""},
    {480, 693, COVER_ALL, ""},
    {694, 709, COVER_NONE, "texts as timestamps: lorry sends milliseconds"},
    {710, 731, COVER_ALL, ""},
    {770, 771, COVER_CODE, "which of two wrong names is reported"},
    {772, 773, COVER_CODE, "the parser's position"},
    {774, 776, COVER_CODE, "the parser's position, the list of targets"},
    {778, 778, COVER_CODE, "names the types of the arguments"},
    {807, 807, COVER_CODE, "the list of targets"},
    {740, 808, COVER_ALL, ""},
    {840, 860, COVER_ALL, ""},
    {889, 892, COVER_NONE, "unnest: not used by lorry"},
    {894, 894, COVER_NONE, "_seq_no counts the rows of 0889-0891"},
    {880, 899, COVER_ALL, ""},
    {911, 911, COVER_NONE, "content garbled by the defect: the model loses it or keeps it stale"},
    {900, 922, COVER_ALL, ""},
    {957, 958, COVER_CODE, "echoes a request that is elided"},
    {940, 976, COVER_ALL, ""},
    {977, 989, COVER_NONE, "bulks of 10,000 rows and more, elided"},
    {1020, 1033, COVER_NONE, "HTTP: the server's, not the model's"},
    {1054, 1055, COVER_NONE, "headers that lorry never sends"},
    {1050, 1065, COVER_ALL, ""},
    {1066, 1077, COVER_NONE, "sessions, arithmetic of literals"},
    {1100, 1137, COVER_NONE, "PostgreSQL wire protocol"},
    {1155, 1162, COVER_NONE, "DROP COLUMN and generated columns: not used by lorry"},
    {1168, 1168, COVER_NONE, "30 MB, elided"},
    {1150, 1167, COVER_ALL, ""},
};

static enum cover cover_of(int number)
{
    for (size_t i = 0; i < ARRAY_LEN(coverage); i++)
        if (number >= coverage[i].first && number <= coverage[i].last)
            return coverage[i].cover;
    return COVER_NONE;
}

/* "<k x 600>" stands for 600 letters. */
static struct datum *expand_text(struct view text)
{
    char letter;
    size_t count;
    int end = 0;
    if (sscanf(text.ptr, "<%c x %zu>%n", &letter, &count, &end) < 2 || (size_t)end != text.len)
        return datum_text(text);
    cleanup_free char *letters = xmalloc(count);
    memset(letters, letter, count);
    return datum_text(view_of(letters, count));
}

/* "<nested 90 levels...>" stands for {"n":{"n":...{"v":1}}}, 90 objects. */
static struct datum *expand_levels(struct view text)
{
    int levels = 0;
    if (sscanf(text.ptr, "<nested %d levels", &levels) != 1)
        return NULL;
    struct datum *inner = datum_object();
    datum_set_str(inner, "v", datum_int(1));
    while (--levels > 0) {
        struct datum *outer = datum_object();
        datum_set_str(outer, "n", inner);
        inner = outer;
    }
    return inner;
}

/* {"k0000": 0, "...": "996 keys k0000.. in all"} */
static struct datum *expand_keys(const struct datum *object)
{
    const struct datum *note = datum_get_str(object, "...");
    int count = note ? atoi(note->text.ptr) : 0;
    struct datum *all = count ? datum_object() : NULL;
    for (int i = 0; i < count; i++) {
        char key[16];
        snprintf(key, sizeof(key), "k%04d", i);
        datum_set_str(all, key, datum_int(i));
    }
    return all;
}

static struct datum *expand(struct datum *value)
{
    struct datum *whole = value->kind == DATUM_TEXT     ? expand_levels(value->text)
                          : value->kind == DATUM_OBJECT ? expand_keys(value)
                                                        : NULL;
    if (whole)
        return whole;
    if (value->kind == DATUM_TEXT)
        return expand_text(value->text);
    if (value->kind == DATUM_REAL && isinf(value->real))
        return datum_number_text(DATUM_BIG, value->real < 0 ? VIEW("-1E400") : VIEW("1E400"));
    if (value->kind != DATUM_ARRAY && value->kind != DATUM_OBJECT)
        return datum_ref(value);
    struct datum *copy = value->kind == DATUM_ARRAY ? datum_array() : datum_object();
    for (size_t i = 0; i < value->count; i++) {
        struct datum *item = expand(value->items[i]);
        if (value->kind == DATUM_ARRAY) {
            datum_add(copy, item);
            continue;
        }
        struct datum *key = expand_text(value->keys[i]->text);
        datum_set(copy, key->text, item);
        datum_free(key);
    }
    return copy;
}

static struct view text_of(const struct datum *value)
{
    return value && value->kind == DATUM_TEXT ? value->text : view_str("");
}

static int ask(struct cratedb_model *model, const struct datum *request, struct view body,
               struct buf *answer)
{
    const struct datum *headers = datum_get_str(request, "headers");
    struct cratedb_request asked = {
        .method = text_of(datum_get_str(request, "method")).ptr,
        .path = text_of(datum_get_str(request, "path")),
        .default_schema = text_of(datum_get_str(headers, "Default-Schema")),
        .authorization = text_of(datum_get_str(headers, "Authorization")),
        .body = body,
    };
    return cratedb_model_handle(model, &asked, answer);
}

/* The tables of earlier cases were dropped before they were made again. */
static void drop_first(struct cratedb_model *model, const char *statement)
{
    char name[64], body[128];
    struct buf answer = BUF_INIT(BUF_TEXT_CAP);
    if (sscanf(statement, "CREATE TABLE %63[a-z]", name) != 1)
        return;
    snprintf(body, sizeof(body), "{\"stmt\":\"DROP TABLE IF EXISTS %s\"}", name);
    const struct cratedb_request request = {.method = "POST",
                                            .path = VIEW("/_sql"),
                                            .default_schema = VIEW("wire"),
                                            .body = view_str(body)};
    cratedb_model_handle(model, &request, &answer);
    buf_release(&answer);
}

static void run_before(struct cratedb_model *model, const char *name, bool strict,
                       struct datum *before)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP), answer = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; before && i < before->count; i++) {
        struct datum *item = before->items[i];
        cleanup_datum struct datum *call =
            item->kind == DATUM_OBJECT ? datum_ref(item) : datum_object();
        if (item->kind == DATUM_TEXT)
            datum_set_str(call, "stmt", datum_ref(item));
        drop_first(model, text_of(datum_get_str(call, "stmt")).ptr);
        buf_clear(&body);
        datum_write(&body, call);
        const struct cratedb_request request = {.method = "POST",
                                                .path = VIEW("/_sql"),
                                                .default_schema = VIEW("wire"),
                                                .body = buf_view(&body)};
        int status = cratedb_model_handle(model, &request, &answer);
        if (strict && status != 200)
            fail_msg("%s: before: %s -> %d %s", name, buf_str(&body), status, buf_str(&answer));
    }
}

static bool same_in_any_order(const struct datum *a, const struct datum *b)
{
    if (a->count != b->count)
        return false;
    bool used[1024] = {false};
    for (size_t i = 0; i < a->count; i++) {
        size_t j = 0;
        while (j < b->count && (used[j] || !datum_equal(a->items[i], b->items[j])))
            j++;
        if (j == b->count || j >= ARRAY_LEN(used))
            return false;
        used[j] = true;
    }
    return true;
}

/* Without ORDER BY any order is right; and new keys of one row are numbered in the order of a Java
 * hash map. */
static bool same_rows(const struct datum *a, const struct datum *b, const char *statement)
{
    if (!a || !b)
        return a == b;
    bool ordered = strstr(statement, "ORDER BY") && !strstr(statement, "wire' AND table_name=");
    return ordered ? datum_equal(a, b) : same_in_any_order(a, b);
}

static bool same_error(const struct datum *a, const struct datum *b, enum cover cover)
{
    if (!a || !b)
        return a == b;
    return datum_equal(datum_get_str(a, "code"), datum_get_str(b, "code")) &&
           (cover == COVER_CODE ||
            datum_equal(datum_get_str(a, "message"), datum_get_str(b, "message")));
}

static bool same_member(const struct datum *a, const struct datum *b, const char *name)
{
    const struct datum *x = datum_get_str(a, name), *y = datum_get_str(b, name);
    return x && y ? datum_equal(x, y) : x == y;
}

static bool same_answer(const struct datum *recorded, struct view answer, const char *statement,
                        enum cover cover)
{
    if (datum_get_str(recorded, "_text"))
        return view_equal(text_of(datum_get_str(recorded, "_text")), answer);
    cleanup_datum struct datum *got = datum_parse(answer, NULL);
    return got &&
           same_error(datum_get_str(recorded, "error"), datum_get_str(got, "error"), cover) &&
           same_member(recorded, got, "cols") && same_member(recorded, got, "rowcount") &&
           same_member(recorded, got, "results") &&
           same_rows(datum_get_str(recorded, "rows"), datum_get_str(got, "rows"), statement);
}

static bool replay(struct cratedb_model *model, const char *name, const struct datum *recording,
                   enum cover cover)
{
    cleanup_buf struct buf body = BUF_INIT(BUF_TEXT_CAP * 16);
    cleanup_buf struct buf answer = BUF_INIT(BUF_TEXT_CAP * 16);
    const struct datum *request = datum_get_str(recording, "request");
    const struct datum *response = datum_get_str(recording, "response");
    struct datum *asked = datum_get_str(request, "body");
    const struct datum *raw = datum_get_str(asked, "_text");
    if (raw) {
        buf_append_view(&body, raw->text);
    } else if (asked) {
        cleanup_datum struct datum *expanded = expand(asked);
        datum_write(&body, expanded);
    }
    if (strncmp(name, "0013", 4) == 0) /* the same table as in 0012 */
        drop_first(model, text_of(datum_get_str(asked, "stmt")).ptr);
    int status = ask(model, request, buf_view(&body), &answer);
    const char *statement = text_of(datum_get_str(asked, "stmt")).ptr;
    const struct datum *recorded = datum_get_str(response, "body");
    if (status == datum_get_str(response, "status")->integer &&
        same_answer(recorded, buf_view(&answer), statement, cover))
        return true;
    cleanup_buf struct buf expected = BUF_INIT(BUF_TEXT_CAP * 16);
    datum_write(&expected, recorded);
    print_message("%s\n  asked    %.600s\n  recorded %d %.900s\n  got      %d %.900s\n", name,
                  buf_str(&body), (int)datum_get_str(response, "status")->integer,
                  buf_str(&expected), status, buf_str(&answer));
    return false;
}

static struct datum *read_recording(const char *folder, const char *name)
{
    cleanup_buf struct buf path = BUF_INIT(BUF_TEXT_CAP), text = BUF_INIT(BUF_TEXT_CAP * 16);
    buf_printf(&path, "%s/%s", folder, name);
    assert_int_equal(buf_read_file(&text, buf_str(&path), NULL), 0);
    struct datum *recording = datum_parse(buf_view(&text), NULL);
    if (!recording)
        fail_msg("%s: not JSON", name);
    return recording;
}

static int is_recording(const struct dirent *entry)
{
    return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

static void recorded_answers_come_again(void **state)
{
    (void)state;
    const char *shared = getenv("LORRY_SHARED");
    char folder[4096];
    snprintf(folder, sizeof(folder), "%s/cratedb-wire", shared ? shared : "");
    struct dirent **names;
    int count = scandir(folder, &names, is_recording, alphasort);
    if (count < 0) {
        print_message("skipped: no recordings (LORRY_SHARED has no cratedb-wire)\n");
        skip();
    }
    struct cratedb_model *model = cratedb_model_new();
    int replayed = 0, wrong = 0;
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        enum cover cover = cover_of(atoi(name));
        cleanup_datum struct datum *recording = read_recording(folder, name);
        run_before(model, name, cover != COVER_NONE, datum_get_str(recording, "before"));
        if (cover != COVER_NONE) {
            wrong += !replay(model, name, recording, cover);
            replayed++;
        }
        free(names[i]);
    }
    free(names);
    cratedb_model_free(model);
    print_message("%d of %d recorded exchanges replayed, %d answered otherwise\n", replayed, count,
                  wrong);
    for (size_t i = 0; i < ARRAY_LEN(coverage); i++)
        if (coverage[i].cover == COVER_NONE)
            print_message("  not %04d-%04d: %s\n", coverage[i].first, coverage[i].last,
                          coverage[i].why);
    assert_int_equal(wrong, 0);
    assert_true(replayed > 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_answers_come_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
