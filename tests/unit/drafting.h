/*
 * SPDX-License-Identifier: MIT
 *
 * drafting: a signer with a key of its own, and messages from JSON drafts,
 * for tests. Times are counted from DRAFTING_NOW.
 */
#ifndef INFOHUS_TESTS_DRAFTING_H
#define INFOHUS_TESTS_DRAFTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/draft.h"
#include "proto/json.h"

#define DRAFTING_NOW UINT64_C(1795255200000) /* 2026-11-21T10:00:00Z */
#define DRAFTING_NODE "kommune/0101/skole-x"

struct drafting {
	char dir[64];
	struct arena *arena;
	struct signer *signer;
};

static inline int
drafting_setup(void **state)
{
	struct drafting *d = calloc(1, sizeof(*d));
	char key[96], cert[96];
	struct why why = { "" };

	assert_non_null(d);
	snprintf(d->dir, sizeof(d->dir), "/tmp/infohus-test-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	snprintf(key, sizeof(key), "%s/key", d->dir);
	snprintf(cert, sizeof(cert), "%s/pem", d->dir);
	if (keys_issue(key, cert, KEY_ED25519, "Skole X", "12345678", NULL,
		NULL, 10, &why) != ERR_OK ||
	    signer_load(&d->signer, key, cert, &why) != ERR_OK)
		fail_msg("%s", why.text);
	unlink(key);
	unlink(cert);
	rmdir(d->dir);
	assert_int_equal(arena_new(&d->arena, 16 * 1024 * 1024), ERR_OK);
	*state = d;
	return 0;
}

static inline int
drafting_teardown(void **state)
{
	struct drafting *d = *state;

	signer_free(d->signer);
	arena_free(d->arena);
	free(d);
	return 0;
}

static inline PbDraft *
drafting_parse(struct drafting *d, const char *text)
{
	ProtobufCMessage *m = NULL;
	struct why why = { "" };

	if (json_parse(d->arena, &pb_draft__descriptor, bytes_str(text),
		DRAFTING_NOW, &m, &why) != ERR_OK)
		fail_msg("%s", why.text);
	return (PbDraft *)m;
}

static inline enum err
drafting_try(struct drafting *d, const char *text, int only_role,
    struct bytes *out, struct id *id, struct why *why)
{
	return draft_message(d->arena, drafting_parse(d, text), DRAFTING_NODE,
	    only_role, DRAFTING_NOW, d->signer, out, id, why);
}

/* The packed Message of a draft that must be fine. */
static inline struct bytes
drafting_message(struct drafting *d, const char *text)
{
	struct bytes out = { NULL, 0 };
	struct why why = { "" };
	struct id id;

	if (drafting_try(d, text, 0, &out, &id, &why) != ERR_OK)
		fail_msg("%s", why.text);
	return out;
}

#define drafting_test(f) \
	cmocka_unit_test_setup_teardown(f, drafting_setup, drafting_teardown)

#endif
