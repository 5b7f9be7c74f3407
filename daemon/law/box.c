/*
 * SPDX-License-Identifier: MIT
 *
 * box: see box.h. A term must ask exactly what judge() asks of the same row
 * or clause: what is wide or narrow here makes every proof wrong.
 */
#include "daemon/law/box.h"

#include <string.h>

#define RELATIONS_ALL \
	((2u << RELATION_KOMMUNE_OF_CUSTODY) - 1u - 1u - (1u << RELATION_ANY))
#define BASES_ALL ((2u << BASIS_POLICE_LAW) - 1u - 1u)

#define SETTINGS_ALL ((1ULL << SETTING_COUNT) - 1)

_Static_assert(FLAG_COUNT <= BOX_SETTING(0), "flags have 24 bits");
_Static_assert(SETTING_COUNT <= 16, "settings have 16 bits");
_Static_assert(BOX_BASIS(BASIS_POLICE_LAW) < 64, "bases have 24 bits");
_Static_assert(
    BOX_RELATION(RELATION_KOMMUNE_OF_CUSTODY) < 80, "relations have 16 bits");
_Static_assert(CATEGORY_COUNT <= 48, "categories have 48 bits");

bool
bits_have(const struct bits *b, unsigned bit)
{
	return (b->w[bit / 64] >> bit % 64 & 1) != 0;
}

void
bits_add(struct bits *b, unsigned bit)
{
	b->w[bit / 64] |= 1ULL << bit % 64;
}

bool
bits_none(const struct bits *b)
{
	return (b->w[0] | b->w[1]) == 0;
}

unsigned
bits_count(const struct bits *b)
{
	return (unsigned)__builtin_popcountll(b->w[0]) +
	    (unsigned)__builtin_popcountll(b->w[1]);
}

struct bits
bits_and(const struct bits *a, const struct bits *b)
{
	return (struct bits){ { a->w[0] & b->w[0], a->w[1] & b->w[1] } };
}

static struct bits
flag_bits(uint64_t flags)
{
	return (struct bits){ { flags << BOX_FLAG(0), 0 } };
}

static struct bits
setting_bits(uint64_t settings)
{
	return (
	    struct bits){ { (settings & SETTINGS_ALL) << BOX_SETTING(0), 0 } };
}

static struct bits
basis_bits(uint64_t bases)
{
	return (struct bits){ { (bases & BASES_ALL) << BOX_BASIS(0), 0 } };
}

static struct bits
relation_bits(uint64_t relations)
{
	return (struct bits){ { 0,
	    (relations & RELATIONS_ALL) << BOX_RELATION(0) % 64 } };
}

static struct bits
category_bits(uint64_t categories)
{
	return (struct bits){ { 0,
	    (categories & CATEGORIES_ALL)
		<< BOX_CARRIES(CATEGORY_IDENTITY) % 64 } };
}

/* Those bits must all be true, or all be false. */
static void
demand(struct box *b, struct bits bits, bool value)
{
	struct bits *gone = value ? &b->no : &b->yes;

	gone->w[0] &= ~bits.w[0];
	gone->w[1] &= ~bits.w[1];
}

struct box
box_full(void)
{
	struct bits all[] = { flag_bits((1ULL << FLAG_COUNT) - 1),
		setting_bits(SETTINGS_ALL), basis_bits(BASES_ALL),
		relation_bits(RELATIONS_ALL), category_bits(CATEGORIES_ALL) };
	struct box b = { .no = { { 0 } } };

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		b.set[f] = field_all((enum field)f);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		b.no.w[0] |= all[i].w[0];
		b.no.w[1] |= all[i].w[1];
	}
	b.yes = b.no;
	return b;
}

static struct bits
all_bits(void)
{
	return box_full().no;
}

bool
box_is_empty(const struct box *b)
{
	const struct bits all = all_bits();

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if (b->set[f] == 0)
			return true;
	return (all.w[0] & ~(b->no.w[0] | b->yes.w[0])) != 0 ||
	    (all.w[1] & ~(b->no.w[1] | b->yes.w[1])) != 0;
}

bool
box_is_within(const struct box *b, const struct box *c)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		if ((b->set[f] & ~c->set[f]) != 0)
			return false;
	return ((b->no.w[0] & ~c->no.w[0]) | (b->no.w[1] & ~c->no.w[1]) |
		   (b->yes.w[0] & ~c->yes.w[0]) |
		   (b->yes.w[1] & ~c->yes.w[1])) == 0;
}

bool
box_meet(struct box *b, const struct box *with)
{
	const struct bits had = { { b->no.w[0] | b->yes.w[0],
	    b->no.w[1] | b->yes.w[1] } };
	bool good = true;

	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		b->set[f] &= with->set[f];
		good &= b->set[f] != 0;
	}
	for (unsigned i = 0; i < BOX_WORDS; i++) {
		b->no.w[i] &= with->no.w[i];
		b->yes.w[i] &= with->yes.w[i];
		good &= (had.w[i] & ~(b->no.w[i] | b->yes.w[i])) == 0;
	}
	return good;
}

