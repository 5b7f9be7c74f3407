/*
 * SPDX-License-Identifier: MIT
 *
 * people: see people.h.
 */
#include "people.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine_memory.h"
#include "proto/digest.h"
#include "proto/keys_private.h"
#include "proto/sign.h"

#define YEARS3_MS (3 * 365 * DAY_MS)
#define PEOPLE_MAX 512
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct person {
	char name[128];
	unsigned n;
	uint64_t not_after;
	bool chain;
	struct signer *signer;
};

static struct {
	char folder[64];
	int lock; /* the folder, open, as long as it is used */
	struct person person[PEOPLE_MAX];
	size_t n;
	EVP_PKEY *ca_key;
	X509 *ca;
	char ca_file[96], custodian_file[PEOPLE_CUSTODIANS][96];
	struct signer *custodian[PEOPLE_CUSTODIANS];
} people;

void
people_must(enum err e, const struct why *why)
{
	if (e == ERR_OK)
		return;
	fprintf(stdout, "replay: %s: %s\n", err_name(e),
	    why != NULL ? why->text : "");
	exit(3);
}

static void
must(bool good, const char *what)
{
	struct why why;

	snprintf(why.text, sizeof why.text, "%s", what);
	people_must(good ? ERR_OK : ERR_IO, &why);
}

void
people_secret(uint8_t out[32], const char *name, const char *what)
{
	struct bytes piece[2] = { bytes_of(name, strlen(name) + 1),
		bytes_str(what) };
	struct digest d = digest_of(piece, 2);

	memcpy(out, d.b, 32);
}

/* ----------------------------------------------------------- certificates */

static EVP_PKEY *
key_of(const char *name, unsigned n)
{
	uint8_t secret[32];
	char what[32];
	EVP_PKEY *key;

	snprintf(what, sizeof what, "signing %u", n);
	people_secret(secret, name, what);
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, 32);
	must(key != NULL, "key");
	return key;
}

static void
add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX c;

	X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
	must(e != NULL && X509_add_ext(x, e, -1) == 1, "extension");
	X509_EXTENSION_free(e);
}

/* issuer NULL: itself, a CA. */
static X509 *
certificate(const char *name, unsigned n, EVP_PKEY *key, uint64_t not_after_ms,
    X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *x = X509_new();
	X509_NAME *subject = X509_get_subject_name(x);
	uint8_t serial[32];
	BIGNUM *number;

	people_secret(serial, name, "serial");
	serial[0] = 0x40 | (n & 0x3f);
	number = BN_bin2bn(serial, 16, NULL);
	BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
	BN_free(number);
	X509_set_version(x, X509_VERSION_3);
	X509_NAME_add_entry_by_txt(
	    subject, "CN", MBSTRING_UTF8, (const uint8_t *)name, -1, -1, 0);
	X509_set_issuer_name(
	    x, issuer != NULL ? X509_get_subject_name(issuer) : subject);
	ASN1_TIME_set(
	    X509_getm_notBefore(x), (time_t)((MACHINE_START - DAY_MS) / 1000));
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(not_after_ms / 1000));
	X509_set_pubkey(x, key);
	add_extension(x, issuer != NULL ? issuer : x, NID_basic_constraints,
	    issuer == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE");
	add_extension(x, issuer != NULL ? issuer : x, NID_key_usage,
	    issuer == NULL ? "critical,keyCertSign,cRLSign" :
			     "critical,digitalSignature");
	add_extension(
	    x, issuer != NULL ? issuer : x, NID_subject_key_identifier, "hash");
	add_extension(x, issuer != NULL ? issuer : x,
	    NID_authority_key_identifier, "keyid:always");
	must(X509_sign(x, issuer_key != NULL ? issuer_key : key, NULL) > 0,
	    "certificate");
	return x;
}

