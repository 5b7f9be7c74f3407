/*
 * SPDX-License-Identifier: MIT
 *
 * node_card: cards, suspensions, and custodians' approvals of them. What is
 * approved is the packed object in the file, byte for byte.
 */
#include "node.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/box.h"
#include "proto/digest.h"
#include "proto/envelope.h"
#include "proto/sign.h"
#include "proto/taxonomy.h"

#define OBJECT_FILE_MAX (1024 * 1024)
#define CARD_ARENA (16 * 1024 * 1024)
#define SEATS_MAX 64
#define ROLES_MAX 64

/* -------------------------------------------------------------- approving */

static struct bytes
approval_tag(unsigned kind)
{
	return kind == OBJECT_CARD ? TAG(TAG_CARD) : TAG(TAG_APPROVAL);
}

static bool
has_approved(const PbApproved *p, const struct digest *certificate)
{
	for (size_t i = 0; i < p->n_approval; i++)
		if (p->approval[i]->certificate.len == DIGEST_SIZE &&
		    memcmp(p->approval[i]->certificate.data, certificate->b,
			DIGEST_SIZE) == 0)
			return true;
	return false;
}

/* Adds the approval of the custodian whose folder this is. */
static enum err
add_approval(
    struct arena *a, PbApproved *p, const char *folder, struct why *why)
{
	char key[NODE_PATH_ROOM], pem[NODE_PATH_ROOM];
	PbApproval **list = arena_alloc(
	    a, (p->n_approval + 1) * sizeof list[0]);
	struct signer *s = NULL;
	struct bytes object;
	enum err e;

	if (list == NULL || p->n_approval == APPROVALS_MAX)
		return why_set(
		    why, ERR_FULL, "more than %d approvals", APPROVALS_MAX);
	if (!node_path(key, folder, "node.key") ||
	    !node_path(pem, folder, "node.pem"))
		return why_set(why, ERR_INVALID, "%s", folder);
	e = signer_load(&s, key, pem, why);
	if (e != ERR_OK)
		return e;
	if (has_approved(p, cert_fingerprint(signer_cert(s))))
		e = why_set(
		    why, ERR_EXISTS, "%s has approved it already", folder);
	if (e == ERR_OK)
		e = envelope_pack(a, p->object, &object);
	if (e == ERR_OK)
		e = sign_approve(a, approval_tag(p->object->kind), object,
		    now_ms(), s, &list[p->n_approval]);
	signer_free(s);
	if (e != ERR_OK)
		return e;
	if (p->n_approval > 0)
		memcpy(list, p->approval, p->n_approval * sizeof list[0]);
	p->approval = list;
	p->n_approval++;
	return ERR_OK;
}

/* An object and the approvals of every --custodian, to path. */
static int
write_object(
    struct arena *a, const struct args *args, PbApproved *p, const char *path)
{
	struct why why = { "" };
	const char *folder;
	struct bytes packed;
	enum err e = ERR_OK;

	for (size_t i = 0;
	     e == ERR_OK && (folder = args_nth(args, "custodian", i)) != NULL;
	     i++)
		e = add_approval(a, p, folder, &why);
	if (e == ERR_OK)
		e = envelope_pack(a, p, &packed);
	if (e == ERR_OK)
		e = file_write(path, packed, 0644, &why);
	if (e == ERR_EXISTS) {
		fprintf(
		    stderr, "infohus %s: %s\n", args->usage->command, why.text);
		return EXIT_NO;
	}
	if (e != ERR_OK)
		return trouble("%s", why.text);
	printf("%s  %zu approval%s\n", path, p->n_approval,
	    p->n_approval == 1 ? "" : "s");
	return EXIT_YES;
}

/* Packs body as the object of kind in a new Approved. */
static enum err
make_approved(
    struct arena *a, unsigned kind, const void *body, PbApproved **out)
{
	PbApproved *p = arena_alloc(a, sizeof *p);
	PbObject *object = NULL;
	struct bytes packed, wrapped;
	enum err e = p == NULL ? ERR_NOMEM : envelope_pack(a, body, &packed);

	if (e == ERR_OK)
		e = envelope_wrap(a, kind, packed, &wrapped);
	if (e != ERR_OK)
		return e;
	if (ENVELOPE_UNPACK(a, object, wrapped, &object, NULL) != CODE_OK)
		return ERR_INVALID;
	pb_approved__init(p);
	p->object = object;
	*out = p;
	return ERR_OK;
}

