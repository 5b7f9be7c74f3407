/*
 * SPDX-License-Identifier: MIT
 *
 * steps: see steps.h. A small federation: a jobcenter and a school that
 * write, the kommune and police with two seats each, three that are asked.
 */
#include "steps.h"

#include <stdio.h>
#include <string.h>

#include "tests/common/splitmix.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static uint64_t
next(struct steps *s)
{
	return splitmix_next(&s->random);
}

static unsigned
below(struct steps *s, size_t n)
{
	return (unsigned)(next(s) % n);
}

#define PICK(s, list) ((list)[below((s), COUNT(list))])

static const char *const seats[] = { "jobcenter", "skole", "kommune/cli",
	"kommune/agent", "politi/cli", "politi/agent", "social", "psykiatri",
	"boern", "jobcenter/cli#2" };

/* A seat that may send it, the kind, and the rest of a SEND line. */
struct message_step {
	const char *seat, *kind, *rest;
};

static const struct message_step opening[] = {
	{ "jobcenter", "concern",
	    "to=kom_tovholder carry=identity+concern to=pol_tovholder "
	    "carry=identity+concern" },
	{ "skole", "concern", "to=kom_tovholder carry=concern" },
	{ "skole", "concern", "acute to=pol_vagt carry=concern must=permit" },
	{ "skole", "concern",
	    "acute to=kom_tovholder carry=concern to=pol_tovholder "
	    "carry=concern" },
	{ "jobcenter", "concern",
	    "cpr=1503901234 to=kom_tovholder carry=identity" },
	{ "politi", "concern",
	    "cpr=1503901234 to=kom_tovholder basis=rpl_115_1_1 "
	    "carry=identity" },
};

static const struct message_step anytime[] = {
	{ "skole", "underretning",
	    "age=minor to=boern_familie carry=identity must=permit" },
	{ "skole", "concern",
	    "to=pol_tovholder purpose=investigation carry=concern "
	    "must=refuse" },
	{ "jobcenter", "concern",
	    "to=kom_tovholder basis=dbl_6_8 carry=concern must=refuse" },
	{ "jobcenter", "concern",
	    "role=skole to=kom_tovholder carry=concern must=refuse" },
	{ "jobcenter", "concern",
	    "kommune=9999 to=kom_tovholder carry=concern must=refuse" },
	{ "jobcenter", "concern", "to=jobcenter carry=concern must=refuse" },
	{ "jobcenter", "concern",
	    "expires=+20s to=kom_tovholder carry=concern" },
	{ "jobcenter", "addendum",
	    "case=unknown to=kom_tovholder carry=concern must=refuse" },
	{ "jobcenter", "concern",
	    "after=unknown to=kom_tovholder carry=concern must=refuse" },
};

static const struct message_step in_case[] = {
	{ "jobcenter", "addendum", "to=kom_tovholder carry=concern" },
	{ "skole", "addendum",
	    "acute to=pol_tovholder carry=concern must=permit" },
	{ "politi", "screening", "event=screening_started to=infohus" },
	{ "politi", "screening", "event=screening_accepted to=infohus" },
	{ "kommune", "screening", "event=screening_accepted to=infohus" },
	{ "politi", "police_alone", "to=infohus" },
	{ "politi", "police_handback", "to=infohus" },
	{ "kommune", "police_alone", "to=infohus must=refuse" },
	{ "kommune", "info_request",
	    "to=social rel=same_authority basis=internal carry=identity" },
	{ "social", "info_answer", "to=kom_tovholder carry=social" },
	{ "politi", "info_request",
	    "exposed=pol_tovholder:-2d to=behandlingspsykiatri coop=psp "
	    "basis=rpl_115_1_2 purpose=exposed_persons carry=identity" },
	{ "psykiatri", "info_answer",
	    "exposed=pol_tovholder:-2d to=pol_tovholder coop=psp "
	    "basis=rpl_115_2+shl_43 purpose=exposed_persons "
	    "carry=health_treatment" },
	{ "politi", "police_orientation", "to=kom_tovholder carry=logistics" },
	{ "politi", "info_request",
	    "to=behandlingspsykiatri coop=psp basis=rpl_115_1_2 "
	    "purpose=exposed_persons carry=identity must=refuse" },
};

static void
send_step(struct steps *s, char *out)
{
	unsigned kind = below(s, 10);
	const struct message_step *m;
	char label[24], of[24] = "";

	if (kind < 4 || s->cases == 0) {
		m = &opening[below(s, COUNT(opening))];
		snprintf(label, sizeof label, "case%u", ++s->cases);
	} else {
		m = kind < 6 ? &anytime[below(s, COUNT(anytime))] :
			       &in_case[below(s, COUNT(in_case))];
		snprintf(label, sizeof label, "m%u", ++s->labels);
		if (kind >= 6)
			snprintf(of, sizeof of, "case=case%u ",
			    1 + below(s, s->cases));
	}
	snprintf(out, STEP_MAX, "SEND %s %s %s %s%s", m->seat, label, m->kind,
	    of, m->rest);
}

