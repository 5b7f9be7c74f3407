/*
 * SPDX-License-Identifier: MIT
 *
 * send: infohus send. Every file is checked before the first is sent; then
 * one after another, so that they are recorded in the order given.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/infohus.h"
#include "proto/json.h"
#include "send_print.h"

#define DRAFT_MAX (1024 * 1024)
#define DRAFT_ARENA (8 * 1024 * 1024)
#define ALARM_MS 5000 /* an acute message waits no longer unseen */
#define TIMEOUT_S 30

static const struct option_help options[] = {
	{ "home", "DIR", false, "the seat's folder, DIR/seat-NAME (required)" },
	{ "wait", "WHAT", false,
	    "recorded (default), or delivered: also the recipients' acks" },
	{ "timeout", "S", false,
	    "seconds to wait for each answer (default 30)" },
	{ "outbox", NULL, false, "also what earlier calls left in the outbox" },
	{ "json", NULL, false, "one JSON object a message on stdout" },
	{ NULL, NULL, false, NULL },
};

static const struct usage usage = {
	.command = "send",
	.operands = "[FILE…]",
	.min = 0,
	.max = ARGS_MAX,
	.text =
	    "Signs each draft (JSON; - is stdin), stores it in the seat's "
	    "outbox, sends it and\nshows the verified verdicts, one for each "
	    "recipient. What has no answer in time\nstays in the outbox; "
	    "--outbox sends it again.\n\nExit code 0 if every recipient is "
	    "permitted (with expect in the draft: if all is\nas expected), 1 "
	    "if not, 2 for a draft that cannot be sent, 3 for trouble.",
	.option = options,
};

struct sending {
	struct args args;
	struct arena *arena;
	struct infohus *seat;
	uint64_t timeout_ms;
	bool delivered, json;
	size_t n;
	struct sent_file *file;
	int worst; /* exit code so far */
};

/* 2 and 3 say that something did not even happen: they win. */
static void
note_exit(struct sending *s, int code)
{
	if (code > s->worst)
		s->worst = code;
}

static int
exit_of(enum infohus_result r)
{
	switch (r) {
	case INFOHUS_OK:
		return EXIT_YES;
	case INFOHUS_BAD_DRAFT:
	case INFOHUS_WRONG_NODE:
		return EXIT_USAGE;
	case INFOHUS_EXISTS:
		return EXIT_NO;
	default:
		return EXIT_TROUBLE;
	}
}

/* ---------------------------------------------------------------- drafts */

static bool
read_draft(struct sending *s, struct sent_file *f)
{
	struct why why = { "" };

	if (file_read(s->arena, f->name, DRAFT_MAX, &f->text, &why) != ERR_OK) {
		note_exit(s, trouble("%s", why.text));
		return false;
	}
	if (json_parse(s->arena, &pb_draft__descriptor, f->text, now_ms(),
		(ProtobufCMessage **)&f->draft, &why) != ERR_OK) {
		note_exit(s, usage_error(&usage, "%s: %s", f->name, why.text));
		return false;
	}
	if (f->draft->from != NULL &&
	    strcmp(f->draft->from, infohus_node(s->seat)) != 0) {
		note_exit(s,
		    usage_error(&usage,
			"%s: from: the draft is of "
			"another node, this seat is of %s",
			f->name, infohus_node(s->seat)));
		return false;
	}
	f->acute = f->draft->has_urgency && f->draft->urgency == URGENCY_ACUTE;
	return true;
}

static bool
read_drafts(struct sending *s)
{
	bool ok = true;

	s->file = arena_alloc(
	    s->arena, (s->args.n_operand + 1) * sizeof s->file[0]);
	if (s->file == NULL) {
		note_exit(s, trouble("no memory"));
		return false;
	}
	for (size_t i = 0; i < s->args.n_operand; i++) {
		s->file[i].name = s->args.operand[i];
		ok &= read_draft(s, &s->file[i]);
	}
	s->n = s->args.n_operand;
	return ok;
}

/* --------------------------------------------------------------- answers */

static struct sent_file *
find_file(struct sending *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->file[i].id, id) == 0)
			return &s->file[i];
	return NULL;
}

static void
take_event(struct sending *s, const struct infohus_event *e)
{
	struct sent_file *f = NULL;

	switch (e->kind) {
	case INFOHUS_EVENT_RECORDED:
	case INFOHUS_EVENT_DELIVERED:
		f = find_file(s, e->receipt->id);
		if (f == NULL)
			print_other(e);
		else
			keep_receipt(s->arena, f, e->receipt);
		break;
	case INFOHUS_EVENT_REJECTED:
		f = find_file(s, e->rejection->id);
		if (f == NULL)
			print_other(e);
		else
			keep_rejection(s->arena, f, e->rejection);
		break;
	case INFOHUS_EVENT_READY:
	case INFOHUS_EVENT_MESSAGE:
	case INFOHUS_EVENT_UNREADABLE:
		break;
	}
}

/*
 * Acute and nobody has it yet: a person must know at once what to do. Said
 * once after ALARM_MS, and again when we stop waiting.
 */
static void
alarm_if_acute(const struct sent_file *f, uint64_t waited_ms, bool last)
{
	if (!f->acute || f->state != SENT_WAITING)
		return;
	fprintf(stderr,
	    "%sACUTE: no receipt after %" PRIu64 " s.%s Call 112 "
	    "(danger) or 114 (police) now. %s\n",
	    colour(stderr, COLOUR_BAD), waited_ms / 1000,
	    colour(stderr, COLOUR_PLAIN),
	    last ? "The message stays in the outbox." : "Sending goes on.");
}

