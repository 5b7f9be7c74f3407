/*
 * SPDX-License-Identifier: MIT
 *
 * trust: see trust.h. It must never replace a checkpoint by one that does
 * not provably extend it.
 */
#include "trust.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POINT_TEXT (20 + 1 + 2 * DIGEST_SIZE + 1) /* "size root" LF */

bool
trust_proof(const ProtobufCBinaryData *in, size_t n, struct proof *out)
{
	if (n > MERKLE_PROOF_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (in[i].len != DIGEST_SIZE)
			return false;
		memcpy(out->hash[i].b, in[i].data, DIGEST_SIZE);
	}
	out->len = n;
	return true;
}

/* ------------------------------------------------------------------- disk */

static enum infohus_result
load_checkpoint(
    struct trust *t, struct state *s, struct arena *a, struct why *why)
{
	struct bytes note;
	enum err e = state_get(
	    s, STATE_TOP, "checkpoint", a, NOTE_MAX, &note, why);

	if (e == ERR_NOT_FOUND)
		return INFOHUS_OK;
	if (e != ERR_OK)
		return result_of(e, INFOHUS_BAD_HOME);
	if (checkpoint_open(&t->known, note, t->log, NULL) != ERR_OK)
		return result_set(why, INFOHUS_BAD_CHECKPOINT,
		    "state/checkpoint is not a checkpoint of %s, signed with "
		    "the key in seat.json",
		    t->log->name);
	memcpy(t->note, note.data, note.len);
	t->note_len = note.len;
	return INFOHUS_OK;
}

/* One "size root" line; moves *text behind it. */
static bool
parse_point(struct bytes *text, struct trust_point *out)
{
	const uint8_t *end = memchr(text->data, '\n', text->len);
	char line[POINT_TEXT], *after;
	size_t len;

	if (end == NULL)
		return false;
	len = (size_t)(end - text->data);
	if (len >= sizeof line || len == 0 || text->data[0] < '0' ||
	    text->data[0] > '9')
		return false;
	memcpy(line, text->data, len);
	line[len] = '\0';
	out->size = strtoull(line, &after, 10);
	if (*after != ' ' ||
	    hex_decode(out->root.b, DIGEST_SIZE, after + 1) != ERR_OK)
		return false;
	*text = bytes_of(end + 1, text->len - len - 1);
	return true;
}

static enum infohus_result
load_unproven(
    struct trust *t, struct state *s, struct arena *a, struct why *why)
{
	struct bytes text;
	enum err e = state_get(s, STATE_TOP, "unproven", a,
	    TRUST_UNPROVEN * POINT_TEXT, &text, why);

	if (e == ERR_NOT_FOUND)
		return INFOHUS_OK;
	if (e != ERR_OK)
		return result_of(e, INFOHUS_BAD_HOME);
	while (text.len > 0) {
		if (t->n_unproven == TRUST_UNPROVEN ||
		    !parse_point(&text, &t->unproven[t->n_unproven]))
			return result_set(why, INFOHUS_BAD_HOME,
			    "state/unproven: line %zu is not a size and a root",
			    t->n_unproven + 1);
		t->n_unproven++;
	}
	return INFOHUS_OK;
}

enum infohus_result
trust_load(struct trust *t, struct state *s, const struct note_key *log,
    struct why *why)
{
	enum infohus_result r;
	struct arena *a;

	memset(t, 0, sizeof *t);
	t->log = log;
	if (arena_new(&a, NOTE_MAX + TRUST_UNPROVEN * POINT_TEXT + 4096) !=
	    ERR_OK)
		return result_set(why, INFOHUS_NO_MEMORY, "no memory");
	r = load_checkpoint(t, s, a, why);
	if (r == INFOHUS_OK)
		r = load_unproven(t, s, a, why);
	arena_free(a);
	return r;
}

static enum err
save_unproven(struct trust *t, struct state *s, struct why *why)
{
	size_t room = t->n_unproven * POINT_TEXT + 1, len = 0;
	char *text = malloc(room), hex[2 * DIGEST_SIZE + 1];
	enum err e;

	if (text == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	for (size_t i = 0; i < t->n_unproven; i++) {
		hex_encode(hex, bytes_of(t->unproven[i].root.b, DIGEST_SIZE));
		len += (size_t)snprintf(text + len, room - len,
		    "%" PRIu64 " %s\n", t->unproven[i].size, hex);
	}
	e = state_put(s, STATE_TOP, "unproven", bytes_of(text, len), why);
	free(text);
	return e;
}

enum infohus_result
trust_save(struct trust *t, struct state *s, struct why *why)
{
	enum err e = ERR_OK;

	if (t->known_changed)
		e = state_put(s, STATE_TOP, "checkpoint",
		    bytes_of(t->note, t->note_len), why);
	if (e == ERR_OK)
		t->known_changed = false;
	if (e == ERR_OK && t->unproven_changed)
		e = save_unproven(t, s, why);
	if (e == ERR_OK)
		t->unproven_changed = false;
	return result_of(e, INFOHUS_IO);
}

/* ---------------------------------------------------------------- judging */

static enum infohus_result
forked(struct why *why, uint64_t size)
{
	return result_set(why, INFOHUS_LOG_FORKED,
	    "found two roots for the tree of size %" PRIu64, size);
}

static enum infohus_result
compare(const struct trust_point *p, size_t n, uint64_t size,
    const struct digest *root, bool *seen, struct why *why)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i].size != size)
			continue;
		if (!digest_eq(&p[i].root, root))
			return forked(why, size);
		*seen = true;
	}
	return INFOHUS_OK;
}

