#include "cdc/dynamodb.h"

#include "base/memory.h"
#include "cdc/cursor.h"
#include "json/number.h"

/* What is read out of the record before it is judged. */
struct parse {
    struct cursor in;
    struct arena *arena;
    struct image_scratch *scratch;
    struct dynamodb_change *out;
    const char *problem; /* first thing that is wrong; NULL while all is well, or if the JSON itself
                            is broken */
    struct view event_name, event_source, table, source_arn, event_id, sequence;
    struct view user_type, principal;
    struct view time, precision;
    bool has_body, has_keys, image_done;
};

static bool refuse(struct parse *parse, const char *problem)
{
    if (!parse->problem)
        parse->problem = problem;
    parse->in.p = NULL;
    return false;
}

/* A string member that is kept, or anything else, which is not. */
static bool read_text(struct parse *parse, struct view *text)
{
    unsigned flags;
    if (cursor_peek(&parse->in) != '"') {
        cursor_skip(&parse->in, RECORD_DEPTH_MAX);
        return cursor_ok(&parse->in);
    }
    if (!cursor_string(&parse->in, text, &flags))
        return false;
    *text = image_text(*text, flags, parse->arena);
    return true;
}

static bool read_time(struct parse *parse)
{
    parse->time = cursor_skip(&parse->in, 1);
    return cursor_ok(&parse->in);
}

/* One part of the key: {"S":"text"}, {"N":"1"} or {"B":"AQID"}. */
static bool read_key_value(struct parse *parse, struct key_part *part)
{
    struct cursor *in = &parse->in;
    struct view type, text;
    unsigned flags;
    if (cursor_peek(in) != '{')
        return refuse(parse, "a value in Keys is not an object with its type");
    in->p++;
    if (!cursor_string(in, &type, &flags) || !cursor_take(in, ':'))
        return refuse(parse, "a value in Keys has no type");
    if (type.len != 1 || !memchr("SNB", type.ptr[0], 3))
        return refuse(parse, "a value in Keys is not of type S, N or B");
    part->type = type.ptr[0];
    if (cursor_peek(in) == '"') {
        if (!cursor_string(in, &text, &flags))
            return false;
        part->text = image_text(text, flags, parse->arena);
    } else {
        part->text = cursor_skip(in, 1);
        if (part->type != 'N')
            return refuse(parse, "a value of type S or B in Keys is not a string");
    }
    if (part->type == 'N') {
        char canonical[NUMBER_TEXT_MAX];
        size_t len = number_canonical(part->text, canonical);
        if (!len)
            return refuse(parse, "a value of type N in Keys is not a number");
        part->text = arena_copy(parse->arena, view_of(canonical, len));
    } else if (!(flags & JSON_ESCAPES)) {
        part->text = arena_copy(parse->arena, part->text);
    }
    return cursor_take(in, '}') || refuse(parse, "a value in Keys has two types");
}

static size_t append_string(char *out, struct view text)
{
    out[0] = '"';
    size_t len = json_escape(text, out + 1);
    out[len + 1] = '"';
    return len + 2;
}

/* The key as canonical JSON: what makes two keys the same. */
static void write_key(struct key *key, struct arena *arena)
{
    size_t room = 2;
    for (size_t i = 0; i < key->count; i++)
        room += 6 * (key->parts[i].name.len + key->parts[i].text.len) + 6;
    char *begin = arena_reserve(arena, room, NULL), *p = begin;
    for (size_t i = 0; i < key->count; i++) {
        const struct key_part *part = &key->parts[i];
        *p++ = i ? ',' : '{';
        p += append_string(p, part->name);
        *p++ = ':';
        if (part->type == 'N') {
            memcpy(p, part->text.ptr, part->text.len);
            p += part->text.len;
        } else {
            p += append_string(p, part->text);
        }
    }
    *p++ = '}';
    key->json = view_between(begin, p);
    arena_claim(arena, key->json.len);
}

static bool read_keys(struct parse *parse)
{
    struct key *key = &parse->out->change->key;
    struct view name;
    unsigned flags;
    bool first = true;
    if (parse->has_keys)
        return refuse(parse, "Keys is there twice");
    if (cursor_peek(&parse->in) != '{')
        return refuse(parse, "Keys is not an object");
    parse->in.p++;
    while (cursor_member(&parse->in, &first, &name, &flags)) {
        if (key->count == KEY_PARTS_MAX)
            return refuse(parse, "Keys has more than two members");
        struct key_part *part = &key->parts[key->count++];
        name = image_text(name, flags, parse->arena);
        part->name = arena_copy(parse->arena, name);
        if (!read_key_value(parse, part))
            return false;
    }
    if (!cursor_ok(&parse->in))
        return false;
    if (key->count == 0)
        return refuse(parse, "Keys is empty");
    if (key->count == 2) {
        int order = view_compare(key->parts[0].name, key->parts[1].name);
        if (order == 0)
            return refuse(parse, "Keys has a name twice");
        if (order > 0) {
            struct key_part swap = key->parts[0];
            key->parts[0] = key->parts[1];
            key->parts[1] = swap;
        }
    }
    write_key(key, parse->arena);
    parse->has_keys = true;
    return true;
}

