#include "aws/sigv4.h"

#include <stdio.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "aws/canonical.h"
#include "base/memory.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SHA256_LEN 32
#define SCOPE_CAP 256
/* What is signed has the headers and the query, not the body. */
#define SIGNED_CAP ((size_t)256 << 10)

struct url_parts {
    struct view host; /* as the Host header has it */
    struct view path;
    struct view query;
};

/* Date, hash of the body, token, Authorization. */
#define ADDED_HEADERS_MAX 4
#define SIGNED_HEADERS_MAX (HTTP_HEADERS_MAX + 1)

struct signing {
    const struct http_request *request;
    const struct sigv4_options *options;
    struct sigv4 *result;
    struct url_parts url;
    struct canonical_header headers[SIGNED_HEADERS_MAX];
    size_t header_count;
    struct buf scope;
};

static bool split_url(struct view url, struct url_parts *parts)
{
    static const struct {
        struct view scheme, port;
    } schemes[] = {{VIEW("http://"), VIEW(":80")}, {VIEW("https://"), VIEW(":443")}};
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (!view_starts_with(url, schemes[i].scheme))
            continue;
        struct view rest = view_skip(url, schemes[i].scheme.len), port = schemes[i].port;
        size_t host_len = 0, path_len = 0;
        while (host_len < rest.len && rest.ptr[host_len] != '/' && rest.ptr[host_len] != '?')
            host_len++;
        parts->host = view_of(rest.ptr, host_len);
        if (host_len > port.len && view_equal(view_skip(parts->host, host_len - port.len), port))
            parts->host.len -= port.len;
        rest = view_skip(rest, host_len);
        while (path_len < rest.len && rest.ptr[path_len] != '?')
            path_len++;
        parts->path = view_of(rest.ptr, path_len);
        parts->query = view_skip(rest, path_len + 1);
        return parts->host.len > 0;
    }
    return false;
}

static void hex(const unsigned char *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void sha256_hex(struct view text, char out[SHA256_HEX_LEN + 1])
{
    unsigned char digest[SHA256_LEN];
    /* Fails only where the library has no SHA-256, or no memory. */
    if (!EVP_Digest(text.ptr, text.len, digest, NULL, EVP_sha256(), NULL))
        memory_exhausted();
    hex(digest, sizeof(digest), out);
}

/* `out` may be where the key is. */
static void hmac(struct view key, struct view text, unsigned char out[SHA256_LEN])
{
    if (!HMAC(EVP_sha256(), key.ptr, (int)key.len, (const unsigned char *)text.ptr, text.len, out,
              NULL))
        memory_exhausted();
}

static void add_header(struct signing *signing, struct view name, struct view value)
{
    signing->headers[signing->header_count] =
        (struct canonical_header){name, value, signing->header_count};
    signing->header_count++;
}

static void collect_headers(struct signing *signing)
{
    const struct http_request *request = signing->request;
    const struct sigv4 *result = signing->result;
    unsigned flags = signing->options->flags;
    bool host = false;
    for (size_t i = 0; i < request->header_count; i++) {
        host |= canonical_compare_names(request->headers[i].name, VIEW("host")) == 0;
        if (canonical_header_signable(request->headers[i].name))
            add_header(signing, request->headers[i].name, request->headers[i].value);
    }
    if (!host)
        add_header(signing, VIEW("host"), signing->url.host);
    add_header(signing, VIEW("x-amz-date"), view_str(result->date));
    if (flags & SIGV4_SIGN_BODY)
        add_header(signing, VIEW("x-amz-content-sha256"), view_str(result->content_sha256));
    if (result->token.len && !(flags & SIGV4_OMIT_TOKEN))
        add_header(signing, VIEW("x-amz-security-token"), buf_view(&result->token));
    canonical_sort_headers(signing->headers, signing->header_count);
}

static void build_canonical_request(struct signing *signing)
{
    struct buf *out = &signing->result->canonical_request;
    unsigned flags = signing->options->flags;
    buf_printf(out, "%s\n", signing->request->method);
    if (flags & SIGV4_S3_PATH)
        canonical_path_once(signing->url.path, out);
    else
        canonical_path(signing->url.path, !(flags & SIGV4_KEEP_DOTS), out);
    buf_append_char(out, '\n');
    canonical_query(signing->url.query, out);
    buf_append_char(out, '\n');
    canonical_headers(signing->headers, signing->header_count, out);
    buf_append_char(out, '\n');
    canonical_signed_headers(signing->headers, signing->header_count, out);
    buf_printf(out, "\n%s", signing->result->content_sha256);
}

static void build_string_to_sign(struct signing *signing)
{
    struct sigv4 *result = signing->result;
    char digest[SHA256_HEX_LEN + 1];
    sha256_hex(buf_view(&result->canonical_request), digest);
    buf_printf(&result->string_to_sign, ALGORITHM "\n%s\n%s\n%s", result->date,
               buf_str(&signing->scope), digest);
}

/* The key is derived from the secret in four steps, one for each part of the scope. */
static void compute_signature(struct signing *signing)
{
    const struct sigv4_options *options = signing->options;
    cleanup_secret struct buf secret = BUF_INIT(BUF_TEXT_CAP);
    buf_printf(&secret, "AWS4%s", options->credentials->secret_access_key);
    const struct view steps[] = {view_of(signing->result->date, 8), options->region,
                                 options->service, VIEW("aws4_request"),
                                 buf_view(&signing->result->string_to_sign)};
    unsigned char key[SHA256_LEN];
    struct view with = buf_view(&secret);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        hmac(with, steps[i], key);
        with = view_of((char *)key, sizeof(key));
    }
    hex(key, sizeof(key), signing->result->signature);
    explicit_bzero(key, sizeof(key));
}

