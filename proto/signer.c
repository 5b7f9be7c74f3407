/*
 * SPDX-License-Identifier: MIT
 *
 * signer: a private key with its certificate. Never shows the key, never asks
 * anybody for a passphrase, never signs with a key its certificate does not
 * belong to.
 */
#include "keys_private.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

struct signer {
	EVP_PKEY *key;
	struct cert *cert;
};

/* OpenSSL would ask on the terminal for the passphrase of a locked key. */
static int
no_passphrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static enum err
load_key(EVP_PKEY **out, const char *path, struct why *why)
{
	struct bytes pem;
	BIO *in;
	enum err e = keys_file_read(&pem, path, PEM_FILE_MAX, true, why);

	if (e != ERR_OK)
		return e;
	in = BIO_new_mem_buf(pem.data, (int)pem.len);
	if (in != NULL)
		*out = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);
	if (in == NULL || *out == NULL)
		e = why_set(why, ERR_INVALID,
		    "%s: expected a PEM private key without passphrase: %s",
		    path, keys_reason());
	BIO_free(in);
	keys_file_release(&pem);
	ERR_clear_error();
	return e;
}

static enum err
load_cert(struct cert **out, const char *path, struct why *why)
{
	struct why inner = { "" };
	struct bytes pem;
	enum err e = keys_file_read(&pem, path, PEM_FILE_MAX, false, why);

	if (e != ERR_OK)
		return e;
	e = cert_parse_pem(out, pem, &inner);
	keys_file_release(&pem);
	return e == ERR_OK ? e : why_set(why, e, "%s: %s", path, inner.text);
}

enum err
signer_load(struct signer **out, const char *key_file, const char *cert_file,
    struct why *why)
{
	struct signer *s = calloc(1, sizeof(*s));
	enum err e;

	if (s == NULL)
		return why_set(why, ERR_NOMEM, "%s: no memory", key_file);
	e = load_key(&s->key, key_file, why);
	if (e == ERR_OK)
		e = load_cert(&s->cert, cert_file, why);
	if (e == ERR_OK &&
	    X509_check_private_key(cert_x509(s->cert), s->key) != 1) {
		ERR_clear_error();
		e = why_set(why, ERR_INVALID,
		    "%s: found a key that is not the one of %s", key_file,
		    cert_file);
	}
	if (e != ERR_OK) {
		signer_free(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

void
signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	EVP_PKEY_free(s->key);
	cert_free(s->cert);
	free(s);
}

struct cert *
signer_cert(const struct signer *s)
{
	return s->cert;
}

EVP_PKEY *
signer_key(const struct signer *s)
{
	return s->key;
}

enum err
signer_sign(const struct signer *s, struct bytes msg, uint8_t *sig, size_t *len)
{
	enum key_kind kind = cert_key_kind(s->cert);
	const EVP_MD *md = kind == KEY_ED25519 ? NULL : EVP_sha256();
	EVP_PKEY_CTX *pctx;
	EVP_MD_CTX *ctx;
	enum err e = ERR_OK;

	if ((size_t)EVP_PKEY_get_size(s->key) > *len)
		return ERR_FULL;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		return ERR_NOMEM;
	if (EVP_DigestSignInit(ctx, &pctx, md, NULL, s->key) != 1 ||
	    !keys_set_padding(pctx, kind) ||
	    EVP_DigestSign(ctx, sig, len, msg.data, msg.len) != 1)
		e = ERR_INVALID;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return e;
}