static void
write_pem(const char *path, EVP_PKEY *key, X509 *x)
{
	FILE *f = fopen(path, "we");

	must(f != NULL, path);
	must(key == NULL || chmod(path, 0600) == 0, path);
	must(key != NULL ?
		PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 :
		PEM_write_X509(f, x) == 1,
	    path);
	must(fclose(f) == 0, path);
}

static struct signer *
make(const char *name, unsigned n, uint64_t not_after_ms, bool chain,
    const char *keep)
{
	char key_file[96], cert_file[96];
	EVP_PKEY *key = key_of(name, n);
	X509 *x = certificate(name, n, key,
	    not_after_ms != 0 ? not_after_ms : MACHINE_START + YEARS3_MS,
	    people.ca, chain ? people.ca_key : key);
	struct signer *s = NULL;
	struct why why;

	snprintf(key_file, sizeof key_file, "%s/key", people.folder);
	snprintf(cert_file, sizeof cert_file, "%s/pem", people.folder);
	write_pem(key_file, key, NULL);
	write_pem(keep != NULL ? keep : cert_file, NULL, x);
	people_must(
	    signer_load(&s, key_file, keep != NULL ? keep : cert_file, &why),
	    &why);
	unlink(key_file);
	unlink(cert_file);
	X509_free(x);
	EVP_PKEY_free(key);
	return s;
}

struct signer *
people_signer(const char *name, unsigned n, uint64_t not_after_ms, bool chain)
{
	struct person *p = people.person;

	for (; p < people.person + people.n; p++)
		if (p->n == n && p->not_after == not_after_ms &&
		    p->chain == chain && strcmp(p->name, name) == 0)
			return p->signer;
	must(people.n < PEOPLE_MAX && strlen(name) < sizeof p->name,
	    "too many people");
	snprintf(p->name, sizeof p->name, "%s", name);
	p->n = n;
	p->not_after = not_after_ms;
	p->chain = chain;
	p->signer = make(name, n, not_after_ms, chain, NULL);
	people.n++;
	return p->signer;
}

/* ----------------------------------------------------------------- folder */

#define FOLDER_NAME "infohus.replay." /* and whatever mkdtemp makes of it */

/*
 * What a run that was killed has left. Who uses a folder holds its lock, so
 * one whose lock can be had is nobody's, whatever machine, container or user
 * made it: a process id would say nothing of that.
 */
static void
sweep(const char *top)
{
	DIR *d = opendir(top), *inner;
	struct dirent *e, *f;
	char path[300];
	int fd;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, FOLDER_NAME, strlen(FOLDER_NAME)) != 0)
			continue;
		snprintf(path, sizeof path, "%s/%.250s", top, e->d_name);
		fd = open(path, FOLDER_FLAGS);
		if (fd == -1)
			continue;
		inner = flock(fd, LOCK_EX | LOCK_NB) == 0 ? fdopendir(fd) :
							    NULL;
		while (inner != NULL && (f = readdir(inner)) != NULL)
			unlinkat(fd, f->d_name, 0); /* . and .. stay */
		if (inner == NULL) {
			close(fd);
			continue;
		}
		rmdir(path);
		closedir(inner); /* and with it the lock */
	}
	if (d != NULL)
		closedir(d);
}

/* A folder of its own, locked. Who sweeps may get between: then another. */
static void
make_folder(const char *top)
{
	struct stat st = { .st_nlink = 0 };

	do {
		snprintf(people.folder, sizeof people.folder,
		    "%s/" FOLDER_NAME "XXXXXX", top);
		must(mkdtemp(people.folder) != NULL, people.folder);
		people.lock = open(people.folder, FOLDER_FLAGS);
		if (people.lock == -1 && errno == ENOENT)
			continue;
		must(people.lock != -1 && flock(people.lock, LOCK_EX) == 0 &&
			fstat(people.lock, &st) == 0,
		    people.folder);
		if (st.st_nlink == 0)
			close(people.lock);
	} while (st.st_nlink == 0);
}

