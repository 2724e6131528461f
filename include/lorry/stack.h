/* lorry/stack.h: describe a pipeline in a program of your own, and deploy it from there.
 *
 *     #include <lorry/stack.h>
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct lorry_stack *stack = lorry_stack_new();
 *         lorry_stack_set(stack, "project", "testdrive");
 *         lorry_stack_set(stack, "source.dynamodb.table", "table-testdrive");
 *         lorry_stack_set(stack, "source.dynamodb.keys.device", "S");
 *         lorry_stack_set(stack, "sink.url", "crate://admin@example.cratedb.net:4200/?ssl=true");
 *         lorry_stack_set(stack, "sink.password.secret", "lorry/testdrive");
 *         lorry_stack_set(stack, "sink.table", "transactions");
 *         int status = lorry_stack_main(argc, argv, stack);
 *         lorry_stack_free(stack);
 *         return status;
 *     }
 *
 *     cc -o my-stack my-stack.c $(pkg-config --cflags --libs lorry-stack)
 *     ./my-stack                  # deploys; `./my-stack --help` lists what else it does
 *
 * A field is named by its path in pipeline.yaml (see docs/pipeline.md), and its value is written as
 * there. So there is one table of fields, one set of defaults and rules, and one wording of
 * mistakes for the file and for programs; a field that is new in the file is there for programs as
 * well, and no program has to be compiled anew for it. What the compiler cannot check is checked
 * before anything is done: all mistakes at once, each with the file and line of the program, and
 * with the name that may have been meant.
 *
 * NULL is no stack, except for lorry_stack_free(). All texts are UTF-8 and are
 * copied. Texts that are returned belong to the stack, unless it says otherwise. A stack is for one
 * thread at a time; programs with several threads call curl_global_init() first. Running out of
 * memory aborts. */
#ifndef LORRY_STACK_H
#define LORRY_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lorry_stack;

/* ---- To describe a stack -------------------------------------------------------------------- */

/* struct lorry_stack *lorry_stack_new(void);
 *
 * A new description, empty. Never NULL; lorry_stack_free() it. This macro and the two below pass on
 * the place of the call, which mistakes are told with. */
#define lorry_stack_new() lorry_stack_new_at(__FILE__, __LINE__)

/* The description in a file such as pipeline.yaml ("-": standard input), to be used as it is, or
 * changed by the macros below. Never NULL: that the file is not there or no YAML is told by
 * lorry_stack_check() and by whatever needs the description. lorry_stack_free() it. */
struct lorry_stack *lorry_stack_read(const char *path);

/* Frees it, overwriting it: there may be secrets in it. */
void lorry_stack_free(struct lorry_stack *stack);

/* void lorry_stack_set(struct lorry_stack *stack, const char *path, const char *value);
 *
 * Sets a field to a value, both as pipeline.yaml has them:
 *
 *     lorry_stack_set(stack, "processor.batch.size", "2500");
 *     lorry_stack_set(stack, "processor.timeout", "60s");
 *     lorry_stack_set(stack, "source.dynamodb.existing", "true");
 *     lorry_stack_set(stack, "stream.name", "cdc-${stage}");          // expanded as in the file
 *     lorry_stack_set(stack, "source.dynamodb.keys.device", "S");     // a member of a mapping:
 *     lorry_stack_set(stack, "tags.cost.center", "42");               //   its name may have dots
 *     lorry_stack_set(stack, "stages.prod.region", "eu-west-1");      // what a stage changes
 *
 * A value that was there is replaced. NULL takes it away, with all that is below it, so that the
 * default holds; below "stages.NAME" it is what null is in the file: the stage does without the
 * value that the others have. Quotes are not needed, and mean themselves; "$${" writes "${".
 *
 * It cannot fail: a wrong path or value is told by lorry_stack_check(), and nothing is done with a
 * description that has mistakes. All texts together have a megabyte at most, as a file has. */
#define lorry_stack_set(stack, path, value)                                                        \
    lorry_stack_set_at((stack), (path), (value), __FILE__, __LINE__)

/* void lorry_stack_add(struct lorry_stack *stack, const char *path, const char *value);
 *
 * Adds an element to a list: "processor.vpc.subnets". Else as lorry_stack_set(). */
