/*
 * SPDX-License-Identifier: MIT
 *
 * codes: every answer to a peer, in one table.
 *
 * Three classes. UNAUTHENTICATED is dropped and counted, nothing is sent.
 * UNDECIDABLE gets a signed rejection and is recorded in aggregate. DECIDED
 * is recorded with an entry and answered by a receipt. retry says whether
 * the same bytes may succeed later; a sender always learns it from here.
 * Numbers are for ever.
 */
#ifndef INFOHUS_CODES_H
#define INFOHUS_CODES_H

#include <stdbool.h>
#include <stddef.h>

/*   number, NAME, name, class, retry, meaning */
#define CODES(X) \
	X(0, OK, "ok", DECIDED, false, "permitted") \
	X(1, BAD_BOX, "bad_box", UNAUTHENTICATED, false, \
	    "the inner box does not open with the seat's key") \
	X(2, BAD_SESSION, "bad_session", UNAUTHENTICATED, true, \
	    "no such session, or its counter does not follow: knock again") \
	X(3, NOT_ADMITTED, "not_admitted", UNAUTHENTICATED, false, \
	    "this door has no admitted seat") \
	X(100, MALFORMED, "malformed", UNDECIDABLE, false, "does not parse") \
	X(101, TOO_LARGE, "too_large", UNDECIDABLE, false, \
	    "larger than the protocol allows") \
	X(102, NOT_CANONICAL, "not_canonical", UNDECIDABLE, false, \
	    "not the one encoding that packing again would give") \
	X(103, UNKNOWN_FIELD, "unknown_field", UNDECIDABLE, false, \
	    "a field that this version does not know") \
	X(104, UNKNOWN_VALUE, "unknown_value", UNDECIDABLE, false, \
	    "a number outside its list, such as an unknown role or kind") \
	X(105, BAD_TEXT, "bad_text", UNDECIDABLE, false, \
	    "text that is not clean UTF-8") \
	X(106, BAD_FIELD, "bad_field", UNDECIDABLE, false, \
	    "a field of wrong length or form") \
	X(107, BAD_VERSION, "bad_version", UNDECIDABLE, false, \
	    "a version that was not agreed") \
	X(108, LANE_MISMATCH, "lane_mismatch", UNAUTHENTICATED, true, \
	    "the lane, which the box does not cover, was changed on the way") \
	X(110, WRONG_SENDER, "wrong_sender", UNDECIDABLE, false, \
	    "the claimed sender is not the node of this seat") \
	X(111, UNKNOWN_CERTIFICATE, "unknown_certificate", UNDECIDABLE, false, \
	    "signed with a certificate that is not on the node's card") \
	X(112, BAD_SIGNATURE, "bad_signature", UNDECIDABLE, false, \
	    "the signature does not verify") \
	X(113, BAD_BATCH_PATH, "bad_batch_path", UNDECIDABLE, false, \
	    "the path does not lead from the message to the batch's root") \
	X(114, COMMITMENT_MISMATCH, "commitment_mismatch", UNDECIDABLE, false, \
	    "a part that opens no commitment of the header") \
	X(115, PART_MISSING, "part_missing", UNDECIDABLE, false, \
	    "grounds, addressee or a listed section is missing or given " \
	    "twice, " \
	    "or a section is meant for nobody") \
	X(116, BAD_CPR, "bad_cpr", UNDECIDABLE, false, \
	    "a CPR number without ten digits, real date and century") \
	X(120, CONFLICT, "conflict", UNDECIDABLE, false, \
	    "this message id was used with other content") \
	X(121, UNEXPECTED_FRAME, "unexpected_frame", UNDECIDABLE, false, \
	    "a frame that does not belong here in the session") \
	X(122, BAD_ACK, "bad_ack", UNDECIDABLE, false, \
	    "an ack of something that was not offered to this node") \
	X(123, NOT_ALLOWED, "not_allowed", UNDECIDABLE, false, \
	    "this node may not ask that") \
	X(130, BUSY, "busy", UNDECIDABLE, true, \
	    "more than the limits of this door: send later") \
	X(131, OUT_OF_ORDER, "out_of_order", UNDECIDABLE, true, \
	    "the message named in after is not recorded yet") \
	X(132, CLOCK_STOPPED, "clock_stopped", UNDECIDABLE, true, \
	    "the clock jumped more than a day: only acute is taken until it " \
	    "is right") \
	X(200, EXPIRED, "expired", DECIDED, false, \
	    "recorded after it expired") \
	X(201, EXPIRY_TOO_LONG, "expiry_too_long", DECIDED, false, \
	    "expires more than 30 days after it was recorded") \
	X(202, KEY_NOT_VALID, "key_not_valid", DECIDED, false, \
	    "the certificate is not valid at the recorded time") \
	X(203, ROLE_NOT_HELD, "role_not_held", DECIDED, false, \
	    "the sender does not hold this role now") \
	X(210, UNKNOWN_KOMMUNE, "unknown_kommune", DECIDED, false, \
	    "no such kommune in the places in force") \
	X(211, NO_RECIPIENT, "no_recipient", DECIDED, false, \
	    "no admitted node holds this role for this place") \
	X(212, AMBIGUOUS_RECIPIENT, "ambiguous_recipient", DECIDED, false, \
	    "several nodes hold this role for this place: name the unit") \
	X(220, UNKNOWN_CASE, "unknown_case", DECIDED, false, \
	    "no such case for you") \
	X(221, ILLEGAL_EVENT, "illegal_event", DECIDED, false, \
	    "the workflow has no such step now for this role") \
	X(230, NO_PERMIT, "no_permit", DECIDED, false, \
	    "no single permit covers everything meant for this recipient") \
	X(231, PROHIBITED, "prohibited", DECIDED, false, \
	    "a prohibition matches") \
	X(240, PENDING, "pending", DECIDED, false, \
	    "accepted, not yet handed out") \
	X(241, DENIED, "denied", DECIDED, false, \
	    "the approver at the sending authority said no") \
	X(242, NO_APPROVER, "no_approver", DECIDED, false, \
	    "an approver must decide, and the sending authority has none") \
	X(243, DECIDED, "decided", DECIDED, false, \
	    "what this approval decides was decided before") \
	X(244, OWN_MESSAGE, "own_message", DECIDED, false, \
	    "nobody decides what was sent by the own node") \
	X(300, NACK_CANNOT_READ, "cannot_read", DECIDED, false, \
	    "the recipient could not process what it was offered") \
	X(301, NACK_NOT_MINE, "not_mine", DECIDED, false, \
	    "the recipient says that this is not for it")

enum code {
#define X(number, NAME, name, class, retry, meaning) CODE_##NAME = number,
	CODES(X)
#undef X
};

enum code_class { CLASS_UNAUTHENTICATED, CLASS_UNDECIDABLE, CLASS_DECIDED };

struct code_info {
	enum code code;
	const char *name;
	enum code_class class;
	bool retry;
	const char *meaning;
};

/* All of them, in number order. */
extern const struct code_info code_table[];
extern const size_t code_count;

/* NULL for a number that is not in the table. */
const struct code_info *code_find(unsigned number);
/* "unknown" for a number that is not in the table. */
const char *code_name(unsigned number);
/* False for unknown numbers. */
bool code_may_retry(unsigned number);

#endif