void
people_new(void)
{
	char name[32];
	const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	sweep(top);
	make_folder(top);
	people.ca_key = key_of("ca", 1);
	people.ca = certificate(
	    "ca", 1, people.ca_key, MACHINE_START + 3 * YEARS3_MS, NULL, NULL);
	snprintf(
	    people.ca_file, sizeof people.ca_file, "%s/ca.pem", people.folder);
	write_pem(people.ca_file, NULL, people.ca);
	for (unsigned i = 0; i < PEOPLE_CUSTODIANS; i++) {
		snprintf(people.custodian_file[i],
		    sizeof people.custodian_file[i], "%s/custodian-%u.pem",
		    people.folder, i);
		snprintf(name, sizeof name, "custodian %u", i);
		people.custodian[i] = make(
		    name, 1, 0, true, people.custodian_file[i]);
	}
}

void
people_free(void)
{
	people_forget_certificates();
	for (size_t i = 0; i < people.n; i++)
		signer_free(people.person[i].signer);
	for (unsigned i = 0; i < PEOPLE_CUSTODIANS; i++) {
		signer_free(people.custodian[i]);
		unlink(people.custodian_file[i]);
	}
	X509_free(people.ca);
	EVP_PKEY_free(people.ca_key);
	unlink(people.ca_file);
	rmdir(people.folder);
	close(people.lock);
	memset(&people, 0, sizeof people);
}

const char *
people_folder(void)
{
	return people.folder;
}

const char *
people_ca_file(void)
{
	return people.ca_file;
}

const char *
people_custodian_file(unsigned n)
{
	return people.custodian_file[n];
}

const struct signer *
people_custodian_signer(unsigned n)
{
	return people.custodian[n];
}

struct cert *
people_custodian(unsigned n)
{
	return signer_cert(people.custodian[n]);
}

/* -------------------------------------------------------------- revocation */

void
people_revoke(const struct signer *s, const char *path)
{
	X509_CRL *crl = X509_CRL_new();
	X509_REVOKED *one = X509_REVOKED_new();
	ASN1_TIME *t = ASN1_TIME_new();
	FILE *f = fopen(path, "we");

	must(f != NULL, path);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(people.ca));
	ASN1_TIME_set(t, (time_t)((MACHINE_START - DAY_MS) / 1000));
	X509_CRL_set1_lastUpdate(crl, t);
	X509_REVOKED_set_revocationDate(one, t);
	ASN1_TIME_set(t, (time_t)((MACHINE_START + YEARS3_MS) / 1000));
	X509_CRL_set1_nextUpdate(crl, t);
	X509_REVOKED_set_serialNumber(
	    one, X509_get_serialNumber(cert_x509(signer_cert(s))));
	X509_CRL_add0_revoked(crl, one);
	X509_CRL_sort(crl);
	must(X509_CRL_sign(crl, people.ca_key, NULL) > 0 &&
		PEM_write_X509_CRL(f, crl) == 1 && fclose(f) == 0,
	    path);
	X509_CRL_free(crl);
	ASN1_TIME_free(t);
}

/* -------------------------------------------------------------- approvals */

struct bytes
people_approve(struct arena *a, unsigned kind, struct bytes body, unsigned who,
    uint64_t now_ms)
{
	struct bytes tag = kind == OBJECT_CARD ? TAG(TAG_CARD) :
						 TAG(TAG_APPROVAL);
	PbApproved approved = PB_APPROVED__INIT;
	PbApproval *approval[PEOPLE_CUSTODIANS];
	struct bytes object, out;

	must(envelope_wrap(a, kind, body, &object) == ERR_OK &&
		ENVELOPE_UNPACK(a, object, object, &approved.object, NULL) ==
		    CODE_OK,
	    "object");
	approved.approval = approval;
	for (unsigned i = 0; i < PEOPLE_CUSTODIANS; i++)
		if (who & 1u << i)
			must(sign_approve(a, tag, object, now_ms,
				 people.custodian[i],
				 &approval[approved.n_approval++]) == ERR_OK,
			    "approval");
	must(envelope_pack(a, &approved, &out) == ERR_OK, "approved");
	return out;
}
