// A bare SHA-256 of a whole key by OpenSSL's context functions: what an assignment is measured against.
#ifndef HOLDFAST_BENCHMARKS_SHIM_H
#define HOLDFAST_BENCHMARKS_SHIM_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

static inline void bare_sha256(const void *bytes, size_t count, unsigned char digest[32]) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes, count);
    SHA256_Final(digest, &context);
}

#endif
