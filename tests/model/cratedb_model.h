/* A model of a CrateDB server: what one answers to the statements that lorry sends, by what was
 * measured on real ones (the recordings in cratedb-wire, which test_wire.c replays). Statements are
 * matched by shape; one of another shape is answered with 4000 "ParsingException[model: unknown
 * statement: ...]". It shares no code with the sink that it judges. */
#ifndef LORRY_TESTS_MODEL_CRATEDB_MODEL_H
#define LORRY_TESTS_MODEL_CRATEDB_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"

struct cratedb_model;

/* An empty server, with user crate trusted. Free with cratedb_model_free(); NULL is allowed. */
struct cratedb_model *cratedb_model_new(void);
void cratedb_model_free(struct cratedb_model *model);

/* Answers as that version does, as far as lorry notices; "6.4.3" at first. `version` is constant.
 * Tried on 5.10.16, 6.0.8 and 6.4.3. */
void cratedb_model_set_version(struct cratedb_model *model, const char *version);

/* The shards of tables made from now on without CLUSTERED INTO; 4 at first. */
void cratedb_model_set_shards(struct cratedb_model *model, size_t shards);

/* Adds a user, or changes the password; from then on nobody else gets in. */
void cratedb_model_set_password(struct cratedb_model *model, const char *user,
                                const char *password);

/* What happens by itself every second: all that was written becomes visible. */
void cratedb_model_refresh(struct cratedb_model *model);

struct cratedb_request {
    const char *method;
    struct view path;           /* with the query, if any */
    struct view default_schema; /* the value of that header; empty: "doc" */
    struct view authorization;  /* the value of that header; empty: none */
    struct view body;
};

/* Answers one request, atomically; several threads may ask at once. The body goes into `answer`
 * (cleared). Returns the status. */
int cratedb_model_handle(struct cratedb_model *model, const struct cratedb_request *request,
                         struct buf *answer);

#endif
