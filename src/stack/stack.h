/* What a pipeline is: the object that pipeline.yaml describes (DESIGN section 3; docs/pipeline.md),
 * with every default filled in. Image, template and deployment are made from it alone. (What
 * processes batches is pipeline/pipeline.h.) */
#ifndef LORRY_STACK_STACK_H
#define LORRY_STACK_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum stack_key_type { STACK_KEY_S, STACK_KEY_N, STACK_KEY_B };
enum stack_package { STACK_IMAGE, STACK_ZIP };
enum stack_on_failure { STACK_TO_S3, STACK_TO_SQS, STACK_TO_NONE };
enum stack_architecture { STACK_X86_64, STACK_ARM64 };

/* A name and a value, in the order of the file: environment, tags. */
struct stack_pair {
    const char *name;
    const char *value;
};

struct stack_key {
    const char *name;
    enum stack_key_type type;
};

/* Where the sink's password is; all NULL: none, or in the URL. */
struct stack_password {
    const char *secret;     /* Secrets Manager: name or ARN */
    const char *secret_key; /* member of a JSON secret; NULL: the whole text */
    const char *ssm;        /* Parameter Store: name */
    const char *variable;   /* {env: NAME}: a NoEcho parameter, filled from the environment */
};

/* All texts and lists live in `arena`. Texts are NULL where the file may be silent and no default
 * exists. */
struct stack {
    struct arena arena;
    const char *project, *stage, *region, *description;
    const char **stages; /* all those of the file, this one first */
    size_t stage_count;
    bool termination_protection;
    struct {
        const char *table;
        bool existing;
        struct stack_key keys[2]; /* partition key, sort key */
        size_t key_count;
        bool retain;
    } source;
    struct {
        const char *name;
        bool existing;
        int shards; /* 0: on demand */
        int retention_hours;
    } stream;
    struct {
        const char *name;
        enum stack_package package;
        const char *repository;
        enum stack_architecture architecture;
        const char *entrypoint; /* as from the folder of the file; NULL: the built-in processor */
        int memory_mb;
        int timeout_s;
        struct {
            int size, window_s, parallelization;
            int retries;   /* -1: without limit */
            int max_age_s; /* -1: without limit */
            bool bisect;
            const char *starting_position; /* "TRIM_HORIZON" or "LATEST" */
        } batch;
        enum stack_on_failure on_failure;
        const char *on_error;     /* as ON_ERROR: "dead-letter", ... */
        int log_retention_days;   /* 0: kept for ever */
        int reserved_concurrency; /* -1: not set */
        const char **subnets, **security_groups;
        size_t subnet_count, security_group_count;
        const char *permissions_boundary;
        const char *access_point; /* ARN of one of EFS; NULL: nothing is mounted */
        const char *mount_path;   /* where it is mounted: "/mnt/..." */
        struct stack_pair *environment;
        size_t environment_count;
    } processor;
    struct {
        const char *url;
        struct stack_password password;
        const char *table;
    } sink;
    const char *alarm_topic; /* NULL: alarms without a recipient */
    struct stack_pair *tags;
    size_t tag_count;
};

/* Overwrites all texts: there may be secrets in the URL and the environment. Safe on a zeroed one.
 */
void stack_release(struct stack *stack);
#define cleanup_stack __attribute__((cleanup(stack_release)))

/* "x86_64" or "arm64", as Lambda and oci_build have it. */
const char *stack_architecture_name(enum stack_architecture architecture);

/* Appends "<project>-<stage>": the name of the stack, and the tag of the deployed image. */
struct buf;
void stack_name(const struct stack *stack, struct buf *out);

/* How long the template has the sink keep tombstones, unless the environment of the processor says
 * something else (SINK_TOMBSTONE_RETENTION). */
int stack_tombstone_hours(const struct stack *stack);

#endif
