/*
 * SPDX-License-Identifier: MIT
 *
 * keys: X.509 certificates, trust anchors, signing keys; key files.
 * With seal (later), the only place that knows OpenSSL.
 *
 * Ed25519, ECDSA P-256 (DER signatures) and RSA-PSS >= 3072 (SHA-256, salt
 * 32). Anything else is refused. A signature is never an id: ECDSA's can
 * be altered and still verify.
 */
#ifndef INFOHUS_KEYS_H
#define INFOHUS_KEYS_H

#include "bytes.h"

#define SIGNATURE_MAX 1024   /* RSA-8192 */
#define CERT_MAX (16 * 1024) /* DER; a certificate of RSA-8192 is 3 KiB */
#define PEM_FILE_MAX (4 * 1024 * 1024) /* CRLs grow; keys never come near */

struct cert;	/* one parsed certificate and its public key */
struct anchors; /* trust anchors and CRLs */
struct signer;	/* a private key with its certificate */

/*
 * Parses one DER certificate, all of it. The key must be of an accepted
 * kind. Thread safe to use afterwards; shared by reference count.
 */
enum err
cert_parse(struct cert **out, struct bytes der, struct why *why) MUST_CHECK;
/* The same for a PEM text that holds exactly one certificate. */
enum err
cert_parse_pem(struct cert **out, struct bytes pem, struct why *why) MUST_CHECK;
struct cert *cert_ref(struct cert *c);
void cert_free(struct cert *c); /* drops one reference; NULL is fine */
struct bytes cert_der(const struct cert *c);
const struct digest *cert_fingerprint(const struct cert *c);
uint64_t cert_not_before(const struct cert *c); /* ms */
uint64_t cert_not_after(const struct cert *c);	/* ms */
/* organizationIdentifier's CVR and serialNumber's UUID, or "" . */
const char *cert_cvr(const struct cert *c);
const char *cert_uuid(const struct cert *c);
const char *cert_common_name(const struct cert *c);
/* The same certificate, the same key, or the same UUID (if it has one)? */
bool cert_same_holder(const struct cert *a, const struct cert *b);

/*
 * ERR_OK only if sig is a valid signature of msg under the certificate;
 * ERR_DENIED; ERR_NOMEM: it could not be found out.
 */
enum err cert_verify(
    const struct cert *c, struct bytes msg, struct bytes sig) MUST_CHECK;
/* The same, where no reason is asked for: true only if it is valid. */
bool
cert_signature_holds(const struct cert *c, struct bytes msg, struct bytes sig);

/*
 * Loads PEM files: trust anchors (at least one) and CRLs (may be none).
 */
enum err anchors_load(struct anchors **out, const char *const *anchor_file,
    size_t n_anchor, const char *const *crl_file, size_t n_crl,
    struct why *why) MUST_CHECK;
/* The same from PEM texts in memory. */
enum err
anchors_parse(struct anchors **out, const struct bytes *anchor, size_t n_anchor,
    const struct bytes *crl, size_t n_crl, struct why *why) MUST_CHECK;
void anchors_free(struct anchors *a); /* NULL is fine */
/*
 * Chain check of a leaf at time now_ms: X509_STRICT, key usage
 * digitalSignature, no TLS-server-only leaf, CRL_CHECK_ALL when any CRL was
 * loaded. ERR_DENIED with OpenSSL's reason; ERR_NOMEM: it cannot be told.
 *
 * On success *until_ms (may be NULL) is the first time from which on the
 * answer may be another: a certificate of the chain ends then, or any CRL
 * begins or ends.
 */
enum err anchors_check(const struct anchors *a, const struct cert *c,
    uint64_t now_ms, uint64_t *until_ms, struct why *why) MUST_CHECK;

/*
 * Does any revocation list of a name the certificate, by issuer and number?
 * For certificates that are pinned and need lead to no anchor.
 */
bool anchors_revoke(const struct anchors *a, const struct cert *c);

/*
 * Reads a PEM private key and its PEM certificate. The key file must be a
 * regular file, owned by us or root, with no permission for group or
 * others: ERR_DENIED otherwise, naming the mode found and expected.
 */
enum err signer_load(struct signer **out, const char *key_file,
    const char *cert_file, struct why *why) MUST_CHECK;
void signer_free(struct signer *s);		  /* NULL is fine */
struct cert *signer_cert(const struct signer *s); /* borrowed */
/* *len: room in sig (SIGNATURE_MAX is enough) on entry, size on return. */
enum err signer_sign(const struct signer *s, struct bytes msg, uint8_t *sig,
    size_t *len) MUST_CHECK;

/*
 * Key files of 32 raw bytes written as one line of hex (CURVE, box, log).
 * Same permission rule as signer_load.
 */
enum err
key_file_read(uint8_t key[32], const char *path, struct why *why) MUST_CHECK;
/* Creates it with mode 0600, fsynced; ERR_EXISTS if it is there. */
enum err key_file_write(
    const uint8_t key[32], const char *path, struct why *why) MUST_CHECK;
/* Checks the permission rule only. */
enum err key_file_check(const char *path, struct why *why) MUST_CHECK;

enum key_kind { KEY_ED25519, KEY_P256, KEY_RSA3072 };

/*
 * For the demo CA and for tests: makes a key and certificate, PEM files,
 * key mode 0600. issuer NULL makes a self-signed CA. cvr and uuid may be
 * NULL. Validity from now - 1 h for days.
 */
enum err
keys_issue(const char *key_file, const char *cert_file, enum key_kind kind,
    const char *common_name, const char *cvr, const char *uuid,
    const struct signer *issuer, unsigned days, struct why *why) MUST_CHECK;

#endif
