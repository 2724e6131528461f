#include "stack/rules.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "stack/fields.h"

__attribute__((format(printf, 4, 0))) static void add(const struct check *check,
                                                      enum finding_level level, const char *path,
                                                      const char *format, va_list args)
{
    cleanup_buf struct buf text = BUF_INIT(BUF_TEXT_CAP);
    buf_vprintf(&text, format, args);
    findings_add(check->findings, level, yaml_find(check->root, path).mark, "%s", buf_str(&text));
}

void check_error(const struct check *check, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(check, FINDING_ERROR, path, format, args);
    va_end(args);
}

void check_warning(const struct check *check, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(check, FINDING_WARNING, path, format, args);
    va_end(args);
}

bool check_given(const struct check *check, const char *path)
{
    return yaml_find(check->root, path).node != NULL;
}

static void rule_keys(const struct check *check)
{
    if (!check->stack->source.existing && check_given(check, "source.dynamodb") &&
        !check_given(check, "source.dynamodb.keys"))
        check_error(check, "source.dynamodb.keys",
                    "\"source.dynamodb.keys\" is missing: {NAME: S} or {NAME: S, NAME: N}, or "
                    "\"existing: true\" for a table that is there");
}

static void rule_capacity(const struct check *check)
{
    const struct yaml_node *mode = yaml_find(check->root, "stream.mode").node;
    bool on_demand = mode && strcmp(mode->text, "on-demand") == 0;
    bool provisioned = mode && strcmp(mode->text, "provisioned") == 0;
    if (on_demand && check_given(check, "stream.shards"))
        check_error(check, "stream.shards",
                    "a stream that is on-demand has no fixed number of shards: leave out "
                    "\"stream.shards\", or write \"mode: provisioned\"");
    if (provisioned && !check_given(check, "stream.shards"))
        check_error(check, "stream.mode", "\"stream.shards\" is missing for \"mode: provisioned\"");
}

/* What lorry does not make, it does not change either. (How long the stream keeps its records
 * matters all the same: for tombstones and alarms.) */
static void rule_existing_stream(const struct check *check)
{
    static const char *const unused[] = {"stream.mode", "stream.shards"};
    if (!check->stack->stream.existing)
        return;
    for (size_t i = 0; i < ARRAY_LEN(unused); i++)
        if (check_given(check, unused[i]))
            check_warning(
                check, unused[i],
                "\"%s\" changes nothing: the stream is there already (\"existing: true\")",
                unused[i]);
    if (!check_given(check, "stream.name"))
        check_error(check, "stream.name", "\"stream.name\" is missing for \"existing: true\"");
}

static void rule_age(const struct check *check)
{
    int age_s = check->stack->processor.batch.max_age_s;
    int hours = check->stack->stream.retention_hours;
    bool known = !check->stack->stream.existing || check_given(check, "stream.retention");
    if (known && age_s > 0 && hours > 0 && age_s > hours * 3600)
        check_error(check, "processor.batch.max-age",
                    "\"processor.batch.max-age\" is above the retention of the stream (%dh): "
                    "records would be gone before they are given up",
                    hours);
}

static void rule_architecture(const struct check *check)
{
    if (check->stack->processor.architecture == STACK_ARM64 &&
        !check_given(check, "processor.entrypoint"))
        check_error(check, "processor.architecture",
                    "\"arm64\" needs \"processor.entrypoint\": the built-in processor is for "
                    "x86_64");
}

static void rule_entrypoint(const struct check *check)
{
    const char *path = check->stack->processor.entrypoint;
    struct stat status;
    if (!path || (stat(path, &status) == 0 && S_ISREG(status.st_mode)))
        return;
    const char *why = stat(path, &status) == 0 ? "no regular file" : strerror(errno);
    if (check->options->packing)
        check_error(check, "processor.entrypoint", "\"processor.entrypoint\": %s: %s", path, why);
    else
        check_warning(check, "processor.entrypoint", "\"processor.entrypoint\": %s: %s", path, why);
}

static void rule_vpc(const struct check *check)
{
    static const char *const parts[] = {"processor.vpc.subnets", "processor.vpc.security-groups"};
    const struct yaml_node *vpc = yaml_find(check->root, "processor.vpc").node;
    for (size_t i = 0; vpc && vpc->kind == YAML_MAPPING && i < ARRAY_LEN(parts); i++)
        if (!check_given(check, parts[i]))
            check_error(check, parts[i], "\"%s\" is missing", parts[i]);
}