static bool read_new_image(struct parse *parse)
{
    struct cursor *in = &parse->in;
    if (parse->out->new_image.len)
        return refuse(parse, "NewImage is there twice");
    if (cursor_peek(in) == 'n') {
        cursor_skip(in, 1);
        return cursor_ok(in);
    }
    const char *begin = in->p;
    if (!parse->has_keys) {
        /* Keys come first in every record seen so far; if not, the image has to wait for them. */
        parse->out->new_image = cursor_skip(in, RECORD_DEPTH_MAX);
        return cursor_ok(in);
    }
    const char *problem = NULL;
    if (!image_read(in, parse->out->change, parse->arena, parse->scratch, &problem))
        return refuse(parse, problem);
    parse->out->new_image = view_between(begin, in->p);
    parse->image_done = true;
    return true;
}

static bool read_old_image(struct parse *parse)
{
    parse->out->old_image = cursor_skip(&parse->in, RECORD_DEPTH_MAX);
    return cursor_ok(&parse->in);
}

static bool read_body(struct parse *parse);
static bool read_user(struct parse *parse);

/* A member that is looked at: by `read`, or else kept as text. */
struct member {
    struct view name;
    bool (*read)(struct parse *parse);
    size_t text; /* where in struct parse */
};

#define TEXT(name, field)                                                                          \
    {                                                                                              \
        VIEW(name), NULL, offsetof(struct parse, field)                                            \
    }

static const struct member record_members[] = {
    TEXT("eventID", event_id),
    TEXT("eventName", event_name),
    TEXT("eventSource", event_source),
    TEXT("eventSourceARN", source_arn),
    TEXT("tableName", table),
    {VIEW("dynamodb"), read_body, 0},
    {VIEW("userIdentity"), read_user, 0},
    {{0}, NULL, 0},
};

static const struct member body_members[] = {
    {VIEW("ApproximateCreationDateTime"), read_time, 0},
    TEXT("ApproximateCreationDateTimePrecision", precision),
    {VIEW("Keys"), read_keys, 0},
    {VIEW("NewImage"), read_new_image, 0},
    {VIEW("OldImage"), read_old_image, 0},
    TEXT("SequenceNumber", sequence),
    {{0}, NULL, 0},
};

static const struct member user_members[] = {
    TEXT("type", user_type),
    TEXT("principalId", principal),
    {{0}, NULL, 0},
};

/* `member` is the end of its table for those that nobody looks at. */
static bool read_member(struct parse *parse, const struct member *member)
{
    if (!member->name.len)
        return cursor_skip(&parse->in, RECORD_DEPTH_MAX).len > 0;
    if (member->read)
        return member->read(parse);
    return read_text(parse, (struct view *)(void *)((char *)parse + member->text));
}

/* An object of known members; others are validated and left alone. */
static bool read_members(struct parse *parse, const struct member *members)
{
    struct view name;
    unsigned flags;
    bool first = true;
    if (!cursor_take(&parse->in, '{'))
        return false;
    while (cursor_member(&parse->in, &first, &name, &flags)) {
        const struct member *member = members;
        while (member->name.len && !view_equal(member->name, name))
            member++;
        if (!read_member(parse, member))
            return false;
    }
    return cursor_ok(&parse->in);
}

static bool read_body(struct parse *parse)
{
    if (cursor_peek(&parse->in) != '{')
        return refuse(parse, "\"dynamodb\" is not an object");
    parse->has_body = true;
    return read_members(parse, body_members);
}

static bool read_user(struct parse *parse)
{
    if (cursor_peek(&parse->in) != '{') {
        cursor_skip(&parse->in, RECORD_DEPTH_MAX);
        return cursor_ok(&parse->in);
    }
    return read_members(parse, user_members);
}

