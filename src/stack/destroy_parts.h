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
};

/* Notes what there is, whether it goes, and why. Errors: those of the calls. */
int destruction_survey(struct destruction *destruction, struct error *err);

/* What is found of a kind; NULL: nothing. */
const struct destroy_thing *destruction_find(const struct destruction *destruction,
                                             const char *kind);

/* Whether a thing that goes is deleted after the stack, by its own API. */
bool destruction_is_extra(const struct destruction *destruction, const struct destroy_thing *thing);

/* Has an existing table send no more changes to the stream of the stack. Returns when it does not.
 * Errors: those of the calls, of aws_wait(). */
int destruction_detach(struct destruction *destruction, struct error *err);

/* Deletes table, stream and repository, those of them that go and are not the stack's to delete.
 * Returns when table and stream are gone. Errors: those of the calls, of aws_wait(). */
int destruction_delete_extras(struct destruction *destruction, struct error *err);

#endif
