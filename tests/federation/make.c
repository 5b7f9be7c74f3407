/*
 * SPDX-License-Identifier: MIT
 *
 * make: everything of a federation that stands on disk before the daemon
 * starts. With the project's own functions for keys, cards and approvals, not
 * with dozens of runs of the tool.
 */
#include "inner.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "daemon/common/config.h"
#include "daemon/common/slurp.h"
#include "proto/box.h"
#include "proto/digest.h"
#include "proto/envelope.h"
#include "proto/keys.h"
#include "proto/sign.h"

#define DAYS 30
#define MAKE_ARENA (16u * 1024 * 1024)
#define TEXT_MAX (4u * 1024 * 1024)
#define ROOM_MIN (8ull * 1024 * 1024) /* what an empty federation takes */

/* ------------------------------------------------------------------ files */

enum err
inner_write(
    const char *path, struct bytes content, unsigned mode, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0)
		return why_errno(why, ERR_IO, "%s", path);
	while (content.len > 0) {
		ssize_t n = write(fd, content.data, content.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			why_errno(why, ERR_IO, "%s", path);
			(void)close(fd);
			return ERR_IO;
		}
		content = bytes_of(content.data + n, content.len - (size_t)n);
	}
	(void)close(fd);
	return ERR_OK;
}

enum err
inner_mkdir(const char *path, struct why *why)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST ?
	    ERR_OK :
	    why_errno(why, ERR_IO, "%s", path);
}

enum err
inner_copy(const char *from, const char *to, struct why *why)
{
	struct bytes text;
	struct arena *a;
	enum err e;

	if (arena_new(&a, TEXT_MAX + 4096) != ERR_OK)
		return why_set(why, ERR_NOMEM, "no memory for %s", from);
	e = slurp(a, from, TEXT_MAX, &text, why);
	if (e == ERR_OK)
		e = inner_write(to, text, 0600, why);
	arena_free(a);
	return e;
}

/* As key_file_write does, but a key of a test need not last. */
enum err
make_key(const char *path, struct why *why)
{
	uint8_t public[32], secret[32];
	char hex[66];

	box_keypair(public, secret);
	hex_encode(hex, bytes_of(secret, 32));
	memcpy(hex + 64, "\n", 2);
	return inner_write(path, bytes_of(hex, 65), 0600, why);
}

/* --------------------------------------------------------------- approvals */

