// A bare SHA-256 of a whole key by OpenSSL's context functions: what an assignment is measured against.
#ifndef HOLDFAST_BENCHMARKS_SHIM_H
#define HOLDFAST_BENCHMARKS_SHIM_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdint.h>
#include <string.h>

// The first eight bytes of the digest, so that it cannot be left out.
static inline uint64_t bare_sha256(const void *bytes, size_t count) {
    SHA256_CTX context;
    unsigned char digest[32];
    uint64_t word;
    SHA256_Init(&context);
    SHA256_Update(&context, bytes, count);
    SHA256_Final(digest, &context);
    memcpy(&word, digest, sizeof word);
    return word;
}

#endif
