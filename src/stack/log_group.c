#include "stack/log_group.h"

#include <string.h>

#include "aws/logs.h"
#include "base/arena.h"
#include "base/memory.h"
#include "base/suggest.h"

#define NAME_MAX_LEN 512 /* [CloudWatch Logs API Reference, CreateLogGroup] */
#define NEAR_MAX 1000    /* names that are looked at */

void log_group_of_function(const char *function, struct buf *group)
{
    static const char before[] = "function:";
    const char *name = strstr(function, before);
    name = name ? name + strlen(before) : function;
    buf_append_str(group, LOG_GROUP_PREFIX);
    buf_append(group, name, strcspn(name, ":"));
}

int log_group_check_region(const char *function, const char *region, struct error *err)
{
    static const char before[] = "arn:";
    const char *at = function;
    if (strncmp(at, before, strlen(before)) != 0)
        return 0;
    for (int fields = 3; at && fields; fields--)
        if ((at = strchr(at, ':')))
            at++;
    struct view there = view_of(at ? at : "", at ? strcspn(at, ":") : 0);
    if (view_equal(there, view_str(region)))
        return 0;
    return error_set(err, ERROR_SETTING, 0,
                     "%s is in region \"%.*s\", not in \"%s\": name that one with --region",
                     function, VIEW_ARG(there), region ? region : "");
}

int log_group_check(const char *group, struct error *err)
{
    size_t len = strspn(group, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "._/#-");
    if (len && !group[len] && len <= NAME_MAX_LEN)
        return 0;
    return error_set(
        err, ERROR_SETTING, 0,
        "\"%s\" is no name of a log group: it has 1 to %d letters, digits and \"_-/.#\"", group,
        NAME_MAX_LEN);
}

struct search {
    const char *group;
    struct buf *arn;
};

static int take_same(void *user, const struct logs_group *group, struct error *err)
{
    const struct search *search = user;
    (void)err;
    if (strcmp(group->name, search->group) != 0)
        return 0;
    buf_append_str(search->arn, group->arn);
    return 1;
}

int log_group_find(struct aws_client *client, const char *group, struct buf *arn, struct error *err)
{
    return logs_describe_groups(client, group, take_same, &(struct search){group, arn}, err);
}

/* Names without what all of them begin with, which would make all of them look alike. */
struct near {
    struct arena arena;
    const char *names[NEAR_MAX];
    size_t count;
};

static int take_name(void *user, const struct logs_group *group, struct error *err)
{
    struct near *near = user;
    (void)err;
    near->names[near->count++] =
        arena_copy(&near->arena, view_str(group->name + strlen(LOG_GROUP_PREFIX))).ptr;
    return near->count == NEAR_MAX;
}

int log_group_missing(struct aws_client *client, const char *group, struct error *err)
{
    struct near *near = xcalloc(1, sizeof(*near));
    struct view tail = view_str(group);
    if (view_starts_with(tail, VIEW(LOG_GROUP_PREFIX)))
        tail = view_skip(tail, strlen(LOG_GROUP_PREFIX));
    const char *meant = NULL;
    if (logs_describe_groups(client, LOG_GROUP_PREFIX, take_name, near, NULL) == 0)
        meant = suggest(tail, near->names, near->count);
    error_set(err, ERROR_AWS, 400,
              "there is no log group \"%s\" in %s: the function was not deployed there, or has not "
              "run yet%s%s%s; `lorry logs groups` lists those there are",
              group, client->region, meant ? " (did you mean \"" LOG_GROUP_PREFIX : "",
              meant ? meant : "", meant ? "\"?)" : "");
    error_set_name(err, "ResourceNotFoundException");
    arena_release(&near->arena);
    free(near);
    return -1;
}
