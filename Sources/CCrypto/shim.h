// SHA-256, and for other systems' hashes SHA-1 and MD5, by OpenSSL's libcrypto, through the context functions:
// they allocate nothing, may be copied after a prefix, and use the processor's instructions. OpenSSL 3 marks them
// deprecated in favour of EVP, whose look-ups cost more than hashing a key of 30 bytes.
#ifndef HOLDFAST_CCRYPTO_SHIM_H
#define HOLDFAST_CCRYPTO_SHIM_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>

static inline void holdfast_sha256_init(SHA256_CTX *context) { SHA256_Init(context); }

static inline void holdfast_sha256_update(SHA256_CTX *context, const void *bytes, size_t count) {
    SHA256_Update(context, bytes, count);
}

static inline void holdfast_sha256_final(SHA256_CTX *context, unsigned char digest[32]) {
    SHA256_Final(digest, context);
}

static inline void holdfast_sha1_init(SHA_CTX *context) { SHA1_Init(context); }

static inline void holdfast_sha1_update(SHA_CTX *context, const void *bytes, size_t count) {
    SHA1_Update(context, bytes, count);
}

static inline void holdfast_sha1_final(SHA_CTX *context, unsigned char digest[20]) { SHA1_Final(digest, context); }

static inline void holdfast_md5_init(MD5_CTX *context) { MD5_Init(context); }

static inline void holdfast_md5_update(MD5_CTX *context, const void *bytes, size_t count) {
    MD5_Update(context, bytes, count);
}

static inline void holdfast_md5_final(MD5_CTX *context, unsigned char digest[16]) { MD5_Final(digest, context); }

#endif