/* ------------------------------------------------------------------ roles */

static char *
cut(char *text, char at)
{
	char *p = strchr(text, at);

	if (p == NULL)
		return NULL;
	*p = '\0';
	return p + 1;
}

/* RFC 3339, or a date, which is its first instant UTC. */
static bool
parse_time(const char *text, uint64_t *out)
{
	char full[40];

	if (strlen(text) == 10 &&
	    snprintf(full, sizeof full, "%sT00:00:00Z", text) <
		(int)sizeof full)
		text = full;
	return time_parse(out, text) == ERR_OK;
}

static bool
parse_place(PbRoleGrant *g, char *place)
{
	char *code = cut(place, ':');
	int number;

	if (taxonomy_number(&pb_place_kind__descriptor, place, &number) !=
	    ERR_OK)
		return false;
	g->has_place = 1;
	g->place = (PbPlaceKind)number;
	g->code = code;
	return (number == PLACE_KIND_COUNTRY) == (code == NULL) &&
	    (code == NULL || node_seat_is_valid(code));
}

/* ROLE[@PLACE:CODE|@country][,from=TIME][,to=TIME] */
static bool
parse_role(struct arena *a, const char *text, uint64_t from, PbRoleGrant **out)
{
	PbRoleGrant *g = arena_alloc(a, sizeof *g);
	char *role = arena_strdup(a, text), *place, *rest, *next;
	int number;

	if (g == NULL || role == NULL)
		return false;
	pb_role_grant__init(g);
	g->from = from;
	rest = cut(role, ',');
	for (; rest != NULL; rest = next) {
		next = cut(rest, ',');
		if (strncmp(rest, "from=", 5) == 0) {
			if (!parse_time(rest + 5, &g->from))
				return false;
		} else if (strncmp(rest, "to=", 3) == 0) {
			g->has_to = 1;
			if (!parse_time(rest + 3, &g->to))
				return false;
		} else {
			return false;
		}
	}
	place = cut(role, '@');
	if (taxonomy_number(&pb_role__descriptor, role, &number) != ERR_OK ||
	    number == ROLE_INFOHUS || (g->has_to && g->to <= g->from))
		return false;
	g->role = (PbRole)number;
	*out = g;
	return place == NULL || parse_place(g, place);
}

static int
add_roles(struct arena *a, const struct args *args, uint64_t from, PbCard *card)
{
	char expected[TAXONOMY_EXPECTED], word[64];
	const char *text;

	card->role = arena_alloc(a, ROLES_MAX * sizeof card->role[0]);
	if (card->role == NULL)
		return trouble("no memory");
	for (size_t i = 0; (text = args_nth(args, "role", i)) != NULL; i++) {
		if (i == ROLES_MAX)
			return usage_error(
			    args->usage, "more than %d roles", ROLES_MAX);
		if (parse_role(a, text, from, &card->role[i])) {
			card->n_role++;
			continue;
		}
		(void)snprintf(
		    word, sizeof word, "%.*s", (int)strcspn(text, "@,"), text);
		return usage_error(args->usage,
		    "--role: found %s, expected "
		    "ROLE[@kommune:CODE|@politikreds:CODE|@region:CODE|"
		    "@country][,from=TIME][,to=TIME], ROLE being %s",
		    text,
		    taxonomy_expected(&pb_role__descriptor, word, expected));
	}
	return EXIT_YES;
}

/* ------------------------------------------------------------------ seats */

static enum err
read_public(
    const char *folder, const char *name, uint8_t out[32], struct why *why)
{
	char path[NODE_PATH_ROOM];
	uint8_t secret[32];
	enum err e;

	if (!node_path(path, folder, name))
		return why_set(why, ERR_INVALID, "%s", name);
	e = key_file_read(secret, path, why);
	if (e == ERR_OK)
		box_public(out, secret);
	sodium_memzero(secret, sizeof secret);
	return e;
}

static enum err
add_seat(struct arena *a, const char *dir, const char *name, PbCard *card,
    struct why *why)
{
	PbSeat *s = arena_alloc(a, sizeof *s);
	uint8_t *keys = arena_alloc(a, 64);
	char folder[NODE_PATH_ROOM];
	enum err e;

