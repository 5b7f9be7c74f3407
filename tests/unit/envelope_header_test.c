/*
 * SPDX-License-Identifier: MIT
 *
 * envelope: one good message, its header or signature changed in one way at
 * a time; each change is refused with its own code and field.
 */
#include "tests/unit/made.h"

#define CHANGE(name) static void name(struct made *x)

CHANGE(nothing)
{
	(void)x;
}

CHANGE(other_version)
{
	x->h->version = 2;
}

CHANGE(short_id)
{
	x->h->message_id.len = 15;
}

CHANGE(short_nonce)
{
	x->h->nonce.len = 31;
}

CHANGE(bad_sender)
{
	x->h->sender = arena_strdup(x->d->arena, "kommune");
}

CHANGE(long_case)
{
	x->h->case_id = made_filled(x->d, 1, 17);
}

CHANGE(no_case)
{
	x->h->has_case_id = 0;
}

CHANGE(child_case)
{
	x->h->kind = KIND_UNDERRETNING;
}

CHANGE(child_no_case)
{
	x->h->kind = KIND_UNDERRETNING;
	x->h->has_case_id = 0;
}

CHANGE(empty_after)
{
	x->h->has_after = 1;
	x->h->after = made_filled(x->d, 1, 0);
}

CHANGE(long_reply)
{
	x->h->has_in_reply_to = 1;
	x->h->in_reply_to = made_filled(x->d, 1, 32);
}

CHANGE(both_references)
{
	x->h->has_after = 1;
	x->h->after = made_filled(x->d, 1, 16);
	x->h->has_in_reply_to = 1;
	x->h->in_reply_to = made_filled(x->d, 2, 16);
}

CHANGE(expires_at_once)
{
	x->h->expires = x->h->created;
}

CHANGE(expires_late)
{
	x->h->expires = TIME_MAX_MS;
}

CHANGE(expires_never)
{
	x->h->expires = TIME_MAX_MS + 1;
}

CHANGE(created_never)
{
	x->h->created = UINT64_MAX - 1;
	x->h->expires = UINT64_MAX;
}

CHANGE(no_commitments)
{
	x->commitments = 0;
}

CHANGE(five_commitments)
{
	x->commitments = 5;
}

CHANGE(many_commitments)
{
	x->commitments = 32;
}

CHANGE(most_commitments)
{
	x->commitments = 64;
}

CHANGE(unsorted)
{
	ProtobufCBinaryData first = x->h->commitment[0];

	x->h->commitment[0] = x->h->commitment[1];
	x->h->commitment[1] = first;
	x->commit = false;
}

CHANGE(repeated)
{
	x->h->commitment[1] = x->h->commitment[0];
	x->commit = false;
}

CHANGE(short_commitment)
{
	x->h->commitment[7].len = 31;
	x->commit = false;
}

CHANGE(long_header)
{
	char *s = arena_alloc(x->d->arena, HEADER_MAX + 1);

	memset(s, 'a', HEADER_MAX);
	x->h->sender = s;
}

CHANGE(unknown_kind)
{
	x->h->kind = (PbKind)99;
}

CHANGE(unknown_role)
{
	x->h->role = (PbRole)0;
}

CHANGE(bad_text_sender)
{
	x->h->sender = arena_strdup(x->d->arena, "a/\x01");
}

/* ---------------------------------------------- changes to the signature */

CHANGE(short_fingerprint)
{
	x->m->signature->certificate.len = 31;
}

CHANGE(no_value)
{
	x->m->signature->value.len = 0;
}

CHANGE(long_value)
{
	x->m->signature->value = made_filled(x->d, 1, 1025);
}

static void
give_path(struct made *x, size_t n, size_t len)
{
	PbSignature *s = x->m->signature;

	s->n_path = n;
	s->path = arena_alloc(x->d->arena, n * sizeof(s->path[0]));
	for (size_t i = 0; i < n; i++)
		s->path[i] = made_filled(x->d, 1, len);
}

CHANGE(longest_path)
{
	give_path(x, 64, 32);
}

