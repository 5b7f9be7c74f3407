/*
 * SPDX-License-Identifier: MIT
 *
 * keys: certificates and the signatures made under them.
 *
 * A verification that did not answer exactly 1 is no: OpenSSL answers 0 or
 * less for different kinds of damage. The public key is unpacked once, when
 * the certificate is parsed, because doing it again halves the speed.
 */
#include "keys_private.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "digest.h"

#define ATTRIBUTE_MAX 257 /* 64 characters of UTF-8, and the NUL */
#define SALT 32

struct cert {
	atomic_uint refs;
	X509 *x509;
	EVP_MD_CTX *verify; /* copied for each check; NULL for Ed25519 */
	enum key_kind kind;
	uint8_t ed25519[32];
	uint8_t *der;
	size_t len;
	struct digest fingerprint;
	uint64_t not_before, not_after;
	char cvr[9];
	char uuid[37];
	char common_name[ATTRIBUTE_MAX];
};

const char *
keys_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason != NULL ? reason : "no reason given";
}

bool
keys_starved(void)
{
	bool starved = false;
	unsigned long e;

	while ((e = ERR_get_error()) != 0)
		starved = starved || ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE;
	return starved;
}

bool
keys_set_padding(EVP_PKEY_CTX *ctx, enum key_kind kind)
{
	return kind != KEY_RSA3072 ||
	    (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, SALT) == 1);
}

static bool
is_named_p256(const EVP_PKEY *key)
{
	char group[32];
	size_t len;
	int explicit = 1;

	return EVP_PKEY_is_a(key, "EC") == 1 &&
	    EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME,
		group, sizeof(group), &len) == 1 &&
	    strcmp(group, "prime256v1") == 0 &&
	    EVP_PKEY_get_int_param(key,
		OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
		&explicit) == 1 &&
	    explicit == 0;
}

/* Finds out the kind of key and unpacks it for checking signatures. */
static enum err
take_key(struct cert *c, struct why *why)
{
	EVP_PKEY *key = X509_get0_pubkey(c->x509);
	size_t len = sizeof(c->ed25519);
	EVP_PKEY_CTX *ctx;
	EVP_MD *md;
	int bits, ok;

	if (key == NULL)
		return why_set(
		    why, ERR_INVALID, "certificate's key: %s", keys_reason());
	bits = EVP_PKEY_get_bits(key);
	if (EVP_PKEY_is_a(key, "ED25519") == 1) {
		c->kind = KEY_ED25519;
		if (EVP_PKEY_get_raw_public_key(key, c->ed25519, &len) == 1 &&
		    len == sizeof(c->ed25519))
			return ERR_OK;
	} else if (is_named_p256(key)) {
		c->kind = KEY_P256;
	} else if ((EVP_PKEY_is_a(key, "RSA") == 1 ||
		       EVP_PKEY_is_a(key, "RSA-PSS") == 1) &&
	    bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX) {
		c->kind = KEY_RSA3072;
	} else {
		ERR_clear_error();
		return why_set(why, ERR_INVALID,
		    "certificate: found a key of %d bits, type %s; expected "
		    "Ed25519, P-256 or RSA of %d to %d bits",
		    bits, OBJ_nid2sn(EVP_PKEY_get_base_id(key)), RSA_BITS_MIN,
		    RSA_BITS_MAX);
	}

	md = EVP_MD_fetch(NULL, "SHA256", NULL);
	c->verify = EVP_MD_CTX_new();
	ok = md != NULL && c->verify != NULL &&
	    EVP_DigestVerifyInit(c->verify, &ctx, md, NULL, key) == 1 &&
	    keys_set_padding(ctx, c->kind);
	EVP_MD_free(md); /* the context keeps it */
	if (!ok)
		return why_set(why, ERR_INVALID,
		    "certificate's key does not fit SHA-256: %s",
		    keys_reason());
	return ERR_OK;
}

