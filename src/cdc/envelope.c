#include "cdc/envelope.h"

#define EVENT_DEPTH_MAX 512

bool envelope_enter(struct cursor *in)
{
    struct view name;
    unsigned flags;
    bool first = true;
    if (!cursor_take(in, '{'))
        return false;
    while (cursor_member(in, &first, &name, &flags)) {
        if (view_equal(name, VIEW("Records")))
            return cursor_take(in, '[');
        cursor_skip(in, EVENT_DEPTH_MAX);
    }
    in->p = NULL;
    return false;
}

/* What follows the array: further members, the brace, nothing. */
static void finish(struct cursor *in)
{
    struct view name;
    unsigned flags;
    bool first = false;
    while (cursor_member(in, &first, &name, &flags))
        cursor_skip(in, EVENT_DEPTH_MAX);
    if (cursor_peek(in) || in->p != in->end)
        in->p = NULL;
}

/* A string, or anything else, which counts as not being there. */
static bool read_text(struct cursor *in, struct view *text, unsigned *flags)
{
    if (cursor_peek(in) == '"')
        return cursor_string(in, text, flags);
    cursor_skip(in, EVENT_DEPTH_MAX);
    return false;
}

static void read_kinesis(struct cursor *in, struct envelope *envelope)
{
    struct view name;
    unsigned flags;
    bool first = true;
    if (cursor_peek(in) != '{') {
        cursor_skip(in, EVENT_DEPTH_MAX);
        return;
    }
    in->p++;
    envelope->has_kinesis = true;
    while (cursor_member(in, &first, &name, &flags)) {
        if (view_equal(name, VIEW("data")))
            envelope->has_data = read_text(in, &envelope->data, &envelope->data_flags);
        else if (view_equal(name, VIEW("sequenceNumber")))
            read_text(in, &envelope->sequence, &flags);
        else if (view_equal(name, VIEW("approximateArrivalTimestamp")))
            envelope->arrival = cursor_skip(in, EVENT_DEPTH_MAX);
        else
            cursor_skip(in, EVENT_DEPTH_MAX);
    }
}

static void read_element(struct cursor *in, struct envelope *envelope)
{
    struct view name;
    unsigned flags;
    bool first = true;
    envelope->is_object = true;
    in->p++;
    while (cursor_member(in, &first, &name, &flags)) {
        if (view_equal(name, VIEW("kinesis"))) {
            read_kinesis(in, envelope);
        } else if (view_equal(name, VIEW("eventID"))) {
            read_text(in, &envelope->event_id, &flags);
        } else if (view_equal(name, VIEW("eventSourceARN"))) {
            read_text(in, &envelope->source_arn, &flags);
        } else {
            envelope->has_dynamodb |= view_equal(name, VIEW("dynamodb"));
            cursor_skip(in, EVENT_DEPTH_MAX);
        }
    }
}

bool envelope_next(struct cursor *in, bool *first, struct envelope *envelope)
{
    if (!cursor_more(in, ']', first)) {
        if (in->p)
            finish(in);
        return false;
    }
    *envelope = (struct envelope){0};
    bool object = cursor_peek(in) == '{';
    const char *begin = in->p;
    if (object)
        read_element(in, envelope);
    else
        cursor_skip(in, EVENT_DEPTH_MAX);
    if (!in->p)
        return false;
    envelope->raw = view_between(begin, in->p);
    return true;
}

bool envelope_read(struct view element, struct envelope *envelope)
{
    struct cursor in = {element.ptr, element.ptr + element.len};
    *envelope = (struct envelope){.raw = element};
    if (cursor_peek(&in) != '{')
        return false;
    read_element(&in, envelope);
    return in.p && !cursor_peek(&in) && in.p == in.end;
}
