/* Stand-ins for what a static executable must not call: glibc would load shared libraries for them
 * (name services, plug-ins), of exactly its own version, where there are none. The libraries that
 * we link refer to them, though nothing of ours gets there: names are resolved by evdns
 * (resolve.c), ports are numbers, no extension and no engine is loaded. The linker puts these in
 * their place
 * (--wrap, see meson.build), and they fail as the real ones do where nothing can be found. */
#include <errno.h>
#include <netdb.h>
#include <stddef.h>

/* The linker makes up these names.
 * NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__wrap_dlopen(const char *file, int mode);
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **result);
struct hostent *__wrap_gethostbyname(const char *name);
struct protoent *__wrap_getprotobynumber(int number);
struct servent *__wrap_getservbyname(const char *name, const char *protocol);

void *__wrap_dlopen(const char *file, int mode)
{
    (void)file;
    (void)mode;
    return NULL;
}

int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **result)
{
    (void)node;
    (void)service;
    (void)hints;
    *result = NULL;
    errno = ENOSYS;
    return EAI_SYSTEM;
}

struct hostent *__wrap_gethostbyname(const char *name)
{
    (void)name;
    h_errno = NO_RECOVERY;
    return NULL;
}

struct protoent *__wrap_getprotobynumber(int number)
{
    (void)number;
    return NULL;
}

struct servent *__wrap_getservbyname(const char *name, const char *protocol)
{
    (void)name;
    (void)protocol;
    return NULL;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
