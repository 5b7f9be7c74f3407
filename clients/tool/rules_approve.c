/*
 * SPDX-License-Identifier: MIT
 *
 * rules approve, rules join: a custodian's approval of a manifest as a file
 * of its own, made where the custodian's key is; and the approvals of several
 * put together. Nothing is approved that the daemon would not load.
 */
#include "rules.h"

#include <string.h>

#include "daemon/common/config.h"
#include "proto/digest.h"
#include "proto/envelope.h"
#include "proto/sign.h"

#define FILE_MAX (256 * 1024)
#define PATH_ROOM 4096

/* A law as the configuration has it, and its manifest as an object. */
struct approving {
	struct arena *arena;
	struct config *config;
	struct law *law;
	PbObject object;
	struct bytes packed; /* the object */
};

static bool
open_law(struct approving *x, const char *file, int *code)
{
	struct problems p = { 0 };
	struct bytes manifest;
	struct why why = { "no memory" };

	*x = (struct approving){ .object = PB_OBJECT__INIT };
	x->config = config_load(file, &p);
	if (x->config != NULL)
		x->law = law_load(&x->config->law, false, &p);
	if (x->law == NULL) {
		*code = rules_problems(&p);
		problems_free(&p);
		return false;
	}
	problems_free(&p);
	if (arena_new(&x->arena, 2 * PARSE_ARENA) != ERR_OK ||
	    law_manifest(x->arena, &x->config->law, &manifest, &why) !=
		ERR_OK) {
		*code = trouble("%s", why.text);
		return false;
	}
	x->object.kind = OBJECT_MANIFEST;
	x->object.version = PROTOCOL_VERSION;
	x->object.bytes.data = (uint8_t *)(uintptr_t)manifest.data;
	x->object.bytes.len = manifest.len;
	if (envelope_pack(x->arena, &x->object, &x->packed) == ERR_OK)
		return true;
	*code = trouble("no memory");
	return false;
}

static void
close_law(struct approving *x)
{
	law_unref(x->law);
	config_free(x->config);
	arena_free(x->arena);
}

static const struct cert *
find_custodian(const struct law *l, ProtobufCBinaryData fingerprint)
{
	for (size_t i = 0; i < l->n_custodian; i++)
		if (bytes_eq(bytes_of(fingerprint.data, fingerprint.len),
			bytes_of(
			    cert_fingerprint(l->custodian[i])->b, DIGEST_SIZE)))
			return l->custodian[i];
	return NULL;
}

/* ------------------------------------------------------------ what changes */

static PbManifest *
manifest_of(struct arena *a, ProtobufCBinaryData body)
{
	PbManifest *m = NULL;

	return ENVELOPE_UNPACK(a, manifest, bytes_of(body.data, body.len), &m,
		   NULL) == CODE_OK ?
	    m :
	    NULL;
}

static const PbManifestItem *
find_item(const PbManifest *m, const char *name)
{
	for (size_t i = 0; i < m->n_item; i++)
		if (strcmp(m->item[i]->name, name) == 0)
			return m->item[i];
	return NULL;
}

static void
print_item(const char *what, const PbManifestItem *i)
{
	char hex[2 * DIGEST_SIZE + 1];

	hex_encode(hex, bytes_of(i->sha256.data, i->sha256.len));
	printf("%-8s %s  %s\n", what, hex, i->name);
}

static void
print_changes(const PbManifest *old, const PbManifest *new)
{
	size_t changes = 0;

	for (size_t i = 0; i < new->n_item; i++) {
		const PbManifestItem *n = new->item[i];
		const PbManifestItem *o = find_item(old, n->name);

		if (o != NULL &&
		    bytes_eq(bytes_of(o->sha256.data, o->sha256.len),
			bytes_of(n->sha256.data, n->sha256.len)))
			continue;
		print_item(o == NULL ? "added" : "changed", n);
		changes++;
	}
	for (size_t i = 0; i < old->n_item; i++)
		if (find_item(new, old->item[i]->name) == NULL) {
			print_item("removed", old->item[i]);
			changes++;
		}
	if (changes == 0)
		printf("nothing  is changed\n");
}