/* Until f has what is waited for. False when going on makes no sense. */
static bool
wait_for(struct sending *s, struct sent_file *f, bool delivered)
{
	uint64_t start = now_ms(), waited = 0;
	struct infohus_event event;
	struct infohus_why why;
	bool warned = false;

	while (!is_settled(f, delivered) && waited < s->timeout_ms) {
		uint64_t left = s->timeout_ms - waited;
		enum infohus_result r;

		if (!warned && left > ALARM_MS && waited < ALARM_MS)
			left = ALARM_MS - waited;
		r = infohus_next(s->seat, (int)left, &event, &why);
		if (r == INFOHUS_OK) {
			take_event(s, &event);
		} else if (infohus_result_is_alarm(r)) {
			note_exit(s,
			    trouble("%s: %s: %s", infohus_result_name(r),
				infohus_result_text(r), why.text));
			return false;
		} else if (r != INFOHUS_TIMEOUT) {
			keep_reason(s->arena, f, why.text);
		}
		waited = now_ms() - start;
		if (!warned && waited >= ALARM_MS) {
			alarm_if_acute(f, waited, false);
			warned = true;
		}
	}
	if (!is_settled(f, false))
		alarm_if_acute(f, waited, true);
	return true;
}

/* --------------------------------------------------------------- sending */

static bool
send_one(struct sending *s, struct sent_file *f)
{
	struct infohus_why why;
	enum infohus_result r;

	r = infohus_draft(
	    s->seat, (const char *)f->text.data, f->text.len, f->id, &why);
	if (r == INFOHUS_EXISTS) {
		/* Built before: those bytes are what counts, not the file. */
		fprintf(stderr,
		    "infohus send: %s: a message with this id was "
		    "built before; its answer is asked for again\n",
		    f->name);
		r = INFOHUS_OK;
	}
	if (r == INFOHUS_OK)
		r = infohus_send(s->seat, f->id,
		    s->delivered ? INFOHUS_UNTIL_DELIVERED :
				   INFOHUS_UNTIL_RECORDED,
		    &why);
	if (r != INFOHUS_OK) {
		fprintf(stderr, "infohus send: %s: %s\n", f->name, why.text);
		note_exit(s, exit_of(r));
		f->state = SENT_FAILED;
		keep_reason(s->arena, f, why.text);
		return true;
	}
	return wait_for(s, f, false);
}

static bool
send_all(struct sending *s)
{
	bool go_on = true;
	size_t count = 0;

	if (args_has(&s->args, "outbox") &&
	    infohus_send_outbox(
		s->seat, INFOHUS_UNTIL_RECORDED, &count, NULL) != INFOHUS_OK)
		note_exit(s, trouble("the outbox does not read"));
	for (size_t i = 0; i < s->n && go_on; i++)
		go_on = send_one(s, &s->file[i]);
	for (size_t i = 0; i < s->n && go_on && s->delivered; i++)
		if (s->file[i].state == SENT_RECORDED)
			go_on = wait_for(s, &s->file[i], true);
	return go_on;
}

/* With no file of this call left, what --outbox queued is still under way. */
static void
drain_outbox(struct sending *s)
{
	uint64_t end = now_ms() + s->timeout_ms;
	size_t left = 1;

	while (left > 0 && now_ms() < end) {
		struct infohus_event event;
		struct infohus_why why;
		enum infohus_result r = infohus_next(
		    s->seat, (int)(end - now_ms()), &event, &why);

		if (r == INFOHUS_OK)
			take_event(s, &event);
		else if (infohus_result_is_alarm(r)) {
			note_exit(s,
			    trouble(
				"%s: %s", infohus_result_name(r), why.text));
			return;
		}
		left = infohus_unanswered(s->seat);
	}
	if (left > 0) {
		fprintf(stderr,
		    "infohus send: %zu messages have no answer and "
		    "stay in the outbox\n",
		    left);
		note_exit(s, EXIT_TROUBLE);
	}
}

static int
run(struct sending *s)
{
	bool go_on;

	if (!read_drafts(s))
		return s->worst;
	go_on = send_all(s);
	if (go_on && args_has(&s->args, "outbox"))
		drain_outbox(s);
	for (size_t i = 0; i < s->n; i++) {
		if (s->json)
			print_file_json(&s->file[i]);
		else
			print_file(&s->file[i]);
		note_exit(s, file_exit(&s->file[i], s->delivered));
	}
	return s->worst;
}

int
cmd_send(int argc, char **argv)
{
	struct sending s = { .worst = EXIT_YES };
	const char *home, *what;
	struct infohus_why why;
	enum infohus_result r;
	uint64_t seconds;
	int code;

	if (!args_parse(&s.args, &usage, argc, argv, &code))
		return code;
	home = args_value(&s.args, "home");
	what = args_value(&s.args, "wait");
	if (home == NULL)
		return usage_error(&usage, "--home is missing");
	if (s.args.n_operand == 0 && !args_has(&s.args, "outbox"))
		return usage_error(&usage, "found no FILE and no --outbox");
	if (what != NULL && strcmp(what, "recorded") != 0 &&
	    strcmp(what, "delivered") != 0)
		return usage_error(
		    &usage, "--wait: expected recorded or delivered");
	if (!args_number(&s.args, "timeout", 1, 86400, TIMEOUT_S, &seconds))
		return EXIT_USAGE;
	s.timeout_ms = seconds * 1000;
	s.delivered = what != NULL && strcmp(what, "delivered") == 0;
	s.json = args_has(&s.args, "json");
	r = infohus_open(&s.seat, home, &why);
	if (r != INFOHUS_OK)
		return trouble("%s", why.text);
	if (arena_new(&s.arena, s.args.n_operand * DRAFT_ARENA + DRAFT_ARENA) !=
	    ERR_OK)
		code = trouble("no memory");
	else
		code = run(&s);
	infohus_close(s.seat);
	arena_free(s.arena);
	return code;
}
