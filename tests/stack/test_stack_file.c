#include "unit.h"

#include "base/buf.h"
#include "stack/example.h"
#include "stack/fields.h"
#include "stack/stack_file.h"

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

static int parse(const char *text, const char *stage, struct stack *stack,
                 struct findings *findings)
{
    const struct stack_file_options options = {.path = "folder/pipeline.yaml",
                                               .stage = stage,
                                               .environment = no_environment,
                                               .packing = true};
    *stack = (struct stack){0};
    *findings = (struct findings){0};
    return stack_file_parse(&options, view_str(text), stack, findings);
}

static void release(struct stack *stack, struct findings *findings)
{
    stack_release(stack);
    findings_release(findings);
}

static void assert_pair(const struct stack_pair *pair, const char *name, const char *value)
{
    assert_string_equal(pair->name, name);
    assert_string_equal(pair->value, value);
}

static void test_example(void **state)
{
    (void)state;
    struct stack stack;
    struct findings findings;
    assert_int_equal(parse(stack_example, NULL, &stack, &findings), 0);
    assert_int_equal(findings.count, 1);
    assert_string_equal(stack.project, "testdrive-dynamodb");
    assert_string_equal(stack.stage, "dev");
    assert_string_equal(stack.region, "eu-central-1");
    assert_string_equal(stack.description,
                        "DynamoDB CDC -> Kinesis Stream -> Lambda via OCI -> CrateDB");
    assert_false(stack.termination_protection);
    assert_int_equal(stack.stage_count, 2);
    assert_string_equal(stack.stages[0], "dev");
    assert_string_equal(stack.stages[1], "prod");
    assert_string_equal(stack.source.table, "table-testdrive");
    assert_int_equal(stack.source.key_count, 2);
    assert_string_equal(stack.source.keys[0].name, "device");
    assert_string_equal(stack.source.keys[1].name, "timestamp");
    assert_int_equal(stack.source.keys[1].type, STACK_KEY_S);
    assert_true(stack.source.retain);
    assert_false(stack.source.existing || stack.stream.existing);
    assert_string_equal(stack.stream.name, "dynamodb-cdc");
    assert_int_equal(stack.stream.shards, 0);
    assert_int_equal(stack.stream.retention_hours, 24);
    assert_string_equal(stack.processor.name, "DynamoDBCrateDBProcessor");
    assert_int_equal(stack.processor.package, STACK_IMAGE);
    assert_string_equal(stack.processor.repository, "kinesis-cratedb-lambda");
    assert_int_equal(stack.processor.architecture, STACK_X86_64);
    assert_null(stack.processor.entrypoint);
    assert_int_equal(stack.processor.memory_mb, 256);
    assert_int_equal(stack.processor.timeout_s, 60);
    assert_int_equal(stack.processor.batch.size, 2500);
    assert_int_equal(stack.processor.batch.window_s, 1);
    assert_int_equal(stack.processor.batch.parallelization, 1);
    assert_int_equal(stack.processor.batch.retries, 1000);
    assert_int_equal(stack.processor.batch.max_age_s, 20 * 3600);
    assert_true(stack.processor.batch.bisect);
    assert_string_equal(stack.processor.batch.starting_position, "TRIM_HORIZON");
    assert_int_equal(stack.processor.on_failure, STACK_TO_S3);
    assert_string_equal(stack.processor.on_error, "dead-letter");
    assert_int_equal(stack.processor.log_retention_days, 14);
    assert_int_equal(stack.processor.reserved_concurrency, -1);
    assert_int_equal(stack.processor.environment_count, 1);
    assert_pair(&stack.processor.environment[0], "LOG_LEVEL", "INFO");
    assert_string_equal(stack.sink.url,
                        "crate://admin@example.eks1.eu-west-1.aws.cratedb.net:4200/?ssl=true");
    assert_string_equal(stack.sink.password.secret, "lorry/testdrive");
    assert_null(stack.sink.password.ssm);
    assert_string_equal(stack.sink.table, "transactions");
    assert_null(stack.alarm_topic);
    assert_int_equal(stack.tag_count, 1);
    assert_pair(&stack.tags[0], "owner", "data-team");
    release(&stack, &findings);
}

