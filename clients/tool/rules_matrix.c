/*
 * SPDX-License-Identifier: MIT
 *
 * rules_matrix: infohus rules matrix. Who may tell whom what, on a terminal,
 * as JSON, or as one page for lawyers that needs nothing but a browser.
 */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/law/words.h"
#include "matrix.h"
#include "proto/taxonomy.h"
#include "rules_ask.h"
#include "rules_say.h"

#define WIDTH 99
#define LABEL 21
#define CELL 3
#define ROLES 64

extern const char matrix_page[];
extern const size_t matrix_page_size;

static const struct option_help options[] = {
	{ "config", "FILE", false, "infohusd.yaml that names the law" },
	{ "rules", "FILE", false, "or the rule table itself" },
	{ "at", "TIME", false, "rules valid at this time (default: now)" },
	{ "kind", "WORD", true, "only these kinds" },
	{ "from", "WORD", true, "only from these roles" },
	{ "to", "WORD", true, "only to these roles" },
	{ "cooperation", "WORD", true, "only in one of these" },
	{ "state", "WORD", true, "only in one of these states of a case" },
	{ "category", "WORD", false, "only what may carry this" },
	{ "without", "RULE", true, "leave these rules out, e.g. R41,R42,R46" },
	{ "list", NULL, false, "also name kinds and rules of every pair" },
	{ "html", NULL, false, "one self-contained page, to save and open" },
	{ "json", NULL, false, "everything as JSON" },
	{ NULL, NULL, false, NULL },
};

static const struct usage usage = {
	.command = "rules matrix",
	.operands = "",
	.text =
	    "Prints who may tell whom what: for each sender and recipient the\n"
	    "number of kinds that some permit lets pass in some situation,\n"
	    "found exactly. With --from, --to or --kind (or --list) also the\n"
	    "kinds and the rules that permit them: R43* is an interpretation,\n"
	    "R17? waits for an approver. What the workflow allows in a state\n"
	    "is not part of it.\n"
	    "\n"
	    "--html writes a page with filters, in Danish and English; a view\n"
	    "of it can be linked: matrix.html#from=skole&lang=da\n"
	    "\n"
	    "Exit 0, 1 when nothing is left by the filters, 2 for a table\n"
	    "that does not load.",
	.option = options,
};

/* ---------------------------------------------------------------- filters */

static bool
read_words(
    const struct args *a, const char *option, const char *fact, uint64_t *set)
{
	size_t i = words_find(fact);
	char word[64];
	struct why why;

	if (!args_has(a, option))
		return true;
	*set = 0;
	for (size_t n = 0; ask_word(a, option, n, word, sizeof(word)); n++) {
		struct facts f = { .kind = 0 };

		if (words_set(&f, i, word, &why) != ERR_OK) {
			usage_error(a->usage, "--%s: %s", option,
			    why.text + strlen(fact) + 2);
			return false;
		}
		*set |= words_form(i) == WORD_SET ? words_get(&f, i) :
						    1ULL << words_get(&f, i);
	}
	return true;
}

static bool
read_filter(const struct args *a, struct matrix_filter *f)
{
	static const char *const name[COVER_DIMS] = { "kind", "from", "to",
		"cooperation", "state" };

	f->categories = 0;
	for (unsigned d = 0; d < COVER_DIMS; d++) {
		f->set[d] = UINT64_MAX;
		if (!read_words(a, name[d], name[d], &f->set[d]))
			return false;
	}
	if (!read_words(a, "category", "carries", &f->categories))
		return false;
	if ((f->categories & (f->categories - 1)) == 0)
		return true;
	usage_error(
	    a->usage, "--category: found more than one, expected a category");
	return false;
}

/* Takes the rules out that --without names. */
static bool
leave_out(const struct args *a, struct matrix *m)
{
	char id[64];

	for (size_t n = 0; ask_word(a, "without", n, id, sizeof(id)); n++) {
		size_t i = 0;

		while (i < m->n && strcmp(rule_id(m->rule[i].rule), id) != 0)
			i++;
		if (i == m->n) {
			usage_error(a->usage,
			    "--without: found %s, expected a permit of the "
			    "table such as R46",
			    id);
			return false;
		}
		matrix_drop(m, i);
	}
	return true;
}

/* --------------------------------------------------------------- terminal */

struct view {
	const struct matrix *m;
	const struct matrix_filter *f;
	uint64_t kinds[ROLES][ROLES]; /* from, to */
	uint64_t from, to;	      /* roles that have any */
};

