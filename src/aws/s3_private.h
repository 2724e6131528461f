/* What the files of S3 share. Private to aws/. */
#ifndef LORRY_AWS_S3_PRIVATE_H
#define LORRY_AWS_S3_PRIVATE_H

#include "aws/call.h"
#include "aws/s3.h"

#define S3_REFUSAL_CAP ((size_t)64 << 10)

extern const struct aws_service s3_service;

/* A call about an object: `target` and `subject` are what it borrows from. */
struct aws_call s3_object_call(const struct aws_operation *operation,
                               const struct s3_location *location, struct buf *target,
                               struct buf *subject);

#endif
