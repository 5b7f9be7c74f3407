/*
 * SPDX-License-Identifier: MIT
 *
 * ledgering: a log over a store in a folder of its own.
 */
#ifndef INFOHUS_TESTS_LEDGERING_H
#define INFOHUS_TESTS_LEDGERING_H

#include "scratch.h"

#include <sys/stat.h>

#include "daemon/ledger/durable.h"
#include "daemon/ledger/ledger.h"

#define ORIGIN "infohus.example.dk/test"
#define ENTRIES 67 /* more than the tail that open checks */

static const uint8_t seed[32] = { 7 };

static inline struct note_secret
secret_of(uint8_t first)
{
	struct note_secret secret;
	uint8_t other[32] = { first };
	struct why why;

	assert_err(note_secret_make(&secret, ORIGIN, NOTE_TYPE_ED25519,
		       first == seed[0] ? seed : other, &why),
	    ERR_OK);
	return secret;
}

static inline enum err
try_open(struct scratch *sc, struct ledger **l, struct why *why)
{
	struct note_secret secret = secret_of(seed[0]);

	return ledger_open(l, sc->store, &secret, scratch_path(sc, "low"), why);
}

static inline struct ledger *
open_log(struct scratch *sc)
{
	struct ledger *l;
	struct why why;

	if (try_open(sc, &l, &why) != ERR_OK)
		fail_msg("ledger_open: %s", why.text);
	return l;
}

/* Entry number i of the test's log; salt tells two histories apart. */
static inline PbEntry
entry_of(uint64_t i, uint8_t salt)
{
	static uint8_t manifest[32];
	PbEntry e = PB_ENTRY__INIT;

	memset(manifest, salt, sizeof(manifest));
	e.version = 1;
	e.kind = ENTRY_KIND_TICK;
	e.recorded_at = 1000 + i;
	e.manifest.data = manifest;
	e.manifest.len = sizeof(manifest);
	return e;
}

/* Appends entries up to size in one transaction, and signs. */
static inline void
grow(struct scratch *sc, struct ledger *l, uint64_t size, uint8_t salt)
{
	struct txn *t = scratch_write(sc);
	uint64_t i, index;
	struct why why;

	for (i = ledger_size(t); i < size; i++) {
		PbEntry e = entry_of(i, salt);

		assert_err(ledger_append(t, sc->arena, &e, &index), ERR_OK);
		assert_int_equal(index, i);
	}
	scratch_commit(t);
	t = scratch_read(sc);
	if (ledger_sign(l, t, &why) != ERR_OK)
		fail_msg("ledger_sign: %s", why.text);
	store_abort(t);
}

#endif
