/*
 * SPDX-License-Identifier: MIT
 *
 * receive: infohus receive. A message is acknowledged only when it is safe
 * in its folder, or was written to stdout. It never shows or keeps one that
 * did not verify.
 */
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clients/lib/infohus.h"

#define PATH_ROOM 4096
#define TIMEOUT_S 5
#define FLUSH_MS 5000

static const struct option_help options[] = {
	{ "home", "DIR", false, "the seat's folder, DIR/seat-NAME (required)" },
	{ "dir", "DIR", false,
	    "write each to DIR/INDEX-ID.json; without, to stdout" },
	{ "follow", NULL, false, "go on until stopped" },
	{ "count", "N", false, "end after N messages" },
	{ "timeout", "S", false,
	    "end when nothing came for S seconds (default 5)" },
	{ "lane", "LANE", false, "acute or ordinary; without, both" },
	{ "person", "NAME", false,
	    "pseudonym of who takes them, part of the signed ack" },
	{ "json", NULL, false, "with --dir: one JSON object a message" },
	{ NULL, NULL, false, NULL },
};

static const struct usage usage = {
	.command = "receive",
	.operands = "",
	.text =
	    "Takes what waits for the seat's node. Every message is "
	    "verified: it is in the log,\nits parts belong to the signed "
	    "header, the sender's card has two custodians'\napprovals and its "
	    "certificate signed. Acute messages come first. A message is\n"
	    "acknowledged when it is on disk.\n\nExit code 0 if N messages "
	    "(without --count: any) came, 1 if not, 3 for trouble.",
	.option = options,
};

struct receiving {
	struct args args;
	struct infohus *seat;
	const char *dir, *person;
	bool follow, json;
	uint64_t count, timeout_ms;
	uint64_t got, unreadable;
};

/* ---------------------------------------------------------------- showing */

static void
show_line(const struct infohus_message *m, const char *path)
{
	char time[25];

	time_format(time, m->recorded_at);
	printf("%s%-8s%s  entry %" PRIu64 "  %s  %s  from ",
	    m->acute ? colour(stdout, COLOUR_BAD) : "",
	    m->acute ? "ACUTE" : "ordinary",
	    m->acute ? colour(stdout, COLOUR_PLAIN) : "", m->index, time,
	    m->kind);
	print_text(stdout, m->sender);
	fputs(" (", stdout);
	print_text(stdout, m->sender_name);
	printf(")  %s\n", path);
	fflush(stdout);
}

static bool
show_json_line(const struct infohus_message *m, const char *path)
{
	char time[25];

	time_format(time, m->recorded_at);
	return print_json(json_pack("{s:I, s:s, s:b, s:s, s:s, s:s, s:s}",
	    "index", (json_int_t)m->index, "id", m->id, "acute", m->acute,
	    "recorded_at", time, "kind", m->kind, "sender", m->sender, "file",
	    path));
}

/* To the folder, or whole to stdout. False: not safe, do not acknowledge. */
static bool
store(struct receiving *r, const struct infohus_message *m)
{
	char path[PATH_ROOM];
	struct why why = { "" };

	if (r->dir == NULL) {
		if (m->acute)
			fprintf(stderr, "%sACUTE%s entry %" PRIu64 " from %s\n",
			    colour(stderr, COLOUR_BAD),
			    colour(stderr, COLOUR_PLAIN), m->index, m->sender);
		return puts(m->json) != EOF && fflush(stdout) == 0;
	}
	if (snprintf(path, sizeof path, "%s/%" PRIu64 "-%s.json", r->dir,
		m->index, m->id) >= (int)sizeof path) {
		trouble("the path of --dir is too long");
		return false;
	}
	if (file_write(path, bytes_str(m->json), 0600, &why) != ERR_OK) {
		trouble("%s", why.text);
		return false;
	}
	if (r->json)
		return show_json_line(m, path);
	show_line(m, path);
	return true;
}

/* ----------------------------------------------------------------- taking */

static bool
take_message(struct receiving *r, const struct infohus_message *m)
{
	struct infohus_why why;

	if (!store(r, m))
		return false;
	if (infohus_ack(r->seat, m->index, r->person, &why) != INFOHUS_OK) {
		trouble("%s", why.text);
		return false;
	}
	r->got++;
	return true;
}

/*
 * What can never become right is sent back, so that its sender learns of it.
 * What may only look wrong because this seat's custodians are out of date
 * stays in the mailbox.
 */
