/* Which code a function runs, which one its stack says, which one a package is: as digests that can
 * be compared. That of an image is the digest of its manifest, that of a zip package the SHA-256 of
 * the file. */
#ifndef LORRY_STACK_CODE_DIGEST_H
#define LORRY_STACK_CODE_DIGEST_H

#include "aws/cloudformation.h"
#include "aws/lambda_function.h"
#include "oci/digest.h"
#include "oci/image.h"
#include "oci/zip.h"

/* False: Lambda does not say, or nothing that is a digest. */
bool code_digest_of_function(const struct lambda_function *function, struct oci_digest *digest);

/* From the parameters of the stack; false: they are not those of lorry's template. */
bool code_digest_of_stack(const struct cfn_stack *stack, struct oci_digest *digest);

/* One of the two; the other is NULL. */
struct oci_digest code_digest_of_package(const struct oci_image *image, const struct zip_made *zip);

#endif
