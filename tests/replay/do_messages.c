/*
 * SPDX-License-Identifier: MIT
 *
 * do_messages: messages are made, sent, sent again and acknowledged.
 */
#include "do.h"

#include <stdio.h>
#include <string.h>

#include "compose.h"

static struct message *
draft(struct run *r, struct seat *s, char **word, size_t n)
{
	struct message *m;
	struct why why = { "" };

	if (seats_message(&r->seats, word[0]) != NULL ||
	    strlen(word[0]) >= LABEL_MAX) {
		(void)run_wrong(
		    r, "found label %s, expected a new one", word[0]);
		return NULL;
	}
	m = seats_message_new(&r->seats, word[0]);
	if (compose(&r->seats, m, s->node, word + 1, n - 1, &why) == ERR_OK)
		return m;
	(void)run_wrong(r, "%s", why.text);
	return NULL;
}

enum outcome
do_send(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);
	struct message *m = s == NULL ? NULL : draft(r, s, word + 1, n - 1);

	if (m != NULL)
		seat_submit(s, m, m->lane);
	return r->outcome;
}

enum outcome
do_draft(struct run *r, char **word, size_t n)
{
	struct seat *s = run_seat(r, word[0]);

	if (s != NULL)
		(void)draft(r, s, word + 1, n - 1);
	return r->outcome;
}

/* The same bytes again; with mangle= a changed copy, labelled LABEL'. */
enum outcome
do_resend(struct run *r, char **word, size_t n)
{
	struct seat *s = run_session(r, word[0]);
	struct message *m = s == NULL ? NULL : run_message(r, word[1]), *copy;
	const char *mangle = run_value(word, n, 2, "mangle");
	struct why why = { "" };
	char label[LABEL_MAX + 2];
	uint8_t lane;

	if (m == NULL || !run_keys(r, word, n, 2, "lane= mangle="))
		return r->outcome;
	lane = m->lane;
	if (!run_lane(r, run_value(word, n, 2, "lane"), &lane))
		return r->outcome;
	if (mangle != NULL) {
		snprintf(label, sizeof label, "%.38s'", word[1]);
		copy = seats_message_new(&r->seats, label);
		copy->sender = m->sender;
		copy->packed = m->packed;
		copy->id = m->id;
		copy->lane = m->lane;
		if (compose_mangle(copy, mangle, &why) != ERR_OK)
			return run_wrong(r, "%s", why.text);
		m = copy;
	}
	seat_submit(s, m, lane);
	return RUN_FINE;
}

/* How an ack may be damaged; fill_ack, make_ack and seat_ack do it. */
static const char *const ack_mangles[] = { "index", "header", "parts", "size",
	"root", "code", "person", "signature", "twice" };

static bool
ack_words(struct run *r, char **word, size_t n, struct ack *out)
{
	const char *code = run_value(word, n, 1, "code");
	size_t i = 0, labels = 1;

	while (labels < n && strchr(word[labels], '=') == NULL)
		labels++;
	if (!run_keys(r, word, n, labels,
		out->nack ? "mangle= number= code=" : "mangle= number=") ||
	    !run_number_at(r, word, n, "number", &out->number))
		return false;
	if (code != NULL && strcmp(code, "not_mine") == 0)
		out->code = CODE_NACK_NOT_MINE;
	else if (code != NULL && strcmp(code, "cannot_read") != 0) {
		(void)run_wrong(
		    r, "found code=%s, expected cannot_read or not_mine", code);
		return false;
	}
	out->mangle = run_value(word, n, 1, "mangle");
	while (out->mangle != NULL &&
	    i < sizeof ack_mangles / sizeof ack_mangles[0] &&
	    strcmp(ack_mangles[i], out->mangle) != 0)
		i++;
	if (i < sizeof ack_mangles / sizeof ack_mangles[0])
		return true;
	(void)run_wrong(r,
	    "found mangle=%s, expected index, header, parts, size, root, "
	    "code, person, signature or twice",
	    out->mangle);
	return false;
}

/* ACK SEAT LABEL... | all; one frame. NACK the same, with a code. */
static enum outcome
acknowledge(struct run *r, char **word, size_t n, bool nack)
{
	struct seat *s = run_session(r, word[0]);
	struct ack list[ACKS_MAX + 1];
	struct ack one = { .nack = nack, .code = CODE_NACK_CANNOT_READ };
	bool all = strcmp(word[1], "all") == 0;
	size_t k = 0;

	if (s == NULL || !ack_words(r, word, n, &one))
		return r->outcome;
	for (struct got *g = s->first; all && g != NULL && k < ACKS_MAX;
	     g = g->next)
		if (g->kind == GOT_OFFER) {
			g->read = true;
			one.offer = g;
			list[k++] = one;
		}
	for (size_t i = 1; !all && i < n && k < ACKS_MAX; i++) {
		struct message *m;

		if (strchr(word[i], '=') != NULL)
			continue;
		m = run_message(r, word[i]);
		if (m == NULL)
			return r->outcome;
		one.offer = seat_offer(s, m);
		if (one.offer == NULL)
			return run_wrong(r,
			    "found %s, expected what %s was offered", word[i],
			    s->name);
		list[k++] = one;
	}
	if (k == 0)
		return run_wrong(r, "found %s, expected what %s was offered",
		    word[1], s->name);
	seat_ack(s, list, k);
	return RUN_FINE;
}

enum outcome
do_ack(struct run *r, char **word, size_t n)
{
	return acknowledge(r, word, n, false);
}

enum outcome
do_nack(struct run *r, char **word, size_t n)
{
	return acknowledge(r, word, n, true);
}