static void build_authorization(struct signing *signing)
{
    struct sigv4 *result = signing->result;
    struct buf *out = &result->authorization;
    buf_printf(out, ALGORITHM " Credential=%s/%s, SignedHeaders=",
               signing->options->credentials->access_key_id, buf_str(&signing->scope));
    canonical_signed_headers(signing->headers, signing->header_count, out);
    buf_printf(out, ", Signature=%s", result->signature);
}

static void start(struct signing *signing)
{
    const struct sigv4_options *options = signing->options;
    struct sigv4 *result = signing->result;
    *result = (struct sigv4){.canonical_request = BUF_INIT(SIGNED_CAP),
                             .string_to_sign = BUF_INIT(SIGNED_CAP),
                             .authorization = BUF_INIT(SIGNED_CAP),
                             .token = BUF_INIT(SIGNED_CAP)};
    time_t seconds = (time_t)(options->time_us / 1000000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(result->date, sizeof(result->date), "%Y%m%dT%H%M%SZ", &tm);
    sha256_hex(signing->request->body, result->content_sha256);
    if (options->credentials->session_token)
        buf_append_str(&result->token, options->credentials->session_token);
    buf_printf(&signing->scope, "%.8s/%.*s/%.*s/aws4_request", result->date,
               VIEW_ARG(options->region), VIEW_ARG(options->service));
}

static void add_to_request(const struct signing *signing, struct http_request *request)
{
    const struct sigv4 *result = signing->result;
    http_add_header(request, VIEW("X-Amz-Date"), view_str(result->date));
    if (signing->options->flags & SIGV4_SIGN_BODY)
        http_add_header(request, VIEW("X-Amz-Content-Sha256"), view_str(result->content_sha256));
    if (result->token.len)
        http_add_header(request, VIEW("X-Amz-Security-Token"), buf_view(&result->token));
    http_add_header(request, VIEW("Authorization"), buf_view(&result->authorization));
}

int sigv4_sign(struct http_request *request, const struct sigv4_options *options,
               struct sigv4 *result, struct error *err)
{
    struct signing signing = {request, options, result, .scope = BUF_INIT(SCOPE_CAP)};
    *result = (struct sigv4){0};
    if (!split_url(request->url, &signing.url))
        return error_set(err, ERROR_USAGE, 0, "cannot sign \"%.*s\": not an http or https URL",
                         VIEW_ARG(request->url));
    if (request->header_count + ADDED_HEADERS_MAX > HTTP_HEADERS_MAX)
        return error_set(err, ERROR_USAGE, 0, "cannot sign: the request has too many headers");
    /* Nothing of the host's OpenSSL configuration is wanted, nor the time to read it. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    start(&signing);
    collect_headers(&signing);
    build_canonical_request(&signing);
    build_string_to_sign(&signing);
    compute_signature(&signing);
    build_authorization(&signing);
    bool overflow = signing.scope.overflow || result->canonical_request.overflow ||
                    result->token.overflow || result->authorization.overflow;
    buf_release(&signing.scope);
    if (overflow) {
        sigv4_release(result);
        return error_set(err, ERROR_USAGE, 0, "cannot sign: query and headers are too large");
    }
    add_to_request(&signing, request);
    return 0;
}

void sigv4_release(struct sigv4 *result)
{
    buf_wipe(&result->token);
    buf_release(&result->canonical_request);
    buf_release(&result->string_to_sign);
    buf_release(&result->authorization);
}