/* An attribute that the subject has once, or "" if it has none. */
static enum err
take_attribute(
    char out[ATTRIBUTE_MAX], const struct cert *c, int nid, struct why *why)
{
	X509_NAME *name = X509_get_subject_name(c->x509);
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	uint8_t *text;
	int len;
	bool ok;

	out[0] = '\0';
	if (at < 0)
		return ERR_OK;
	if (X509_NAME_get_index_by_NID(name, nid, at) >= 0)
		return why_set(why, ERR_INVALID,
		    "certificate: found %s twice in its subject",
		    OBJ_nid2sn(nid));
	len = ASN1_STRING_to_UTF8(
	    &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	ok = len >= 0 && len < ATTRIBUTE_MAX &&
	    text_is_clean(bytes_of(text, (size_t)len), false);
	if (ok) {
		memcpy(out, text, (size_t)len);
		out[len] = '\0';
	}
	if (len >= 0)
		OPENSSL_free(text);
	ERR_clear_error();
	return ok ? ERR_OK :
		    why_set(why, ERR_INVALID,
			"certificate: %s of its subject is not clean text",
			OBJ_nid2sn(nid));
}

/* OCES 3: organizationIdentifier NTRDK-<cvr>, serialNumber UI:DK-x:G:<uuid> */
static enum err
take_subject(struct cert *c, struct why *why)
{
	static const char *const person[] = {
		"UI:DK-O:G:", "UI:DK-E:G:", "UI:DK-P:G:"
	};
	char text[ATTRIBUTE_MAX];
	struct id id;
	enum err e;

	e = take_attribute(c->common_name, c, NID_commonName, why);
	if (e != ERR_OK)
		return e;
	e = take_attribute(text, c, NID_organizationIdentifier, why);
	if (e != ERR_OK)
		return e;
	if (strncmp(text, "NTRDK-", 6) == 0 && strlen(text) == 14 &&
	    strspn(text + 6, "0123456789") == 8)
		memcpy(c->cvr, text + 6, sizeof(c->cvr));
	e = take_attribute(text, c, NID_serialNumber, why);
	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < sizeof(person) / sizeof(person[0]); i++)
		if (strncmp(text, person[i], strlen(person[i])) == 0 &&
		    id_parse(&id, text + strlen(person[i])) == ERR_OK)
			id_format(c->uuid, &id);
	return ERR_OK;
}

enum err
keys_time(uint64_t *ms, const ASN1_TIME *t, struct why *why)
{
	struct tm tm;
	time_t s;

	if (ASN1_TIME_to_tm(t, &tm) != 1 || (s = timegm(&tm)) < 0) {
		ERR_clear_error();
		return why_set(why, ERR_INVALID,
		    "certificate: a time of its validity is none from 1970 on");
	}
	*ms = (uint64_t)s * 1000;
	return ERR_OK;
}

/* True if re-encoding gives the bytes it was parsed from. */
static bool
is_der(X509 *x, struct bytes der)
{
	uint8_t *again = NULL;
	int len = i2d_X509(x, &again);
	bool ok = len > 0 && bytes_eq(bytes_of(again, (size_t)len), der);

	OPENSSL_free(again);
	return ok;
}

static enum err
take_x509(struct cert *c, struct bytes der, struct why *why)
{
	const uint8_t *p = der.data;

	if (der.len == 0 || der.len > CERT_MAX)
		return why_set(why, ERR_INVALID,
		    "certificate: found %zu bytes, expected 1 to %d", der.len,
		    CERT_MAX);
	c->x509 = d2i_X509(NULL, &p, (long)der.len);
	if (c->x509 == NULL)
		return why_set(why, ERR_INVALID,
		    "certificate does not parse: %s", keys_reason());
	/* Whatever stands after it is not its encoding either. */
	if (!is_der(c->x509, der))
		return why_set(why, ERR_INVALID,
		    "certificate: found bytes that are not its DER");
	/* Unpacks the extensions now, so that no thread has to later. */
	if (X509_check_purpose(c->x509, -1, 0) != 1)
		return why_set(why, ERR_INVALID,
		    "certificate: its extensions do not parse: %s",
		    keys_reason());
	return ERR_OK;
}

enum err
cert_parse(struct cert **out, struct bytes der, struct why *why)
{
	struct cert *c = calloc(1, sizeof(*c));
	enum err e;

	if (c == NULL)
		return why_set(why, ERR_NOMEM, "certificate: no memory");
	atomic_init(&c->refs, 1);
	e = take_x509(c, der, why);
	if (e == ERR_OK)
		e = take_key(c, why);
	if (e == ERR_OK)
		e = take_subject(c, why);
	if (e == ERR_OK)
		e = keys_time(
		    &c->not_before, X509_get0_notBefore(c->x509), why);
	if (e == ERR_OK)
		e = keys_time(&c->not_after, X509_get0_notAfter(c->x509), why);
	if (e == ERR_OK && (c->der = malloc(der.len)) == NULL)
		e = why_set(why, ERR_NOMEM, "certificate: no memory");
	if (e != ERR_OK) {
		cert_free(c);
		return e;
	}
	memcpy(c->der, der.data, der.len);
	c->len = der.len;
	c->fingerprint = digest_of(&der, 1);
	*out = c;
	return ERR_OK;
}

enum err
pem_next(BIO *in, const char *name, uint8_t **der, size_t *len, struct why *why)
{
	char *found = NULL, *header = NULL;
	uint8_t *data = NULL;
	long n = 0;
	enum err e = ERR_OK;

	ERR_clear_error();
	if (PEM_read_bio(in, &found, &header, &data, &n) != 1) {
		bool end = ERR_GET_REASON(ERR_peek_last_error()) ==
		    PEM_R_NO_START_LINE;

		return end ?
		    why_set(why, ERR_NOT_FOUND, "found no PEM block %s (%s)",
			name, keys_reason()) :
		    why_set(why, ERR_INVALID, "PEM: %s", keys_reason());
	}
	if (strcmp(found, name) != 0 || header[0] != '\0')
		e = why_set(why, ERR_INVALID,
		    "PEM: found a block that is not a plain %s", name);
	OPENSSL_free(found);
	OPENSSL_free(header);
	if (e != ERR_OK) {
		OPENSSL_clear_free(data, (size_t)n);
		return e;
	}
	*der = data;
	*len = (size_t)n;
	return ERR_OK;
}

