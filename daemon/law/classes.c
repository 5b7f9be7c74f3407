/*
 * SPDX-License-Identifier: MIT
 *
 * classes: what no condition of a table and a question tells apart, so that
 * one value stands for several. Too few classes make every proof wrong.
 */
#include "daemon/law/classes.h"

#include <string.h>

/* Cuts each class in what has it and what has not. */
static void
split_field(struct classes *c, unsigned f, uint64_t by)
{
	unsigned n = c->n_set[f];

	for (unsigned i = 0; i < n; i++) {
		uint64_t in = c->set[f][i] & by, out = c->set[f][i] & ~by;

		if (in == 0 || out == 0)
			continue;
		c->set[f][i] = in;
		c->set[f][c->n_set[f]++] = out;
	}
}

static void
split_bits(struct classes *c, const struct bits *by)
{
	unsigned n = c->n_bit;

	for (unsigned i = 0; i < n; i++) {
		struct bits in = bits_and(&c->bit[i], by);
		struct bits out = { { c->bit[i].w[0] & ~by->w[0],
		    c->bit[i].w[1] & ~by->w[1] } };

		if (bits_none(&in) || bits_none(&out))
			continue;
		c->bit[i] = in;
		c->bit[c->n_bit++] = out;
	}
}

static void
ask_bits(struct classes *c, const struct bits *by)
{
	split_bits(c, by);
	c->asked.w[0] |= by->w[0];
	c->asked.w[1] |= by->w[1];
}

void
classes_start(struct classes *c)
{
	const struct box full = box_full();

	memset(c, 0, sizeof(*c));
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		c->set[f][0] = full.set[f];
		c->n_set[f] = 1;
	}
	c->bit[0] = full.no;
	c->n_bit = 1;
}

/*
 * A bit that must be true stands alone: two of them are not the same as one.
 * Those that must be false, or of which one must be true, are asked together
 * only: any of them is as good as another.
 */
void
classes_add(struct classes *c, const struct term *t)
{
	const struct box full = box_full();
	struct bits on, off;

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		split_field(c, f, t->box.set[f]);
	for (unsigned i = 0; i < BOX_WORDS; i++) {
		on.w[i] = full.no.w[i] & ~t->box.no.w[i];
		off.w[i] = full.yes.w[i] & ~t->box.yes.w[i];
	}
	for (unsigned bit = 0; bit < 64 * BOX_WORDS; bit++) {
		struct bits one = { { 0 } };

		bits_add(&one, bit);
		if (bits_have(&on, bit))
			ask_bits(c, &one);
	}
	ask_bits(c, &off);
	for (size_t k = 0; k < t->n_some; k++)
		ask_bits(c, &t->some[k]);
}

void
classes_add_clauses(struct classes *c, const struct clause *clause, size_t n)
{
	struct term t[CLAUSE_TERMS_MAX];

	for (size_t i = 0; i < n; i++) {
		size_t terms = clause_terms(&clause[i], t);

		for (size_t k = 0; k < terms; k++)
			classes_add(c, &t[k]);
	}
}

/* One bit of a class says as much as several: where none must be true, only
 * the first that may be is left free. */
static void
reduce_bits(struct box *b, const struct bits *class, bool asked)
{
	bool spoken = !asked;

	for (unsigned i = 0; i < BOX_WORDS; i++)
		spoken |= (class->w[i] & b->yes.w[i] & ~b->no.w[i]) != 0;
	for (unsigned i = 0; i < BOX_WORDS; i++) {
		uint64_t open = class->w[i] & b->yes.w[i] & b->no.w[i];

		if (!spoken && open != 0) {
			open &= open - 1; /* all but the first */
			spoken = true;
		}
		b->yes.w[i] &= ~open;
	}
}

struct box
classes_reduce(const struct classes *c, const struct box *box)
{
	struct box b = *box;

	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		uint64_t kept = 0;

		for (unsigned i = 0; i < c->n_set[f]; i++) {
			uint64_t in = c->set[f][i] & box->set[f];

			kept |= box_plainest((enum field)f, in);
		}
		b.set[f] = kept;
	}
	for (unsigned i = 0; i < c->n_bit; i++) {
		struct bits in = bits_and(&c->bit[i], &c->asked);

		reduce_bits(&b, &c->bit[i], !bits_none(&in));
	}
	return b;
}

/* ----------------------------------------------------------------- sizes */

/* Decimal digits, the last one first. */
struct decimal {
	uint8_t digit[60];
	size_t n;
};

static void
multiply(struct decimal *d, unsigned by)
{
	unsigned carry = 0;

	for (size_t i = 0; i < d->n; i++) {
		carry += d->digit[i] * by;
		d->digit[i] = (uint8_t)(carry % 10);
		carry /= 10;
	}
	for (; carry > 0 && d->n < sizeof(d->digit); carry /= 10)
		d->digit[d->n++] = (uint8_t)(carry % 10);
}

static void
print_decimal(const struct decimal *d, char out[64])
{
	for (size_t i = 0; i < d->n; i++)
		out[i] = (char)('0' + d->digit[d->n - 1 - i]);
	out[d->n] = '\0';
}

static void
print_product(const unsigned *factor, unsigned twos, char out[64])
{
	struct decimal d = { { 1 }, 1 };

	for (unsigned f = 0; f < FIELD_COUNT; f++)
		multiply(&d, factor[f]);
	for (unsigned i = 0; i < twos; i++)
		multiply(&d, 2);
	print_decimal(&d, out);
}

void
classes_sizes(const struct classes *c, struct space_size *out)
{
	const struct box full = box_full();

	memset(out, 0, sizeof(*out));
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		out->values[f] = (unsigned)__builtin_popcountll(full.set[f]);
		out->classes[f] = c->n_set[f];
	}
	out->bits = bits_count(&full.no);
	for (unsigned i = 0; i < c->n_bit; i++) {
		struct bits in = bits_and(&c->bit[i], &c->asked);

		out->bit_classes += !bits_none(&in);
	}
	print_product(out->values, out->bits, out->full);
	print_product(out->classes, out->bit_classes, out->reduced);
}
