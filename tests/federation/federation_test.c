/*
 * SPDX-License-Identifier: MIT
 *
 * The federation bench from C. Times are printed, never asserted but from
 * below: what a proxy holds back for some time cannot arrive before it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clients/lib/infohus.h"
#include "tests/common/now.h"
#include "tests/federation/federation.h"

#define MANY 100

static void
pause_a_little(void)
{
	(void)poll(NULL, 0, 2);
}

/* How many messages a node received. */
static size_t
inbox(struct fed *f, const char *node)
{
	struct why why;
	size_t n = 0;

	FED_OK(fed_inbox(f, node, &n, &why));
	return n;
}

static void
send_one(struct fed *f)
{
	struct why why;

	FED_OK(fed_send(f, FED_SENDER, NULL, &why));
}

static struct fed *
make(const struct fed_options *o)
{
	struct why why;
	struct fed *f;

	FED_OK(fed_new(&f, o, &why));
	return f;
}

static void
end(struct fed *f)
{
	struct why why;

	fed_passed(f);
	FED_OK(fed_end(f, &why));
}

static void
receivers(struct fed *f)
{
	struct why why;

	FED_OK(fed_receive(f, FED_POLICE, NULL, &why));
	FED_OK(fed_receive(f, FED_KOMMUNE, NULL, &why));
}

/* ------------------------------------------------------------------- plain */

static void
first_message(void **state)
{
	uint64_t began = now_ms();
	struct fed *f = make(NULL);
	uint64_t made = now_ms();
	struct why why;

	(void)state;
	receivers(f);
	send_one(f);
	FED_OK(fed_drained(f, FED_PATIENCE_MS, &why));
	print_message("made after %llu ms, first message delivered after %llu "
		      "ms\n",
	    (unsigned long long)(made - began),
	    (unsigned long long)(now_ms() - began));
	assert_int_equal(inbox(f, "politi/1470"), 1);
	assert_int_equal(inbox(f, "kommune/0101"), 1);
	FED_OK(fed_judge(f, &why));
	end(f);
}

/* As the header of the client library tells an event loop to do it. */
static void
a_message_wakes_an_event_loop(void **state)
{
	struct infohus_event event = { .kind = INFOHUS_EVENT_READY };
	struct infohus_why reason = { "" };
	struct pollfd p = { .events = POLLIN };
	struct fed *f = make(NULL);
	struct infohus *seat;
	const char *home;
	struct why why;

	(void)state;
	FED_OK(fed_home(f, FED_POLICE, &home, &why));
	assert_int_equal(infohus_open(&seat, home, &reason), INFOHUS_OK);
	infohus_take(seat, INFOHUS_LANE_ORDINARY, 0);
	assert_int_equal(infohus_fd(seat), -1);
	if (infohus_connect(seat, FED_PATIENCE_MS, &reason) != INFOHUS_OK)
		fail_msg("%s", reason.text);
	p.fd = infohus_fd(seat);
	assert_true(p.fd >= 0);
	do
		while (infohus_next(seat, 0, &event, &reason) == INFOHUS_OK)
			;
	while (poll(&p, 1, 0) == 1);
	send_one(f);
	assert_int_equal(poll(&p, 1, FED_PATIENCE_MS), 1);
	while (event.kind != INFOHUS_EVENT_MESSAGE)
		if (infohus_next(seat, FED_PATIENCE_MS, &event, &reason) !=
		    INFOHUS_OK)
			fail_msg("%s", reason.text);
	infohus_close(seat);
	end(f);
}

static void
what_waits_is_read_from_a_snapshot(void **state)
{
	struct fed *f = make(NULL);
	const PbDetails *details;
	struct fed_ledger *l;
	const char *snapshot;
	const PbEntry *entry;
	uint64_t index[4];
	struct why why;
	size_t n;

	(void)state;
	send_one(f);
	FED_OK(fed_snapshot(f, NULL, &snapshot, &why));
	FED_OK(fed_ledger_open(&l, snapshot, &why));
	FED_OK(fed_ledger_mailbox(l, "politi/1470", index, 4, &n, &why));
	assert_int_equal(n, 1);
	FED_OK(fed_ledger_entry(l, index[0], &entry, &details));
	assert_int_equal(entry->kind, ENTRY_KIND_MESSAGE);
	assert_string_equal(details->sender, "kommune/0101/jobcenter");
	assert_int_equal(
	    fed_ledger_mailbox(l, "politi/9999", index, 4, &n, &why),
	    ERR_NOT_FOUND);
	assert_true(index[0] < fed_ledger_size(l));
	assert_int_equal(
	    fed_ledger_entry(l, fed_ledger_size(l), &entry, &details),
	    ERR_NOT_FOUND);
	fed_ledger_close(l);
	end(f);
}

