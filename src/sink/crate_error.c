#include "sink/crate_error.h"

#include "base/memory.h"

bool crate_code_refuses(int code)
{
    return code == CRATE_PARSE || code == CRATE_COLUMN_NAME || code == CRATE_UNHANDLED;
}

bool crate_code_unknown(int code)
{
    return code == CRATE_TABLE_UNKNOWN || code == CRATE_COLUMN_UNKNOWN ||
           code == CRATE_SCHEMA_UNKNOWN;
}

int crate_row_code(int code, struct view message)
{
    static const struct {
        struct view name;
        int code;
    } exceptions[] = {
        {VIEW("VersionConflictEngineException["), CRATE_VERSION_CONFLICT},
        {VIEW("AlreadyClosedException["), CRATE_UNAVAILABLE},
        {VIEW("CircuitBreakingException["), CRATE_UNAVAILABLE},
        {VIEW("ClusterBlockException["), CRATE_UNAVAILABLE},
        {VIEW("ConnectTransportException["), CRATE_UNAVAILABLE},
        {VIEW("ElasticsearchTimeoutException["), CRATE_UNAVAILABLE},
        {VIEW("EngineClosedException["), CRATE_UNAVAILABLE},
        {VIEW("EsRejectedExecutionException["), CRATE_UNAVAILABLE},
        {VIEW("IOException["), CRATE_UNAVAILABLE}, /* a full disk */
        {VIEW("NodeClosedException["), CRATE_UNAVAILABLE},
        {VIEW("NodeDisconnectedException["), CRATE_UNAVAILABLE},
        {VIEW("NodeNotConnectedException["), CRATE_UNAVAILABLE},
        {VIEW("ReceiveTimeoutTransportException["), CRATE_UNAVAILABLE},
    };
    if (code != CRATE_UNHANDLED)
        return code;
    for (size_t i = 0; i < ARRAY_LEN(exceptions); i++)
        if (view_starts_with(message, exceptions[i].name))
            return exceptions[i].code;
    return code;
}

bool crate_row_may_pass(int code)
{
    return code == CRATE_VERSION_CONFLICT || code == CRATE_NOT_FOUND || crate_code_unknown(code) ||
           (code > CRATE_UNHANDLED && code < 6000);
}

static bool contains(struct view text, const char *part)
{
    return text.len && memmem(text.ptr, text.len, part, strlen(part));
}

/* Parts of the messages seen, and what they amount to. The first that is found counts. */
static const struct {
    const char *part, *reason;
} causes[] = {
    {"Can't parse [", "the request cannot be parsed (a name twice, or too deep?)"},
    {"Cannot cast", "a value does not fit the type of its column"},
    {"exceeds allowed range", "a number out of the range of its column"},
    {"Cannot detect the type", "a number out of the range of any column"},
    {"immense term", "a text of more than 32766 bytes"},
    {"is too large, must be", "a text of more than 32766 bytes"},
    {"Limit of total columns", "too many columns"},
    {"Limit of max column depth", "nested too deeply"},
    {"to strict object", "an attribute that the strict object does not have"},
    {"primary key value must not be NULL", "a part of the key is missing"},
    {"must not be null", "a column that must not be null"},
    {"Failed CONSTRAINT", "a check constraint"},
    {"generated column", "a generated column"},
    {"contains a dot", "a name with a dot"},
    {"square brackets", "a name with square brackets"},
    {"illegal whitespace", "a name with a tab or line break"},
};

const char *crate_reason(int code, struct view message)
{
    for (size_t i = 0; i < ARRAY_LEN(causes); i++)
        if (contains(message, causes[i].part))
            return causes[i].reason;
    switch (code) {
    case CRATE_PARSE: return "values that the table does not take";
    case CRATE_COLUMN_NAME: return "a name that columns cannot have";
    case CRATE_UNHANDLED: return "values that the server cannot handle";
    default: return "refused";
    }
}

void crate_redact(struct view message, struct buf *out)
{
    static const char *const tails[] = {
        "Can't parse [", "values:", "the value:", "with value", "cast value", "Given value"};
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        const char *tail = memmem(message.ptr, message.len, tails[i], strlen(tails[i]));
        if (tail)
            message.len = (size_t)(tail - message.ptr) + strlen(tails[i]);
    }
    bool inside = false;
    for (size_t i = 0; i < message.len; i++) {
        char c = message.ptr[i];
        if (c == '`') {
            inside = !inside;
            if (inside)
                buf_append_str(out, "`...`");
        } else if (!inside) {
            buf_append_char(out, (unsigned char)c < ' ' ? ' ' : c);
        }
    }
}
