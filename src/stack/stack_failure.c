#include "stack/stack_failure.h"

#include "base/memory.h"

#define REASON_CAP ((size_t)64 << 10)

void stack_failure_init(struct stack_failure *failure)
{
    *failure = (struct stack_failure){BUF_INIT(BUF_TEXT_CAP), BUF_INIT(BUF_TEXT_CAP),
                                      BUF_INIT(REASON_CAP)};
}

void stack_failure_release(struct stack_failure *failure)
{
    buf_release(&failure->logical_id);
    buf_release(&failure->type);
    buf_release(&failure->reason);
}

static bool begins_operation(const struct cfn_event *event)
{
    static const char *const statuses[] = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS",
                                           "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"};
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        if (strcmp(event->status, statuses[i]) == 0)
            return true;
    return false;
}

/* What is given up because something else failed is no cause. */
static bool is_cause(const struct cfn_event *event)
{
    return view_ends_with(view_str(event->status), VIEW("_FAILED")) &&
           !strstr(event->reason, "cancelled");
}

static void set(struct buf *buf, const char *text)
{
    buf_clear(buf);
    buf_append_str(buf, text);
    buf_defuse(buf);
}

void stack_failure_take(struct stack_failure *failure, const char *stack,
                        const struct cfn_event *event)
{
    bool of_stack = strcmp(event->physical_id, stack) == 0;
    if (of_stack && begins_operation(event)) {
        buf_clear(&failure->logical_id);
        buf_clear(&failure->reason);
    }
    if (of_stack || failure->logical_id.len || !is_cause(event))
        return;
    set(&failure->logical_id, event->logical_id);
    set(&failure->type, event->type);
    set(&failure->reason, event->reason);
}

/* What reasons have in common, and what helps. */
static const struct {
    const char *said, *advice;
    const char *type; /* of the resource; NULL: any */
} advices[] = {
    {"provided mapping already exists",
     "a stream and a function have one mapping only, which is not replaced: let `aws lambda "
     "delete-event-source-mapping --uuid UUID` delete the old one, then deploy again"},
    {"already exists",
     "a function of that name has left it: let `aws logs delete-log-group` delete it, with all its "
     "lines, or choose another name for the function",
     .type = "AWS::Logs::LogGroup"},
    {"already exists", "and it is not of this stack: say `existing: true` for a table or a "
                       "stream that is to be used as it is, or choose another name"},
    {"custom-named resource requires replacing",
     "nothing is replaced under its own name: choose another one in the file, or `lorry destroy` "
     "and deploy again"},
    {"not authorized to perform", "the caller lacks that permission"},
    {"is not authorized", "the caller lacks that permission"},
    {"AccessDenied", "the caller lacks that permission"},
    {"imit exceeded", "ask AWS for a higher quota of the account, or use less of it"},
    {"LimitExceeded", "ask AWS for a higher quota of the account, or use less of it"},
    {"does not have permission to access the ECR image",
     "`lorry registry policy` lets Lambda fetch the image"},
    {"is not empty", "lorry empties nothing without being told: empty it, or let `aws "
                     "cloudformation delete-stack --retain-resources` keep it, then go on"},
    {"UnreservedConcurrentExecution", "lower `reserved-concurrency`"},
    {"ccess denied to S3", "the bucket with the package is not for this account"},
};

void stack_failure_explain(const struct stack_failure *failure, struct buf *out)
{
    if (!failure->logical_id.len)
        return;
    buf_printf(out, "%s (%s): %s", buf_str(&failure->logical_id), buf_str(&failure->type),
               buf_str(&failure->reason));
    for (size_t i = 0; i < ARRAY_LEN(advices); i++)
        if (strstr(buf_str(&failure->reason), advices[i].said) &&
            (!advices[i].type || strcmp(advices[i].type, buf_str(&failure->type)) == 0)) {
            buf_printf(out, "; %s", advices[i].advice);
            return;
        }
}