static void
a_hundred_nodes(void **state)
{
	static char id[MANY][40];
	struct fed_node node[MANY];
	uint64_t began = now_ms();
	char count[20];
	struct why why;
	struct fed *f;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(id[i], sizeof id[i], "kommune/%04d", 1000 + i);
		node[i] = (struct fed_node){ id[i], "agent cli",
			"kom_tovholder@kommune:0101", NULL, NULL };
	}
	f = make(&(struct fed_options){ .node = node, .n_node = MANY });
	print_message("%d nodes made after %llu ms\n", MANY,
	    (unsigned long long)(now_ms() - began));
	FED_OK(fed_status(f, "nodes", count, sizeof count, &why));
	assert_string_equal(count, "100");
	end(f);
}

static void
two_in_one_test(void **state)
{
	struct fed *a = make(NULL), *b = make(NULL);
	struct why why;

	(void)state;
	receivers(a);
	receivers(b);
	send_one(a);
	FED_OK(fed_drained(a, FED_PATIENCE_MS, &why));
	assert_int_equal(inbox(a, "politi/1470"), 1);
	assert_int_equal(inbox(b, "politi/1470"), 0);
	FED_OK(fed_judge(a, &why));
	end(a);
	/* The end of one is not the other's. */
	send_one(b);
	FED_OK(fed_drained(b, FED_PATIENCE_MS, &why));
	assert_int_equal(inbox(b, "politi/1470"), 1);
	FED_OK(fed_judge(b, &why));
	end(b);
}

static void
what_a_client_may_not_do_is_told(void **state)
{
	static const char wrong[] = "{\"kind\": \"concern\"";
	struct fed *f = make(NULL);
	struct infohus_why reason = { "" };
	struct infohus_event event;
	struct infohus *seat;
	const char *home;
	struct why why;

	(void)state;
	assert_int_equal(fed_send(f, FED_SENDER, wrong, &why), ERR_INVALID);
	assert_memory_equal(why.text, "bad_draft: ", 11);
	assert_int_equal(
	    fed_send(f, "politi/1470:agnt", NULL, &why), ERR_NOT_FOUND);
	FED_OK(fed_home(f, FED_POLICE, &home, &why));
	FED_CLIENT_OK(infohus_open(&seat, home, &reason));
	FED_OK(fed_next(seat, FED_PATIENCE_MS, &event, &why));
	assert_int_equal(event.kind, INFOHUS_EVENT_READY);
	assert_int_equal(fed_next(seat, 20, &event, &why), ERR_CLOSED);
	infohus_close(seat);
	end(f);
}

/* --------------------------------------------------------------- processes */

static void
killed_paused_and_restarted(void **state)
{
	struct fed *f = make(&(struct fed_options){ .hooks = true });
	static const char *const who[] = { "core", "gate", "launcher",
		FED_POLICE };
	static const char *const point[] = { "R2:1", "R7:1", "R8:2" };
	size_t sent = 0;
	struct why why;
	unsigned lives;
	pid_t pid, fresh;

	(void)state;
	receivers(f);
	for (size_t i = 0; i < sizeof who / sizeof who[0]; i++) {
		FED_OK(fed_pid(f, who[i], &pid, &why));
		FED_OK(fed_restart(f, who[i], &why));
		FED_OK(fed_pid(f, who[i], &fresh, &why));
		assert_int_not_equal(pid, fresh);
		send_one(f);
		FED_OK(fed_pause(f, who[i], &why));
		FED_OK(fed_continue(f, who[i], &why));
		sent++;
	}
	for (size_t i = 0; i < sizeof point / sizeof point[0]; i++) {
		FED_OK(fed_lives(f, &lives, &why));
		FED_OK(fed_kill_at(f, point[i], &why));
		send_one(f);
		send_one(f);
		FED_OK(fed_kill_wait(f, FED_PATIENCE_MS, &why));
		FED_OK(fed_serving(f, lives, &why));
		sent += 2;
	}
	FED_OK(fed_kill(f, FED_POLICE, &why));
	assert_int_equal(fed_pid(f, FED_POLICE, &pid, &why), ERR_NOT_FOUND);
	assert_string_equal(why.text,
	    "politi/1470:agent does not run; it ended with status 137");
	FED_OK(fed_receive(f, FED_POLICE, NULL, &why));
	FED_OK(fed_drained(f, FED_PATIENCE_MS, &why));
	assert_int_equal(inbox(f, "politi/1470"), sent);
	FED_OK(fed_judge(f, &why));
	end(f);
}