	if (s == NULL || keys == NULL || card->n_seat == SEATS_MAX)
		return why_set(why, ERR_FULL, "more than %d seats", SEATS_MAX);
	pb_seat__init(s);
	s->name = arena_strdup(a, name + 5);
	if (s->name == NULL || !node_seat_is_valid(s->name) ||
	    !node_path(folder, dir, name))
		return why_set(why, ERR_INVALID,
		    "%s: expected seat- and 1 to "
		    "32 of a-z, 0-9 and -",
		    name);
	e = read_public(folder, "curve.key", keys, why);
	if (e == ERR_OK)
		e = read_public(folder, "box.key", keys + 32, why);
	if (e != ERR_OK)
		return e;
	s->curve.data = keys;
	s->box.data = keys + 32;
	s->curve.len = s->box.len = 32;
	card->seat[card->n_seat++] = s;
	return ERR_OK;
}

static int
is_seat(const struct dirent *e)
{
	return strncmp(e->d_name, "seat-", 5) == 0;
}

/* Every seat-NAME folder of the node, by name. */
static int
add_seats(struct arena *a, const char *dir, PbCard *card)
{
	struct dirent **list;
	struct why why = { "" };
	enum err e = ERR_OK;
	int n = scandir(dir, &list, is_seat, alphasort);

	if (n < 0)
		return trouble("%s: %s", dir, strerror(errno));
	card->seat = arena_alloc(a, SEATS_MAX * sizeof card->seat[0]);
	for (int i = 0; i < n; i++) {
		if (e == ERR_OK && card->seat != NULL)
			e = add_seat(a, dir, list[i]->d_name, card, &why);
		free(list[i]);
	}
	free(list);
	return e == ERR_OK && card->seat != NULL ? EXIT_YES :
						   trouble("%s", why.text);
}

/* ------------------------------------------------------------------- card */

static const struct option_help card_options[] = {
	{ "name", "TEXT", false, "display name (required)" },
	{ "role", "ROLE", true,
	    "ROLE[@kommune:0101|@politikreds:1470|@region:1084|@country]"
	    "[,from=TIME][,to=TIME]" },
	{ "serial", "N", false, "1 (default); each new card a higher one" },
	{ "out", "FILE", false, "file to write (required)" },
	{ "node", "NODE", false,
	    "node id; default: the certificate's common name" },
	{ "custodian", "DIR", true, "add this custodian's approval" },
	{ NULL, NULL, false, NULL },
};

static const struct usage card_usage = {
	.command = "node card",
	.operands = "DIR",
	.min = 1,
	.max = 1,
	.text =
	    "Writes the card of the node in DIR: who it is, its "
	    "certificate, its dated roles,\nand the public keys of its seats. "
	    "It counts with the approvals of two custodians.\nA role without "
	    "from begins with the certificate.",
	.option = card_options,
};

static int
fill_card(struct arena *a, const struct args *args, const struct cert *c,
    PbCard *card)
{
	struct bytes der = cert_der(c);
	const char *id = node_id(args, c);
	int code;

	if (id == NULL)
		return EXIT_USAGE;
	card->node = arena_strdup(a, id);
	card->display_name = arena_strdup(a, args_value(args, "name"));
	if (cert_cvr(c)[0] != '\0')
		card->cvr = arena_strdup(a, cert_cvr(c));
	if (cert_uuid(c)[0] != '\0')
		card->uuid = arena_strdup(a, cert_uuid(c));
	card->certificate.data = arena_dup(a, der);
	card->certificate.len = der.len;
	if (card->node == NULL || card->display_name == NULL ||
	    card->certificate.data == NULL)
		return trouble("no memory");
	if (!text_is_clean(bytes_str(card->display_name), false) ||
	    card->display_name[0] == '\0')
		return usage_error(
		    args->usage, "--name: expected clean UTF-8 on one line");
	if (!args_number(args, "serial", 1, UINT32_MAX, 1, &card->serial))
		return EXIT_USAGE;
	code = add_roles(a, args, cert_not_before(c), card);
	return code != EXIT_YES ? code : add_seats(a, args->operand[0], card);
}

static int
make_card(struct arena *a, const struct args *args)
{
	struct cert *c = node_certificate(a, args->operand[0]);
	PbCard card = PB_CARD__INIT;
	PbApproved *p;
	int code;

	if (c == NULL)
		return EXIT_TROUBLE;
	code = fill_card(a, args, c, &card);
	cert_free(c);
	if (code != EXIT_YES)
		return code;
	if (make_approved(a, OBJECT_CARD, &card, &p) != ERR_OK)
		return trouble("the card does not pack");
	return write_object(a, args, p, args_value(args, "out"));
}

