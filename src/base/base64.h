/* Base64 with the standard alphabet and padding (RFC 4648 section 4), strict: no white space, no
 * missing padding, no stray bits behind the last byte. */
#ifndef LORRY_BASE_BASE64_H
#define LORRY_BASE_BASE64_H

#include <stddef.h>
#include <sys/types.h>

#include "base/view.h"

/* The most bytes that `len` characters can decode to. */
#define BASE64_DECODED_MAX(len) ((len) / 4 * 3)
#define BASE64_ENCODED_LEN(len) (((len) + 2) / 3 * 4)

/* Bytes that base64_decode() may touch behind the last one it returns. */
#define BASE64_SLACK 32

/* Decodes into `out`, which has room for BASE64_DECODED_MAX(text.len) + BASE64_SLACK bytes and does
 * not overlap. Returns the number of bytes, or -1 if the text is not base64. */
ssize_t base64_decode(struct view text, char *out);

/* The same without vector instructions: what base64_decode() is checked against. */
ssize_t base64_decode_portable(struct view text, char *out);

/* Encodes into `out`, which has room for BASE64_ENCODED_LEN(bytes.len) characters. */
void base64_encode(struct view bytes, char *out);

#endif
