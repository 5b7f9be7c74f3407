/*
 * SPDX-License-Identifier: MIT
 *
 * pair: the sender, and what is measured. One line of JSON on stdout.
 *
 *	pair saturated|single SECONDS SENDER-HOME RECIPIENT-HOME PID...
 *
 * PID are the server's processes, whose processor time is counted. Saturated:
 * the sender's window is always full; counted is what was both recorded and
 * handed over between two moments. Single: the next message is sent when the
 * one before has been recorded and handed over and all is quiet again.
 */
#include "pair.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "tests/common/now.h"

#define AHEAD 48	/* unanswered ones: the library's window and half */
#define START_MS 10000	/* for both sessions to open */
#define ANSWER_MS 20000 /* without which a round has failed */
#define WARM_NS 500000000u
#define QUIET_MS 4 /* single: nothing more comes of the last message */
#define PIDS_MAX 16

struct sender {
	struct pair *pair;
	struct infohus *seat;
	const char *draft;
	size_t draft_len;
	int pid[PIDS_MAX];
	size_t n_pid;
	pid_t child;
};

struct moment {
	uint64_t ns, server_ns, clients_ns;
	unsigned recorded, received;
};

static _Noreturn void
give_up(struct sender *s, const char *what, const struct infohus_why *why)
{
	if (!s->pair->failed)
		fprintf(stderr, "bench: sender: %s: %s\n", what,
		    why != NULL ? why->text : "");
	if (s->child > 0)
		kill(s->child, SIGKILL);
	exit(1);
}

static struct moment
look(const struct sender *s)
{
	struct moment m = { .ns = now_ns(),
		.clients_ns = pair_own_cpu_ns() + s->pair->recipient_cpu_ns,
		.recorded = s->pair->recorded,
		.received = s->pair->received };

	for (size_t i = 0; i < s->n_pid; i++)
		m.server_ns += pair_cpu_ns(s->pid[i]);
	return m;
}

static void
send_one(struct sender *s, bool wait)
{
	struct infohus_why why = { "" };
	struct pair *p = s->pair;
	unsigned n = p->sent;

	if (n == MESSAGES_MAX)
		give_up(s, "the round is too long", NULL);
	if (infohus_draft(s->seat, s->draft, s->draft_len, p->id[n], &why) !=
	    INFOHUS_OK)
		give_up(s, "draft", &why);
	p->sent = n + 1;
	if (!wait &&
	    infohus_send(s->seat, p->id[n], INFOHUS_UNTIL_RECORDED, &why) !=
		INFOHUS_OK)
		give_up(s, "send", &why);
}

/* One event, or none in the time given. True for a receipt. */
static bool
next(struct sender *s, int timeout_ms)
{
	struct infohus_why why = { "" };
	struct infohus_event e;
	enum infohus_result r = infohus_next(s->seat, timeout_ms, &e, &why);

	if (s->pair->failed)
		give_up(s, "the recipient has ended", NULL);
	if (r == INFOHUS_TIMEOUT)
		return false;
	if (r != INFOHUS_OK)
		give_up(s, infohus_result_name(r), &why);
	if (e.kind == INFOHUS_EVENT_REJECTED)
		give_up(s, e.rejection->code_name, &why);
	if (e.kind != INFOHUS_EVENT_RECORDED)
		return false;
	for (size_t i = 0; i < e.receipt->n_verdict; i++)
		if (e.receipt->verdict[i].outcome != INFOHUS_PERMIT)
			give_up(s, e.receipt->verdict[i].code_name, &why);
	s->pair->recorded++;
	return true;
}

static void
until_all_is_there(struct sender *s)
{
	uint64_t end = now_ns() + ANSWER_MS * 1000000ull;

	while (s->pair->recorded < s->pair->sent ||
	    s->pair->received < s->pair->sent) {
		next(s, 5);
		if (now_ns() > end) {
			struct infohus_why why;

			snprintf(why.text, sizeof why.text,
			    "%u sent, %u recorded, %u handed over",
			    s->pair->sent, s->pair->recorded,
			    s->pair->received);
			give_up(s, "messages are missing", &why);
		}
	}
}

/* ------------------------------------------------------------- saturated */

static void
keep_full(struct sender *s)
{
	if (infohus_unanswered(s->seat) < AHEAD)
		send_one(s, false);
	while (next(s, infohus_unanswered(s->seat) < AHEAD ? 0 : 100))
		;
}

static void
print_rates(const struct moment *a, const struct moment *b)
{
	double seconds = (double)(b->ns - a->ns) / 1e9;
	unsigned recorded = b->recorded - a->recorded;
	unsigned received = b->received - a->received;
	unsigned n = recorded < received ? recorded : received;

	printf("{\"messages\": %u, \"seconds\": %.3f, \"per_second\": %.1f, "
	       "\"server_cpu_us\": %.1f, \"clients_cpu_us\": %.1f}\n",
	    n, seconds, n / seconds,
	    (double)(b->server_ns - a->server_ns) / 1e3 / n,
	    (double)(b->clients_ns - a->clients_ns) / 1e3 / n);
}

static void
saturated(struct sender *s, double seconds)
{
	uint64_t start = now_ns();
	struct moment a, b;

	while (now_ns() - start < WARM_NS)
		keep_full(s);
	a = look(s);
	do {
		keep_full(s);
		b = look(s);
	} while ((double)(b.ns - a.ns) < seconds * 1e9 ||
	    b.recorded == a.recorded || b.received == a.received);
	until_all_is_there(s);
	print_rates(&a, &b);
}

/* ---------------------------------------------------------------- single */