/* Against the manifest in force, if it is given; else all of it. */
static bool
show(const struct approving *x, const char *against, int *code)
{
	PbManifest *new = manifest_of(x->arena, x->object.bytes), *old = NULL;
	char hex[2 * DIGEST_SIZE + 1];
	PbApproved *before;
	struct bytes in;
	struct why why;

	if (new == NULL) {
		*code = trouble("the new manifest cannot be read");
		return false;
	}
	if (against != NULL &&
	    file_read(x->arena, against, FILE_MAX, &in, &why) != ERR_OK) {
		*code = trouble("%s", why.text);
		return false;
	}
	if (against != NULL &&
	    (ENVELOPE_UNPACK(x->arena, approved, in, &before, NULL) !=
		    CODE_OK ||
		before->object->kind != OBJECT_MANIFEST ||
		(old = manifest_of(x->arena, before->object->bytes)) == NULL)) {
		*code = trouble("%s: found no manifest", against);
		return false;
	}
	if (old != NULL)
		print_changes(old, new);
	else
		for (size_t i = 0; i < new->n_item; i++)
			print_item("item", new->item[i]);
	hex_encode(hex, bytes_of(x->law->manifest.b, DIGEST_SIZE));
	printf("%-8s %s\n", "manifest", hex);
	return true;
}

/* ----------------------------------------------------------------- approve */

static const struct option_help approve_options[] = {
	{ "config", "FILE", false, "infohusd.yaml (required)" },
	{ "custodian", "DIR", false,
	    "folder of the custodian's certificate and key (required)" },
	{ "against", "FILE", false,
	    "the manifest in force: name the files that change" },
	{ "out", "FILE", false,
	    "file to write (default: beside the manifest that FILE names, "
	    "as MANIFEST.FINGERPRINT.approval)" },
	{ NULL, NULL, false, NULL },
};

static const struct usage approve_usage = {
	.command = "rules approve",
	.operands = "",
	.text =
	    "Loads the whole law as the daemon would, invariants included, "
	    "says its hash\nand which files it changes, and writes one "
	    "custodian's approval of its manifest\nto a file of its own. "
	    "Approvals made on different machines are put together by\n"
	    "infohus rules join. The cases are not judged here: run infohus "
	    "rules test and\ninfohus rules diff before you sign.\n\n"
	    "Exit code 0 if it was written, 1 if the law or the custodian "
	    "does not count, 3 for trouble.",
	.option = approve_options,
};

/* May this custodian approve it, now? */
static bool
may_approve(const struct approving *x, const struct signer *s)
{
	const struct cert *c = signer_cert(s);
	struct cert *valid[CUSTODIANS_MAX];
	struct why why = { "" };
	size_t n = law_custodians_at(x->law, NULL, now_ms(), valid, &why);

	for (size_t i = 0; i < n; i++)
		if (digest_eq(cert_fingerprint(valid[i]), cert_fingerprint(c)))
			return true;
	fprintf(stderr,
	    "infohus rules approve: found %s, expected one of the custodians "
	    "that this law names, with a certificate that counts now%s%s\n",
	    cert_common_name(c), why.text[0] != '\0' ? ": " : "", why.text);
	return false;
}

static int
write_approval(
    const struct approving *x, const struct args *args, const struct signer *s)
{
	const char *out = args_value(args, "out");
	char hex[2 * DIGEST_SIZE + 1], path[PATH_ROOM];
	struct why why = { "no memory" };
	struct bytes packed;
	PbApproval *approval;

	hex_encode(
	    hex, bytes_of(cert_fingerprint(signer_cert(s))->b, DIGEST_SIZE));
	if (out == NULL) {
		(void)snprintf(path, sizeof path, "%.3900s.%.16s.approval",
		    x->config->law.manifest, hex);
		out = path;
	}
	if (sign_approve(x->arena, TAG(TAG_APPROVAL), x->packed, now_ms(), s,
		&approval) != ERR_OK ||
	    envelope_pack(x->arena, approval, &packed) != ERR_OK ||
	    file_write(out, packed, 0644, &why) != ERR_OK)
		return trouble("%s", why.text);
	printf("%-8s by ", "approved");
	print_text(stdout, cert_common_name(signer_cert(s)));
	fputs(", in ", stdout);
	print_text(stdout, out);
	putchar('\n');
	return EXIT_YES;
}

