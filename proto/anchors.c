/*
 * SPDX-License-Identifier: MIT
 *
 * anchors: does a certificate lead to a trust anchor, at a time of ours, and
 * is it one that may sign?
 *
 * Once any CRL was given, every certificate of a chain must be covered by one
 * that is current: an outage of CRLs refuses, it never lets through.
 */
#include "keys_private.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#define SECURITY_LEVEL 2 /* 112 bits: RSA-2048 in a CA, no SHA-1 */

struct anchors {
	X509_STORE *store;
	unsigned long flags;
	uint64_t *crl_time; /* at which any CRL begins or ends */
	size_t n_crl_time;
};

static enum err
add_certificate(
    struct anchors *a, const uint8_t *der, size_t len, struct why *why)
{
	const uint8_t *p = der;
	X509 *x = d2i_X509(NULL, &p, (long)len);
	/*
	 * Its extensions and key are unpacked and its algorithm is fetched now:
	 * OpenSSL would do it at the first check and, were there no memory
	 * then, refuse it for ever.
	 */
	bool ok = x != NULL && p == der + len &&
	    X509_check_purpose(x, -1, 0) == 1 && X509_get0_pubkey(x) != NULL &&
	    X509_self_signed(x, 1) >= 0 &&
	    X509_STORE_add_cert(a->store, x) == 1;

	X509_free(x);
	return ok ?
	    ERR_OK :
	    why_set(why, ERR_INVALID, "trust anchor: %s", keys_reason());
}

static enum err
note_times(struct anchors *a, const X509_CRL *crl, struct why *why)
{
	const ASN1_TIME *time[] = { X509_CRL_get0_lastUpdate(crl),
		X509_CRL_get0_nextUpdate(crl) };
	uint64_t *more = realloc(
	    a->crl_time, (a->n_crl_time + 2) * sizeof more[0]);
	enum err e = ERR_OK;

	if (more == NULL)
		return why_set(why, ERR_NOMEM, "CRL: no memory");
	a->crl_time = more;
	for (size_t i = 0; i < 2 && e == ERR_OK; i++)
		if (time[i] != NULL)
			e = keys_time(
			    &a->crl_time[a->n_crl_time++], time[i], why);
	return e;
}

static enum err
add_crl(struct anchors *a, const uint8_t *der, size_t len, struct why *why)
{
	const uint8_t *p = der;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)len);
	enum err e = ERR_OK;

	if (crl == NULL || p != der + len ||
	    X509_STORE_add_crl(a->store, crl) != 1)
		e = why_set(why, ERR_INVALID, "CRL: %s", keys_reason());
	if (e == ERR_OK)
		e = note_times(a, crl, why);
	X509_CRL_free(crl);
	a->flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	return e;
}

/* Adds every block of one PEM text; a text without any is refused. */
static enum err
add_text(struct anchors *a, struct bytes pem, bool crl, struct why *why)
{
	const char *name = crl ? PEM_STRING_X509_CRL : PEM_STRING_X509;
	size_t n = 0, len;
	uint8_t *der;
	BIO *in;
	enum err e;

	if (pem.len == 0 || pem.len > PEM_FILE_MAX)
		return why_set(why, ERR_INVALID,
		    "PEM: found %zu bytes, expected 1 to %d", pem.len,
		    PEM_FILE_MAX);
	in = BIO_new_mem_buf(pem.data, (int)pem.len);
	if (in == NULL)
		return why_set(why, ERR_NOMEM, "PEM: no memory");
	while ((e = pem_next(in, name, &der, &len, why)) == ERR_OK) {
		e = crl ? add_crl(a, der, len, why) :
			  add_certificate(a, der, len, why);
		OPENSSL_free(der);
		if (e != ERR_OK)
			break;
		n++;
	}
	BIO_free(in);
	if (e != ERR_NOT_FOUND)
		return e;
	return n > 0 ? ERR_OK : ERR_INVALID;
}

static enum err
anchors_new(struct anchors **out, struct why *why)
{
	struct anchors *a = calloc(1, sizeof(*a));

	if (a != NULL)
		a->store = X509_STORE_new();
	if (a == NULL || a->store == NULL) {
		free(a);
		return why_set(why, ERR_NOMEM, "trust anchors: no memory");
	}
	a->flags = X509_V_FLAG_X509_STRICT;
	*out = a;
	return ERR_OK;
}

/* PEM texts, or the files that hold them, of one kind. */
struct source {
	const char *const *file; /* NULL when there are texts */
	const struct bytes *text;
	size_t n;
	bool crl;
};

static enum err
add_file(struct anchors *a, const char *path, bool crl, struct why *why)
{
	struct why inner = { "" };
	struct bytes pem;
	enum err e = keys_file_read(&pem, path, PEM_FILE_MAX, false, why);

	if (e != ERR_OK)
		return e;
	e = add_text(a, pem, crl, &inner);
	keys_file_release(&pem);
	return e == ERR_OK ? e : why_set(why, e, "%s: %s", path, inner.text);
}

static enum err
add_source(struct anchors *a, const struct source *s, struct why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < s->n; i++)
		e = s->file != NULL ? add_file(a, s->file[i], s->crl, why) :
				      add_text(a, s->text[i], s->crl, why);
	return e;
}

static enum err
build(struct anchors **out, const struct source *anchor,
    const struct source *crl, struct why *why)
{
	struct anchors *a = NULL;
	enum err e;

	if (anchor->n == 0)
		return why_set(why, ERR_INVALID,
		    "found no trust anchor, expected at least one");
	e = anchors_new(&a, why);
	if (e != ERR_OK)
		return e;
	e = add_source(a, anchor, why);
	if (e == ERR_OK)
		e = add_source(a, crl, why);
	if (e != ERR_OK) {
		anchors_free(a);
		return e;
	}
	*out = a;
	return ERR_OK;
}

