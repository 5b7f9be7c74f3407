/*
 * SPDX-License-Identifier: MIT
 *
 * The vectors of docs/protocol.md section 12 that are ours: a part, a
 * header, batch signatures, approvals and a sealed frame. They were made by
 * another program, from that page alone; whoever changes a byte of a format
 * sees it here first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "proto/box.h"
#include "proto/digest.h"
#include "proto/envelope.h"
#include "proto/keys.h"
#include "proto/merkle.h"
#include "proto/sign.h"

#define VECTOR_MAX 512
#define VECTOR_TIME 1767600000000ULL

static const char header_hex[] =
    "08011210019b8d2b8c00700080000000000000011a2011111111111111111111"
    "11111111111111111111111111111111111111111111220c6b6f6d6d756e652f"
    "3031303128023210019b8d2b8c007000800000000000000138014000488098ae"
    "e9b8335080d0c792b9336a204bf5122f344554c53bde2ebb8cd2b7e3d1600ad6"
    "31c385a5d7cce23c7785459a6a206e340b9cffb37a989ca544e6bb780a2c7890"
    "1d3fb33738768511a30617afa01d6a2094fded9bb31b694fcd0ad3ea371bb5d0"
    "443ef3a2e70199ae6f7c3e402c1000956a20dbc1b4c900ffe48d575b5da5c638"
    "040125f65db0fe3e24494b76ea986457d986";

static const char certificate_one[] =
    "3081ec30819fa003020102020102300506032b65703015311330110603550403"
    "0c0a766563746f72206f6e653020170d3236303130313030303030305a180f32"
    "313236303130313030303030305a30153113301106035504030c0a766563746f"
    "72206f6e65302a300506032b65700321008139770ea87d175f56a35466c34c7e"
    "cccb8d8a91b4ee37a25df60f5b8fc9b394a3123010300e0603551d0f0101ff04"
    "0403020780300506032b657003410089b197e5c2405ab346bd1d1de47b3634dd"
    "767535bbf3ce327e2851e1bced9ae0ebf9250ca69d0b2f068a2aeb63c058c46b"
    "03ef2b3dc64adf30482c247ad5e800";

static const char certificate_two[] =
    "3081ec30819fa003020102020107300506032b65703015311330110603550403"
    "0c0a766563746f722074776f3020170d3236303130313030303030305a180f32"
    "313236303130313030303030305a30153113301106035504030c0a766563746f"
    "722074776f302a300506032b6570032100ea4a6c63e29c520abef5507b132ec5"
    "f9954776aebebe7b92421eea691446d22ca3123010300e0603551d0f0101ff04"
    "0403020780300506032b65700341005282ee6a0aa4423ca3ee4e15a3a1546185"
    "bf011faeb71373f2e720b4c7cc25305f483801d922d96ffa90dd9db803fe2bf6"
    "96dfbd0d0641fc1f27b2962404ce0c";

static const char signature_of_one[] =
    "c0815f4a472cdcc464b52a3759343e171c6d89b5458998073566eb11939a00b6"
    "d10129bfcec5ffb01ffd42e13295e79a2248ebbca379636a9d78e0e5a373950d";
static const char signature_of_three[] =
    "5c094971c1c23fa23756c556d41db622a89a6c7d4646e7c744e18e0b3d27c30e"
    "6479a0380e014a51a94d2485c64df01c24c050077c8642eae76ca3cce1cdd40c";
static const char path_0[] =
    "3f33bc544c577d1ddf131a98a46bd5c2ce95e6aa5e67277fa3130fece5a6aa0d";
static const char path_1[] =
    "c4bd675dc822da05a058d46dc6ba7e589bacdc5d305d6890ab30aa63ad13efcf";

static const char object_hex[] = "080210011a066f626a656374";
static const char approval_one[] =
    "5725079c0cd7445e04968eae4abb7339abf67a967469c3f0b154aa7da2375ed5"
    "3d568facf8d8dfab89c8acfe85a17fea0d44da5473d8dd533faab8e067175302";
static const char approval_two[] =
    "aacb41bea15d062ae57b859f71755d6824e3b28bbd0af721040d7eef38fc381e"
    "039aea7d8ce2d9f6bc73896491d0de372ae6ed1f16136e5b77354f46913c7c02";

struct hex {
	uint8_t b[VECTOR_MAX];
	size_t len;
};

static struct hex
unhex(const char *text)
{
	struct hex h = { .len = strlen(text) / 2 };

	assert_true(h.len <= sizeof(h.b));
	assert_int_equal(hex_decode(h.b, h.len, text), ERR_OK);
	return h;
}

static struct bytes
view(const struct hex *h)
{
	return bytes_of(h->b, h->len);
}

static ProtobufCBinaryData
binary(struct hex *h)
{
	return (ProtobufCBinaryData){ h->len, h->b };
}

static void
assert_digest(const struct digest *d, const char *expected)
{
	char text[2 * DIGEST_SIZE + 1];

	hex_encode(text, bytes_of(d->b, sizeof(d->b)));
	assert_string_equal(text, expected);
}

static struct digest
header_digest(void)
{
	struct hex h = unhex(header_hex);

	return digest_tagged(TAG(TAG_HEADER), view(&h));
}

static struct cert *
certificate(const char *text)
{
	struct hex der = unhex(text);
	struct cert *c;
	struct why why;

	if (cert_parse(&c, view(&der), &why) != ERR_OK)
		fail_msg("certificate: %s", why.text);
	return c;
}

static void
part_commitment(void **state)
{
	struct hex part = unhex("2a05546578742e");
	uint8_t salt[32];
	struct digest d;

	(void)state;
	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (uint8_t)i;
	d = digest_part(CATEGORY_CONCERN, FORM_PLAIN, salt, view(&part));
	assert_digest(&d,
	    "94fded9bb31b694fcd0ad3ea371bb5d0"
	    "443ef3a2e70199ae6f7c3e402c100095");
}

static void
header_is_canonical(void **state)
{
	struct hex h = unhex(header_hex);
	struct digest d = header_digest();
	struct arena *a;
	PbHeader *header;
	struct bytes packed;

	(void)state;
	assert_digest(&d,
	    "a3729c428db532c91997b74885d8061c"
	    "9538fb3ab52d0036c8fa0529ca5d9cd6");
	assert_int_equal(arena_new(&a, PARSE_ARENA), ERR_OK);
	assert_int_equal(
	    ENVELOPE_UNPACK(a, header, view(&h), &header, NULL), CODE_OK);
	assert_string_equal(header->sender, "kommune/0101");
	assert_int_equal(header->created, VECTOR_TIME);
	assert_int_equal(header->n_commitment, 4);
	assert_int_equal(envelope_pack(a, header, &packed), ERR_OK);
	assert_true(bytes_eq(packed, view(&h)));
	arena_free(a);
}

static void
batch_of_one(void **state)
{
	struct cert *c = certificate(certificate_one);
	struct hex value = unhex(signature_of_one);
	struct digest d = header_digest(), leaf;
	PbSignature s = PB_SIGNATURE__INIT;

	(void)state;
	leaf = merkle_leaf(bytes_of(d.b, sizeof(d.b)));
	assert_digest(&leaf,
	    "498e012e65c88834fec573ec52275e04"
	    "085f17cc85e7a1f7fffa904c752e4398");
	s.count = 1;
	s.certificate = (ProtobufCBinaryData){ DIGEST_SIZE,
		(uint8_t *)cert_fingerprint(c)->b };
	s.value = binary(&value);
	assert_int_equal(sign_check(TAG(TAG_MESSAGE), &d, &s, c), CODE_OK);
	value.b[7] ^= 1;
	assert_int_equal(
	    sign_check(TAG(TAG_MESSAGE), &d, &s, c), CODE_BAD_SIGNATURE);
	cert_free(c);
}

static void
batch_of_three(void **state)
{
	struct cert *c = certificate(certificate_one);
	struct hex value = unhex(signature_of_three);
	struct hex p0 = unhex(path_0), p1 = unhex(path_1);
	ProtobufCBinaryData path[2] = { binary(&p0), binary(&p1) };
	struct digest d = header_digest();
	PbSignature s = PB_SIGNATURE__INIT;

	(void)state;
	s.count = 3;
	s.path = path;
	s.n_path = 2;
	s.certificate = (ProtobufCBinaryData){ DIGEST_SIZE,
		(uint8_t *)cert_fingerprint(c)->b };
	s.value = binary(&value);
	assert_int_equal(sign_check(TAG(TAG_MESSAGE), &d, &s, c), CODE_OK);
	s.n_path = 1;
	assert_int_equal(
	    sign_check(TAG(TAG_MESSAGE), &d, &s, c), CODE_BAD_BATCH_PATH);
	cert_free(c);
}

static void
two_approvals(void **state)
{
	struct cert *custodian[2] = { certificate(certificate_one),
		certificate(certificate_two) };
	struct hex object = unhex(object_hex);
	struct hex value[2] = { unhex(approval_one), unhex(approval_two) };
	PbApproval one = PB_APPROVAL__INIT, two = PB_APPROVAL__INIT;
	PbApproval *approval[2] = { &one, &two };
	struct why why;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		approval[i]->certificate = (ProtobufCBinaryData){ DIGEST_SIZE,
			(uint8_t *)cert_fingerprint(custodian[i])->b };
		approval[i]->time = VECTOR_TIME;
		approval[i]->value = binary(&value[i]);
	}
	assert_int_equal(sign_approved(TAG(TAG_APPROVAL), view(&object),
			     approval, 2, custodian, 2, &why),
	    ERR_OK);
	/* One custodian is not enough, and a card has a tag of its own. */
	assert_int_equal(sign_approved(TAG(TAG_APPROVAL), view(&object),
			     approval, 1, custodian, 2, &why),
	    ERR_DENIED);
	assert_int_equal(sign_approved(TAG(TAG_CARD), view(&object), approval,
			     2, custodian, 2, &why),
	    ERR_DENIED);
	cert_free(custodian[0]);
	cert_free(custodian[1]);
}

