/* A CA bundle: PEM around DER. */
#include "net/ca_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ca_store_free(ca_store_parse(view_of((const char *)data, size)));
    return 0;
}