static bool find_operation(struct view name, enum change_operation *operation)
{
    static const struct view names[] = {
        [CHANGE_INSERT] = VIEW("INSERT"),
        [CHANGE_MODIFY] = VIEW("MODIFY"),
        [CHANGE_REMOVE] = VIEW("REMOVE"),
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (view_equal(names[i], name)) {
            *operation = (enum change_operation)i;
            return true;
        }
    return false;
}

/* Year 10000: far below what 64 bits hold, far above what DynamoDB sends. */
#define TIME_MAX_US ((int64_t)253402300800 * 1000000)

/* How many microseconds one unit of the time is; by its magnitude where the record does not say
 * [FACTS 1]. */
static int64_t time_unit(struct view precision, int64_t time)
{
    static const struct {
        struct view name;
        int64_t unit;
    } units[] = {{VIEW("MICROSECOND"), 1}, {VIEW("MILLISECOND"), 1000}, {VIEW("SECOND"), 1000000}};
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (view_equal(units[i].name, precision))
            return units[i].unit;
    if (time < (int64_t)100000000000)
        return 1000000;
    return time < (int64_t)100000000000000 ? 1000 : 1;
}

static bool read_version(struct view time, struct view precision, int64_t *version)
{
    int64_t value;
    if (!number_int64(time, &value)) {
        /* Seconds with a fraction, as some SDKs write times. */
        char canonical[NUMBER_TEXT_MAX];
        size_t len = number_canonical(time, canonical);
        double seconds = len ? strtod(canonical, NULL) : -1;
        if (seconds < 0 || seconds > 253402300800.0 || precision.len)
            return false;
        *version = (int64_t)(seconds * 1e6 + 0.5);
        return true;
    }
    int64_t unit = time_unit(precision, value);
    if (value < 0 || value > TIME_MAX_US / unit)
        return false;
    *version = value * unit;
    return true;
}

/* arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL */
static struct view table_of_arn(struct view arn)
{
    static const struct view marker = VIEW(":table/");
    const char *at = arn.len ? memmem(arn.ptr, arn.len, marker.ptr, marker.len) : NULL;
    if (!at)
        return (struct view){"", 0};
    struct view rest = view_between(at + marker.len, arn.ptr + arn.len);
    const char *slash = memchr(rest.ptr, '/', rest.len);
    return slash ? view_between(rest.ptr, slash) : rest;
}

/* All members are read: is it a change? */
static const char *judge(struct parse *parse, const struct dynamodb_input *input)
{
    struct change *change = parse->out->change;
    if (!view_equal(parse->event_source, VIEW("aws:dynamodb")))
        return "eventSource is not \"aws:dynamodb\"";
    if (!find_operation(parse->event_name, &change->operation))
        return "eventName is not INSERT, MODIFY or REMOVE";
    if (!parse->has_body)
        return "\"dynamodb\" is missing";
    if (!parse->has_keys)
        return "Keys is missing";
    if (change->operation != CHANGE_REMOVE && !parse->out->new_image.len)
        return "NewImage is missing: the stream must carry new images";
    if (!parse->time.len)
        return "ApproximateCreationDateTime is missing";
    if (!read_version(parse->time, parse->precision, &change->version))
        return "ApproximateCreationDateTime is not a time";
    struct view sequence = parse->sequence.len ? parse->sequence : input->sequence;
    if (change_set_sequence(sequence, change->sequence) < 0)
        return "the sequence number is not a number of at most 64 digits";
    return NULL;
}

static void keep_identity(struct parse *parse)
{
    struct change *change = parse->out->change;
    struct view table = parse->table.len ? parse->table : table_of_arn(parse->source_arn);
    change->table = arena_copy(parse->arena, table);
    change->event_id = arena_copy(parse->arena, parse->event_id);
    /* [DDG "DynamoDB Streams and Time to Live"] */
    parse->out->expired = view_equal(parse->user_type, VIEW("Service")) &&
                          view_equal(parse->principal, VIEW("dynamodb.amazonaws.com"));
}

/* Why reading stopped: either a known problem, or the JSON is broken somewhere. */
static const char *explain(const struct parse *parse, struct view json)
{
    const char *end = json.ptr + json.len, *begin = json_skip_space(json.ptr, end);
    const char *behind = begin < end ? json_scan_value(begin, end, RECORD_DEPTH_MAX) : NULL;
    if (!behind || json_skip_space(behind, end) != end)
        return "not JSON";
    if (*begin != '{')
        return "not a change record: not an object";
    return parse->problem ? parse->problem : "not a change record";
}

const char *dynamodb_decode(const struct dynamodb_input *input, struct arena *arena,
                            struct image_scratch *scratch, struct dynamodb_change *decoded)
{
    struct view json = input->json;
    arena_reset(&scratch->arena);
    *decoded = (struct dynamodb_change){.change = arena_calloc(arena, 1, sizeof(struct change))};
    struct parse parse = {
        .in = {json.ptr, json.ptr + json.len},
        .arena = arena,
        .scratch = scratch,
        .out = decoded,
    };
    bool read = read_members(&parse, record_members) && !cursor_peek(&parse.in) &&
                parse.in.p == parse.in.end;
    decoded->sequence = parse.sequence;
    if (!read)
        return explain(&parse, json);
    const char *problem = judge(&parse, input);
    if (problem)
        return problem;
    if (decoded->change->operation != CHANGE_REMOVE && !parse.image_done)
        problem = image_set(decoded->change, decoded->new_image, arena, scratch);
    if (!problem)
        keep_identity(&parse);
    return problem;
}