static void
until_received(struct sender *s)
{
	struct pollfd p = { .fd = s->pair->told, .events = POLLIN };
	uint64_t count;

	if (poll(&p, 1, ANSWER_MS) != 1 ||
	    read(s->pair->told, &count, sizeof count) != sizeof count)
		give_up(s, "a message was not handed over", NULL);
}

/* Its draft lies signed on disk before the clock starts. */
static void
one(struct sender *s, uint64_t *receipt_ns, uint64_t *handed_ns)
{
	unsigned n = s->pair->sent;
	struct infohus_why why = { "" };
	uint64_t start;

	send_one(s, true);
	start = now_ns();
	if (infohus_send(s->seat, s->pair->id[n], INFOHUS_UNTIL_RECORDED,
		&why) != INFOHUS_OK)
		give_up(s, "send", &why);
	while (!next(s, 100))
		if (now_ns() - start > ANSWER_MS * 1000000ull)
			give_up(s, "no receipt", NULL);
	*receipt_ns = now_ns() - start;
	until_received(s);
	*handed_ns = s->pair->received_ns[n] - start;
	while (next(s, QUIET_MS))
		;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
print_times(const char *name, uint64_t *ns, size_t n)
{
	qsort(ns, n, sizeof ns[0], compare);
	printf(", \"%s_p50_us\": %.1f, \"%s_p99_us\": %.1f", name,
	    (double)ns[n / 2] / 1e3, name, (double)ns[n * 99 / 100] / 1e3);
}

static void
single(struct sender *s, double seconds)
{
	static uint64_t receipt[MESSAGES_MAX], handed[MESSAGES_MAX];
	static uint64_t both[MESSAGES_MAX];
	struct moment a, b;
	size_t n = 0;

	for (int i = 0; i < 5; i++)
		one(s, &receipt[0], &handed[0]);
	a = look(s);
	while ((double)(now_ns() - a.ns) < seconds * 1e9) {
		one(s, &receipt[n], &handed[n]);
		both[n] = receipt[n] > handed[n] ? receipt[n] : handed[n];
		n++;
	}
	b = look(s);
	printf("{\"messages\": %zu, \"seconds\": %.3f, "
	       "\"server_cpu_us\": %.1f, \"clients_cpu_us\": %.1f",
	    n, (double)(b.ns - a.ns) / 1e9,
	    (double)(b.server_ns - a.server_ns) / 1e3 / (double)n,
	    (double)(b.clients_ns - a.clients_ns) / 1e3 / (double)n);
	print_times("receipt", receipt, n);
	print_times("handed", handed, n);
	print_times("both", both, n);
	puts("}");
}

/* ----------------------------------------------------------------- start */

const char *
pair_draft(size_t *len)
{
	static char text[2048];
	static const char head[] =
	    "{\"kind\": \"concern\", \"role\": \"jobcenter\","
	    " \"grounds\": {\"bopaelskommune\": \"0101\", \"age\": \"adult\","
	    " \"source\": \"jobcenter\", \"necessity\": \"Vurdering\"},"
	    " \"addressee\": [{\"role\": \"pol_tovholder\","
	    " \"relation\": \"district_of_subject\","
	    " \"cooperation\": \"ssp\", \"basis\": [\"rpl_115_2\"],"
	    " \"purpose\": \"crime_prevention\","
	    " \"necessity\": \"assessment\", \"section\": [\"concern\"]}],"
	    " \"sections\": {\"concern\": {\"text\": \"";
	size_t n = sizeof head - 1;

	memcpy(text, head, n);
	for (size_t i = 0; i < 1024; i++)
		text[n++] = (char)('a' + i * 7 % 26);
	memcpy(text + n, "\"}}}", 4);
	*len = n + 4;
	return text;
}

static void
connect_both(struct sender *s)
{
	uint64_t end = now_ns() + START_MS * 1000000ull;
	struct infohus_why why = { "" };

	if (infohus_connect(s->seat, START_MS, &why) != INFOHUS_OK)
		give_up(s, "connect", &why);
	while (!s->pair->recipient_ready) {
		next(s, 5);
		if (now_ns() > end)
			give_up(s, "the recipient does not connect", NULL);
	}
}

static void
finish(struct sender *s)
{
	int status = 0;

	s->pair->stop = true;
	infohus_close(s->seat);
	if (waitpid(s->child, &status, 0) != s->child || status != 0) {
		fputs("bench: the recipient failed\n", stderr);
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	struct sender s = { .child = -1 };
	struct infohus_why why = { "" };
	bool is_single = argc > 1 && strcmp(argv[1], "single") == 0;

	if (argc < 5 || argc > 5 + PIDS_MAX) {
		fputs("usage: pair saturated|single SECONDS SENDER-HOME "
		      "RECIPIENT-HOME PID...\n",
		    stderr);
		return 2;
	}
	for (int i = 5; i < argc; i++)
		s.pid[s.n_pid++] = (int)strtol(argv[i], NULL, 10);
	s.draft = pair_draft(&s.draft_len);
	s.pair = mmap(NULL, sizeof *s.pair, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s.pair == MAP_FAILED) {
		perror("bench: mmap");
		return 1;
	}
	s.pair->told = eventfd(0, EFD_SEMAPHORE);
	/* Before ZeroMQ has threads: nothing of it survives a fork. */
	s.child = fork();
	if (s.child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pair_receive(s.pair, argv[4], is_single);
	}
	if (s.child < 0 || s.pair->told < 0)
		give_up(&s, "fork", NULL);
	if (infohus_open(&s.seat, argv[3], &why) != INFOHUS_OK)
		give_up(&s, argv[3], &why);
	connect_both(&s);
	if (is_single)
		single(&s, strtod(argv[2], NULL));
	else
		saturated(&s, strtod(argv[2], NULL));
	finish(&s);
	return 0;
}
