/*
 * SPDX-License-Identifier: MIT
 *
 * keys_private: what the files behind keys.h share: keys.c (certificates),
 * anchors.c, signer.c, keyfile.c, issue.c. Nobody else includes it.
 */
#ifndef INFOHUS_KEYS_PRIVATE_H
#define INFOHUS_KEYS_PRIVATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "keys.h"

#define RSA_BITS_MIN 3072
#define RSA_BITS_MAX (8 * SIGNATURE_MAX)

/* The X.509 object behind c; borrowed, not to be changed. */
X509 *cert_x509(const struct cert *c);
enum key_kind cert_key_kind(const struct cert *c);

/* RSA-PSS with a salt of 32; other kinds need nothing. */
bool keys_set_padding(EVP_PKEY_CTX *ctx, enum key_kind kind);
/* OpenSSL's newest reason; forgets it and all before. */
const char *keys_reason(void);
/* Milliseconds since 1970 of a time in a certificate or CRL. */
enum err
keys_time(uint64_t *ms, const ASN1_TIME *t, struct why *why) MUST_CHECK;

/* Did OpenSSL want for memory since it was last asked? Forgets all too. */
bool keys_starved(void);

/*
 * The next block of a PEM text, which must be called name ("CERTIFICATE").
 * ERR_NOT_FOUND at the end. *der is freed with OPENSSL_free.
 */
enum err pem_next(BIO *in, const char *name, uint8_t **der, size_t *len,
    struct why *why) MUST_CHECK;

/* The signer's private key; borrowed. */
EVP_PKEY *signer_key(const struct signer *s);

/*
 * Reads a whole file of at most max bytes into *out, which is freed with
 * keys_file_release. secret: the permission rule of keys.h holds.
 */
enum err keys_file_read(struct bytes *out, const char *path, size_t max,
    bool secret, struct why *why) MUST_CHECK;
void keys_file_release(struct bytes *b); /* wipes it */
/* Creates path with mode, fsyncs it and its folder; ERR_EXISTS. */
enum err keys_file_create(const char *path, unsigned mode, struct bytes in,
    struct why *why) MUST_CHECK;

#endif