static enum err
load_signer(const struct fed *f, struct signer **out, const char *folder,
    const char *name, struct why *why)
{
	char key[FED_PATH], pem[FED_PATH];

	inner_path(f, key, "%s/%s.key", folder, name);
	inner_path(f, pem, "%s/%s.pem", folder, name);
	return signer_load(out, key, pem, why);
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static enum err
approve(struct fed *f, struct arena *a, const char *custodian, unsigned kind,
    struct bytes object, PbApproval **out, struct why *why)
{
	struct bytes tag = kind == OBJECT_CARD ? TAG(TAG_CARD) :
						 TAG(TAG_APPROVAL);
	struct signer *s;
	char folder[80];
	enum err e;

	(void)snprintf(folder, sizeof folder, "custodian-%s", custodian);
	e = load_signer(f, &s, folder, "node", why);
	if (e != ERR_OK)
		return e;
	e = sign_approve(a, tag, object, now_ms(), s, out);
	signer_free(s);
	return e == ERR_OK ? e : why_set(why, e, "custodian %s", custodian);
}

/* body as an object of kind, approved by each of who, packed. */
enum err
make_approved(struct fed *f, struct arena *a, unsigned kind, struct bytes body,
    const char *who, struct bytes *out, struct why *why)
{
	PbApproved p = PB_APPROVED__INIT;
	PbObject object = PB_OBJECT__INIT;
	PbApproval *list[APPROVALS_MAX];
	char *names = arena_strdup(a, who), *rest = names, *name;
	struct bytes packed;
	enum err e;

	object.kind = kind;
	object.version = PROTOCOL_VERSION;
	object.bytes.data = (uint8_t *)(uintptr_t)body.data;
	object.bytes.len = body.len;
	p.object = &object;
	p.approval = list;
	e = names == NULL ? ERR_NOMEM : envelope_pack(a, &object, &packed);
	while (e == ERR_OK && (name = strtok_r(rest, " ", &rest)) != NULL &&
	    p.n_approval < APPROVALS_MAX)
		e = approve(
		    f, a, name, kind, packed, &list[p.n_approval++], why);
	return e == ERR_OK ? envelope_pack(a, &p, out) : e;
}

/* ------------------------------------------------------------------ ground */

enum err
make_issue(const struct fed *f, const char *folder, const char *file,
    const char *name, const char *kind, struct why *why)
{
	static const char *const kinds[] = { "ed25519", "p256", "rsa3072" };
	char path[FED_PATH], key[FED_PATH], pem[FED_PATH];
	struct signer *ca = NULL;
	enum key_kind k = KEY_ED25519;
	enum err e;

	for (int i = KEY_ED25519; kind != NULL && i <= KEY_RSA3072; i++)
		if (strcmp(kind, kinds[i]) == 0)
			k = (enum key_kind)i;
	inner_path(f, path, "%s", folder);
	inner_path(f, key, "%s/%s.key", folder, file);
	inner_path(f, pem, "%s/%s.pem", folder, file);
	e = inner_mkdir(path, why);
	if (e == ERR_OK && strcmp(file, "ca") != 0)
		e = load_signer(f, &ca, "ca", "ca", why);
	if (e == ERR_OK)
		e = keys_issue(key, pem, k, name, NULL, NULL, ca, DAYS, why);
	signer_free(ca);
	return e;
}

enum err
fed_custodian(struct fed *f, const char *name, struct why *why)
{
	char folder[80], id[80];

	(void)snprintf(folder, sizeof folder, "custodian-%s", name);
	(void)snprintf(id, sizeof id, "custodian/%s", name);
	if (!node_id_is_valid(id))
		return why_set(why, ERR_INVALID,
		    "custodian: found \"%s\", expected 1 to 32 of a-z, 0-9 and "
		    "-",
		    name);
	return make_issue(f, folder, "node", id, NULL, why);
}

static enum err
write_config(struct fed *f, const struct fed_options *o, unsigned first_port,
    unsigned doors, struct why *why)
{
	char path[FED_PATH], text[2048];
	int n = snprintf(text, sizeof text,
	    "origin: test.infohus.example/log\n"
	    "listen: 127.0.0.1\n"
	    "first_port: %u\n"
	    "doors: %u\n"
	    "data: data\n"
	    "map_mib: %u\n"
	    "low_water: low/checkpoint\n"
	    "run: run\n"
	    "keys: {log: keys/log.key, box: keys/box.key, curve: "
	    "keys/curve.key,\n"
	    "  person: keys/person.key}\n"
	    "verify_threads: 2\n"
	    "batch: %u\n"
	    "tick_seconds: %u\n"
	    "limits: {rate_per_minute: 100000, acute_per_minute: 10000}\n"
	    "law:\n"
	    "  rules: law/rules.yaml\n"
	    "  invariants: law/invariants.yaml\n"
	    "  places: law/places.yaml\n"
	    "  kommuner: [law/0101.yaml, law/0183.yaml, law/0860.yaml]\n"
	    "  workflow: law/workflow.yaml\n"
	    "  anchors: [ca/ca.pem]\n"
	    "  crls: []\n"
	    "  custodians: [custodian-one/node.pem, custodian-two/node.pem]\n"
	    "  manifest: law/manifest\n",
	    first_port, doors, o->map_mib ? o->map_mib : 1024,
	    o->batch ? o->batch : 64, o->tick_seconds ? o->tick_seconds : 1);

	inner_path(f, path, "infohusd.yaml");
	return inner_write(path, bytes_of(text, (size_t)n), 0600, why);
}

static enum err
copy_law(struct fed *f, struct why *why)
{
	static const char *const name[] = { "rules", "places", "workflow",
		"invariants", "kommuner/0101", "kommuner/0183",
		"kommuner/0860" };
	char from[FED_PATH], to[FED_PATH];
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof name / sizeof name[0] && e == ERR_OK;
	     i++) {
		const char *slash = strchr(name[i], '/');

		(void)snprintf(
		    from, sizeof from, "%s/config/%s.yaml", FED_TOP, name[i]);
		inner_path(
		    f, to, "law/%s.yaml", slash != NULL ? slash + 1 : name[i]);
		e = inner_copy(from, to, why);
	}
	return e;
}