enum err
anchors_parse(struct anchors **out, const struct bytes *anchor, size_t n_anchor,
    const struct bytes *crl, size_t n_crl, struct why *why)
{
	return build(out, &(struct source){ NULL, anchor, n_anchor, false },
	    &(struct source){ NULL, crl, n_crl, true }, why);
}

enum err
anchors_load(struct anchors **out, const char *const *anchor_file,
    size_t n_anchor, const char *const *crl_file, size_t n_crl, struct why *why)
{
	return build(out,
	    &(struct source){ anchor_file, NULL, n_anchor, false },
	    &(struct source){ crl_file, NULL, n_crl, true }, why);
}

void
anchors_free(struct anchors *a)
{
	if (a == NULL)
		return;
	X509_STORE_free(a->store);
	free(a->crl_time);
	free(a);
}

/*
 * What OpenSSL does not demand: a leaf, with key usage stated. *purpose is
 * the one under which OpenSSL shall check the chain; a leaf that names its
 * uses and only those of a server has neither.
 */
static enum err
check_leaf(X509 *x, int *purpose, struct why *why)
{
	bool stated = (X509_get_extension_flags(x) & EXFLAG_XKUSAGE) != 0;
	uint32_t use = X509_get_extended_key_usage(x);

	if (X509_check_ca(x) != 0)
		return why_set(why, ERR_DENIED,
		    "found a certificate of a CA, expected a leaf");
	if ((X509_get_extension_flags(x) & EXFLAG_KUSAGE) == 0 ||
	    (X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) == 0)
		return why_set(why, ERR_DENIED,
		    "found no key usage digitalSignature, expected it");
	if (stated && (use & (XKU_SMIME | XKU_SSL_CLIENT)) == 0)
		return why_set(why, ERR_DENIED,
		    "found other extended key usages, expected none, "
		    "emailProtection or clientAuth");
	*purpose = stated && (use & XKU_SMIME) == 0 ? X509_PURPOSE_SSL_CLIENT :
						      X509_PURPOSE_SMIME_SIGN;
	return ERR_OK;
}

static bool
set_up(X509_STORE_CTX *ctx, const struct anchors *a, X509 *x, int purpose,
    uint64_t now_ms)
{
	X509_VERIFY_PARAM *param;

	if (X509_STORE_CTX_init(ctx, a->store, x, NULL) != 1)
		return false;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_time(param, (time_t)(now_ms / 1000));
	return X509_VERIFY_PARAM_set_flags(param, a->flags) == 1 &&
	    X509_VERIFY_PARAM_set_purpose(param, purpose) == 1;
}

/* The first time after now_ms at which anything looked at changes. */
static enum err
until(const struct anchors *a, X509_STORE_CTX *ctx, uint64_t now_ms,
    uint64_t *out, struct why *why)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	uint64_t first = UINT64_MAX, t;

	for (int i = 0; i < sk_X509_num(chain); i++) {
		enum err e = keys_time(
		    &t, X509_get0_notAfter(sk_X509_value(chain, i)), why);

		if (e != ERR_OK)
			return e;
		if (t < first)
			first = t;
	}
	for (size_t i = 0; i < a->n_crl_time; i++)
		if (a->crl_time[i] > now_ms && a->crl_time[i] < first)
			first = a->crl_time[i];
	*out = first;
	return ERR_OK;
}

enum err
anchors_check(const struct anchors *a, const struct cert *c, uint64_t now_ms,
    uint64_t *until_ms, struct why *why)
{
	X509 *x = cert_x509(c);
	int purpose = X509_PURPOSE_SMIME_SIGN;
	X509_STORE_CTX *ctx;
	enum err e;

	e = check_leaf(x, &purpose, why);
	if (e != ERR_OK)
		return e;
	ctx = X509_STORE_CTX_new();
	if (ctx == NULL)
		return why_set(why, ERR_NOMEM, "certificate: no memory");
	ERR_clear_error();
	if (!set_up(ctx, a, x, purpose, now_ms))
		e = why_set(why, ERR_NOMEM, "certificate: no memory");
	else if (X509_verify_cert(ctx) != 1)
		e = why_set(why, ERR_DENIED, "certificate chain: %s",
		    X509_verify_cert_error_string(
			X509_STORE_CTX_get_error(ctx)));
	if (e != ERR_OK &&
	    (keys_starved() ||
		X509_STORE_CTX_get_error(ctx) == X509_V_ERR_OUT_OF_MEM))
		e = why_set(why, ERR_NOMEM, "certificate: no memory");
	if (e == ERR_OK && until_ms != NULL)
		e = until(a, ctx, now_ms, until_ms, why);
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return e;
}

bool
anchors_revoke(const struct anchors *a, const struct cert *c)
{
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(a->store);
	X509 *x = cert_x509(c);
	bool revoked = false;

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		X509_CRL *crl = X509_OBJECT_get0_X509_CRL(
		    sk_X509_OBJECT_value(all, i));
		X509_REVOKED *row;

		if (crl != NULL &&
		    X509_NAME_cmp(X509_CRL_get_issuer(crl),
			X509_get_issuer_name(x)) == 0 &&
		    X509_CRL_get0_by_serial(
			crl, &row, X509_get0_serialNumber(x)) == 1)
			revoked = true;
	}
	return revoked;
}
