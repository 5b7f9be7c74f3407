/*
 * SPDX-License-Identifier: MIT
 *
 * issue: makes keys and certificates for the demo CA and for tests, with the
 * subject and extensions of an OCES 3 organisation certificate.
 */
#include "keys_private.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAYS_MAX (100 * 366)
#define NAME_MAX_BYTES 64
#define SERIAL_SIZE 16

/* What a certificate is to say; key and issuer are borrowed. */
struct request {
	EVP_PKEY *key;
	const char *common_name, *cvr, *uuid;
	const struct signer *issuer;
	unsigned days;
};

static EVP_PKEY *
make_key(enum key_kind kind)
{
	switch (kind) {
	case KEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case KEY_P256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	case KEY_RSA3072:
		return EVP_PKEY_Q_keygen(
		    NULL, NULL, "RSA", (size_t)RSA_BITS_MIN);
	}
	return NULL;
}

static enum err
check_request(const struct request *r, struct why *why)
{
	size_t len = strlen(r->common_name);
	struct id id;

	if (len == 0 || len > NAME_MAX_BYTES ||
	    !text_is_clean(bytes_str(r->common_name), false))
		return why_set(why, ERR_INVALID,
		    "common name: expected 1 to %d bytes of clean text",
		    NAME_MAX_BYTES);
	if (r->cvr != NULL &&
	    (strlen(r->cvr) != 8 || strspn(r->cvr, "0123456789") != 8))
		return why_set(why, ERR_INVALID,
		    "CVR number: found %s, expected 8 digits", r->cvr);
	if (r->uuid != NULL && id_parse(&id, r->uuid) != ERR_OK)
		return why_set(why, ERR_INVALID,
		    "UUID: found %s, expected 8-4-4-4-12 hex digits", r->uuid);
	if (r->days == 0 || r->days > DAYS_MAX)
		return why_set(why, ERR_INVALID,
		    "days: found %u, expected 1 to %d", r->days, DAYS_MAX);
	if (r->issuer != NULL &&
	    X509_check_ca(cert_x509(signer_cert(r->issuer))) != 1)
		return why_set(why, ERR_INVALID,
		    "issuer: found a leaf certificate, expected a CA's");
	return ERR_OK;
}

static bool
add_name(
    X509_NAME *name, const char *field, const char *prefix, const char *value)
{
	char text[128];

	if (value == NULL)
		return true;
	(void)snprintf(text, sizeof(text), "%s%s", prefix, value);
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
		   (const uint8_t *)text, -1, -1, 0) == 1;
}

static bool
set_subject(X509 *x, const struct request *r)
{
	X509_NAME *name = X509_get_subject_name(x);

	return add_name(name, "C", "", "DK") &&
	    add_name(name, "organizationIdentifier", "NTRDK-", r->cvr) &&
	    add_name(name, "serialNumber", "UI:DK-O:G:", r->uuid) &&
	    add_name(name, "CN", "", r->common_name);
}

static bool
set_serial(X509 *x)
{
	uint8_t random[SERIAL_SIZE];
	BIGNUM *n;
	bool ok;

	if (RAND_bytes(random, sizeof(random)) != 1)
		return false;
	random[0] = (random[0] & 0x7f) | 0x40; /* positive, never short */
	n = BN_bin2bn(random, sizeof(random), NULL);
	ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
	return ok;
}

static bool
add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext != NULL && X509_add_ext(x, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

/* What X509_STRICT asks for, of a CA and of a leaf. */
static bool
set_extensions(X509 *x, X509 *issuer)
{
	bool ca = x == issuer;

	return add_extension(x, issuer, NID_basic_constraints,
		   ca ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	    add_extension(x, issuer, NID_key_usage,
		ca ? "critical,keyCertSign,cRLSign" :
		     "critical,digitalSignature") &&
	    add_extension(x, issuer, NID_subject_key_identifier, "hash") &&
	    add_extension(
		x, issuer, NID_authority_key_identifier, "keyid:always");
}

static X509 *
make_certificate(const struct request *r)
{
	X509 *x = X509_new();
	EVP_PKEY *signing = r->issuer != NULL ? signer_key(r->issuer) : r->key;
	X509 *issuer = r->issuer != NULL ? cert_x509(signer_cert(r->issuer)) :
					   x;
	const EVP_MD *md = EVP_PKEY_is_a(signing, "ED25519") == 1 ?
	    NULL :
	    EVP_sha256();
	time_t now = time(NULL);

	if (x == NULL)
		return NULL;
	if (X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
	    set_subject(x, r) &&
	    X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 &&
	    X509_time_adj_ex(X509_getm_notBefore(x), 0, -3600, &now) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(x), (int)r->days, 0, &now) !=
		NULL &&
	    X509_set_pubkey(x, r->key) == 1 && set_extensions(x, issuer) &&
	    X509_sign(x, signing, md) > 0)
		return x;
	X509_free(x);
	return NULL;
}

/* Writes what a memory BIO holds, if it was filled without an error. */
static enum err
write_bio(
    BIO *pem, bool filled, const char *path, unsigned mode, struct why *why)
{
	char *data;
	long len;

	if (!filled)
		return why_set(why, ERR_NOMEM, "%s: %s", path, keys_reason());
	len = BIO_get_mem_data(pem, &data);
	return keys_file_create(path, mode, bytes_of(data, (size_t)len), why);
}

static enum err
write_key(EVP_PKEY *key, const char *path, struct why *why)
{
	BIO *pem = BIO_new(BIO_s_secmem()); /* cleared when freed */
	bool filled = pem != NULL &&
	    PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL) == 1;
	enum err e = write_bio(pem, filled, path, 0600, why);

	BIO_free(pem);
	return e;
}

static enum err
write_certificate(X509 *x, const char *path, struct why *why)
{
	BIO *pem = BIO_new(BIO_s_mem());
	bool filled = pem != NULL && PEM_write_bio_X509(pem, x) == 1;
	enum err e = write_bio(pem, filled, path, 0644, why);

	BIO_free(pem);
	return e;
}

enum err
keys_issue(const char *key_file, const char *cert_file, enum key_kind kind,
    const char *common_name, const char *cvr, const char *uuid,
    const struct signer *issuer, unsigned days, struct why *why)
{
	struct request r = { NULL, common_name, cvr, uuid, issuer, days };
	X509 *x = NULL;
	enum err e;

	e = check_request(&r, why);
	if (e != ERR_OK)
		return e;
	r.key = make_key(kind);
	if (r.key != NULL)
		x = make_certificate(&r);
	if (x == NULL) {
		e = why_set(why, ERR_INVALID, "certificate for %s: %s",
		    cert_file, keys_reason());
		goto out;
	}
	e = write_key(r.key, key_file, why);
	if (e != ERR_OK)
		goto out;
	e = write_certificate(x, cert_file, why);
	if (e != ERR_OK)
		(void)unlink(key_file);
out:
	X509_free(x);
	EVP_PKEY_free(r.key);
	ERR_clear_error();
	return e;
}
