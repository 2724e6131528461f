/* The steps of a destruction. Private to stack/. */
#ifndef LORRY_STACK_DESTROY_PARTS_H
#define LORRY_STACK_DESTROY_PARTS_H

#include "stack/deploy_parts.h"
#include "stack/destroy.h"

/* A destruction under way. */
struct destruction {
    const struct destroy *destroy;
    struct destroyed *found;
    struct deployment deployment; /* names, account, the stack */
    bool exists;
    bool review; /* there is only a change set of lorry's, which would have made it */
    struct {     /* of an existing table; see destroy_streaming.c */
        const char *table, *table_arn, *stream_arn;
        bool on;     /* it is to be switched off */
        bool tagged; /* the note of that is to be taken away */
    } streaming;
};

/* Asks for a kind of things whether there are such; adds what it finds. Errors: those of the calls.
 */
typedef int destruction_look(struct destruction *destruction, struct error *err);

/* Notes what there is, whether it goes, and why; each in the file that deletes it as well. */
destruction_look destruction_survey;           /* all of it */
destruction_look destruction_survey_streaming; /* what an existing table sends */
destruction_look destruction_survey_holders;   /* table and stream */
destruction_look destruction_survey_failures;  /* bucket or queue of what could not be processed */
destruction_look destruction_survey_registry;  /* repository and image */

/* Takes the bucket and the queue of what could not be processed that a deleted stack has kept
 * (NULL: none). Returns 0 to go on, 1 if that was enough, -1 and `err`. */
typedef int destruction_take_past(struct destruction *destruction, const char *bucket,
                                  const char *queue, struct error *err);

/* Hands out what the stacks of this name have kept that lorry made, and that were deleted within
 * the last 90 days: the latest first. That nobody may look is only said. Errors: those of the calls
 * and of `take`. */
int destruction_look_back(struct destruction *destruction, destruction_take_past *take,
                          struct error *err);

/* Whether a table that the stack keeps goes on sending its changes to a stream that it keeps. */
bool destruction_leaves_streaming(const struct destruction *destruction);

/* Adds a thing; its texts are copied. */
void destruction_note(struct destruction *destruction, const struct destroy_thing *thing);

/* What is found of a kind; NULL: nothing. */
struct destroy_thing *destruction_find(const struct destruction *destruction, const char *kind);

/* Whether the stack has that resource, and keeps it when it is deleted. */
bool destruction_keeps(const struct destruction *destruction, const char *logical_id);

/* An output of the stack; NULL if it has none of that name. */
const char *destruction_output(const struct destruction *destruction, const char *name);

/* Has the existing table send no more changes to the stream, if it is to. Returns when it does not.
 * Errors: those of the calls, of deployment_wait(). */
int destruction_detach(struct destruction *destruction, struct error *err);

/* Deletes what goes by its own API. Returns when it is gone. Errors: those of the calls, of
 * deployment_wait(). */
int destruction_delete_extras(struct destruction *destruction, struct error *err);

/* How things of a kind are deleted; `name` is that of the thing. 0; 1: it stays after all, and why
 * has been said; -1 and `err`. */
typedef int destruction_delete(struct destruction *destruction, const char *name,
                               struct error *err);
destruction_delete destruction_delete_table;
destruction_delete destruction_delete_stream;
destruction_delete destruction_delete_bucket;
destruction_delete destruction_delete_queue;
destruction_delete destruction_delete_image;
destruction_delete destruction_delete_repository;

#endif
