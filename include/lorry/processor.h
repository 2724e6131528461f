/* lorry/processor.h: write a record processor of your own.
 *
 *     #include <lorry/processor.h>
 *
 *     static int process(struct lorry_change *change, void *user)
 *     {
 *         if (lorry_change_operation(change) == LORRY_REMOVE)
 *             return LORRY_DROP;                                  // keep what the source removes
 *         lorry_change_set_string(change, "origin", "eu-central-1");
 *         return LORRY_PASS;
 *     }
 *
 *     int main(int argc, char **argv)
 *     {
 *         return lorry_processor_main(argc, argv, process, NULL);
 *     }
 *
 *     cc -o my-processor my-processor.c $(pkg-config --cflags --libs --static lorry)
 *
 * The callback sees every decoded change: before folding, on every delivery, duplicates and stale
 * ones included, in the order of delivery. It may pass the change on, alter it, drop it, or write
 * it elsewhere. Keys cannot change. Its error is that record's error: ON_ERROR decides what becomes
 * of it. It must give the same answer for the same change each time, or redelivery changes the
 * result.
 *
 * All pointers that the accessors return belong to the change and are valid until the callback
 * returns, or until the next lorry_change_set_...() or lorry_change_unset() of that change.
 * Single-threaded. */
#ifndef LORRY_PROCESSOR_H
#define LORRY_PROCESSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lorry_change;

enum lorry_operation { LORRY_INSERT, LORRY_MODIFY, LORRY_REMOVE };

/* What a callback returns. Any negative number is an error, see lorry_change_fail(). */
enum lorry_verdict { LORRY_PASS = 0, LORRY_DROP = 1 };

/* A value in DynamoDB's typed JSON: {"S":"text"}, {"N":"1.5"}, {"M":{...}}. */
struct lorry_value {
    const char *type; /* "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS" */
    const char *text; /* S: the text; N: the digits; B: base64; BOOL: "true" or "false"; NULL: "";
                         else: the typed JSON inside. NUL-terminated; S may hold NULs of its own */
    size_t len;       /* of `text` */
};

typedef int (*lorry_process)(struct lorry_change *change, void *user);

enum lorry_operation lorry_change_operation(const struct lorry_change *change);

/* Name of the source table; "" if the record does not say. */
const char *lorry_change_table(const struct lorry_change *change);

/* ApproximateCreationDateTime, microseconds since 1970. */
int64_t lorry_change_time_us(const struct lorry_change *change);

/* Whether the item expired (Time to Live) instead of being removed by a client. */
bool lorry_change_expired(const struct lorry_change *change);

/* A part of the key, an attribute of the new or of the old image. False, and `value` untouched, if
 * it is not there. */
bool lorry_change_key(struct lorry_change *change, const char *name, struct lorry_value *value);
bool lorry_change_new(struct lorry_change *change, const char *name, struct lorry_value *value);
bool lorry_change_old(struct lorry_change *change, const char *name, struct lorry_value *value);

/* The images as typed JSON ({"a":{"S":"x"},...}, keys included), NUL-terminated; NULL if there is
 * none. The new image shows what was set so far. */
const char *lorry_change_new_image(struct lorry_change *change);
const char *lorry_change_old_image(struct lorry_change *change);

/* Sets an attribute of the new image, adding it if it is not there. 0, or -1 if that is not
 * possible: the change is a REMOVE, the name is a key's, the text is not UTF-8, not a number, not
 * typed JSON. A callback that does not look at the result need not worry: the record fails with
 * that reason then. */
int lorry_change_set_string(struct lorry_change *change, const char *name, const char *text);
int lorry_change_set_number(struct lorry_change *change, const char *name, const char *digits);
int lorry_change_set_bool(struct lorry_change *change, const char *name, bool value);
int lorry_change_set_null(struct lorry_change *change, const char *name);
int lorry_change_set_json(struct lorry_change *change, const char *name, const char *typed_json);

/* Takes an attribute out of the new image; fine if it is not there. 0 or -1 as above. */
int lorry_change_unset(struct lorry_change *change, const char *name);

/* Says why the callback is going to fail; returns -1, so that `return lorry_change_fail(change,
 * "...")` reads well. The reason is kept with the dead letter and logged: no secrets, no values. */
int lorry_change_fail(struct lorry_change *change, const char *reason);

/* The whole program: on Lambda (AWS_LAMBDA_RUNTIME_API is set) the Runtime API loop, configured by
 * the environment (see lorry(1)); elsewhere `PROGRAM [--table NAME] SOURCE... SINK` does the same
 * once, like `lorry relay`. Returns the exit status. `process` may be NULL: every change passes. */
int lorry_processor_main(int argc, char **argv, lorry_process process, void *user);

#ifdef __cplusplus
}
#endif

#endif