static void
sealed_frame(void **state)
{
	struct hex frame = unhex(
	    "02050505050505050505050505050505050505050505"
	    "050505dcedb9555eb7debed454c4c62f9c1cc1bc5856c34d48050a0ee4aa38b7"
	    "903a8802e07b78ea68690bf5");
	uint8_t seat_secret[32], core_secret[32], seat_public[32];
	uint8_t plain[VECTOR_MAX], session[ID_SIZE];
	struct box_key key;
	struct frame f;

	(void)state;
	memset(seat_secret, 3, sizeof(seat_secret));
	memset(core_secret, 4, sizeof(core_secret));
	memset(session, 6, sizeof(session));
	box_public(seat_public, seat_secret);
	assert_int_equal(box_key_make(&key, seat_public, core_secret), ERR_OK);
	assert_int_equal(box_open(&f, plain, view(&frame), &key), ERR_OK);
	assert_int_equal(f.lane, LANE_CONTROL);
	assert_memory_equal(f.session.b, session, sizeof(session));
	assert_int_equal(f.counter, 1);
	assert_int_equal(f.type, FRAME_TYPE_PING);
	assert_int_equal(f.payload.len, 0);
	box_key_wipe(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(part_commitment),
		cmocka_unit_test(header_is_canonical),
		cmocka_unit_test(batch_of_one),
		cmocka_unit_test(batch_of_three),
		cmocka_unit_test(two_approvals),
		cmocka_unit_test(sealed_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
