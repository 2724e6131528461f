#include "oci/input.h"

#include <unistd.h>

#include "net/ca_store.h"

int input_executable(const char *path, struct file_map *map, struct elf *elf, struct error *err)
{
    if (file_map(map, path, INPUT_FILE_MAX, err) < 0)
        return -1;
    return elf_read(map->bytes, path, elf, err);
}

static const char *system_bundle(void)
{
    for (size_t i = 0; i < CA_STORE_PLACES; i++)
        if (access(ca_store_places[i], R_OK) == 0)
            return ca_store_places[i];
    return NULL;
}

int input_bundle(const char *path, struct file_map *map, struct error *err)
{
    if (!path)
        path = system_bundle();
    if (!path)
        return error_set(err, ERROR_SETTING, 0,
                         "no CA bundle found on this system: name one with --ca-bundle");
    if (file_map(map, path, INPUT_FILE_MAX, err) < 0)
        return -1;
    struct ca_store *cas = ca_store_parse(map->bytes);
    size_t count = ca_store_count(cas);
    ca_store_free(cas);
    if (!count)
        return error_set(err, ERROR_INPUT, 0, "\"%s\": no PEM certificate in it", path);
    return 0;
}
