/*
 * SPDX-License-Identifier: MIT
 *
 * node: infohus node, and those of its words that make keys. It never writes
 * over a key that is there.
 */
#include "node.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/box.h"

#define CA_DAYS 3650
#define NODE_DAYS 1095 /* as OCES: three years */

/* ----------------------------------------------------------------- shared */

bool
node_path(char out[NODE_PATH_ROOM], const char *dir, const char *name)
{
	if (snprintf(out, NODE_PATH_ROOM, "%s/%s", dir, name) < NODE_PATH_ROOM)
		return true;
	trouble("the path of %s is too long", name);
	return false;
}

bool
node_seat_is_valid(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n <= 32 &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

struct cert *
node_certificate(struct arena *a, const char *dir)
{
	struct cert *c = NULL;
	struct why why = { "" };
	char path[NODE_PATH_ROOM];
	struct bytes pem;

	if (!node_path(path, dir, "node.pem"))
		return NULL;
	if (file_read(a, path, CERT_MAX * 2, &pem, &why) != ERR_OK) {
		trouble("%s", why.text);
		return NULL;
	}
	if (cert_parse_pem(&c, pem, &why) != ERR_OK)
		trouble("%s: %s", path, why.text);
	return c;
}

const char *
node_id(const struct args *a, const struct cert *c)
{
	const char *id = args_value(a, "node");

	if (id == NULL)
		id = cert_common_name(c);
	if (node_id_is_valid(id))
		return id;
	usage_error(a->usage,
	    "%s is no node id: expected 2 or 3 elements of "
	    "a-z, 0-9 and -, joined by /",
	    args_has(a, "node") ? "--node" : "the certificate's common name");
	return NULL;
}

/* Makes the folder; fine if it is there. */
static bool
make_folder(const char *path)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	trouble("%s: %s", path, strerror(errno));
	return false;
}

static bool
parse_kind(const struct args *a, enum key_kind *out)
{
	static const struct {
		const char *name;
		enum key_kind kind;
	} kinds[] = { { "ed25519", KEY_ED25519 }, { "p256", KEY_P256 },
		{ "rsa3072", KEY_RSA3072 } };
	const char *text = args_value(a, "kind");

	*out = KEY_ED25519;
	if (text == NULL)
		return true;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, text) == 0) {
			*out = kinds[i].kind;
			return true;
		}
	usage_error(a->usage, "--kind: expected ed25519, p256 or rsa3072");
	return false;
}

/* -------------------------------------------------------------------- ca */

static const struct option_help ca_options[] = {
	{ "kind", "KIND", false, "ed25519 (default), p256 or rsa3072" },
	{ NULL, NULL, false, NULL },
};

static const struct usage ca_usage = {
	.command = "node ca",
	.operands = "DIR",
	.min = 1,
	.max = 1,
	.text = "Makes a certificate authority for trials: DIR/ca.pem and "
		"DIR/ca.key. In service,\ncertificates come from a public "
		"authority such as OCES.",
	.option = ca_options,
};

static int
node_ca(int argc, char **argv)
{
	char key[NODE_PATH_ROOM], certificate[NODE_PATH_ROOM];
	struct why why = { "" };
	enum key_kind kind;
	struct args a;
	int code;

	if (!args_parse(&a, &ca_usage, argc, argv, &code))
		return code;
	if (!parse_kind(&a, &kind))
		return EXIT_USAGE;
	if (!make_folder(a.operand[0]) ||
	    !node_path(key, a.operand[0], "ca.key") ||
	    !node_path(certificate, a.operand[0], "ca.pem"))
		return EXIT_TROUBLE;
	if (keys_issue(key, certificate, kind, "infohus trial CA", NULL, NULL,
		NULL, CA_DAYS, &why) != ERR_OK)
		return trouble("%s", why.text);
	printf("%s\n%s\n", certificate, key);
	return EXIT_YES;
}

/* ------------------------------------------------------------------- new */

static const struct option_help new_options[] = {
	{ "ca", "CADIR", false, "folder of the authority (required)" },
	{ "out", "DIR", false, "folder to make (required)" },
	{ "seat", "NAME", true, "a seat, with keys of its own" },
	{ "kind", "KIND", false, "ed25519 (default), p256 or rsa3072" },
	{ "cvr", "N", false, "CVR number for the certificate" },
	{ "uuid", "U", false, "UUID for the certificate" },
	{ NULL, NULL, false, NULL },
};

static const struct usage new_usage = {
	.command = "node new",
	.operands = "NODE",
	.min = 1,
	.max = 1,
	.text = "Makes the keys and the certificate of a node, such as "
		"kommune/0101: DIR/node.pem,\nDIR/node.key, and for each seat "
		"DIR/seat-NAME/curve.key and box.key. A custodian\nis made the "
		"same way, without seats.",
	.option = new_options,
};