static void test_stage(void **state)
{
    (void)state;
    struct stack stack;
    struct findings findings;
    assert_int_equal(parse(stack_example, "prod", &stack, &findings), 0);
    assert_string_equal(stack.stage, "prod");
    assert_string_equal(stack.stages[0], "prod");
    assert_string_equal(stack.region, "eu-west-1");
    assert_string_equal(stack.source.table, "table-prod");
    assert_int_equal(stack.source.key_count, 2);
    assert_string_equal(stack.stream.name, "dynamodb-cdc-prod");
    assert_int_equal(stack.stream.retention_hours, 24);
    release(&stack, &findings);
}

#define MINIMAL                                                                                    \
    "project: shop\nsource: {dynamodb: {table: t-1, keys: {k: N}}}\n"                              \
    "sink: {url: 'crate://h:4200', table: t}\n"

static void test_defaults(void **state)
{
    (void)state;
    struct stack stack;
    struct findings findings;
    assert_int_equal(parse(MINIMAL, NULL, &stack, &findings), 0);
    assert_string_equal(stack.stage, "dev");
    assert_null(stack.region);
    assert_null(stack.description);
    assert_true(stack.source.retain);
    assert_int_equal(stack.source.keys[0].type, STACK_KEY_N);
    assert_string_equal(stack.stream.name, "shop-dev");
    assert_string_equal(stack.processor.name, "shop-dev-processor");
    assert_string_equal(stack.processor.repository, "shop");
    assert_int_equal(stack.processor.batch.retries, -1);
    assert_int_equal(stack.processor.log_retention_days, 14);
    assert_int_equal(stack.processor.environment_count, 0);
    release(&stack, &findings);
}

static void test_words_for_numbers(void **state)
{
    (void)state;
    struct stack stack;
    struct findings findings;
    assert_int_equal(parse(MINIMAL "processor: {log-retention: never, batch: {max-age: -1}}\n"
                                   "stream: {shards: 3, retention: 2d}\n",
                           NULL, &stack, &findings),
                     0);
    assert_int_equal(stack.processor.log_retention_days, 0);
    assert_int_equal(stack.processor.batch.max_age_s, -1);
    assert_int_equal(stack.stream.shards, 3);
    assert_int_equal(stack.stream.retention_hours, 48);
    release(&stack, &findings);
}

/* Only its path is checked here: no such file is there. */
static void test_entrypoint(void **state)
{
    (void)state;
    struct stack stack;
    struct findings findings;
    assert_int_equal(parse(MINIMAL "processor: {entrypoint: own}\n", NULL, &stack, &findings), -1);
    assert_non_null(strstr(findings.items[findings.count - 1].message, ": folder/own: "));
    release(&stack, &findings);
    assert_int_equal(parse(MINIMAL "processor: {entrypoint: /dev/own}\n", NULL, &stack, &findings),
                     -1);
    assert_non_null(strstr(findings.items[findings.count - 1].message, ": /dev/own: "));
    release(&stack, &findings);
}

static void test_failure_leaves_the_stack(void **state)
{
    (void)state;
    struct stack stack;
    struct findings findings;
    assert_int_equal(parse(MINIMAL "memory: 1\n", NULL, &stack, &findings), -1);
    assert_null(stack.project);
    assert_null(stack.arena.head);
    release(&stack, &findings);
}

/* Every mistake is told, but not once more for each of a hundred stages. */
static void test_many_mistakes(void **state)
{
    (void)state;
    struct stack stack;
    struct findings findings;
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_append_str(&text, MINIMAL);
    for (int i = 0; i < 4000; i++)
        buf_printf(&text, "unknown-%d: 1\n", i);
    buf_append_str(&text, "stages:\n");
    for (int i = 0; i < 100; i++)
        buf_printf(&text, "  s%d: {more: 1}\n", i);
    assert_int_equal(parse(buf_str(&text), NULL, &stack, &findings), -1);
    assert_int_equal(findings.errors, 4000);
    assert_null(stack.project);
    release(&stack, &findings);
}

static void test_findings_order(void **state)
{
    (void)state;
    struct findings findings = {0};
    findings_warning(&findings, ((struct mark){2, 1}), "b");
    findings_error(&findings, ((struct mark){10, 1}), "c\n\033[31m");
    findings_error(&findings, ((struct mark){2, 1}), "b");
    findings_warning(&findings, ((struct mark){2, 1}), "b");
    findings_warning(&findings, ((struct mark){0}), "a");
    findings_sort(&findings);
    assert_int_equal(findings.count, 3);
    assert_int_equal(findings.errors, 2);
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    for (size_t i = 0; i < findings.count; i++)
        findings_put(&findings.items[i], "f", &text);
    assert_string_equal(buf_str(&text), "f: warning: a\nf:2:1: b\nf:10:1: c\\x0a\\x1b[31m\n");
    findings_release(&findings);
}

