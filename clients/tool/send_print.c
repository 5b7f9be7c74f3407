/*
 * SPDX-License-Identifier: MIT
 *
 * send_print: see send_print.h.
 */
#include "send_print.h"

#include <inttypes.h>
#include <string.h>

#include "proto/taxonomy.h"

/* --------------------------------------------------------------- keeping */

static const char *
copy_text(struct arena *a, const char *s)
{
	return s != NULL ? arena_strdup(a, s) : NULL;
}

static const char *const *
copy_list(struct arena *a, const char *const *list, size_t *n)
{
	const char **copy = arena_alloc(a, (*n + 1) * sizeof *copy);

	if (copy == NULL)
		*n = 0;
	for (size_t i = 0; i < *n; i++)
		copy[i] = copy_text(a, list[i]);
	return copy;
}

void
keep_receipt(
    struct arena *a, struct sent_file *f, const struct infohus_receipt *r)
{
	struct infohus_receipt *copy = arena_alloc(a, sizeof *copy);
	struct infohus_verdict *v = arena_alloc(
	    a, (r->n_verdict + 1) * sizeof *v);

	if (copy == NULL || v == NULL)
		return;
	*copy = *r;
	for (size_t i = 0; i < r->n_verdict; i++) {
		v[i] = r->verdict[i];
		v[i].node = copy_text(a, v[i].node);
		v[i].rule = copy_text(a, v[i].rule);
		v[i].law = copy_text(a, v[i].law);
		v[i].person = copy_text(a, v[i].person);
		v[i].missing = copy_list(a, v[i].missing, &v[i].n_missing);
		v[i].instead = copy_list(a, v[i].instead, &v[i].n_instead);
	}
	copy->id = f->id;
	copy->verdict = v;
	copy->notice = copy_list(a, r->notice, &copy->n_notice);
	f->receipt = copy;
	f->state = SENT_RECORDED;
}

void
keep_rejection(
    struct arena *a, struct sent_file *f, const struct infohus_rejection *r)
{
	struct infohus_rejection *copy = arena_alloc(a, sizeof *copy);

	if (copy == NULL)
		return;
	*copy = *r;
	copy->id = f->id;
	copy->field = copy_text(a, r->field);
	f->rejection = copy;
	if (!r->retry)
		f->state = SENT_REJECTED;
}

void
keep_reason(struct arena *a, struct sent_file *f, const char *reason)
{
	if (f->reason == NULL || strcmp(f->reason, reason) != 0)
		f->reason = copy_text(a, reason);
}

/* --------------------------------------------------------------- judging */

static bool
is_delivered(const struct infohus_receipt *r)
{
	for (size_t i = 0; i < r->n_verdict; i++)
		if (r->verdict[i].outcome == INFOHUS_PERMIT &&
		    r->verdict[i].node != NULL &&
		    r->verdict[i].stage == INFOHUS_STAGE_NONE)
			return false;
	return true;
}

bool
is_settled(const struct sent_file *f, bool delivered)
{
	if (f->state == SENT_WAITING)
		return false;
	return f->state != SENT_RECORDED || !delivered ||
	    is_delivered(f->receipt);
}

static const char *
outcome_name(enum infohus_outcome o)
{
	switch (o) {
	case INFOHUS_REFUSE:
		return "refuse";
	case INFOHUS_PERMIT:
		return "permit";
	case INFOHUS_PARK:
		return "park";
	}
	return "?";
}

static bool
same_or_unasked(const char *want, const char *got)
{
	return want == NULL || (got != NULL && strcmp(want, got) == 0);
}

/*
 * A reason that would tell about the case is not told: such a verdict looks
 * like a permit to somebody who is offline, so that is what is compared.
 */
static bool
fits(const PbExpectation *e, const struct infohus_verdict *v)
{
	bool hidden = e->code != NULL && strcmp(e->code, "pending") == 0;

	if (!same_or_unasked(e->node, v->node))
		return false;
	if (hidden && e->outcome != OUTCOME_PARK)
		return v->outcome == INFOHUS_PERMIT;
	return strcmp(TAXONOMY_ID(outcome, e->outcome),
		   outcome_name(v->outcome)) == 0 &&
	    same_or_unasked(e->rule, v->rule) &&
	    (v->outcome == INFOHUS_PERMIT ||
		same_or_unasked(e->code, v->code_name));
}

static bool
is_expected(const struct sent_file *f, size_t i)
{
	const struct infohus_receipt *r = f->receipt;

	for (size_t k = 0; r != NULL && k < r->n_verdict; k++)
		if (r->verdict[k].addressee == i &&
		    fits(f->draft->expect[i], &r->verdict[k]))
			return true;
	return false;
}

