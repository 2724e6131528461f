#include "stack/stack_state.h"

#include <string.h>

#include "base/memory.h"
#include "base/view.h"

static const struct {
    const char *status;
    enum stack_state state;
    bool success;
} table[] = {
    {"REVIEW_IN_PROGRESS", STACK_ABSENT, false},
    {"CREATE_COMPLETE", STACK_READY, true},
    {"UPDATE_COMPLETE", STACK_READY, true},
    {"UPDATE_FAILED", STACK_READY, false},
    {"UPDATE_ROLLBACK_COMPLETE", STACK_READY, false},
    {"IMPORT_COMPLETE", STACK_READY, true},
    {"IMPORT_ROLLBACK_COMPLETE", STACK_READY, false},
    {"CREATE_FAILED", STACK_FAILED, false},
    {"ROLLBACK_COMPLETE", STACK_FAILED, false},
    {"ROLLBACK_FAILED", STACK_FAILED, false},
    {"DELETE_FAILED", STACK_FAILED, false},
    {"UPDATE_ROLLBACK_FAILED", STACK_STUCK, false},
    {"IMPORT_ROLLBACK_FAILED", STACK_STUCK, false},
    {"DELETE_COMPLETE", STACK_DELETED, true},
};

enum stack_state stack_state_of(const char *status)
{
    if (!status)
        return STACK_ABSENT;
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].status, status) == 0)
            return table[i].state;
    return view_ends_with(view_str(status), VIEW("_IN_PROGRESS")) ? STACK_BUSY : STACK_READY;
}

bool stack_status_is_success(const char *status)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].status, status) == 0)
            return table[i].success;
    return false;
}
