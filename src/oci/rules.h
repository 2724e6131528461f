/* What Lambda asks of an image [LDG "Create a Lambda function using a container image"; FACTS
 * section 3], as far as it can be seen in it. */
#ifndef LORRY_OCI_RULES_H
#define LORRY_OCI_RULES_H

#include "base/arena.h"
#include "base/error.h"
#include "oci/config.h"
#include "oci/image.h"

struct oci_finding {
    const char *rule; /* a short name: "entrypoint", "compression", ... */
    bool refused;     /* Lambda does not take or cannot start it; else: it may well do */
    const char *text; /* one sentence, without a full stop, fit for a terminal */
};

struct oci_findings {
    struct arena arena;
    struct oci_finding *items;
    size_t count;
    bool refused;         /* one of them is */
    size_t unpacked_size; /* of all layers, in bytes; 0: not known */
};

/* Looks at the image; `config` is its own, parsed. Only of a complete one the files are looked at.
 */
void oci_check_rules(const struct oci_image *image, const struct oci_config *config,
                     struct oci_findings *findings);

/* Safe on a zeroed one. */
void oci_findings_release(struct oci_findings *findings);
#define cleanup_oci_findings __attribute__((cleanup(oci_findings_release)))

/* What Lambda calls the architecture of a config: "amd64" is "x86_64". NULL: it has none such. */
const char *oci_lambda_architecture(const char *architecture);

#endif
