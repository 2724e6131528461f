#include "stack/code_digest.h"

#include <stdio.h>

#include "stack/template.h"

/* "REGISTRY/REPOSITORY@sha256:DIGEST" */
static bool take_uri(const char *uri, struct oci_digest *digest)
{
    const char *at = uri ? strrchr(uri, '@') : NULL;
    return at && oci_digest_parse(view_str(at + 1), digest);
}

/* "FOLDER/lorry-processor-DIGEST.zip" */
static bool take_key(const char *key, struct oci_digest *digest)
{
    size_t len = key ? strlen(key) : 0;
    size_t end = OCI_DIGEST_HEX_LEN + strlen(".zip");
    char text[sizeof(digest->text)];
    if (len < end)
        return false;
    snprintf(text, sizeof(text), "sha256:%.*s", OCI_DIGEST_HEX_LEN, key + len - end);
    return oci_digest_parse(view_str(text), digest);
}

bool code_digest_of_function(const struct lambda_function *function, struct oci_digest *digest)
{
    return take_uri(function->resolved_image_uri, digest) ||
           oci_digest_of_base64(function->code_sha256, digest);
}

bool code_digest_of_stack(const struct cfn_stack *stack, struct oci_digest *digest)
{
    return take_uri(cfn_value(stack->parameters, stack->parameter_count, TEMPLATE_IMAGE_URI),
                    digest) ||
           take_key(cfn_value(stack->parameters, stack->parameter_count, TEMPLATE_CODE_KEY),
                    digest);
}

struct oci_digest code_digest_of_package(const struct oci_image *image, const struct zip_made *zip)
{
    return image ? image->manifest.digest : oci_digest_of(buf_view(&zip->bytes));
}