static bool
all_permitted(const struct infohus_receipt *r)
{
	uint32_t answered = 0;

	for (size_t i = 0; i < r->n_verdict; i++) {
		if (r->verdict[i].outcome != INFOHUS_PERMIT)
			return false;
		answered |= UINT32_C(1) << r->verdict[i].addressee;
	}
	for (size_t i = 0; i < r->n_addressee; i++)
		if ((answered & UINT32_C(1) << i) == 0)
			return false;
	return true;
}

int
file_exit(const struct sent_file *f, bool delivered)
{
	switch (f->state) {
	case SENT_WAITING:
		return EXIT_TROUBLE;
	case SENT_REJECTED:
		return EXIT_NO;
	case SENT_FAILED:
		return EXIT_NO;
	case SENT_RECORDED:
		break;
	}
	if (delivered && !is_delivered(f->receipt))
		return EXIT_NO;
	if (f->draft->n_expect == 0)
		return all_permitted(f->receipt) ? EXIT_YES : EXIT_NO;
	for (size_t i = 0; i < f->draft->n_expect; i++)
		if (!is_expected(f, i))
			return EXIT_NO;
	return EXIT_YES;
}

/* ------------------------------------------------------------------ text */

static void
print_stage(const struct infohus_verdict *v)
{
	switch (v->stage) {
	case INFOHUS_STAGE_NONE:
		break;
	case INFOHUS_STAGE_ACKED:
		fputs("  received", stdout);
		break;
	case INFOHUS_STAGE_NACKED:
		printf("  %scould not be used: %s%s",
		    colour(stdout, COLOUR_BAD), v->stage_code,
		    colour(stdout, COLOUR_PLAIN));
		break;
	}
	if (v->person != NULL) {
		fputs(" by ", stdout);
		print_text(stdout, v->person);
	}
}

static void
print_verdict(const struct sent_file *f, const struct infohus_verdict *v)
{
	const PbAddressee *to = f->draft != NULL &&
		v->addressee < f->draft->n_addressee ?
	    f->draft->addressee[v->addressee] :
	    NULL;
	const char *who = v->node != NULL ? v->node :
	    to != NULL && to->has_role	  ? TAXONOMY_ID(role, to->role) :
					    "-";

	printf("  %2zu  %s%-6s%s  %-32s  %-4s  ", v->addressee + 1,
	    colour(stdout,
		v->outcome == INFOHUS_PERMIT ? COLOUR_GOOD : COLOUR_BAD),
	    outcome_name(v->outcome), colour(stdout, COLOUR_PLAIN), who,
	    v->rule != NULL ? v->rule : "-");
	if (v->law != NULL)
		print_text(stdout, v->law);
	if (v->decided != 0)
		printf("  decided in entry %" PRIu64, v->decided);
	print_stage(v);
	putchar('\n');
	if (v->outcome != INFOHUS_PERMIT)
		printf("      %s: %s\n", v->code_name, v->code_text);
	for (size_t i = 0; i < v->n_missing; i++) {
		fputs(i == 0 ? "      missing: " : ", ", stdout);
		print_text(stdout, v->missing[i]);
	}
	if (v->n_missing > 0)
		putchar('\n');
	for (size_t i = 0; i < v->n_instead; i++) {
		fputs("      lawful instead: ", stdout);
		print_text(stdout, v->instead[i]);
		putchar('\n');
	}
}

static void
print_receipt(const struct sent_file *f)
{
	const struct infohus_receipt *r = f->receipt;
	char time[25];

	time_format(time, r->recorded_at);
	printf("%s  recorded as entry %" PRIu64
	       " at %s, proven in a log of %" PRIu64 "\n",
	    r->id, r->index, time, r->tree_size);
	for (size_t i = 0; i < r->n_verdict; i++)
		print_verdict(f, &r->verdict[i]);
	for (size_t i = 0; i < r->n_notice; i++) {
		printf("   %s!%s  ", colour(stdout, COLOUR_BAD),
		    colour(stdout, COLOUR_PLAIN));
		print_text(stdout, r->notice[i]);
		putchar('\n');
	}
	for (size_t i = 0; i < f->draft->n_expect; i++) {
		const PbExpectation *e = f->draft->expect[i];

		if (!is_expected(f, i))
			printf("  %sMISMATCH%s addressee %zu: expected %s %s %s"
			       " %s\n",
			    colour(stdout, COLOUR_BAD),
			    colour(stdout, COLOUR_PLAIN), i + 1,
			    TAXONOMY_ID(outcome, e->outcome),
			    e->code != NULL ? e->code : "",
			    e->rule != NULL ? e->rule : "",
			    e->node != NULL ? e->node : "");
	}
}

static void
print_rejection(const struct infohus_rejection *r)
{
	printf("%s  %srejected%s %s: %s", r->id, colour(stdout, COLOUR_BAD),
	    colour(stdout, COLOUR_PLAIN), r->code_name, r->code_text);
	if (r->field != NULL) {
		fputs(": ", stdout);
		print_text(stdout, r->field);
	}
	putchar('\n');
}