static enum infohus_result
check_extends(const struct trust *t, const struct checkpoint *c, uint64_t from,
    const ProtobufCBinaryData *in, size_t n, struct why *why)
{
	const struct checkpoint *k = &t->known;
	struct proof proof;

	if (c->size < k->size)
		return result_set(why, INFOHUS_LOG_WENT_BACK,
		    "found a checkpoint of size %" PRIu64 ", %" PRIu64
		    " is known",
		    c->size, k->size);
	if (c->size == k->size)
		return digest_eq(&c->root, &k->root) ? INFOHUS_OK :
						       forked(why, c->size);
	if (k->size == 0)
		return INFOHUS_OK;
	if (from != k->size)
		return result_set(why, INFOHUS_LOG_FORKED,
		    "found a checkpoint of size %" PRIu64 " with a proof from "
		    "%" PRIu64 ", expected one from the known %" PRIu64,
		    c->size, from, k->size);
	if (!trust_proof(in, n, &proof) ||
	    !merkle_consistency_holds(
		k->size, c->size, &k->root, &c->root, proof.hash, proof.len))
		return result_set(why, INFOHUS_LOG_FORKED,
		    "the checkpoint of size %" PRIu64 " does not extend the "
		    "known one of size %" PRIu64,
		    c->size, k->size);
	return INFOHUS_OK;
}

enum infohus_result
trust_judge(const struct trust *t, struct bytes note, uint64_t from,
    const ProtobufCBinaryData *proof, size_t n_proof, struct trust_step *out,
    struct why *why)
{
	struct trust_step step = { .note = note };
	struct checkpoint *c = &step.checkpoint;
	enum infohus_result r;
	bool seen;

	/* Many answers come under one checkpoint: it is verified once. */
	if (t->note_len > 0 && bytes_eq(note, bytes_of(t->note, t->note_len)))
		*c = t->known;
	else if (note.len > NOTE_MAX ||
	    checkpoint_open(c, note, t->log, why) != ERR_OK)
		return INFOHUS_BAD_CHECKPOINT;
	r = check_extends(t, c, from, proof, n_proof, why);
	if (r == INFOHUS_OK)
		r = compare(
		    t->unproven, t->n_unproven, c->size, &c->root, &seen, why);
	if (r == INFOHUS_OK)
		*out = step;
	return r;
}

static void
drop_unproven(struct trust *t, size_t i)
{
	t->n_unproven--;
	memmove(&t->unproven[i], &t->unproven[i + 1],
	    (t->n_unproven - i) * sizeof t->unproven[0]);
	t->unproven_changed = true;
}

void
trust_take(struct trust *t, const struct trust_step *step)
{
	if (step->checkpoint.size == t->known.size && t->note_len > 0)
		return;
	if (t->known.size > 0) {
		t->past[t->next_past] = (struct trust_point){ t->known.size,
			t->known.root };
		t->next_past = (t->next_past + 1) % TRUST_PAST;
		if (t->n_past < TRUST_PAST)
			t->n_past++;
	}
	t->known = step->checkpoint;
	memcpy(t->note, step->note.data, step->note.len);
	t->note_len = step->note.len;
	t->known_changed = true;
	for (size_t i = t->n_unproven; i-- > 0;)
		if (t->unproven[i].size == t->known.size)
			drop_unproven(t, i);
}

enum infohus_result
trust_heard(
    struct trust *t, uint64_t size, const struct digest *root, struct why *why)
{
	enum infohus_result r;
	bool seen = false;

	if (size == t->known.size && size > 0)
		return digest_eq(root, &t->known.root) ? INFOHUS_OK :
							 forked(why, size);
	r = compare(t->past, t->n_past, size, root, &seen, why);
	if (r == INFOHUS_OK)
		r = compare(t->unproven, t->n_unproven, size, root, &seen, why);
	if (r != INFOHUS_OK || seen)
		return r;
	if (t->n_unproven == TRUST_UNPROVEN)
		drop_unproven(t, 0);
	t->unproven[t->n_unproven++] = (struct trust_point){ size, *root };
	t->unproven_changed = true;
	return INFOHUS_OK;
}