/* A full disk is told before the first file that does not fit. */
static enum err
check_room(const struct fed *f, struct why *why)
{
	unsigned long long room;
	struct statvfs v;

	if (statvfs(f->folder, &v) != 0)
		return why_errno(why, ERR_IO, "%s", f->folder);
	room = (unsigned long long)v.f_bavail * v.f_frsize;
	return room >= ROOM_MIN ?
	    ERR_OK :
	    why_set(why, ERR_IO,
		"%s: found %llu KiB free on the disk, expected at least %llu "
		"KiB: set TMPDIR",
		f->folder, room / 1024, ROOM_MIN / 1024);
}

static enum err
make_keys(struct fed *f, struct why *why)
{
	static const char *const key[] = { "log", "box", "curve", "person" };
	char path[FED_PATH];
	enum err e = ERR_OK;

	for (size_t i = 0; i < 4 && e == ERR_OK; i++) {
		inner_path(f, path, "keys/%s.key", key[i]);
		e = make_key(path, why);
	}
	return e;
}

enum err
make_ground(struct fed *f, const struct fed_options *o, unsigned first_port,
    unsigned doors, struct why *why)
{
	static const char *const dir[] = { "keys", "law", "low", "nodes",
		"inbox", "log" };
	char path[FED_PATH];
	enum err e = check_room(f, why);

	if (e == ERR_OK && sodium_init() < 0)
		e = why_set(why, ERR_IO, "libsodium does not start");
	for (size_t i = 0; i < sizeof dir / sizeof dir[0] && e == ERR_OK; i++) {
		inner_path(f, path, "%s", dir[i]);
		e = inner_mkdir(path, why);
	}
	if (e == ERR_OK)
		e = make_issue(f, "ca", "ca", "infohus test CA", NULL, why);
	if (e == ERR_OK)
		e = fed_custodian(f, "one", why);
	if (e == ERR_OK)
		e = fed_custodian(f, "two", why);
	if (e == ERR_OK)
		e = make_keys(f, why);
	if (e == ERR_OK)
		e = copy_law(f, why);
	if (e == ERR_OK)
		e = write_config(f, o, first_port, doors, why);
	return e == ERR_OK ? fed_manifest(f, "one two", why) : e;
}

enum err
fed_manifest(struct fed *f, const char *who, struct why *why)
{
	struct problems p = { 0 };
	struct bytes body, out;
	struct arena *a = NULL;
	char path[FED_PATH];
	struct config *c;
	enum err e = ERR_INVALID;

	inner_path(f, path, "infohusd.yaml");
	c = config_load(path, &p);
	if (c == NULL)
		why_set(why, e, "%s", p.text != NULL ? p.text : path);
	else if (arena_new(&a, MAKE_ARENA) != ERR_OK)
		e = why_set(why, ERR_NOMEM, "no memory for the manifest");
	else
		e = law_manifest(a, &c->law, &body, why);
	if (e == ERR_OK)
		e = make_approved(f, a, OBJECT_MANIFEST, body, who, &out, why);
	if (e == ERR_OK)
		e = inner_write(c->law.manifest, out, 0600, why);
	arena_free(a);
	config_free(c);
	problems_free(&p);
	return e;
}
