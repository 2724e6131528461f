/* The objects of a failure bucket, as a source of replaying (pipeline/replay.h). Each has a whole
 * invocation record, with the event that the function got. */
#ifndef LORRY_PIPELINE_REPLAY_S3_H
#define LORRY_PIPELINE_REPLAY_S3_H

#include "aws/s3.h"
#include "pipeline/replay.h"

/* Of one object. An event has 6 MB, in which every byte may be escaped twice. */
#define REPLAY_OBJECT_MAX ((size_t)32 << 20)

/* The objects below `place`, in the order of their keys. An object is deleted when every record of
 * it is dealt with, and only then; what cannot be applied is a dead letter of the sink by then. An
 * object that is no invocation record, or too large, stays, is counted and shown.
 *
 * Errors: those of s3_list_objects() and the like; the sink failed. What was done by then is done.
 * Needs "s3:ListBucket", "s3:GetObject" and "s3:DeleteObject". */
int replay_s3(struct replay *replay, const struct replay_run *run, struct aws_client *client,
              const struct s3_location *place, struct error *err);

#endif