/* A field is of one kind, and what it says of itself is enough to read it. */
static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < field_count; i++) {
        const struct field *field = &fields[i];
        struct view path = view_str(field->path);
        assert_ptr_equal(field_find(path), field);
        const char *dot = memrchr(path.ptr, '.', path.len);
        if (dot)
            assert_int_equal(field_find(view_between(path.ptr, dot))->kind, FIELD_GROUP);
        assert_non_null(field->help);
        assert_int_not_equal(field->help[strlen(field->help) - 1], '.');
        if (field->kind == FIELD_INTEGER || field->kind == FIELD_DURATION)
            assert_true(field->min < field->max);
        if (field->kind == FIELD_DURATION)
            assert_true(field->unit_s > 0);
        if (field->kind == FIELD_CHOICE || field->kind == FIELD_KEYS)
            assert_non_null(field->choices);
        assert_int_equal(field->pattern != NULL, field->shape != NULL);
        assert_false(field->required && field->standard);
    }
}

/* xorshift: the same mutations in every run. */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Takes something out of the text, or puts something of it, or of YAML's own signs, elsewhere. */
static void mutate(struct buf *text, uint32_t *seed)
{
    static const char *const signs[] = {
        ":",    "- ", "{",  "}",     "[",  "]", "\"", "'",  "#", "\n",   "\t", "&a ", "*a",
        "!!x ", "|",  "> ", "---\n", "${", "~", ",",  "? ", "%", "\xff", "\r", "-1",  "999999999"};
    cleanup_buf struct buf old = BUF_INIT(BUF_TEXT_CAP);
    buf_append_view(&old, buf_view(text));
    size_t at = next_random(seed) % (old.len + 1), from = next_random(seed) % (old.len + 1);
    size_t len = next_random(seed) % 12;
    struct view whole = buf_view(&old), piece = view_skip(whole, from);
    piece.len = piece.len < len ? piece.len : len;
    buf_clear(text);
    buf_append(text, whole.ptr, at);
    switch (next_random(seed) % 3) {
    case 0: /* taken out */ buf_append_view(text, view_skip(whole, at + len)); return;
    case 1: /* said twice */ buf_append_view(text, piece); break;
    default: buf_append_str(text, signs[next_random(seed) % (sizeof(signs) / sizeof(signs[0]))]);
    }
    buf_append_view(text, view_skip(whole, at));
}

/* Whether there is such a place. The end of a line counts, and that of the text. */
static bool has_place(struct view text, struct mark place)
{
    struct mark mark = {1, 1};
    for (size_t i = 0; i < text.len; i++) {
        if (mark.line == place.line && mark.column == place.column)
            return true;
        if (text.ptr[i] == '\n')
            mark = (struct mark){mark.line + 1, 1};
        else
            mark.column += (text.ptr[i] & 0xC0) != 0x80;
    }
    return mark.line == place.line && mark.column == place.column;
}

static void test_mutations(void **state)
{
    (void)state;
    uint32_t seed = 20260401;
    size_t good = 0, bad = 0;
    for (int round = 0; round < 1000; round++) {
        cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
        struct stack stack;
        struct findings findings;
        buf_append_str(&text, stack_example);
        for (uint32_t left = 1 + next_random(&seed) % 4; left; left--)
            mutate(&text, &seed);
        int status = parse(buf_str(&text), NULL, &stack, &findings);
        assert_int_equal(status == 0, findings.errors == 0);
        *(status == 0 ? &good : &bad) += 1;
        for (size_t i = 0; i < findings.count; i++) {
            struct mark mark = findings.items[i].mark;
            if (mark.line && !has_place(buf_view(&text), mark))
                fail_msg("round %d, %d:%d: %s\n%s", round, mark.line, mark.column,
                         findings.items[i].message, buf_str(&text));
        }
        release(&stack, &findings);
    }
    assert_true(good > 100 && bad > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),       cmocka_unit_test(test_stage),
        cmocka_unit_test(test_defaults),      cmocka_unit_test(test_words_for_numbers),
        cmocka_unit_test(test_entrypoint),    cmocka_unit_test(test_failure_leaves_the_stack),
        cmocka_unit_test(test_many_mistakes), cmocka_unit_test(test_findings_order),
        cmocka_unit_test(test_table),         cmocka_unit_test(test_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