static int
approve(const struct approving *x, const struct args *args)
{
	const char *folder = args_value(args, "custodian");
	char key[PATH_ROOM], pem[PATH_ROOM];
	struct signer *s;
	struct why why;
	int code;

	(void)snprintf(key, sizeof key, "%.4000s/node.key", folder);
	(void)snprintf(pem, sizeof pem, "%.4000s/node.pem", folder);
	if (!show(x, args_value(args, "against"), &code))
		return code;
	if (signer_load(&s, key, pem, &why) != ERR_OK)
		return trouble("%s", why.text);
	code = may_approve(x, s) ? write_approval(x, args, s) : EXIT_NO;
	signer_free(s);
	return code;
}

int
rules_approve(int argc, char **argv)
{
	struct approving x;
	struct args args;
	int code;

	if (!args_parse(&args, &approve_usage, argc, argv, &code))
		return code;
	if (!args_has(&args, "config") || !args_has(&args, "custodian"))
		return usage_error(
		    &approve_usage, "--config or --custodian is missing");
	if (open_law(&x, args_value(&args, "config"), &code))
		code = approve(&x, &args);
	close_law(&x);
	return code;
}

/* -------------------------------------------------------------------- join */

static const struct option_help join_options[] = {
	{ "config", "FILE", false, "infohusd.yaml (required)" },
	{ NULL, NULL, false, NULL },
};

static const struct usage join_usage = {
	.command = "rules join",
	.operands = "APPROVAL…",
	.min = 2,
	.max = APPROVALS_MAX,
	.text =
	    "Puts the approvals of two or more custodians together to the "
	    "manifest that the\nconfiguration names. Nothing is written unless "
	    "each is a different custodian's, of\nexactly this law.",
	.option = join_options,
};

static int
refuse(const char *file, const char *found, const char *expected)
{
	fprintf(stderr, "%s: found %s, expected %s\n", file, found, expected);
	return EXIT_NO;
}

static int
add(const struct approving *x, const char *file, PbApproved *p)
{
	const struct cert *c;
	PbApproval *a;
	struct bytes in;
	struct why why;

	if (file_read(x->arena, file, FILE_MAX, &in, &why) != ERR_OK)
		return trouble("%s", why.text);
	if (ENVELOPE_UNPACK(x->arena, approval, in, &a, NULL) != CODE_OK)
		return refuse(file, "something else", "a custodian's approval");
	c = find_custodian(x->law, a->certificate);
	if (c == NULL)
		return refuse(file, "an approval by somebody else",
		    "one by a custodian that this law names");
	for (size_t i = 0; i < p->n_approval; i++)
		if (cert_same_holder(
			c, find_custodian(x->law, p->approval[i]->certificate)))
			return refuse(file, "a second approval by one person",
			    "those of different custodians");
	if (!sign_approval_holds(TAG(TAG_APPROVAL), x->packed, a, c))
		return refuse(file, "an approval that does not hold",
		    "one of exactly this law");
	p->approval[p->n_approval++] = a;
	return EXIT_YES;
}

static int
join(struct approving *x, const struct args *args)
{
	PbApproved p = PB_APPROVED__INIT;
	PbApproval *list[APPROVALS_MAX];
	struct why why = { "no memory" };
	struct bytes packed;
	int code = EXIT_YES, each;

	p.object = &x->object;
	p.approval = list;
	for (size_t i = 0; i < args->n_operand; i++)
		if ((each = add(x, args->operand[i], &p)) != EXIT_YES)
			code = each;
	if (code != EXIT_YES)
		return code;
	if (envelope_pack(x->arena, &p, &packed) != ERR_OK ||
	    file_write(x->config->law.manifest, packed, 0644, &why) != ERR_OK)
		return trouble("%s", why.text);
	printf("%zu approvals, in ", p.n_approval);
	print_text(stdout, x->config->law.manifest);
	putchar('\n');
	return EXIT_YES;
}

int
rules_join(int argc, char **argv)
{
	struct approving x;
	struct args args;
	int code;

	if (!args_parse(&args, &join_usage, argc, argv, &code))
		return code;
	if (!args_has(&args, "config"))
		return usage_error(&join_usage, "--config is missing");
	if (open_law(&x, args_value(&args, "config"), &code))
		code = join(&x, &args);
	close_law(&x);
	return code;
}
