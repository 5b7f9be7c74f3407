/*
 * SPDX-License-Identifier: MIT
 *
 * expect: EXPECT lines: what a seat got, what stands in the log, what core
 * says of itself.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/cases.h"
#include "daemon/ledger/vault.h"
#include "known.h"
#include "proto/taxonomy.h"

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data, b.len);
}

/* ------------------------------------------------------------------ seats */

static const char *const got_name[] = { "receipt", "reject", "offer", "ready",
	"welcome", "pong", "range", "bye", "lost" };

/* Everything unread, for "came". */
static void
list_unread(const struct seat *s, char *out, size_t room)
{
	size_t len = 0;
	char *text;

	out[0] = '\0';
	for (const struct got *g = s->first; g != NULL && len < room;
	     g = g->next) {
		if (g->read || got_is_harmless(g->kind))
			continue;
		text = got_text(g);
		len += (size_t)snprintf(
		    out + len, room - len, "%s%s", len > 0 ? "; " : "", text);
		free(text);
	}
	if (len == 0)
		snprintf(out, room, "nothing");
}

/*
 * Does one word of what came satisfy the word that was expected? Equal, or
 * equal up to where the expected one says no more: @node, /missing, :rule.
 */
static bool
word_fits(const char *want, const char *came)
{
	size_t at = strcspn(came, "@"), missing = strcspn(came, "/@");
	const char *want_node = strchr(want, '@');
	size_t len = want_node != NULL ? (size_t)(want_node - want) :
					 strlen(want);

	if (want_node != NULL && strcmp(want_node, came + at) != 0)
		return false;
	if (strncmp(want, came, len) != 0)
		return false;
	return len == at || len == missing || came[len] == ':' ||
	    came[len] == '+';
}

static bool
is_prefix(const char *prefix, const char *text)
{
	return strncmp(prefix, text, strlen(prefix)) == 0;
}

/* Which list of a receipt a word belongs to. */
static int
group_of(const char *word)
{
	if (is_prefix("permit", word) || is_prefix("refuse", word) ||
	    is_prefix("park", word))
		return 0;
	if (is_prefix("acked", word) || is_prefix("nacked", word))
		return 1;
	if (is_prefix("notice:", word))
		return 2;
	return 3;
}

/* For each group that is named at all: the same number, in order. */
static bool
receipt_fits(char **want, size_t n, char **came, size_t m)
{
	for (int group = 0; group < 4; group++) {
		size_t i = 0, k = 0;
		bool named = false;

		for (;;) {
			while (i < n && group_of(want[i]) != group)
				i++;
			while (k < m && group_of(came[k]) != group)
				k++;
			named |= i < n;
			if (i == n || k == m)
				break;
			if (!word_fits(want[i], came[k]))
				return false;
			i++;
			k++;
		}
		if (named && (i < n || k < m))
			return false;
	}
	return true;
}

static size_t
split(char *text, char **word, size_t max)
{
	char *save = NULL;
	size_t n = 0;

	for (char *p = strtok_r(text, " ", &save); p != NULL && n < max;
	     p = strtok_r(NULL, " ", &save))
		word[n++] = p;
	return n;
}

/* want[0] is the kind, want[1] a label or code; so it is in came. */
static bool
words_fit(const struct got *g, char **want, size_t n, char **came, size_t m)
{
	if (strcmp(want[0], came[0]) != 0)
		return false;
	if (g->kind == GOT_RECEIPT)
		return n < 2 ||
		    (m > 1 && strcmp(want[1], came[1]) == 0 &&
			receipt_fits(want + 2, n - 2, came + 2, m - 2));
	if (n > m)
		return false;
	for (size_t i = 1; i < n; i++)
		if (strcmp(want[i], came[i]) != 0)
			return false;
	return true;
}

static bool
got_fits(const struct got *g, char **want, size_t n)
{
	char *text = got_text(g), *came[WORDS_MAX];
	bool fits = words_fit(g, want, n, came, split(text, came, WORDS_MAX));

	free(text);
	return fits;
}

/* Are label, code, verdicts and sections those of something? */
static bool
is_told(struct run *r, char **want, size_t n)
{
	bool receipt = strcmp(want[0], "receipt") == 0;
	bool reject = strcmp(want[0], "reject") == 0;
	size_t label = reject ? 2 : 1;

	if (!receipt && !reject && strcmp(want[0], "offer") != 0)
		return true;
	if (reject && n > 1 && !known_code(r, want[1]))
		return false;
	if (n > label && strncmp(want[label], "field:", 6) != 0 &&
	    run_message(r, want[label]) == NULL)
		return false;
	for (size_t i = 2; i < n && !reject; i++)
		if (receipt ? !known_verdict(r, want[i]) :
			      !known_sections(r, want[i]))
			return false;
	return true;
}