#define lorry_stack_add(stack, path, value)                                                        \
    lorry_stack_add_at((stack), (path), (value), __FILE__, __LINE__)

/* The functions behind the macros, for wrappers and other languages. `file`: of the program that
 * describes the stack; NULL: the place is not known. */
struct lorry_stack *lorry_stack_new_at(const char *file, int line);
void lorry_stack_set_at(struct lorry_stack *stack, const char *path, const char *value,
                        const char *file, int line);
void lorry_stack_add_at(struct lorry_stack *stack, const char *path, const char *value,
                        const char *file, int line);

/* ---- How it goes about it ------------------------------------------------------------------- */

/* What deploying something means for what is there. */
enum lorry_gravity {
    LORRY_HARMLESS,  /* made, or changed in place */
    LORRY_REPLACES,  /* made anew: its name or ARN may change, it may be away for a moment */
    LORRY_LOSES_DATA /* what holds data is deleted */
};

/* A resource that is going to be changed. */
struct lorry_stack_change {
    const char *action; /* of CloudFormation: "Add", "Modify", "Remove", "Import" */
    const char *logical_id;
    const char *type; /* "AWS::Lambda::Function" */
    enum lorry_gravity gravity;
    const char *text; /* all of that in a line, for people */
};

/* Something that happens to a resource, or to the stack itself. Texts that are not there are "". */
struct lorry_stack_event {
    const char *time; /* "2026-11-23T22:10:33.123Z" */
    const char *logical_id, *type;
    const char *status; /* "CREATE_COMPLETE" */
    const char *reason;
    int64_t took_us; /* since the resource was begun with; 0: that was not seen */
};

/* Whom it talks to. What is NULL is done at the terminal, as `lorry deploy` does it: on standard
 * error; and where there is none, nothing is agreed to. What the callbacks get is borrowed until
 * they return. They must not use the stack. */
struct lorry_stack_ui {
    /* What has been done or is going on: a line without a newline. */
    void (*line)(void *user, const char *text);
    /* What is going to be changed. */
    void (*changes)(void *user, const struct lorry_stack_change *changes, size_t count);
    /* Whether to go on with what replaces something or loses data. */
    bool (*question)(void *user, const char *text);
    /* What happens while CloudFormation works. */
    void (*event)(void *user, const struct lorry_stack_event *event);
    /* What is being waited for: a text that takes the place of the last one. */
    void (*waiting)(void *user, const char *text);
    /* How many bytes of the image have been sent, of those that have to be. */
    void (*progress)(void *user, size_t sent, size_t total);
    void *user;
};

/* What `lorry` has as options. Zeroed is fine, and so is NULL instead of it; use designated
 * initialisers: there may be more some day. All of it is borrowed for the time of the call. */
struct lorry_stack_options {
    const char *stage;   /* NULL: that of the description */
    const char *region;  /* NULL: that of the description, else as the AWS CLI finds it */
    const char *profile; /* in the files of the AWS CLI; NULL: as it finds it */
    /* Where AWS is, if it is an emulator; NULL: as the AWS CLI finds it. */
    const char *endpoint_url;
    /* deploy: for the secret that "sink.password" names, if it is not there yet. NULL: that in the
     * variable SINK_PASSWORD, else it is asked for at the terminal. */
    const char *password;
    bool yes;       /* nothing is asked: what is going to be done is agreed to */
    bool quiet;     /* the terminal is told nothing but questions, and what they are about */
    bool no_create; /* deploy: the repository of the image has to be there */
    /* deploy: what was changed or deleted by other means becomes what the stack says again */
    bool revert_drift;
    bool data;     /* destroy: what the stack keeps since it holds data goes as well */
    bool registry; /* destroy: and so does the image, and the repository if that is empty then */
    const struct lorry_stack_ui *ui; /* NULL: the terminal */
};

/* ---- To look at it, without any network ----------------------------------------------------- */

/* Something that is wrong with the description, or doubtful. */
struct lorry_finding {
    bool error;       /* else a warning */
    const char *file; /* of the program, or the one that was read; NULL: not known */
    int line, column; /* from 1 on; 0: not known */
    const char *message;
};

/* Checks the description, all of its stages, by the rules of `lorry validate`. Returns 0 if there
 * is no mistake, else -1. What was found, warnings included, is there until the next call that
 * takes options. */
