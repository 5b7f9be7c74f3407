/*
 * SPDX-License-Identifier: MIT
 *
 * random_facts: random messages and what the law's library makes of them,
 * for a second judge to judge again (tests/oracle/agree.py).
 *
 *	random_facts RULES.YAML SEED COUNT [START...]
 *
 * Nearly all messages drawn evenly would be refused for the same reason. So
 * most are made from one that came before: whatever decided, each rule and
 * each nearest permit equally often, gives a message of which a few places
 * are changed. The START files have lines of messages to begin with.
 *
 * A line each: the message (random_facts.h) | the facts | outcome code rule |
 * missing | alternatives | duties, the parts of the last three with ';'.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/slurp.h"
#include "proto/envelope.h"
#include "tests/common/splitmix.h"
#include "random_facts.h"

#define POOL_MAX 512  /* kinds of verdict: rule and code */
#define POOL_DEPTH 64 /* messages kept of each */
#define UNIFORM_ONE_IN 8
#define DUTIES_MAX 32
#define LINE_ROOM 4096

struct pool {
	const struct rule *rule;
	enum code code;
	uint64_t seen;
	struct message kept[POOL_DEPTH];
};

struct made {
	const struct rules *rules;
	uint64_t seed;
	size_t n_pool;
	struct pool pool[POOL_MAX];
};

static void
keep(struct made *d, const struct message *m, const struct judgement *j)
{
	struct pool *p = d->pool, *end = d->pool + d->n_pool;

	while (p < end && (p->rule != j->rule || p->code != j->code))
		p++;
	if (p == end) {
		if (d->n_pool == POOL_MAX)
			return;
		d->n_pool++;
		p->rule = j->rule;
		p->code = j->code;
	}
	p->kept[p->seen < POOL_DEPTH ? p->seen :
				       splitmix_next(&d->seed) % POOL_DEPTH] =
	    *m;
	p->seen++;
}

static const struct message *
pick(struct made *d)
{
	const struct pool *p = &d->pool[splitmix_next(&d->seed) % d->n_pool];

	return &p->kept[splitmix_next(&d->seed) %
	    (p->seen < POOL_DEPTH ? p->seen : POOL_DEPTH)];
}

static void
next(struct made *d, struct message *m)
{
	if (d->n_pool == 0 || splitmix_next(&d->seed) % UNIFORM_ONE_IN == 0) {
		message_draw(m, &d->seed);
		return;
	}
	*m = *pick(d);
	message_change(m, pick(d), &d->seed);
}

static void
write_facts(const struct facts *f)
{
	const bool flag[] = { f->has_case, f->police_alone, f->police_looked,
		f->case_acute, f->sender_participant, f->recipient_participant,
		f->answers_request, f->necessity_text, f->underretning_made,
		f->investigation_opened, f->crisis_open, f->sender_responsible,
		f->recipient_responsible, f->had_original, f->identity_sealed };
	unsigned flags = 0;

	for (size_t i = 0; i < sizeof(flag) / sizeof(flag[0]); i++)
		flags |= (unsigned)flag[i] << i;
	printf("|%d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d", f->kind,
	    f->from, f->to, f->urgency, f->cooperation, f->purpose,
	    f->necessity, f->age, f->concerned_child, f->exposed, f->ksp,
	    f->consent, f->state, f->event, f->acts_for, f->subject_informed);
	printf(" %u %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu32, flags,
	    f->basis, f->relation, f->categories, f->settings);
}

static void
write_judgement(const struct made *d, const struct facts *f, uint64_t at_ms,
    const struct judgement *j)
{
	struct alternative other[ALTERNATIVES_MAX];
	struct duty duty[DUTIES_MAX];
	char text[ALTERNATIVE_TEXT];
	size_t n;

	printf("|%d %s %s|", (int)j->outcome, code_name(j->code),
	    j->rule != NULL ? rule_id(j->rule) : "-");
	for (size_t i = 0; i < j->n_missing; i++)
		printf("%s%s", i > 0 ? ";" : "", j->missing[i]);
	n = judge_alternatives(d->rules, f, at_ms, other, ALTERNATIVES_MAX);
	printf("|");
	for (size_t i = 0; i < n; i++)
		printf("%s%s by %s", i > 0 ? ";" : "",
		    alternative_text(&other[i], text), rule_id(other[i].rule));
	n = rules_duties(d->rules, f, at_ms, duty, DUTIES_MAX);
	printf("|");
	for (size_t i = 0; i < n; i++)
		printf("%s%s %" PRIu64, i > 0 ? ";" : "", rule_id(duty[i].rule),
		    duty[i].due_ms);
	printf("\n");
}

static void
one(struct made *d, const struct message *m)
{
	uint64_t at_ms = (uint64_t)m->field[M_AT];
	struct judgement j;
	struct facts f;

	message_reduce(d->rules, m, &f);
	judge(d->rules, &f, at_ms, &j);
	keep(d, m, &j);
	message_write(m);
	write_facts(&f);
	write_judgement(d, &f, at_ms, &j);
}

static int
start(struct made *d, const char *path)
{
	char line[LINE_ROOM];
	struct message m;
	FILE *f = fopen(path, "r");

	if (f == NULL) {
		perror(path);
		return -1;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		if (!message_read(&m, line)) {
			fprintf(stderr, "%s: found %s", path, line);
			fclose(f);
			return -1;
		}
		one(d, &m);
	}
	fclose(f);
	return 0;
}

static struct rules *
load(struct arena *a, const char *path)
{
	struct problems p = { 0 };
	struct rules *r = NULL;
	struct bytes text;
	struct why why;

	if (slurp(a, path, YAML_SIZE_MAX, &text, &why) != ERR_OK)
		fprintf(stderr, "%s\n", why.text);
	else if ((r = rules_load(path, text, &p)) == NULL)
		fprintf(stderr, "%s", p.text != NULL ? p.text : "");
	problems_free(&p);
	return r;
}

int
main(int argc, char **argv)
{
	static struct made d;
	struct arena *a;
	struct message m;
	uint64_t n;

	if (argc < 4) {
		fprintf(stderr,
		    "usage: random_facts RULES.YAML SEED COUNT [START...]\n");
		return 2;
	}
	if (arena_new(&a, 2 * YAML_SIZE_MAX) != ERR_OK ||
	    (d.rules = load(a, argv[1])) == NULL)
		return 1;
	d.seed = strtoull(argv[2], NULL, 10);
	for (int i = 4; i < argc; i++)
		if (start(&d, argv[i]) != 0)
			return 1;
	for (n = strtoull(argv[3], NULL, 10); n > 0; n--) {
		next(&d, &m);
		one(&d, &m);
	}
	rules_free((struct rules *)d.rules);
	arena_free(a);
	return fflush(stdout) == 0 ? 0 : 1;
}