/* A paused core answers nobody; what was sent meanwhile is not lost. */
static void
a_paused_core_holds_everything_up(void **state)
{
	struct fed *f = make(NULL);
	char program[600], *draft = fed_concern("En fiktiv person");
	const char *home;
	struct why why;
	FILE *file;
	int status;

	(void)state;
	receivers(f);
	FED_OK(fed_home(f, FED_SENDER, &home, &why));
	file = fopen(fed_path(f, "draft.json"), "we");
	assert_non_null(file);
	assert_true(fputs(draft, file) >= 0);
	assert_int_equal(fclose(file), 0);
	free(draft);
	(void)snprintf(program, sizeof program, "%s/bin/infohus", fed_build(f));
	FED_OK(fed_pause(f, "core", &why));
	FED_OK(fed_spawn(f, "sender",
	    (const char *const[]){ program, "send", "--home", home, "--timeout",
		"60", fed_path(f, "draft.json"), NULL },
	    NULL, &why));
	assert_int_equal(fed_wait(f, "sender", 200, &status, &why), ERR_CLOSED);
	assert_string_equal(why.text, "sender has not ended in time");
	FED_OK(fed_continue(f, "core", &why));
	FED_OK(fed_wait(f, "sender", FED_PATIENCE_MS, &status, &why));
	assert_int_equal(status, 0);
	FED_OK(fed_drained(f, FED_PATIENCE_MS, &why));
	assert_int_equal(inbox(f, "politi/1470"), 1);
	FED_OK(fed_judge(f, &why));
	end(f);
}

/* ----------------------------------------------------------------- proxies */

struct line { /* a federation with a proxy before police */
	struct fed *f;
	size_t sent;
};

static struct fed_proxy_counts
counts(struct line *l)
{
	struct fed_proxy_counts c;
	struct why why;

	FED_OK(fed_proxy_counts(l->f, FED_POLICE, &c, &why));
	return c;
}

static void
set(struct line *l, const char *words)
{
	struct why why;

	FED_OK(fed_proxy_set(l->f, FED_POLICE, words, &why));
}

static void
send_more(struct line *l)
{
	send_one(l->f);
	l->sent++;
}

/* All that was ever sent is there; end_line judges that each came once. */
static void
all_arrives(struct line *l)
{
	struct why why;

	FED_OK(fed_drained(l->f, FED_PATIENCE_MS, &why));
	assert_int_equal(inbox(l->f, "politi/1470"), l->sent);
}

static int
make_line(void **state)
{
	struct line *l = calloc(1, sizeof *l);
	struct why why;

	l->f = make(NULL);
	FED_OK(fed_proxy(l->f, FED_POLICE, &why));
	receivers(l->f);
	FED_OK(fed_online(l->f, FED_POLICE, FED_PATIENCE_MS, &why));
	send_more(l);
	all_arrives(l);
	assert_int_equal(counts(l).accepted, 1);
	*state = l;
	return 0;
}

static int
end_line(void **state)
{
	struct line *l = *state;
	struct why why;

	FED_OK(fed_judge(l->f, &why));
	end(l->f);
	free(l);
	return 0;
}

static void
delay_delays(void **state)
{
	struct line *l = *state;
	uint64_t began;

	set(l, "delay=300");
	began = now_ms();
	send_more(l);
	all_arrives(l);
	/* The offer's way down; the ack's way up. */
	assert_true(now_ms() - began >= 600);
	set(l, "heal");
}