int
node_card(int argc, char **argv)
{
	struct arena *a;
	struct args args;
	int code;

	if (!args_parse(&args, &card_usage, argc, argv, &code))
		return code;
	if (!args_has(&args, "name") || !args_has(&args, "out"))
		return usage_error(&card_usage, "--name or --out is missing");
	if (arena_new(&a, CARD_ARENA) != ERR_OK)
		return trouble("no memory");
	code = make_card(a, &args);
	arena_free(a);
	return code;
}

/* ---------------------------------------------------------------- suspend */

static const struct option_help suspend_options[] = {
	{ "serial", "N", false, "of the card that it ends (required)" },
	{ "reason", "CODE", false,
	    "why, as a code: key-stolen, left … (required)" },
	{ "out", "FILE", false, "file to write (required)" },
	{ "custodian", "DIR", true, "add this custodian's approval" },
	{ NULL, NULL, false, NULL },
};

static const struct usage suspend_usage = {
	.command = "node suspend",
	.operands = "NODE",
	.min = 1,
	.max = 1,
	.text = "Writes a suspension: with two custodians' approvals and "
		"infohus node admit it\nends the node's rights at once.",
	.option = suspend_options,
};

int
node_suspend(int argc, char **argv)
{
	PbSuspension s = PB_SUSPENSION__INIT;
	struct arena *a;
	struct args args;
	PbApproved *p;
	int code;

	if (!args_parse(&args, &suspend_usage, argc, argv, &code))
		return code;
	if (!args_has(&args, "serial") || !args_has(&args, "reason") ||
	    !args_has(&args, "out"))
		return usage_error(
		    &suspend_usage, "--serial, --reason or --out is missing");
	if (!node_id_is_valid(args.operand[0]))
		return usage_error(&suspend_usage, "NODE: no node id");
	if (!node_seat_is_valid(args_value(&args, "reason")))
		return usage_error(&suspend_usage,
		    "--reason: expected a code of a-z, 0-9 and -");
	if (!args_number(&args, "serial", 1, UINT32_MAX, 1, &s.serial))
		return EXIT_USAGE;
	if (arena_new(&a, CARD_ARENA) != ERR_OK)
		return trouble("no memory");
	s.node = arena_strdup(a, args.operand[0]);
	s.reason_code = arena_strdup(a, args_value(&args, "reason"));
	if (s.node == NULL || s.reason_code == NULL ||
	    make_approved(a, OBJECT_SUSPENSION, &s, &p) != ERR_OK)
		code = trouble("no memory");
	else
		code = write_object(a, &args, p, args_value(&args, "out"));
	arena_free(a);
	return code;
}

/* ---------------------------------------------------------------- approve */

static const struct option_help approve_options[] = {
	{ "custodian", "DIR", true,
	    "folder of the custodian's certificate and key (required)" },
	{ NULL, NULL, false, NULL },
};

static const struct usage approve_usage = {
	.command = "node approve",
	.operands = "FILE",
	.min = 1,
	.max = 1,
	.text =
	    "Adds a custodian's approval to a card, a suspension or a "
	    "manifest, in place. Read\nwhat it says first: the approval is of "
	    "exactly these bytes.",
	.option = approve_options,
};

int
node_approve(int argc, char **argv)
{
	PbApproved *p = NULL;
	struct why why = { "" };
	struct bytes in;
	struct arena *a;
	struct args args;
	int code;

	if (!args_parse(&args, &approve_usage, argc, argv, &code))
		return code;
	if (!args_has(&args, "custodian"))
		return usage_error(&approve_usage, "--custodian is missing");
	if (arena_new(&a, CARD_ARENA) != ERR_OK)
		return trouble("no memory");
	if (file_read(a, args.operand[0], OBJECT_FILE_MAX, &in, &why) != ERR_OK)
		code = trouble("%s", why.text);
	else if (ENVELOPE_UNPACK(a, approved, in, &p, NULL) != CODE_OK)
		code = trouble("%s: found no card, suspension or manifest",
		    args.operand[0]);
	else
		code = write_object(a, &args, p, args.operand[0]);
	arena_free(a);
	return code;
}