static enum outcome
expect_nothing(struct run *r, struct seat *s)
{
	char came[TEXT_MAX];

	list_unread(s, came, sizeof came);
	return strcmp(came, "nothing") == 0 ?
	    RUN_FINE :
	    run_failed(r, "%s: expected nothing, came: %s", s->name, came);
}

static void
join(char **word, size_t n, char *out, size_t room)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n && len < room; i++)
		len += (size_t)snprintf(
		    out + len, room - len, "%s%s", i > 0 ? " " : "", word[i]);
}

static enum outcome
expect_seat(struct run *r, char **word, size_t n)
{
	struct seat *s = run_seat(r, word[0]);
	char came[TEXT_MAX / 2], want[TEXT_MAX / 2];
	bool next = strcmp(word[1], "next") == 0;
	size_t at = next ? 2 : 1, k = 0;

	if (s == NULL)
		return r->outcome;
	if (strcmp(word[1], "nothing") == 0 && n == 2)
		return expect_nothing(r, s);
	while (at < n && k < GOT_KINDS && strcmp(word[at], got_name[k]) != 0)
		k++;
	if (at == n || k == GOT_KINDS)
		return run_wrong(r,
		    "found %s, expected nothing, or what came: receipt, "
		    "reject, offer, ready, welcome, pong, range, bye or lost",
		    at == n ? "the end of the line" : word[at]);
	if (!is_told(r, word + at, n - at))
		return r->outcome;
	for (struct got *g = s->first; g != NULL; g = g->next) {
		if (g->read)
			continue;
		if (got_fits(g, word + at, n - at)) {
			g->read = true;
			return RUN_FINE;
		}
		if (next && !got_is_harmless(g->kind))
			break;
	}
	list_unread(s, came, sizeof came);
	join(word + at, n - at, want, sizeof want);
	return run_failed(r, "%s: expected %s%s, came: %s", s->name,
	    next ? "next " : "", want, came);
}

/* -------------------------------------------------------------------- log */

struct reading {
	struct txn *t;
	struct arena *a;
	uint64_t size;
};

static bool
begin(struct run *r, struct reading *x)
{
	if (!world_is_up(&r->world)) {
		(void)run_wrong(r, "found core down, expected it to run");
		return false;
	}
	if (arena_new(&x->a, 256u << 20) != ERR_OK ||
	    store_read(r->world.core.store, &x->t, NULL) != ERR_OK)
		abort();
	x->size = ledger_size(x->t);
	return true;
}

static void
end(struct reading *x)
{
	store_abort(x->t);
	arena_free(x->a);
}

static PbEntry *
entry_at(struct reading *x, uint64_t i, PbDetails **details)
{
	struct bytes packed;
	struct digest d;
	PbEntry *e = NULL;
	PbOpening *o;

	*details = NULL;
	if (ledger_entry(x->t, x->a, i, &packed) != ERR_OK ||
	    ENVELOPE_UNPACK(x->a, entry, packed, &e, NULL) != CODE_OK)
		return NULL;
	if (e->has_details && e->details.len == DIGEST_SIZE) {
		memcpy(d.b, e->details.data, DIGEST_SIZE);
		if (vault_open(x->t, x->a, &d, &o) == ERR_OK)
			(void)!ENVELOPE_UNPACK(
			    x->a, details, view(o->part), details, NULL);
	}
	return e;
}