static void
rate_throttles(void **state)
{
	struct line *l = *state;
	uint64_t began, down = counts(l).down;

	set(l, "rate=2000");
	began = now_ms();
	send_more(l);
	all_arrives(l);
	/* A tenth of a second's worth may pass at once. */
	assert_true(now_ms() - began + 101 >= (counts(l).down - down) / 2);
	set(l, "heal");
}

static void
cut_cuts_and_heal_heals(void **state)
{
	struct line *l = *state;
	uint64_t accepted = counts(l).accepted;

	set(l, "cut");
	assert_int_equal(counts(l).open, 0);
	send_more(l);
	assert_int_equal(counts(l).accepted, accepted);
	assert_int_equal(inbox(l->f, "politi/1470"), l->sent - 1);
	set(l, "heal");
	all_arrives(l);
	assert_true(counts(l).accepted > accepted);
}

static void
hold_holds(void **state)
{
	struct line *l = *state;
	struct fed_proxy_counts c, then;

	set(l, "hold=both");
	c = counts(l);
	send_more(l);
	then = counts(l);
	assert_int_equal(then.down, c.down);
	assert_int_equal(then.up, c.up);
	assert_int_equal(then.dropped, c.dropped);
	assert_int_equal(inbox(l->f, "politi/1470"), l->sent - 1);
	set(l, "heal");
	all_arrives(l);
}

/* The gate goes on sending and is told nothing. */
static void
drop_makes_it_half_open(void **state)
{
	struct line *l = *state;
	struct fed_proxy_counts c = counts(l);
	uint64_t until = now_ms() + FED_PATIENCE_MS;

	set(l, "drop=down");
	send_more(l);
	while (counts(l).dropped == c.dropped && now_ms() < until)
		pause_a_little();
	assert_true(counts(l).dropped > c.dropped);
	assert_int_equal(counts(l).down, c.down);
	assert_int_equal(inbox(l->f, "politi/1470"), l->sent - 1);
	/* What lost bytes is not continued. */
	set(l, "heal");
	all_arrives(l);
	assert_true(counts(l).accepted > c.accepted);
}

/* Nobody is told; heartbeats find out, after some seconds. */
static void
vanish_is_found_out(void **state)
{
	struct line *l = *state;
	struct fed_proxy_counts c = counts(l);

	set(l, "vanish");
	assert_int_equal(counts(l).open, c.open);
	send_more(l);
	all_arrives(l);
	assert_true(counts(l).accepted > c.accepted);
}

static void
reset_resets(void **state)
{
	struct line *l = *state;
	uint64_t accepted = counts(l).accepted;

	set(l, "reset");
	send_more(l);
	all_arrives(l);
	assert_true(counts(l).accepted > accepted);
}

/* ------------------------------------------------------------ nothing left */

