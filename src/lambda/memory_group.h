/* A control group that holds a process and all that it starts to a limit of memory, where one can
 * be made [Linux "Control Group v2"]: as root on most systems, or below a group that systemd
 * delegates to the user. */
#ifndef LORRY_LAMBDA_MEMORY_GROUP_H
#define LORRY_LAMBDA_MEMORY_GROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct memory_group {
    char path[PATH_MAX]; /* "": there is none */
};

/* Makes a group and moves a process into it. It is beside or above our own: a group that has both
 * processes and groups cannot share memory out. Error: ERROR_SYSTEM if there is no place where that
 * is allowed; `group` has no path then. */
int memory_group_make(struct memory_group *group, pid_t pid, int64_t limit, struct error *err);

/* The same where control groups are mounted elsewhere: `mount` ("/sys/fs/cgroup") and `own`
 * (the text of /proc/self/cgroup). */
int memory_group_make_in(const char *mount, const char *own, struct memory_group *group, pid_t pid,
                         int64_t limit, struct error *err);

/* The most that was in use at once, in bytes; -1: the kernel does not tell (before Linux 5.19). */
int64_t memory_group_peak(const struct memory_group *group);

/* Whether the kernel ended a process of the group since it was over the limit. */
bool memory_group_overrun(const struct memory_group *group);

/* Ends what is left in it and removes it. Safe on a zeroed one. */
void memory_group_remove(struct memory_group *group);

#endif
