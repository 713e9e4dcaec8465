// SHA-256 by OpenSSL's libcrypto, through the context functions: they allocate nothing, may be copied after a
// prefix, and use the processor's instructions. OpenSSL 3 marks them deprecated in favour of EVP, whose look-ups
// cost more than hashing a key of 30 bytes.
#ifndef HOLDFAST_CCRYPTO_SHIM_H
#define HOLDFAST_CCRYPTO_SHIM_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

static inline void holdfast_sha256_init(SHA256_CTX *context) { SHA256_Init(context); }

static inline void holdfast_sha256_update(SHA256_CTX *context, const void *bytes, size_t count) {
    SHA256_Update(context, bytes, count);
}

static inline void holdfast_sha256_final(SHA256_CTX *context, unsigned char digest[32]) {
    SHA256_Final(digest, context);
}

#endif