/* log KIND [N] [node=ID] [code=NAME] [count=N], since the last MARK. */
static enum outcome
expect_log(struct run *r, char **word, size_t n)
{
	const char *node = run_value(word, n, 1, "node");
	const char *code = run_value(word, n, 1, "code");
	const char *count = run_value(word, n, 1, "count");
	uint64_t want = 1, found = 0, counted = 0;
	bool says = n > 1 && strchr(word[1], '=') == NULL;
	struct reading x;
	char all[1000];
	int kind;

	if (taxonomy_number(&pb_entry_kind__descriptor, word[0], &kind) !=
	    ERR_OK) {
		taxonomy_list(&pb_entry_kind__descriptor, all, sizeof all);
		return run_wrong(
		    r, "found %s, expected one of %s", word[0], all);
	}
	if ((says && !run_number(r, word[1], 0, &want)) ||
	    !run_keys(r, word, n, says ? 2 : 1, "node= code= count=") ||
	    (node != NULL && !known_node(r, node)) ||
	    (code != NULL && !known_code(r, code)) ||
	    (count != NULL && !run_number(r, count, 0, &counted)))
		return r->outcome;
	if (!begin(r, &x))
		return r->outcome;
	for (uint64_t i = r->logged; i < x.size; i++) {
		PbDetails *d;
		PbEntry *e = entry_at(&x, i, &d);

		if (e == NULL || (int)e->kind != kind ||
		    (node != NULL &&
			(d == NULL || d->node == NULL ||
			    strcmp(d->node, node) != 0)) ||
		    (code != NULL &&
			(d == NULL || !d->has_code ||
			    strcmp(code_name(d->code), code) != 0)) ||
		    (count != NULL &&
			(d == NULL || !d->has_count || d->count != counted)))
			continue;
		found++;
	}
	end(&x);
	return found == want ?
	    RUN_FINE :
	    run_failed(r,
		"log: expected %" PRIu64 " entries of %s, came: %" PRIu64, want,
		word[0], found);
}

/* What of a decision is withheld from its sender, in words; free it. */
static char *
withheld_text(const PbDetails *d)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		abort();
	for (size_t i = 0; d != NULL && i < d->n_withheld; i++) {
		const PbVerdict *v = d->withheld[i];

		fprintf(f, "%s%s:%s%s%s@%s", i > 0 ? " " : "",
		    v->outcome == OUTCOME_PERMIT   ? "permit" :
			v->outcome == OUTCOME_PARK ? "park" :
						     "refuse",
		    code_name(v->code), v->rule != NULL ? ":" : "",
		    v->rule != NULL ? v->rule : "",
		    v->node != NULL ? v->node : "");
	}
	if (fclose(f) != 0)
		abort();
	return text;
}

/* real LABEL VERDICT...: what the auditors see, withheld or not. */
static enum outcome
expect_real(struct run *r, char **word, size_t n)
{
	struct message *m = run_message(r, word[0]);
	char *text, shown[TEXT_MAX / 2], *came[WORDS_MAX];
	struct reading x;
	PbDetails *d;
	bool fits;
	size_t k;

	if (m == NULL)
		return r->outcome;
	for (size_t i = 1; i < n; i++)
		if (!known_verdict(r, word[i]))
			return r->outcome;
	if (!m->recorded)
		return run_failed(
		    r, "expected %s to be recorded, came: no receipt", word[0]);
	if (!begin(r, &x))
		return r->outcome;
	(void)entry_at(&x, m->index, &d);
	text = withheld_text(d);
	end(&x);
	(void)snprintf(shown, sizeof shown, "%s", text);
	k = split(text, came, WORDS_MAX);
	fits = k == n - 1;
	for (size_t i = 0; fits && i < k; i++)
		fits = word_fits(word[i + 1], came[i]);
	free(text);
	return fits ?
	    RUN_FINE :
	    run_failed(r, "%s: expected %zu withheld verdicts, came: %s",
		word[0], n - 1, shown[0] != '\0' ? shown : "none");
}

static enum outcome
expect_case(struct run *r, char **word, size_t n)
{
	struct message *m = run_message(r, word[0]);
	const char *state = TAXONOMY_ID(case_state, CASE_STATE_NONE);
	struct reading x;
	struct id id;
	PbCase *c;

	(void)n;
	if (m == NULL || !known_case_state(r, word[1]))
		return r->outcome;
	if (!m->opens || !m->env.header->has_case_id)
		return run_wrong(
		    r, "found %s, expected a message of a case", word[0]);
	if (!begin(r, &x))
		return r->outcome;
	memcpy(id.b, m->env.header->case_id.data, ID_SIZE);
	if (cases_get(x.t, x.a, &id, &c) == ERR_OK)
		state = TAXONOMY_ID(case_state, c->state);
	end(&x);
	return strcmp(state, word[1]) == 0 ?
	    RUN_FINE :
	    run_failed(r, "case of %s: expected %s, came: %s", word[0], word[1],
		state);
}

/* --------------------------------------------------------- core about core */