CHANGE(long_path)
{
	give_path(x, 65, 32);
}

CHANGE(odd_path)
{
	give_path(x, 1, 33);
}

static const struct made_case cases[] = {
	{ "a good message", nothing, CODE_OK, "" },
	{ "more padding than needed", many_commitments, CODE_OK, "" },
	{ "after and in reply to", both_references, CODE_OK, "" },
	{ "an underretning without case", child_no_case, CODE_OK, "" },
	{ "expiry too late is decided on, not refused unread", expires_late,
	    CODE_OK, "" },
	{ "the longest path", longest_path, CODE_OK, "" },
	{ "bad_version", other_version, CODE_BAD_VERSION, "Header.version" },
	{ "bad_field: an id of 15 bytes", short_id, CODE_BAD_FIELD,
	    "Header.message_id" },
	{ "bad_field: a nonce of 31 bytes", short_nonce, CODE_BAD_FIELD,
	    "Header.nonce" },
	{ "bad_field: a sender that is no node", bad_sender, CODE_BAD_FIELD,
	    "Header.sender" },
	{ "bad_field: a case id of 17 bytes", long_case, CODE_BAD_FIELD,
	    "Header.case_id" },
	{ "bad_field: a concern without case", no_case, CODE_BAD_FIELD,
	    "Header.case_id" },
	{ "bad_field: an underretning with case", child_case, CODE_BAD_FIELD,
	    "Header.case_id" },
	{ "bad_field: an empty after", empty_after, CODE_BAD_FIELD,
	    "Header.after" },
	{ "bad_field: a long in_reply_to", long_reply, CODE_BAD_FIELD,
	    "Header.in_reply_to" },
	{ "bad_field: expires when it is created", expires_at_once,
	    CODE_BAD_FIELD, "Header.expires" },
	{ "bad_field: expires after the year 9999", expires_never,
	    CODE_BAD_FIELD, "Header.expires" },
	{ "bad_field: created after the year 9999", created_never,
	    CODE_BAD_FIELD, "Header.created" },
	{ "bad_field: no commitments", no_commitments, CODE_BAD_FIELD,
	    "Header.commitment" },
	{ "bad_field: five commitments", five_commitments, CODE_BAD_FIELD,
	    "Header.commitment" },
	{ "bad_field: 64 commitments", most_commitments, CODE_BAD_FIELD,
	    "Header.commitment" },
	{ "bad_field: commitments out of order", unsorted, CODE_BAD_FIELD,
	    "Header.commitment" },
	{ "bad_field: a commitment twice", repeated, CODE_BAD_FIELD,
	    "Header.commitment" },
	{ "bad_field: a commitment of 31 bytes", short_commitment,
	    CODE_BAD_FIELD, "Header.commitment" },
	{ "bad_field: a fingerprint of 31 bytes", short_fingerprint,
	    CODE_BAD_FIELD, "Signature.certificate" },
	{ "bad_field: an empty signature", no_value, CODE_BAD_FIELD,
	    "Signature.value" },
	{ "bad_field: a signature longer than any key gives", long_value,
	    CODE_BAD_FIELD, "Signature.value" },
	{ "bad_field: a path longer than any tree", long_path, CODE_BAD_FIELD,
	    "Signature.path" },
	{ "bad_field: a path of odd hashes", odd_path, CODE_BAD_FIELD,
	    "Signature.path" },
	{ "too_large: a header over 16 KiB", long_header, CODE_TOO_LARGE,
	    "Message.header" },
	{ "unknown_value: a kind of message", unknown_kind, CODE_UNKNOWN_VALUE,
	    "Header.kind" },
	{ "unknown_value: a role", unknown_role, CODE_UNKNOWN_VALUE,
	    "Header.role" },
	{ "bad_text: in the header", bad_text_sender, CODE_BAD_TEXT,
	    "Header.sender" },
};

static void
test_each_defect_of_the_header_has_its_code_and_field(void **state)
{
	made_try(*state, cases, sizeof(cases) / sizeof(cases[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		drafting_test(
		    test_each_defect_of_the_header_has_its_code_and_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
