/* docker's credential file: whatever stands in it. */
#include <stdint.h>

#include "oci/docker_file.h"
#include "oci/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const registries[] = {"r.example", "localhost:5000", "docker.io"};
    cleanup_document json_t *file = NULL;
    if (document_read(view_of((const char *)data, size), "file", &file, NULL) < 0)
        return 0;
    for (size_t i = 0; i < sizeof(registries) / sizeof(*registries); i++) {
        cleanup_registry_login struct registry_login login = {0};
        docker_file_helper(file, registries[i]);
        if (docker_file_find(file, registries[i], &login, NULL) == 0)
            docker_file_enter(file, registries[i], &login, NULL);
    }
    return 0;
}