static void
fill(struct view *v)
{
	for (unsigned from = 0; from < ROLES; from++)
		for (unsigned to = 0; to < ROLES; to++) {
			uint64_t kinds = 0;

			for (size_t i = 0; i < v->m->n; i++)
				kinds |= matrix_kinds(
				    &v->m->rule[i], v->f, from, to);
			v->kinds[from][to] = kinds;
			if (kinds == 0)
				continue;
			v->from |= 1ULL << from;
			v->to |= 1ULL << to;
		}
}

/* Numbers for the columns, and what they stand for. */
static void
print_columns(const struct view *v)
{
	char text[2000] = "", one[64];
	unsigned number = 0;

	for (unsigned to = 0; to < ROLES; to++) {
		if ((v->to & 1ULL << to) == 0)
			continue;
		(void)snprintf(one, sizeof(one), "%s%u:%s",
		    number > 0 ? ", " : "", number + 1, TAXONOMY_ID(role, to));
		strncat(text, one, sizeof(text) - strlen(text) - 1);
		number++;
	}
	print_wrapped_to(stdout, WIDTH, "to: ", text);
}

static void
print_block(const struct view *v, unsigned first, unsigned last)
{
	unsigned number = 0;

	printf("%-*s", LABEL, "");
	for (unsigned n = first; n < last; n++)
		printf("%*u", CELL, n + 1);
	putchar('\n');
	for (unsigned from = 0; from < ROLES; from++) {
		if ((v->from & 1ULL << from) == 0)
			continue;
		printf("%-*s", LABEL, TAXONOMY_ID(role, from));
		number = 0;
		for (unsigned to = 0; to < ROLES; to++) {
			int n = __builtin_popcountll(v->kinds[from][to]);

			if ((v->to & 1ULL << to) == 0)
				continue;
			if (number >= first && number < last && n > 0)
				printf("%*d", CELL, n);
			else if (number >= first && number < last)
				printf("%*s", CELL, ".");
			number++;
		}
		putchar('\n');
	}
}

static void
print_grid(const struct view *v)
{
	unsigned columns = (unsigned)__builtin_popcountll(v->to);
	unsigned room = (WIDTH - LABEL) / CELL;

	print_columns(v);
	for (unsigned first = 0; first < columns; first += room) {
		unsigned last = first + room < columns ? first + room : columns;

		putchar('\n');
		print_block(v, first, last);
	}
}

/* "concern (R00* R43*), addendum (R00*)" */
static void
pair_text(
    const struct view *v, unsigned from, unsigned to, char *out, size_t room)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned kind = 0; kind < 64; kind++) {
		const char *separator = " (";

		if ((v->kinds[from][to] & 1ULL << kind) == 0)
			continue;
		at += (size_t)snprintf(out + at, room - at, "%s%s",
		    at > 0 ? ", " : "", TAXONOMY_ID(kind, kind));
		for (size_t i = 0; i < v->m->n && at < room; i++) {
			const struct matrix_rule *r = &v->m->rule[i];
			bool text = strcmp(rule_mark(r->rule), "text") == 0;

			if ((matrix_kinds(r, v->f, from, to) & 1ULL << kind) ==
			    0)
				continue;
			at += (size_t)snprintf(out + at, room - at, "%s%s%s%s",
			    separator, rule_id(r->rule), text ? "" : "*",
			    r->parks ? "?" : "");
			separator = " ";
			if (at >= room)
				return;
		}
		at += (size_t)snprintf(out + at, room - at, ")");
		if (at >= room)
			return;
	}
}

#define PAIR_TEXT 8192

/* Recipients to whom the same holds are said together. */
static void
print_sender(const struct view *v, unsigned from, char text[2][PAIR_TEXT])
{
	uint64_t done = 0;

	for (unsigned to = 0; to < ROLES; to++) {
		char names[1200] = "";

		if (v->kinds[from][to] == 0 || (done & 1ULL << to) != 0)
			continue;
		pair_text(v, from, to, text[0], PAIR_TEXT);
		for (unsigned other = to; other < ROLES; other++) {
			if (v->kinds[from][other] == 0)
				continue;
			pair_text(v, from, other, text[1], PAIR_TEXT);
			if (strcmp(text[0], text[1]) != 0)
				continue;
			done |= 1ULL << other;
			if (names[0] != '\0')
				strncat(names, ", ",
				    sizeof(names) - strlen(names) - 1);
			strncat(names, TAXONOMY_ID(role, other),
			    sizeof(names) - strlen(names) - 1);
		}
		print_wrapped_to(stdout, WIDTH, "  -> ", names);
		print_wrapped_to(stdout, WIDTH, "       ", text[0]);
	}
}