static void
label_of(struct steps *s, char *out, size_t room)
{
	if (s->cases > 0 && (s->labels == 0 || below(s, 2) == 0))
		snprintf(out, room, "case%u", 1 + below(s, s->cases));
	else
		snprintf(out, room, "m%u", 1 + below(s, s->labels + 1));
}

static void
resend_step(struct steps *s, char *out)
{
	static const char *const how[] = { "", "", "", "",
		" mangle=other_content", " mangle=wrong_signature",
		" mangle=nonsense", " mangle=long_ago", " lane=control" };
	static const char *const who[] = { "jobcenter", "skole", "kommune",
		"politi", "social", "jobcenter/cli#2" };
	char label[24];

	label_of(s, label, sizeof label);
	snprintf(
	    out, STEP_MAX, "RESEND %s %s%s", PICK(s, who), label, PICK(s, how));
}

static void
session_step(struct steps *s, char *out)
{
	static const char *const how[] = { "", "", "", " takes", " takes",
		" credit=1", " credit=3 bytes=6000", " lanes=acute",
		" credit=0" };
	static const char *const end[] = { "DROP", "BYE", "PING", "HELLO" };

	if (below(s, 6) > 0)
		snprintf(
		    out, STEP_MAX, "ONLINE %s%s", PICK(s, seats), PICK(s, how));
	else
		snprintf(out, STEP_MAX, "%s %s", PICK(s, end), PICK(s, seats));
}

static void
ack_step(struct steps *s, char *out)
{
	static const char *const how[] = { "", "", "", "", " mangle=parts",
		" mangle=header", " mangle=signature" };

	snprintf(out, STEP_MAX, "%s %s all%s", below(s, 6) > 0 ? "ACK" : "NACK",
	    PICK(s, seats), PICK(s, how));
}

static void
machine_step(struct steps *s, char *out)
{
	static const char *const what[] = { "KILL", "STOP", "HOLD", "HOLD",
		"RELOAD", "KILL after=0", "KILL after=1", "KILL after=2",
		"FAULT commit_full", "FAULT commit_lost", "FAULT commit_kept",
		"FAULT low_water 2", "SUSPEND kommune", "SUSPEND jobcenter",
		"CARD kommune", "CARD kommune", "CARD jobcenter",
		"CARD jobcenter", "CARD kommune new_certificate",
		"CARD politi new_keys", "FRAME politi 77", "RAW kommune 80",
		"FRAME skole 14 counter=skips", "READ jobcenter 0 5",
		"TIME set -1h", "TIME set +1h" };

	if (below(s, 8) == 0)
		snprintf(out, STEP_MAX, "FAULT %s %u",
		    below(s, 2) ? "write_full" : "write_io", 1 + below(s, 20));
	else
		snprintf(out, STEP_MAX, "%s", PICK(s, what));
}

/* Whoever is not there is wanted back. */
static const char *const first[] = { "ONLINE jobcenter", "ONLINE skole",
	"ONLINE kommune/cli takes", "ONLINE politi/cli", "ONLINE politi/agent",
	"ONLINE social takes", "ONLINE psykiatri" };

void
steps_begin(struct steps *s, uint64_t seed)
{
	memset(s, 0, sizeof *s);
	s->random = seed;
}

static void
any_step(struct steps *s, char *out)
{
	unsigned kind = below(s, 100);

	if (kind < 44)
		send_step(s, out);
	else if (kind < 56)
		resend_step(s, out);
	else if (kind < 72)
		session_step(s, out);
	else if (kind < 87)
		ack_step(s, out);
	else if (kind < 94)
		snprintf(out, STEP_MAX, "TIME +%us", 1 + below(s, 40));
	else
		machine_step(s, out);
}

/* After a kill or fault core is to be up again soon, and all with it. */
void
steps_next(struct steps *s, char out[STEP_MAX])
{
	if (s->held && below(s, 4) == 0) {
		s->held = false;
		snprintf(out, STEP_MAX, "GO");
	} else if (s->down && below(s, 3) == 0) {
		s->down = false;
		s->first = 0;
		snprintf(out, STEP_MAX, "UP");
	} else if (!s->down && s->first < COUNT(first) && below(s, 3) > 0) {
		snprintf(out, STEP_MAX, "%s", first[s->first++]);
	} else {
		any_step(s, out);
	}
	s->held |= strcmp(out, "HOLD") == 0;
	s->down |= strncmp(out, "KILL", 4) == 0 || strcmp(out, "STOP") == 0 ||
	    strncmp(out, "FAULT", 5) == 0;
}