static enum outcome
expect_status(struct run *r, char **word, size_t n)
{
	char *text, *answer = r->world.answer; /* that ADMIN got: it stays */
	json_t *status, *v;

	(void)n;
	if (!world_is_up(&r->world))
		return run_wrong(r, "found core down, expected it to run");
	r->world.answer = NULL;
	world_admin(&r->world, "{\"command\":\"status\"}");
	status = r->world.answer == NULL ? NULL :
					   json_loads(r->world.answer, 0, NULL);
	free(r->world.answer);
	r->world.answer = answer;
	v = json_object_get(status, word[0]);
	if (v == NULL) {
		json_decref(status);
		return run_wrong(
		    r, "found %s, expected a field that status has", word[0]);
	}
	text = json_dumps(v, JSON_ENCODE_ANY);
	enum outcome o = strcmp(text, word[1]) == 0 ?
	    RUN_FINE :
	    run_failed(
		r, "status: expected %s %s, came: %s", word[0], word[1], text);
	free(text);
	json_decref(status);
	return o;
}

/* admin ok, or admin CODE "TEXT" */
static enum outcome
expect_admin(struct run *r, char **word, size_t n)
{
	json_t *a = r->world.answer == NULL ?
	    NULL :
	    json_loads(r->world.answer, 0, NULL);
	const char *code = json_is_true(json_object_get(a, "ok")) ?
	    "ok" :
	    json_string_value(json_object_get(a, "code"));
	const char *why = json_string_value(json_object_get(a, "why"));
	bool fits = code != NULL && strcmp(code, word[0]) == 0 &&
	    (n < 2 || (why != NULL && strstr(why, word[1]) != NULL));
	enum outcome o = fits ?
	    RUN_FINE :
	    run_failed(r, "admin: expected %s, came: %s", word[0],
		r->world.answer != NULL ? r->world.answer : "no answer");

	json_decref(a);
	return o;
}

static enum outcome
expect_core(struct run *r, char **word, size_t n)
{
	const char *is = world_is_up(&r->world) ? "up" : "down";

	(void)n;
	if (strcmp(word[0], "up") != 0 && strcmp(word[0], "down") != 0)
		return run_wrong(r, "found %s, expected up or down", word[0]);
	return strcmp(word[0], is) == 0 ?
	    RUN_FINE :
	    run_failed(r, "core: expected %s, came: %s", word[0], is);
}

/* The end of what core has said, for a failure. */
static enum outcome
expect_said(struct run *r, char **word, size_t n)
{
	const char *said = world_said(&r->world);
	uint64_t want = 0, found = 0;
	size_t len = strlen(said);

	if (n > 1 && !run_number(r, word[1], 0, &want))
		return r->outcome;
	if (word[0][0] == '\0')
		return run_wrong(r, "found no text, expected one");
	for (const char *p = said; (p = strstr(p, word[0])) != NULL; p++)
		found++;
	if (n > 1 ? found == want : found > 0)
		return RUN_FINE;
	return run_failed(r, "stderr: expected \"%s\"%s%s, came: %s", word[0],
	    n > 1 ? " times " : "", n > 1 ? word[1] : "",
	    len == 0 ? "nothing" : said + (len > 600 ? len - 600 : 0));
}

static const struct {
	const char *name, *rest;
	size_t min, max;
	enum outcome (*run)(struct run *r, char **word, size_t n);
} others[] = {
	{ "log", "KIND [N] [node=] [code=] [count=]", 1, 5, expect_log },
	{ "real", "LABEL VERDICT...", 1, 32, expect_real },
	{ "case", "LABEL STATE", 2, 2, expect_case },
	{ "status", "FIELD VALUE", 2, 2, expect_status },
	{ "admin", "ok, or CODE \"TEXT\"", 1, 2, expect_admin },
	{ "core", "up, or down", 1, 1, expect_core },
	{ "said", "\"TEXT\" [TIMES]", 1, 2, expect_said },
};

static const char *const of_seats[] = { "receipt LABEL VERDICT...",
	"offer LABEL SECTION+SECTION, or none",
	"reject CODE [LABEL] [field:NAME]", "range FIRST COUNT",
	"ready, welcome, pong, bye, lost", "next, and one of these",
	"nothing" };

void
expect_print(const char *indent)
{
	for (size_t i = 0; i < sizeof of_seats / sizeof of_seats[0]; i++)
		printf("%sSEAT %s\n", indent, of_seats[i]);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		printf("%s%s %s\n", indent, others[i].name, others[i].rest);
}

enum outcome
expect_line(struct run *r, char **word, size_t n)
{
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (strcmp(others[i].name, word[0]) != 0)
			continue;
		if (n - 1 < others[i].min || n - 1 > others[i].max)
			return run_wrong(r,
			    "found %zu words after EXPECT %s, expected %s",
			    n - 1, word[0], others[i].rest);
		return others[i].run(r, word + 1, n - 1);
	}
	if (n < 2)
		return run_wrong(r,
		    "found the end of the line, expected what %s gets",
		    word[0]);
	return expect_seat(r, word, n);
}