static bool
is_cited(const struct view *v, const struct matrix_rule *r)
{
	for (unsigned from = 0; from < ROLES; from++)
		for (unsigned to = 0; to < ROLES; to++)
			if (matrix_kinds(r, v->f, from, to) != 0)
				return true;
	return false;
}

static int
print_list(const struct view *v)
{
	char(*text)[PAIR_TEXT] = calloc(2, sizeof(*text));
	char head[40];

	if (text == NULL)
		return trouble("no memory");
	for (unsigned from = 0; from < ROLES; from++) {
		if ((v->from & 1ULL << from) == 0)
			continue;
		printf("\n%s\n", TAXONOMY_ID(role, from));
		print_sender(v, from, text);
	}
	putchar('\n');
	for (size_t i = 0; i < v->m->n; i++) {
		const struct matrix_rule *r = &v->m->rule[i];

		if (!is_cited(v, r))
			continue;
		(void)snprintf(head, sizeof(head), "%-4s %-14s ",
		    rule_id(r->rule), rule_mark(r->rule));
		print_wrapped_to(stdout, WIDTH, head, rule_law(r->rule));
	}
	free(text);
	return EXIT_YES;
}

static int
print_terminal(const struct args *a, struct matrix *m)
{
	struct view *v = calloc(1, sizeof(*v));
	struct matrix_filter f;
	int code = EXIT_YES;

	if (v == NULL)
		return trouble("no memory");
	v->m = m;
	v->f = &f;
	if (!leave_out(a, m) || !read_filter(a, &f)) {
		code = EXIT_USAGE;
	} else {
		fill(v);
		if (v->from == 0) {
			puts("nobody may tell anybody anything by these "
			     "filters");
			code = EXIT_NO;
		} else {
			print_grid(v);
			if (args_has(a, "list") || args_has(a, "from") ||
			    args_has(a, "to") || args_has(a, "kind"))
				code = print_list(v);
		}
	}
	free(v);
	return code;
}

/* ------------------------------------------------------------------- page */

/* JSON inside a script element: a '<' in a text must not end it. */
static int
put_safe(const char *text, size_t n, void *ctx)
{
	FILE *f = ctx;

	for (size_t i = 0; i < n; i++)
		if (text[i] == '<')
			fputs("\\u003c", f);
		else
			fputc(text[i], f);
	return ferror(f) ? -1 : 0;
}

static int
print_page(json_t *data)
{
	static const char mark[] = "@DATA@";
	const char *end = matrix_page + matrix_page_size;
	const char *at = memmem(
	    matrix_page, matrix_page_size, mark, sizeof(mark) - 1);
	bool good = at != NULL && data != NULL;

	good = good &&
	    fwrite(matrix_page, 1, (size_t)(at - matrix_page), stdout) ==
		(size_t)(at - matrix_page) &&
	    json_dump_callback(
		data, put_safe, stdout, JSON_COMPACT | JSON_SORT_KEYS) == 0;
	if (good) {
		at += sizeof(mark) - 1;
		good = fwrite(at, 1, (size_t)(end - at), stdout) ==
			(size_t)(end - at) &&
		    fflush(stdout) == 0;
	}
	json_decref(data);
	return good ? EXIT_YES : trouble("the page could not be written");
}

/* ---------------------------------------------------------------- command */

static int
run(const struct args *a, const struct rules_law *law)
{
	uint64_t at_ms = now_ms();
	struct matrix m;
	enum err err;
	int code;

	if (!rules_time(a, "at", &at_ms))
		return EXIT_USAGE;
	err = matrix_make(law->rules, at_ms, &m);
	if (err != ERR_OK)
		code = trouble("the matrix cannot be made: %s", err_name(err));
	else if (args_has(a, "html"))
		code = print_page(matrix_json(&m, law->rules, at_ms));
	else if (args_has(a, "json"))
		code = print_json(matrix_json(&m, law->rules, at_ms)) ?
		    EXIT_YES :
		    EXIT_TROUBLE;
	else
		code = print_terminal(a, &m);
	matrix_free(&m);
	return code;
}

int
rules_matrix(int argc, char **argv)
{
	struct args a;
	int code;

	if (!args_parse(&a, &usage, argc, argv, &code))
		return code;
	return rules_with_law(&a, run);
}