int lorry_stack_check(struct lorry_stack *stack, const struct lorry_stack_options *options);

/* How many findings there are; in the order of file and line. */
size_t lorry_stack_finding_count(const struct lorry_stack *stack);

/* The finding with that number, from 0 on; valid until the next call that takes options. NULL:
 * there are not so many. */
const struct lorry_finding *lorry_stack_finding(struct lorry_stack *stack, size_t index);

/* The same as a pipeline.yaml, for what `lorry` does beside deploying (`my-stack file | lorry
 * status -f -`), or to go on with a file; with whatever passwords there are in it. NULL if there
 * are mistakes. free() it. */
char *lorry_stack_file(struct lorry_stack *stack, const struct lorry_stack_options *options);

/* For people (of a template: YAML), or for programs. */
enum lorry_format { LORRY_TEXT, LORRY_JSON };

/* The CloudFormation template: the same bytes as of `lorry template` with a file that says the
 * same. NULL if there are mistakes. free() it. */
char *lorry_stack_template(struct lorry_stack *stack, const struct lorry_stack_options *options,
                           enum lorry_format format);

/* ---- To do it -------------------------------------------------------------------------------- */

/* These return 1 if something has been changed, 0 if there was nothing to change, and -1 for
 * failure: see lorry_stack_error(). They return when all of it is done; being interrupted does no
 * harm, and the next call goes on. */

/* What lorry_stack_deploy() would change, without changing anything: 1 if anything differs.
 * `*text`, unless `text` is NULL, gets what `lorry diff` prints, or for LORRY_JSON the object that
 * docs/json.md explains; free() it; untouched on failure. */
int lorry_stack_diff(struct lorry_stack *stack, const struct lorry_stack_options *options,
                     enum lorry_format format, char **text);

/* Makes the package, puts it where Lambda takes it from, and makes the stack what the description
 * says, from nothing or from any earlier state. */
int lorry_stack_deploy(struct lorry_stack *stack, const struct lorry_stack_options *options);

/* Brings a new package to the function, and changes nothing else of the stack; returns when the
 * function runs it. */
int lorry_stack_refresh(struct lorry_stack *stack, const struct lorry_stack_options *options);

/* Takes the stack down. What holds data stays, unless the options say otherwise. */
int lorry_stack_destroy(struct lorry_stack *stack, const struct lorry_stack_options *options);

/* An output of the stack, as the last lorry_stack_deploy() or lorry_stack_refresh() left it:
 * "FunctionName", "StreamArn", ... (docs/template.md). NULL if it has none of that name. */
const char *lorry_stack_output(const struct lorry_stack *stack, const char *name);

/* All outputs, by number from 0 on. False, and the pointers untouched: there are not so many. */
bool lorry_stack_output_at(const struct lorry_stack *stack, size_t index, const char **name,
                           const char **value);

enum lorry_error_kind {
    LORRY_ERROR_DESCRIPTION, /* it has mistakes: see the findings */
    LORRY_ERROR_SETTING,     /* a setting, an environment variable, a URL; or nobody agreed */
    LORRY_ERROR_SYSTEM,      /* a file, a process */
    LORRY_ERROR_INPUT,       /* what was read is not what it should be */
    LORRY_ERROR_NETWORK,     /* no answer, or none that makes sense */
    LORRY_ERROR_AWS          /* AWS refused, or CloudFormation gave up */
};

struct lorry_error {
    enum lorry_error_kind kind;
    bool retry;          /* the same call may succeed later */
    const char *name;    /* AWS's own name for it, "AccessDeniedException"; "" if it gave none */
    const char *message; /* what failed, why, and what to do; lower case, without a full stop */
};

/* Why the last call that takes options failed; NULL if it did not. */
const struct lorry_error *lorry_stack_error(struct lorry_stack *stack);

/* ---- A whole program ------------------------------------------------------------------------- */

/* PROGRAM [COMMAND] [OPTIONS]: the commands of `lorry` that are about a stack, with their options
 * and output, for this one. Without a command it deploys. Wrong options and --help end the process.
 * Returns the exit status: 0 done, 1 failed, 2 wrong use. */
int lorry_stack_main(int argc, char **argv, struct lorry_stack *stack);

#ifdef __cplusplus
}
#endif

#endif