void
box_set_bit(struct box *b, unsigned bit, bool value)
{
	struct bits one = { { 0 } };

	bits_add(&one, bit);
	demand(b, one, value);
}

/* ---------------------------------------------------------------- points */

/* The lowest number; nobody sends as infohus, so only if nobody else is. */
uint64_t
box_plainest(enum field f, uint64_t set)
{
	const uint64_t pseudo = 1ULL << ROLE_INFOHUS;

	if ((f == FIELD_FROM || f == FIELD_TO) && (set & ~pseudo) != 0)
		set &= ~pseudo;
	return set & (~set + 1);
}

static uint8_t
plainest(const struct box *b, enum field f)
{
	return (uint8_t)__builtin_ctzll(box_plainest(f, b->set[f]));
}

/* The flags of facts in order of enum flag. */
static void
flags_of(const struct facts *f, bool flag[FLAG_COUNT])
{
	const bool all[FLAG_COUNT] = {
		[FLAG_HAS_CASE] = f->has_case,
		[FLAG_POLICE_ALONE] = f->police_alone,
		[FLAG_POLICE_LOOKED] = f->police_looked,
		[FLAG_CASE_ACUTE] = f->case_acute,
		[FLAG_SENDER_PARTICIPANT] = f->sender_participant,
		[FLAG_RECIPIENT_PARTICIPANT] = f->recipient_participant,
		[FLAG_ANSWERS_REQUEST] = f->answers_request,
		[FLAG_NECESSITY_TEXT] = f->necessity_text,
		[FLAG_UNDERRETNING_MADE] = f->underretning_made,
		[FLAG_INVESTIGATION_OPENED] = f->investigation_opened,
		[FLAG_CRISIS_OPEN] = f->crisis_open,
		[FLAG_SENDER_RESPONSIBLE] = f->sender_responsible,
		[FLAG_RECIPIENT_RESPONSIBLE] = f->recipient_responsible,
		[FLAG_HAD_ORIGINAL] = f->had_original,
		[FLAG_IDENTITY_SEALED] = f->identity_sealed,
	};

	memcpy(flag, all, sizeof(all));
}

struct facts
box_point(const struct box *b)
{
	const uint64_t w0 = b->yes.w[0] & ~b->no.w[0];
	const uint64_t w1 = b->yes.w[1] & ~b->no.w[1];
#define HAS(flag) ((w0 >> BOX_FLAG(flag) & 1) != 0)
	return (struct facts){
		.kind = plainest(b, FIELD_KIND),
		.urgency = plainest(b, FIELD_URGENCY),
		.from = plainest(b, FIELD_FROM),
		.to = plainest(b, FIELD_TO),
		.cooperation = plainest(b, FIELD_COOPERATION),
		.purpose = plainest(b, FIELD_PURPOSE),
		.necessity = plainest(b, FIELD_NECESSITY),
		.age = plainest(b, FIELD_AGE),
		.concerned_child = plainest(b, FIELD_CHILD),
		.exposed = plainest(b, FIELD_EXPOSED),
		.ksp = plainest(b, FIELD_KSP),
		.consent = plainest(b, FIELD_CONSENT),
		.state = plainest(b, FIELD_STATE),
		.event = plainest(b, FIELD_EVENT),
		.acts_for = plainest(b, FIELD_ACTS_FOR),
		.subject_informed = plainest(b, FIELD_INFORMED),
		.has_case = HAS(FLAG_HAS_CASE),
		.police_alone = HAS(FLAG_POLICE_ALONE),
		.police_looked = HAS(FLAG_POLICE_LOOKED),
		.case_acute = HAS(FLAG_CASE_ACUTE),
		.sender_participant = HAS(FLAG_SENDER_PARTICIPANT),
		.recipient_participant = HAS(FLAG_RECIPIENT_PARTICIPANT),
		.answers_request = HAS(FLAG_ANSWERS_REQUEST),
		.necessity_text = HAS(FLAG_NECESSITY_TEXT),
		.underretning_made = HAS(FLAG_UNDERRETNING_MADE),
		.investigation_opened = HAS(FLAG_INVESTIGATION_OPENED),
		.crisis_open = HAS(FLAG_CRISIS_OPEN),
		.sender_responsible = HAS(FLAG_SENDER_RESPONSIBLE),
		.recipient_responsible = HAS(FLAG_RECIPIENT_RESPONSIBLE),
		.had_original = HAS(FLAG_HAD_ORIGINAL),
		.identity_sealed = HAS(FLAG_IDENTITY_SEALED),
		.basis = (uint32_t)(w0 >> BOX_BASIS(0)),
		.relation = 1u << RELATION_ANY |
		    (uint32_t)(w1 >> BOX_RELATION(0) % 64 & 0xffff),
		.categories = w1 >> BOX_CARRIES(CATEGORY_IDENTITY) % 64,
		.settings = (uint32_t)(w0 >> BOX_SETTING(0) & SETTINGS_ALL),
	};
#undef HAS
}