/* A new secret key of 32 bytes into path. */
static bool
make_key_file(const char *path)
{
	uint8_t public[32], secret[32];
	struct why why = { "" };
	enum err e;

	if (sodium_init() < 0) {
		trouble("libsodium does not start");
		return false;
	}
	box_keypair(public, secret);
	e = key_file_write(secret, path, &why);
	sodium_memzero(secret, sizeof secret);
	if (e != ERR_OK)
		trouble("%s", why.text);
	return e == ERR_OK;
}

static bool
make_seat(const char *dir, const char *seat)
{
	char folder[NODE_PATH_ROOM], path[NODE_PATH_ROOM], name[48];

	(void)snprintf(name, sizeof name, "seat-%s", seat);
	return node_path(folder, dir, name) && make_folder(folder) &&
	    node_path(path, folder, "curve.key") && make_key_file(path) &&
	    node_path(path, folder, "box.key") && make_key_file(path);
}

static bool
make_node(const struct args *a, enum key_kind kind)
{
	char ca_key[NODE_PATH_ROOM], ca_pem[NODE_PATH_ROOM];
	char key[NODE_PATH_ROOM], pem[NODE_PATH_ROOM];
	const char *ca = args_value(a, "ca"), *out = args_value(a, "out");
	struct signer *issuer = NULL;
	struct why why = { "" };
	enum err e;

	if (!node_path(ca_key, ca, "ca.key") ||
	    !node_path(ca_pem, ca, "ca.pem") || !make_folder(out) ||
	    !node_path(key, out, "node.key") ||
	    !node_path(pem, out, "node.pem"))
		return false;
	e = signer_load(&issuer, ca_key, ca_pem, &why);
	if (e == ERR_OK)
		e = keys_issue(key, pem, kind, a->operand[0],
		    args_value(a, "cvr"), args_value(a, "uuid"), issuer,
		    NODE_DAYS, &why);
	signer_free(issuer);
	if (e != ERR_OK)
		trouble("%s", why.text);
	return e == ERR_OK;
}

static int
node_new(int argc, char **argv)
{
	enum key_kind kind;
	const char *seat;
	struct args a;
	int code;

	if (!args_parse(&a, &new_usage, argc, argv, &code))
		return code;
	if (!args_has(&a, "ca") || !args_has(&a, "out"))
		return usage_error(&new_usage, "--ca or --out is missing");
	if (!node_id_is_valid(a.operand[0]))
		return usage_error(&new_usage,
		    "NODE: expected 2 or 3 elements "
		    "of a-z, 0-9 and -, joined by /");
	for (size_t i = 0; (seat = args_nth(&a, "seat", i)) != NULL; i++)
		if (!node_seat_is_valid(seat))
			return usage_error(&new_usage,
			    "--seat: expected 1 to 32 of a-z, 0-9 and -");
	if (!parse_kind(&a, &kind))
		return EXIT_USAGE;
	if (!make_node(&a, kind))
		return EXIT_TROUBLE;
	for (size_t i = 0; (seat = args_nth(&a, "seat", i)) != NULL; i++)
		if (!make_seat(args_value(&a, "out"), seat))
			return EXIT_TROUBLE;
	printf("%s\n", args_value(&a, "out"));
	return EXIT_YES;
}

/* --------------------------------------------------------------- keyfile */

static const struct usage keyfile_usage = {
	.command = "node keyfile",
	.operands = "FILE",
	.min = 1,
	.max = 1,
	.text = "Makes a key file of 32 random bytes in hex, mode 0600: the "
		"log, box, curve and\nperson keys of the daemon.",
};

static int
node_keyfile(int argc, char **argv)
{
	struct args a;
	int code;

	if (!args_parse(&a, &keyfile_usage, argc, argv, &code))
		return code;
	return make_key_file(a.operand[0]) ? EXIT_YES : EXIT_TROUBLE;
}

static const struct subcommand commands[] = {
	{ "ca", node_ca, "make a certificate authority for trials" },
	{ "new", node_new, "make a node's keys, certificate and seats" },
	{ "card", node_card, "write a node's card, to be approved" },
	{ "approve", node_approve, "add a custodian's approval to a file" },
	{ "suspend", node_suspend, "write a suspension, to be approved" },
	{ "admit", node_admit, "submit approved cards and suspensions" },
	{ "list", node_list, "who is admitted and online" },
	{ "connect", node_connect, "write a seat's seat.json" },
	{ "keyfile", node_keyfile, "make one key file of the daemon" },
	{ NULL, NULL, NULL },
};

int
cmd_node(int argc, char **argv)
{
	return subcommand_run("node", commands, argc, argv);
}
