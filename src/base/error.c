#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 5, 0))) static void fill(struct error *err, enum error_domain domain,
                                                       int code, bool retry, const char *format,
                                                       va_list args)
{
    if (!err)
        return;
    err->domain = domain;
    err->code = code;
    err->retry = retry;
    err->repeated = false;
    err->name[0] = '\0';
    vsnprintf(err->message, sizeof(err->message), format, args);
}

int error_set(struct error *err, enum error_domain domain, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, domain, code, false, format, args);
    va_end(args);
    return -1;
}

int error_set_retry(struct error *err, enum error_domain domain, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, domain, code, true, format, args);
    va_end(args);
    return -1;
}

void error_set_name(struct error *err, const char *name)
{
    if (err)
        snprintf(err->name, sizeof(err->name), "%s", name);
}

bool error_is(const struct error *err, const char *name)
{
    return err && strcmp(err->name, name) == 0;
}

int error_errno(struct error *err, const char *format, ...)
{
    int saved = errno;
    va_list args;
    va_start(args, format);
    fill(err, ERROR_SYSTEM, saved, false, format, args);
    va_end(args);
    if (err) {
        size_t len = strlen(err->message);
        snprintf(err->message + len, sizeof(err->message) - len, ": %s", strerror(saved));
    }
    return -1;
}

int error_prefix(struct error *err, const char *format, ...)
{
    if (!err)
        return -1;
    char rest[ERROR_MESSAGE_SIZE];
    memcpy(rest, err->message, sizeof(rest));
    va_list args;
    va_start(args, format);
    int len = vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof(err->message))
        snprintf(err->message + len, sizeof(err->message) - (size_t)len, ": %s", rest);
    return -1;
}