void
print_file(const struct sent_file *f)
{
	switch (f->state) {
	case SENT_RECORDED:
		print_receipt(f);
		break;
	case SENT_REJECTED:
		print_rejection(f->rejection);
		break;
	case SENT_WAITING:
		printf("%s  no answer yet, stays in the outbox", f->id);
		if (f->rejection != NULL)
			printf(": %s", f->rejection->code_text);
		else if (f->reason != NULL)
			printf(": %s", f->reason);
		putchar('\n');
		break;
	case SENT_FAILED:
		break; /* said already, on stderr */
	}
}

void
print_other(const struct infohus_event *e)
{
	if (e->receipt != NULL)
		fprintf(stderr,
		    "%s  (sent earlier) recorded as entry %" PRIu64 "\n",
		    e->receipt->id, e->receipt->index);
	if (e->rejection != NULL)
		fprintf(stderr, "%s  (sent earlier) rejected: %s\n",
		    e->rejection->id, e->rejection->code_name);
}

/* ------------------------------------------------------------------ JSON */

static json_t *
text_or_null(const char *s)
{
	return s != NULL ? json_string(s) : json_null();
}

static json_t *
list_value(const char *const *list, size_t n)
{
	json_t *v = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(v, text_or_null(list[i]));
	return v;
}

static const char *
stage_name(enum infohus_stage s)
{
	switch (s) {
	case INFOHUS_STAGE_NONE:
		return "none";
	case INFOHUS_STAGE_ACKED:
		return "acked";
	case INFOHUS_STAGE_NACKED:
		return "nacked";
	}
	return "?";
}

static json_t *
verdict_value(const struct infohus_verdict *v)
{
	json_t *o = json_pack("{s:I, s:s, s:s, s:s}", "addressee",
	    (json_int_t)v->addressee, "outcome", outcome_name(v->outcome),
	    "code", v->code_name, "code_text", v->code_text);

	if (v->node != NULL)
		json_object_set_new(o, "node", json_string(v->node));
	if (v->rule != NULL)
		json_object_set_new(o, "rule", json_string(v->rule));
	if (v->law != NULL)
		json_object_set_new(o, "law", json_string(v->law));
	if (v->n_missing > 0)
		json_object_set_new(
		    o, "missing", list_value(v->missing, v->n_missing));
	if (v->n_instead > 0)
		json_object_set_new(
		    o, "instead", list_value(v->instead, v->n_instead));
	if (v->decided != 0)
		json_object_set_new(
		    o, "decided", json_integer((json_int_t)v->decided));
	json_object_set_new(o, "stage", json_string(stage_name(v->stage)));
	if (v->stage_code != NULL)
		json_object_set_new(
		    o, "stage_code", json_string(v->stage_code));
	if (v->person != NULL)
		json_object_set_new(o, "person", json_string(v->person));
	return o;
}

static void
add_receipt(json_t *o, const struct sent_file *f)
{
	const struct infohus_receipt *r = f->receipt;
	json_t *verdicts = json_array(), *unlike = json_array();
	char time[25];

	time_format(time, r->recorded_at);
	json_object_set_new(o, "index", json_integer((json_int_t)r->index));
	json_object_set_new(o, "recorded_at", json_string(time));
	json_object_set_new(
	    o, "tree_size", json_integer((json_int_t)r->tree_size));
	for (size_t i = 0; i < r->n_verdict; i++)
		json_array_append_new(verdicts, verdict_value(&r->verdict[i]));
	json_object_set_new(o, "verdict", verdicts);
	json_object_set_new(o, "notice", list_value(r->notice, r->n_notice));
	for (size_t i = 0; i < f->draft->n_expect; i++)
		if (!is_expected(f, i))
			json_array_append_new(
			    unlike, json_integer((json_int_t)i));
	if (f->draft->n_expect > 0)
		json_object_set_new(o, "mismatch", unlike);
	else
		json_decref(unlike);
}

void
print_file_json(const struct sent_file *f)
{
	static const char *const name[] = { [SENT_WAITING] = "waiting",
		[SENT_RECORDED] = "recorded",
		[SENT_REJECTED] = "rejected",
		[SENT_FAILED] = "failed" };
	const struct infohus_rejection *r = f->rejection;
	json_t *o = json_pack(
	    "{s:s, s:s}", "file", f->name, "result", name[f->state]);

	if (f->id[0] != '\0')
		json_object_set_new(o, "id", json_string(f->id));
	if (f->state == SENT_RECORDED) {
		add_receipt(o, f);
	} else if (r != NULL) {
		json_object_set_new(o, "code", json_string(r->code_name));
		json_object_set_new(o, "code_text", json_string(r->code_text));
		json_object_set_new(o, "retry", json_boolean(r->retry));
		if (r->field != NULL)
			json_object_set_new(o, "field", json_string(r->field));
	} else if (f->reason != NULL) {
		json_object_set_new(o, "why", json_string(f->reason));
	}
	print_json(o);
}