struct box
box_of_facts(const struct facts *f)
{
	const uint8_t value[FIELD_COUNT] = {
		[FIELD_KIND] = f->kind,
		[FIELD_FROM] = f->from,
		[FIELD_TO] = f->to,
		[FIELD_URGENCY] = f->urgency,
		[FIELD_COOPERATION] = f->cooperation,
		[FIELD_PURPOSE] = f->purpose,
		[FIELD_NECESSITY] = f->necessity,
		[FIELD_AGE] = f->age,
		[FIELD_CHILD] = f->concerned_child,
		[FIELD_EXPOSED] = f->exposed,
		[FIELD_KSP] = f->ksp,
		[FIELD_CONSENT] = f->consent,
		[FIELD_STATE] = f->state,
		[FIELD_EVENT] = f->event,
		[FIELD_ACTS_FOR] = f->acts_for,
		[FIELD_INFORMED] = f->subject_informed,
	};
	const struct bits some[] = { setting_bits(f->settings),
		basis_bits(f->basis), relation_bits(f->relation),
		category_bits(f->categories) };
	bool flag[FLAG_COUNT];
	struct box b = box_full();
	struct bits yes = { { 0 } };

	flags_of(f, flag);
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		b.set[i] &= 1ULL << (value[i] < 63 ? value[i] : 63);
	for (unsigned i = 0; i < FLAG_COUNT; i++)
		if (flag[i])
			bits_add(&yes, BOX_FLAG(i));
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		yes.w[0] |= some[i].w[0];
		yes.w[1] |= some[i].w[1];
	}
	b.no.w[0] &= ~yes.w[0];
	b.no.w[1] &= ~yes.w[1];
	b.yes = yes;
	return b;
}

/* ----------------------------------------------------------------- terms */

static void
add_match(struct term *t, const struct match *m)
{
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		t->box.set[f] &= m->set[f];
	demand(&t->box, flag_bits(m->care & m->want), true);
	demand(&t->box, flag_bits(m->care & ~(unsigned)m->want), false);
}

/* One bit of a must be true; with all of them it is asked all the same, for
 * a point may have none. */
static void
add_some(struct term *t, struct bits a)
{
	t->some[t->n_some++] = a;
}

/* Relations of which one must hold; `any` always does. */
static void
add_relation(struct term *t, uint32_t any)
{
	if ((any & 1u << RELATION_ANY) == 0)
		add_some(t, relation_bits(any));
}

/* Drops those that nothing fits. */
static size_t
keep_possible(struct term *out, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool good = !box_is_empty(&out[i].box);

		for (size_t k = 0; k < out[i].n_some; k++) {
			struct bits may = bits_and(
			    &out[i].some[k], &out[i].box.yes);

			good = good && !bits_none(&may);
		}
		if (good)
			out[kept++] = out[i];
	}
	return kept;
}

size_t
row_terms(const struct row *row, struct term out[TERMS_MAX])
{
	struct term t = { .box = box_full() };
	size_t n = row->n_basis;

	add_match(&t, &row->match);
	add_relation(&t, row->relation);
	demand(&t.box, category_bits(~row->carry), false);
	demand(&t.box, setting_bits(row->settings), true);
	if (n == 0) {
		out[0] = t;
		return keep_possible(out, 1);
	}
	for (size_t i = 0; i < n; i++) {
		out[i] = t;
		demand(&out[i].box, basis_bits(row->basis[i]), true);
	}
	return keep_possible(out, n);
}

/* "No basis" is a word beside the bases: bit 0 of their masks. */
static size_t
split_basis(uint32_t any, struct term out[CLAUSE_TERMS_MAX])
{
	size_t n = 1;

	if ((any & (BASES_ALL | 1u)) == (BASES_ALL | 1u))
		return 1;
	if ((any & 1u) != 0) {
		out[1] = out[0];
		demand(&out[n++].box, basis_bits(BASES_ALL), false);
	}
	add_some(&out[0], basis_bits(any));
	return n;
}

size_t
clause_terms(const struct clause *c, struct term out[CLAUSE_TERMS_MAX])
{
	struct term t = { .box = box_full() };

	if ((c->relation_none & 1u << RELATION_ANY) != 0)
		return 0;
	add_match(&t, &c->match);
	add_relation(&t, c->relation_any);
	demand(&t.box, relation_bits(c->relation_none), false);
	demand(&t.box, basis_bits(c->basis_none), false);
	if ((c->basis_none & 1u) != 0)
		add_some(&t, basis_bits(BASES_ALL));
	if (c->carries_any != 0)
		add_some(&t, category_bits(c->carries_any));
	demand(&t.box, category_bits(c->carries_none), false);
	if (c->setting_any != 0)
		add_some(&t, setting_bits(c->setting_any));
	demand(&t.box, setting_bits(c->setting_none), false);
	out[0] = t;
	return keep_possible(out, split_basis(c->basis_any, out));
}