/* A child makes a federation, tells its folder, and is gone. */
static void
gone_without_a_word(void (*how)(void))
{
	char folder[300] = "";
	int pipe_fd[2], status;
	struct why why = { "" };
	struct fed *f;
	uint64_t until;
	pid_t child;

	assert_int_equal(pipe(pipe_fd), 0);
	child = fork();
	if (child == 0) {
		if (fed_new(&f, NULL, &why) != ERR_OK ||
		    write(pipe_fd[1], fed_folder(f), strlen(fed_folder(f))) < 0)
			_exit(1);
		how();
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(read(pipe_fd[0], folder, sizeof folder - 1) > 0);
	(void)close(pipe_fd[0]);
	(void)close(pipe_fd[1]);
	until = now_ms() + FED_PATIENCE_MS;
	while (access(folder, F_OK) == 0 && now_ms() < until)
		pause_a_little();
	assert_int_not_equal(access(folder, F_OK), 0);
	assert_int_equal(fed_open(&f, folder, &why), ERR_NOT_FOUND);
}

static void
kill_oneself(void)
{
	(void)raise(SIGKILL);
}

static void
just_exit(void)
{
	_exit(0);
}

static void
a_killed_test_leaves_nothing(void **state)
{
	(void)state;
	gone_without_a_word(kill_oneself);
	gone_without_a_word(just_exit);
}

/* An assertion that fails jumps over fed_end; the folder must be there. */
static void
a_failed_test_keeps_its_folder(void **state)
{
	char folder[300] = "", command[320];
	int pipe_fd[2], status;
	struct why why = { "" };
	struct fed *f;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	child = fork();
	if (child == 0) {
		/* Silent: how to look is of no use here. */
		if (freopen("/dev/null", "w", stderr) == NULL ||
		    fed_new(&f, &(struct fed_options){ .stopped = true },
			&why) != ERR_OK ||
		    write(pipe_fd[1], fed_folder(f), strlen(fed_folder(f))) < 0)
			_exit(2);
		exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	assert_true(read(pipe_fd[0], folder, sizeof folder - 1) > 0);
	(void)close(pipe_fd[0]);
	(void)close(pipe_fd[1]);
	assert_int_equal(fed_open(&f, folder, &why), ERR_NOT_FOUND);
	assert_int_equal(access(folder, F_OK), 0);
	(void)snprintf(command, sizeof command, "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
}

/* --------------------------------------------------------------- bad input */

static void
bad_options_are_told(void **state)
{
	static const struct {
		struct fed_node node;
		enum err want;
		const char *text;
	} t[] = {
		{ { "Kommune", "", "", NULL, NULL }, ERR_INVALID,
		    "node: found \"Kommune\", expected 2 or 3 elements of a-z, "
		    "0-9 and -, joined by /" },
		{ { "a/b", "", "", NULL, "dsa" }, ERR_INVALID,
		    "node a/b: kind: found \"dsa\", expected ed25519, p256 or "
		    "rsa3072" },
		{ { "a/b", "x Y", "", NULL, NULL }, ERR_INVALID,
		    "node a/b: seats: found \"Y\", expected 1 to 32 of a-z, "
		    "0-9 and -" },
		{ { "a/b", "x", "skole@land", NULL, NULL }, ERR_INVALID,
		    "node a/b: roles: found \"skole@land\", expected "
		    "ROLE[@kommune:0101|@politikreds:1470|@region:1084|"
		    "@country][,from=TIME][,to=TIME]" },
	};
	struct why why;
	struct fed *f;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct fed_options o = { .node = &t[i].node, .n_node = 1 };

		assert_int_equal(fed_new(&f, &o, &why), t[i].want);
		assert_string_equal(why.text, t[i].text);
	}
}

static void
taken_ports_are_told(void **state)
{
	struct fed_options o = { .stopped = true };
	struct why why;
	unsigned first;
	char range[32], text[200];
	struct fed *f = make(&o), *g;

	(void)state;
	FED_OK(fed_ports(f, 33, &first, &why));
	(void)snprintf(range, sizeof range, "%u-%u", first, first + 47);
	o.ports = range;
	assert_int_equal(fed_new(&g, &o, &why), ERR_FULL);
	(void)snprintf(text, sizeof text,
	    "no 33 free ports in a row between %u and %u on 127.0.0.1: all 1 "
	    "places are held by other federations or programs (see ss -ltn)",
	    first, first + 47);
	assert_string_equal(why.text, text);
	end(f);
}

int
main(void)
{
#define LINE(t) cmocka_unit_test_setup_teardown(t, make_line, end_line)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_message),
		cmocka_unit_test(a_message_wakes_an_event_loop),
		cmocka_unit_test(what_waits_is_read_from_a_snapshot),
		cmocka_unit_test(a_hundred_nodes),
		cmocka_unit_test(two_in_one_test),
		cmocka_unit_test(what_a_client_may_not_do_is_told),
		cmocka_unit_test(killed_paused_and_restarted),
		cmocka_unit_test(a_paused_core_holds_everything_up),
		LINE(delay_delays),
		LINE(rate_throttles),
		LINE(cut_cuts_and_heal_heals),
		LINE(hold_holds),
		LINE(drop_makes_it_half_open),
		LINE(vanish_is_found_out),
		LINE(reset_resets),
		cmocka_unit_test(a_killed_test_leaves_nothing),
		cmocka_unit_test(a_failed_test_keeps_its_folder),
		cmocka_unit_test(bad_options_are_told),
		cmocka_unit_test(taken_ports_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