enum err
cert_parse_pem(struct cert **out, struct bytes pem, struct why *why)
{
	struct cert *c = NULL;
	uint8_t *der;
	size_t len;
	BIO *in;
	enum err e;

	if (pem.len == 0 || pem.len > PEM_FILE_MAX)
		return why_set(why, ERR_INVALID,
		    "PEM: found %zu bytes, expected 1 to %d", pem.len,
		    PEM_FILE_MAX);
	in = BIO_new_mem_buf(pem.data, (int)pem.len);
	if (in == NULL)
		return why_set(why, ERR_NOMEM, "PEM: no memory");
	e = pem_next(in, PEM_STRING_X509, &der, &len, why);
	if (e == ERR_OK) {
		e = cert_parse(&c, bytes_of(der, len), why);
		OPENSSL_free(der);
	} else if (e == ERR_NOT_FOUND) {
		e = ERR_INVALID;
	}
	if (e == ERR_OK) {
		enum err more = pem_next(in, PEM_STRING_X509, &der, &len, NULL);

		if (more == ERR_OK)
			OPENSSL_free(der);
		if (more != ERR_NOT_FOUND)
			e = why_set(why, ERR_INVALID,
			    "PEM: found more than one block, expected one "
			    "certificate");
	}
	BIO_free(in);
	if (e != ERR_OK) {
		cert_free(c);
		return e;
	}
	*out = c;
	return ERR_OK;
}

struct cert *
cert_ref(struct cert *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void
cert_free(struct cert *c)
{
	if (c == NULL ||
	    atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	EVP_MD_CTX_free(c->verify);
	X509_free(c->x509);
	free(c->der);
	free(c);
}

X509 *
cert_x509(const struct cert *c)
{
	return c->x509;
}

enum key_kind
cert_key_kind(const struct cert *c)
{
	return c->kind;
}

struct bytes
cert_der(const struct cert *c)
{
	return bytes_of(c->der, c->len);
}

const struct digest *
cert_fingerprint(const struct cert *c)
{
	return &c->fingerprint;
}

uint64_t
cert_not_before(const struct cert *c)
{
	return c->not_before;
}

uint64_t
cert_not_after(const struct cert *c)
{
	return c->not_after;
}

const char *
cert_cvr(const struct cert *c)
{
	return c->cvr;
}

const char *
cert_uuid(const struct cert *c)
{
	return c->uuid;
}

const char *
cert_common_name(const struct cert *c)
{
	return c->common_name;
}

bool
cert_same_holder(const struct cert *a, const struct cert *b)
{
	bool same = digest_eq(&a->fingerprint, &b->fingerprint) ||
	    (a->uuid[0] != '\0' && strcmp(a->uuid, b->uuid) == 0) ||
	    EVP_PKEY_eq(X509_get0_pubkey(a->x509), X509_get0_pubkey(b->x509)) ==
		1;

	ERR_clear_error();
	return same;
}

static enum err
holds(bool yes)
{
	return yes ? ERR_OK : ERR_DENIED;
}

static enum err
verify_once(const struct cert *c, struct bytes msg, struct bytes sig)
{
	EVP_MD_CTX *ctx;
	bool ready, ok, starved;

	ERR_clear_error();
	ctx = EVP_MD_CTX_new();
	/* A copy fails for want of memory only, and does not always say so. */
	ready = ctx != NULL && EVP_MD_CTX_copy_ex(ctx, c->verify) == 1;
	/* This one is used once: the check need not copy it again. */
	if (ready)
		EVP_MD_CTX_set_flags(ctx, EVP_MD_CTX_FLAG_FINALISE);
	ok = ready &&
	    EVP_DigestVerify(ctx, sig.data, sig.len, msg.data, msg.len) == 1;
	EVP_MD_CTX_free(ctx);
	starved = keys_starved() || !ready;
	return !ok && starved ? ERR_NOMEM : holds(ok);
}

enum err
cert_verify(const struct cert *c, struct bytes msg, struct bytes sig)
{
	enum err e;

	if (c->kind == KEY_ED25519)
		return holds(sig.len == crypto_sign_BYTES &&
		    crypto_sign_verify_detached(
			sig.data, msg.data, msg.len, c->ed25519) == 0);
	if (sig.len == 0 || sig.len > SIGNATURE_MAX)
		return ERR_DENIED;
	e = verify_once(c, msg, sig);
	/*
	 * OpenSSL's PSS may run out of memory without a word. Asking again
	 * tells that from a bad signature, whatever the peer has sent.
	 */
	if (e == ERR_DENIED && c->kind == KEY_RSA3072)
		e = verify_once(c, msg, sig);
	return e;
}

bool
cert_signature_holds(const struct cert *c, struct bytes msg, struct bytes sig)
{
	return cert_verify(c, msg, sig) == ERR_OK;
}
