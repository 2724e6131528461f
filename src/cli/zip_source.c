#include "cli/zip_source.h"

#include <string.h>

int zip_source_make(const struct package_choice *choice, const char *ca_bundle,
                    struct zip_made *made, struct error *err)
{
    struct zip_package package = {.executable = buf_str(&choice->executable),
                                  .ca_bundle = ca_bundle};
    if (package_time(&package.time_s, err) < 0 || zip_make(&package, made, err) < 0)
        return -1;
    if (choice->architecture && strcmp(choice->architecture, made->architecture) != 0)
        return error_set(err, ERROR_INPUT, 0,
                         "\"%s\": built for %s, and the package is to be for %s",
                         package.executable, made->architecture, choice->architecture);
    return 0;
}