static bool
take_unreadable(struct receiving *r, const struct infohus_unreadable *u)
{
	struct infohus_why why;

	r->unreadable++;
	fprintf(stderr, "%sUNREADABLE%s entry %" PRIu64 ": %s: %s; %s\n",
	    colour(stderr, COLOUR_BAD), colour(stderr, COLOUR_PLAIN), u->index,
	    infohus_result_name(u->result), u->why,
	    u->for_ever ? "sent back" : "left in the mailbox");
	if (!u->for_ever)
		return true;
	if (infohus_nack(r->seat, u->index,
		u->result == INFOHUS_NOT_FOR_US ? INFOHUS_NACK_NOT_MINE :
						  INFOHUS_NACK_CANNOT_READ,
		&why) == INFOHUS_OK)
		return true;
	trouble("%s", why.text);
	return false;
}

static bool
take_event(struct receiving *r, const struct infohus_event *e)
{
	switch (e->kind) {
	case INFOHUS_EVENT_MESSAGE:
		return take_message(r, e->message);
	case INFOHUS_EVENT_UNREADABLE:
		return take_unreadable(r, e->unreadable);
	case INFOHUS_EVENT_READY:
		fprintf(stderr, "connected as %s, seat %s\n",
		    infohus_node(r->seat), infohus_seat(r->seat));
		return true;
	case INFOHUS_EVENT_RECORDED:
	case INFOHUS_EVENT_DELIVERED:
	case INFOHUS_EVENT_REJECTED:
		return true;
	}
	return true;
}

static int
run(struct receiving *r)
{
	char last[sizeof((struct infohus_why *)0)->text] = "";
	struct infohus_event event;
	struct infohus_why why;

	while (r->count == 0 || r->got < r->count) {
		enum infohus_result e = infohus_next(
		    r->seat, r->follow ? -1 : (int)r->timeout_ms, &event, &why);

		if (e == INFOHUS_OK) {
			if (!take_event(r, &event))
				return EXIT_TROUBLE;
		} else if (e == INFOHUS_TIMEOUT) {
			break;
		} else if (infohus_result_is_alarm(e)) {
			return trouble("%s: %s: %s", infohus_result_name(e),
			    infohus_result_text(e), why.text);
		} else if (strcmp(last, why.text) != 0) {
			fprintf(stderr, "infohus receive: %s; trying again\n",
			    why.text);
			memcpy(last, why.text, sizeof last);
		}
	}
	if (!infohus_is_connected(r->seat) && r->got == 0)
		return trouble("no session with the router");
	if (infohus_is_connected(r->seat) &&
	    infohus_flush(r->seat, FLUSH_MS, &why) != INFOHUS_OK)
		fprintf(stderr,
		    "infohus receive: %s; what was taken may come "
		    "once more and is then known\n",
		    why.text);
	if (r->unreadable > 0)
		return EXIT_TROUBLE;
	return r->got > 0 && r->got >= r->count ? EXIT_YES : EXIT_NO;
}

static bool
parse(struct receiving *r, int argc, char **argv, unsigned *lanes, int *code)
{
	const char *lane;
	uint64_t seconds;

	if (!args_parse(&r->args, &usage, argc, argv, code))
		return false;
	*code = EXIT_USAGE;
	if (!args_has(&r->args, "home")) {
		usage_error(&usage, "--home is missing");
		return false;
	}
	lane = args_value(&r->args, "lane");
	*lanes = INFOHUS_LANE_ACUTE | INFOHUS_LANE_ORDINARY;
	if (lane != NULL && strcmp(lane, "acute") == 0) {
		*lanes = INFOHUS_LANE_ACUTE;
	} else if (lane != NULL && strcmp(lane, "ordinary") == 0) {
		*lanes = INFOHUS_LANE_ORDINARY;
	} else if (lane != NULL) {
		usage_error(&usage, "--lane: expected acute or ordinary");
		return false;
	}
	r->dir = args_value(&r->args, "dir");
	r->person = args_value(&r->args, "person");
	r->follow = args_has(&r->args, "follow");
	r->json = args_has(&r->args, "json");
	if (!args_number(&r->args, "count", 1, UINT32_MAX, 0, &r->count) ||
	    !args_number(&r->args, "timeout", 1, 86400, TIMEOUT_S, &seconds))
		return false;
	r->timeout_ms = seconds * 1000;
	return true;
}

int
cmd_receive(int argc, char **argv)
{
	struct receiving r = { .got = 0 };
	struct infohus_why why;
	unsigned lanes;
	int code;

	if (!parse(&r, argc, argv, &lanes, &code))
		return code;
	if (r.dir != NULL && mkdir(r.dir, 0700) != 0 && errno != EEXIST)
		return trouble("%s: %s", r.dir, strerror(errno));
	if (infohus_open(&r.seat, args_value(&r.args, "home"), &why) !=
	    INFOHUS_OK)
		return trouble("%s", why.text);
	infohus_take(r.seat, lanes, r.count);
	code = run(&r);
	infohus_close(r.seat);
	return code;
}
