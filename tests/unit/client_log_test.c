/*
 * SPDX-License-Identifier: MIT
 *
 * client_log: a log that forks, shrinks or is another one is never taken.
 */
#include "fake_core.h"

struct ready_lie {
	const char *says;
	void (*tell)(struct fake *f, PbReady *r);
	enum infohus_result want;
};

static void
lie_other_key(struct fake *f, PbReady *r)
{
	r->checkpoint = pb(tree_note(f, &f->tree, f->tree.n, &f->stranger));
}

static void
lie_no_note(struct fake *f, PbReady *r)
{
	(void)f;
	r->checkpoint = pb(bytes_str("log.example\n7\n"));
}

static void
lie_smaller(struct fake *f, PbReady *r)
{
	r->checkpoint = pb(tree_note(f, &f->tree, 6, &f->log));
	r->n_consistency = 0;
}

/* The same log but for one early entry. */
static struct tree *
forked(struct fake *f)
{
	struct tree *t = fake_alloc(f, sizeof *t);

	*t = f->tree;
	t->leaf[2].b[0] ^= 1;
	return t;
}

static void
lie_other_root(struct fake *f, PbReady *r)
{
	r->checkpoint = pb(tree_note(f, forked(f), 7, &f->log));
	r->n_consistency = 0;
}

static void
lie_fork(struct fake *f, PbReady *r)
{
	struct tree *t = forked(f);

	r->checkpoint = pb(tree_note(f, t, t->n, &f->log));
	tree_consistency(f, t, 7, t->n, &r->consistency, &r->n_consistency);
}

static void
lie_no_proof(struct fake *f, PbReady *r)
{
	(void)f;
	r->n_consistency = 0;
}

static void
lie_short_hash(struct fake *f, PbReady *r)
{
	(void)f;
	r->consistency[0].len--;
}

static const struct ready_lie ready_lies[] = {
	{ "a checkpoint signed with another key of the same name",
	    lie_other_key, INFOHUS_BAD_CHECKPOINT },
	{ "bytes that are no signed note", lie_no_note,
	    INFOHUS_BAD_CHECKPOINT },
	{ "a log smaller than the one known", lie_smaller,
	    INFOHUS_LOG_WENT_BACK },
	{ "another root at the size known", lie_other_root,
	    INFOHUS_LOG_FORKED },
	{ "a larger log in which an early entry differs", lie_fork,
	    INFOHUS_LOG_FORKED },
	{ "a larger log without a proof", lie_no_proof, INFOHUS_LOG_FORKED },
	{ "a proof with a hash cut short", lie_short_hash, INFOHUS_LOG_FORKED },
};

static void
test_a_log_that_is_not_ours_is_never_taken(void **state)
{
	struct fake *f = *state;

	fake_ready(f);
	fake_grow(f, 6);
	for (size_t i = 0; i < sizeof ready_lies / sizeof ready_lies[0]; i++) {
		const struct ready_lie *lie = &ready_lies[i];
		PbReady ready = PB_READY__INIT;
		enum infohus_result got;

		fake_reopen(f);
		f->silent = true;
		assert_result(connect_to(f, 50), INFOHUS_UNREACHABLE);
		ready.checkpoint = pb(
		    tree_note(f, &f->tree, f->tree.n, &f->log));
		tree_consistency(f, &f->tree, 7, f->tree.n, &ready.consistency,
		    &ready.n_consistency);
		lie->tell(f, &ready);
		fake_push(
		    f, LANE_CONTROL, FRAME_TYPE_READY, fake_pack(f, &ready));
		got = connect_to(f, 50);
		if (got != lie->want)
			fail_msg(
			    "%s: got %s", lie->says, infohus_result_name(got));
		assert_true(infohus_result_is_alarm(got));
		assert_int_equal(f->h->trust.known.size, 7);
	}
}

static void
test_going_back_names_both_sizes(void **state)
{
	struct fake *f = *state;
	struct infohus_why why;
	PbReady ready = PB_READY__INIT;

	fake_ready(f);
	fake_reopen(f);
	f->silent = true;
	assert_result(connect_to(f, 50), INFOHUS_UNREACHABLE);
	lie_smaller(f, &ready);
	fake_push(f, LANE_CONTROL, FRAME_TYPE_READY, fake_pack(f, &ready));
	assert_result(infohus_connect(f->h, 50, &why), INFOHUS_LOG_WENT_BACK);
	assert_string_equal(
	    why.text, "found a checkpoint of size 6, 7 is known");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_a_log_that_is_not_ours_is_never_taken),
		fake_test(test_going_back_names_both_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
