#include "net/ca_store.h"

#include <openssl/x509.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/memory.h"

#define BUNDLE_CAP ((size_t)16 << 20)

const char *const ca_store_places[CA_STORE_PLACES] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, images of this project */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Amazon Linux, Lambda's bases */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora and Amazon Linux 2023 */
    "/etc/ssl/cert.pem",                                 /* Alpine, BSD */
    "/var/task/ca-bundle.crt",                           /* beside `bootstrap` in a zip package */
};

struct ca_entry {
    struct view der;
    struct view subject; /* the Name, with its tag and length, within `der` */
};

struct ca_store {
    struct arena arena;
    struct ca_entry *entries;
    size_t count;
    size_t size;
    X509_LOOKUP_METHOD *method;
};

/* Cuts one DER element off `rest`: the whole of it, and its content. Lengths of up to three bytes,
 * which is all that fits the cap of the bundle. False if there is none. */
static bool der_next(struct view *rest, struct view *whole, struct view *content)
{
    const unsigned char *p = (const unsigned char *)rest->ptr;
    size_t head = 2, len;
    if (rest->len < head)
        return false;
    len = p[1];
    if (len >= 0x80) {
        size_t bytes = len & 0x7F;
        head += bytes;
        if (bytes < 1 || bytes > 3 || rest->len < head)
            return false;
        len = 0;
        for (size_t i = 0; i < bytes; i++)
            len = len << 8 | p[2 + i];
    }
    if (len > rest->len - head)
        return false;
    *whole = view_of(rest->ptr, head + len);
    *content = view_skip(*whole, head);
    *rest = view_skip(*rest, head + len);
    return true;
}

/* Certificate ::= SEQUENCE { SEQUENCE { [0] version OPTIONAL, serial, algorithm, issuer, validity,
 * subject, ... (RFC 5280 section 4.1) */
static bool find_subject(struct view der, struct view *subject)
{
    struct view whole, certificate, fields, content;
    if (!der_next(&der, &whole, &certificate) || !der_next(&certificate, &whole, &fields))
        return false;
    size_t before = fields.len && (unsigned char)fields.ptr[0] == 0xA0 ? 5 : 4;
    for (size_t i = 0; i <= before; i++)
        if (!der_next(&fields, &whole, &content))
            return false;
    *subject = whole;
    return whole.ptr[0] == 0x30;
}

static void add_entry(struct ca_store *cas, struct ca_entry entry)
{
    if (cas->count == cas->size) {
        cas->size = cas->size ? cas->size * 2 : 256;
        cas->entries = xreallocarray(cas->entries, cas->size, sizeof(*cas->entries));
    }
    cas->entries[cas->count++] = entry;
}

/* The lines between BEGIN and END. What is no certificate is left out. */
static void add_block(struct ca_store *cas, struct view lines, struct buf *scratch)
{
    buf_clear(scratch);
    while (lines.len) {
        const char *feed = memchr(lines.ptr, '\n', lines.len);
        struct view line = {lines.ptr, feed ? (size_t)(feed - lines.ptr) : lines.len};
        lines = view_skip(lines, line.len + 1);
        while (line.len && strchr(" \t\r", line.ptr[line.len - 1]))
            line.len--;
        buf_append_view(scratch, line);
    }
    size_t room;
    char *der = arena_reserve(&cas->arena, BASE64_DECODED_MAX(scratch->len) + BASE64_SLACK, &room);
    ssize_t len = base64_decode(buf_view(scratch), der);
    struct ca_entry entry = {.der = view_of(der, len > 0 ? (size_t)len : 0)};
    if (!find_subject(entry.der, &entry.subject))
        return;
    arena_claim(&cas->arena, entry.der.len);
    add_entry(cas, entry);
}

static bool find(struct view text, struct view what, size_t *at)
{
    const char *p = text.len ? memmem(text.ptr, text.len, what.ptr, what.len) : NULL;
    if (p)
        *at = (size_t)(p - text.ptr);
    return p != NULL;
}

struct ca_store *ca_store_parse(struct view pem)
{
    static const struct view BEGIN = VIEW("-----BEGIN CERTIFICATE-----");
    static const struct view END = VIEW("-----END CERTIFICATE-----");
    cleanup_buf struct buf scratch = BUF_INIT(BUNDLE_CAP);
    struct ca_store *cas = xcalloc(1, sizeof(*cas));
    size_t at;
    while (find(pem, BEGIN, &at)) {
        pem = view_skip(pem, at + BEGIN.len);
        if (!find(pem, END, &at))
            break;
        add_block(cas, view_of(pem.ptr, at), &scratch);
        pem = view_skip(pem, at + END.len);
    }
    return cas;
}

struct ca_store *ca_store_open(const char *path, struct error *err)
{
    cleanup_buf struct buf pem = BUF_INIT(BUNDLE_CAP);
    if (buf_read_file(&pem, path, err))
        return NULL;
    struct ca_store *cas = ca_store_parse(buf_view(&pem));
    if (cas->count)
        return cas;
    ca_store_free(cas);
    error_set(err, ERROR_SETTING, 0, "%s: no PEM certificate in it", path);
    return NULL;
}

size_t ca_store_count(const struct ca_store *cas)
{
    return cas->count;
}

static X509 *decode(const struct ca_entry *entry)
{
    const unsigned char *p = (const unsigned char *)entry->der.ptr;
    return d2i_X509(NULL, &p, (long)entry->der.len);
}

/* OpenSSL asks for the issuer of a certificate. Names are compared byte by byte, as RFC 5280
 * section 4.1.2.6 obliges CAs to encode them in the issued certificates. All that match go into the
 * store, since OpenSSL tries every one there; what is returned in `found` is borrowed from the
 * store, as X509_STORE_CTX_get_by_subject() expects. */
static int get_by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name,
                          X509_OBJECT *found)
{
    const struct ca_store *cas = X509_LOOKUP_get_method_data(lookup);
    const unsigned char *der;
    size_t der_len;
    if (type != X509_LU_X509 || !X509_NAME_get0_der(name, &der, &der_len))
        return 0;
    struct view wanted = {(const char *)der, der_len};
    int rc = 0;
    for (size_t i = 0; i < cas->count; i++) {
        if (!view_equal(cas->entries[i].subject, wanted))
            continue;
        X509 *certificate = decode(&cas->entries[i]);
        if (certificate && X509_STORE_add_cert(X509_LOOKUP_get_store(lookup), certificate) && !rc &&
            X509_OBJECT_set1_X509(found, certificate)) {
            X509_free(certificate); /* what set1 added; the store keeps its own */
            rc = 1;
        }
        X509_free(certificate);
    }
    return rc;
}

int ca_store_attach(struct ca_store *cas, X509_STORE *store)
{
    if (!cas->method)
        cas->method = X509_LOOKUP_meth_new("index of a CA bundle");
    if (!cas->method || !X509_LOOKUP_meth_set_get_by_subject(cas->method, get_by_subject))
        return -1;
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, cas->method);
    return lookup && X509_LOOKUP_set_method_data(lookup, cas) ? 0 : -1;
}

void ca_store_free(struct ca_store *cas)
{
    if (!cas)
        return;
    X509_LOOKUP_meth_free(cas->method);
    arena_release(&cas->arena);
    free(cas->entries);
    free(cas);
}
