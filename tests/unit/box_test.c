/*
 * SPDX-License-Identifier: MIT
 *
 * box: what one side seals only the other opens, and any change of any byte
 * is noticed.
 */
#include "proto/box.h"

#include <sodium.h>

#include "keyring.h"

#define PAYLOAD "the payload"
#define SIZE (BOX_OVERHEAD + sizeof(PAYLOAD) - 1)

struct pair {
	uint8_t public[2][32], secret[2][32];
	struct box_key key[2];
};

static void
make_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++)
		box_keypair(p->public[i], p -> secret[i]);
	for (int i = 0; i < 2; i++)
		expect_err("a key for the other side",
		    box_key_make(&p->key[i], p->public[1 - i], p -> secret[i]),
		    ERR_OK);
}

static struct frame
make_frame(void)
{
	return (struct frame){ 1, { "0123456789abcdef" }, 0x0102030405060708u,
		5, bytes_str(PAYLOAD) };
}

static void
test_there_and_back(void **state)
{
	struct frame f = make_frame(), got;
	uint8_t out[SIZE], again[SIZE], plain[SIZE];
	struct pair p;

	(void)state;
	make_pair(&p);
	assert_int_equal(box_seal(out, &f, &p.key[0]), SIZE);
	expect_err("the other side opens it",
	    box_open(&got, plain, bytes_of(out, SIZE), &p.key[1]), ERR_OK);
	assert_int_equal(got.lane, 1);
	assert_true(id_eq(&got.session, &f.session));
	assert_true(got.counter == f.counter);
	assert_int_equal(got.type, 5);
	assert_true(bytes_eq(got.payload, f.payload));
	assert_int_equal(box_seal(again, &f, &p.key[0]), SIZE);
	assert_memory_not_equal(out + 1, again + 1, 24);
}

static void
test_an_empty_payload(void **state)
{
	struct frame f = make_frame(), got;
	uint8_t out[BOX_OVERHEAD], plain[BOX_OVERHEAD];
	struct pair p;

	(void)state;
	make_pair(&p);
	f.payload = bytes_of(NULL, 0);
	assert_int_equal(box_seal(out, &f, &p.key[0]), BOX_OVERHEAD);
	expect_err("a frame of nothing but its head",
	    box_open(&got, plain, bytes_of(out, sizeof(out)), &p.key[1]),
	    ERR_OK);
	assert_int_equal(got.payload.len, 0);
}

/* Another implementation would read the bytes like this. */
static void
test_the_layout(void **state)
{
	struct frame f = make_frame();
	uint8_t out[SIZE], plain[SIZE];
	struct pair p;

	(void)state;
	make_pair(&p);
	(void)box_seal(out, &f, &p.key[0]);
	assert_int_equal(out[0], 1);
	assert_int_equal(crypto_box_open_easy(plain, out + 25, SIZE - 25,
			     out + 1, p.public[0], p.secret[1]),
	    0);
	assert_memory_equal(
	    plain, "0123456789abcdef\1\2\3\4\5\6\7\10\5" PAYLOAD, 25 + 11);
}

static void
test_every_changed_bit_is_refused(void **state)
{
	struct frame f = make_frame(), got;
	uint8_t out[SIZE], plain[SIZE];
	struct pair p;

	(void)state;
	make_pair(&p);
	(void)box_seal(out, &f, &p.key[0]);
	/* The lane is outside the box; core compares it with the urgency. */
	for (size_t bit = 8; bit < 8 * SIZE; bit++) {
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
		expect_err("a changed bit",
		    box_open(&got, plain, bytes_of(out, SIZE), &p.key[1]),
		    ERR_INVALID);
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (unsigned lane = 3; lane < 256; lane++) {
		out[0] = (uint8_t)lane;
		expect_err("a lane that is none",
		    box_open(&got, plain, bytes_of(out, SIZE), &p.key[1]),
		    ERR_INVALID);
	}
}

static void
test_every_truncation_and_extension_is_refused(void **state)
{
	struct frame f = make_frame(), got;
	uint8_t out[SIZE + 1] = { 0 }, plain[SIZE + 1];
	struct pair p;

	(void)state;
	make_pair(&p);
	(void)box_seal(out, &f, &p.key[0]);
	for (size_t n = 0; n < SIZE; n++)
		expect_err("cut short",
		    box_open(&got, plain, bytes_of(out, n), &p.key[1]),
		    ERR_INVALID);
	expect_err("a byte more",
	    box_open(&got, plain, bytes_of(out, SIZE + 1), &p.key[1]),
	    ERR_INVALID);
	expect_err("nothing at all",
	    box_open(&got, plain, bytes_of(NULL, 0), &p.key[1]), ERR_INVALID);
}

static void
test_a_third_party_does_not_open_it(void **state)
{
	struct frame f = make_frame(), got;
	uint8_t out[SIZE], plain[SIZE];
	struct pair p, other;

	(void)state;
	make_pair(&p);
	make_pair(&other);
	(void)box_seal(out, &f, &p.key[0]);
	expect_err("a key of somebody else",
	    box_open(&got, plain, bytes_of(out, SIZE), &other.key[1]),
	    ERR_INVALID);
}

/* Points of small order would give a key that anybody can compute. */
static void
test_public_keys_of_small_order_are_refused(void **state)
{
	static const char *const hex[] = {
		"00000000000000000000000000000000"
		"00000000000000000000000000000000",
		"01000000000000000000000000000000"
		"00000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46a"
		"da098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b"
		"04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffff"
		"ffffffffffffffffffffffffffffff7f",
	};
	struct box_key k;
	struct pair p;

	(void)state;
	make_pair(&p);
	for (size_t i = 0; i < COUNT(hex); i++) {
		uint8_t public[32];

		expect_err(hex[i], hex_decode(public, 32, hex[i]), ERR_OK);
		expect_err(
		    hex[i], box_key_make(&k, public, p.secret[0]), ERR_INVALID);
	}
}

static void
test_the_public_half_is_derived(void **state)
{
	uint8_t public[32];
	struct pair p;

	(void)state;
	make_pair(&p);
	box_public(public, p.secret[0]);
	assert_memory_equal(public, p.public[0], 32);
	box_key_wipe(&p.key[0]);
	for (size_t i = 0; i < sizeof(p.key[0].k); i++)
		assert_int_equal(p.key[0].k[i], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_an_empty_payload),
		cmocka_unit_test(test_the_layout),
		cmocka_unit_test(test_every_changed_bit_is_refused),
		cmocka_unit_test(
		    test_every_truncation_and_extension_is_refused),
		cmocka_unit_test(test_a_third_party_does_not_open_it),
		cmocka_unit_test(test_public_keys_of_small_order_are_refused),
		cmocka_unit_test(test_the_public_half_is_derived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