static void rule_file_system(const struct check *check)
{
    static const char *const parts[] = {"processor.file-system.access-point",
                                        "processor.file-system.path"};
    const struct yaml_node *mount = yaml_find(check->root, "processor.file-system").node;
    if (!mount || mount->kind != YAML_MAPPING)
        return;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (!check_given(check, parts[i]))
            check_error(check, parts[i], "\"%s\" is missing", parts[i]);
    if (!check_given(check, "processor.vpc"))
        check_error(check, "processor.file-system",
                    "\"processor.file-system\" needs \"processor.vpc\": EFS is reached there only");
}

static void rule_concurrency(const struct check *check)
{
    const struct stack *stack = check->stack;
    int reserved = stack->processor.reserved_concurrency;
    int wanted = stack->stream.shards * stack->processor.batch.parallelization;
    if (!stack->stream.existing && reserved > 0 && reserved < wanted)
        check_warning(check, "processor.reserved-concurrency",
                      "\"processor.reserved-concurrency\" is below shards times parallelization "
                      "(%d): some of the invocations will have to wait",
                      wanted);
}

static void rule_given_up(const struct check *check)
{
    if (check->stack->processor.on_failure == STACK_TO_NONE)
        check_warning(check, "processor.on-failure",
                      "nothing keeps the batches that are given up: write \"on-failure: s3\"");
}

/* "eu-central-1" of "arn:aws:sns:eu-central-1:123456789012:name". */
static struct view arn_region(const char *arn)
{
    for (int colons = 0; colons < 3; colons++)
        arn += strcspn(arn, ":") + 1;
    return view_of(arn, strcspn(arn, ":"));
}

static void rule_topic(const struct check *check)
{
    const struct stack *stack = check->stack;
    if (stack->alarm_topic && stack->region &&
        !view_equal(arn_region(stack->alarm_topic), view_str(stack->region)))
        check_error(check, "alarms.topic",
                    "\"alarms.topic\" is in another region than the stack (%s): alarms reach "
                    "topics of their own region only",
                    stack->region);
}

void rules_check(const struct check *check)
{
    static void (*const rules[])(const struct check *) = {
        rule_keys,        rule_capacity, rule_existing_stream, rule_age,         rule_architecture,
        rule_entrypoint,  rule_vpc,      rule_file_system,     rule_concurrency, rule_given_up,
        rule_environment, rule_url,      rule_password,        rule_topic,       rule_tags,
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        rules[i](check);
}

/* A physical name that only one stack of a region can own. */
struct owned {
    const char *what, *path;
    const char *name;
    bool existing; /* owned by none */
};

#define OWNED 3

static void owned_by(const struct stack *stack, struct owned owned[OWNED])
{
    owned[0] = (struct owned){"table", "source.dynamodb.table", stack->source.table,
                              stack->source.existing};
    owned[1] = (struct owned){"stream", "stream.name", stack->stream.name, stack->stream.existing};
    owned[2] = (struct owned){"function", "processor.name", stack->processor.name, false};
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static void compare(const struct check *one, const struct check *other)
{
    struct owned mine[OWNED], theirs[OWNED];
    const char *region = one->stack->region, *their_region = other->stack->region;
    if (region != their_region && !same_text(region, their_region))
        return;
    owned_by(one->stack, mine);
    owned_by(other->stack, theirs);
    for (size_t i = 0; i < OWNED; i++)
        if (same_text(mine[i].name, theirs[i].name) && !mine[i].existing && !theirs[i].existing)
            check_error(other, mine[i].path,
                        "the stages \"%s\" and \"%s\" would share the %s \"%s\": give each one "
                        "its own%s",
                        one->stack->stage, other->stack->stage, mine[i].what, mine[i].name,
                        i < 2 ? ", with ${stage} in it, or \"existing: true\""
                              : ", with ${stage} in it");
}

/* One warning for all stages; of some, where the first of them is named. */
static void rule_recipient(const struct check *stages, size_t count)
{
    cleanup_buf struct buf names = BUF_INIT(BUF_TEXT_CAP);
    const struct check *first = NULL;
    size_t without = 0;
    for (size_t i = 0; i < count; i++) {
        if (check_given(&stages[i], "alarms.topic"))
            continue;
        first = first ? first : &stages[i];
        buf_printf(&names, "%s%s", without++ ? ", " : "",
                   yaml_find(stages[i].root, "stage").node->text);
    }
    if (first && without == count)
        check_warning(first, "alarms",
                      "the alarms tell nobody: name an SNS topic under \"alarms.topic\"");
    else if (first)
        check_warning(first, "stage",
                      "the alarms tell nobody in %s: name an SNS topic under \"alarms.topic\"",
                      buf_str(&names));
}

void rules_check_stages(const struct check *stages, size_t count)
{
    rule_recipient(stages, count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            compare(&stages[i], &stages[j]);
}
