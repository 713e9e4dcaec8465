// SHA-256, and for other systems' hashes SHA-1 and MD5, by OpenSSL's libcrypto, through the context functions:
// they allocate nothing, may be copied after a prefix, and use the processor's instructions. OpenSSL 3 marks them
// deprecated in favour of EVP, whose look-ups cost more than hashing a key of 30 bytes.
#ifndef HOLDFAST_CCRYPTO_SHIM_H
#define HOLDFAST_CCRYPTO_SHIM_H

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void holdfast_sha256_init(SHA256_CTX *context) { SHA256_Init(context); }

static inline void holdfast_sha256_update(SHA256_CTX *context, const void *bytes, size_t count) {
    SHA256_Update(context, bytes, count);
}

static inline void holdfast_sha256_final(SHA256_CTX *context, unsigned char digest[32]) {
    SHA256_Final(digest, context);
}

// The first 64 bits of the digest of a started hash's bytes and of these; the started hash is left as it is.
// A key that ends within the block that was begun is padded here and is one transformation: that is what most
// assignments are, and the general functions cost a tenth more.
static inline uint64_t holdfast_sha256_first_bits(const SHA256_CTX *started, const void *bytes, size_t count) {
    SHA256_CTX context = *started;
    unsigned char digest[32];
    uint64_t bits;
    if (count < 56 && context.num + count < 56) {
        unsigned char *block = (unsigned char *)context.data;
        size_t end = context.num + count;
        memcpy(block + context.num, bytes, count);
        block[end] = 0x80;
        memset(block + end + 1, 0, 55 - end);
        bits = htobe64((((uint64_t)context.Nh << 32) | context.Nl) + 8 * (uint64_t)count);
        memcpy(block + 56, &bits, sizeof bits);
        SHA256_Transform(&context, block);
        return ((uint64_t)context.h[0] << 32) | context.h[1];
    }
    SHA256_Update(&context, bytes, count);
    SHA256_Final(digest, &context);
    memcpy(&bits, digest, sizeof bits);
    return be64toh(bits);
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
