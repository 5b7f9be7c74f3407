/*
 * SPDX-License-Identifier: MIT
 *
 * known: see known.h.
 */
#include "known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/taxonomy.h"

#define WORD_LONGEST 400

bool
known_code(struct run *r, const char *name)
{
	for (size_t i = 0; i < code_count; i++)
		if (strcmp(code_table[i].name, name) == 0)
			return true;
	(void)run_wrong(
	    r, "found %s, expected the name of a code of proto/codes.h", name);
	return false;
}

bool
known_node(struct run *r, const char *id)
{
	for (const struct node *n = r->seats.node; n != NULL; n = n->next)
		if (strcmp(n->id, id) == 0)
			return true;
	(void)run_wrong(
	    r, "found %s, expected the id of a node, as kommune/0101", id);
	return false;
}

static bool
is_of(struct run *r, const ProtobufCEnumDescriptor *e, const char *name,
    const char *what)
{
	char all[1000];
	int number;

	if (taxonomy_number(e, name, &number) == ERR_OK)
		return true;
	taxonomy_list(e, all, sizeof all);
	(void)run_wrong(r, "found %s, expected %s, one of %s", name, what, all);
	return false;
}

bool
known_case_state(struct run *r, const char *name)
{
	return is_of(
	    r, &pb_case_state__descriptor, name, "the state of a case");
}

bool
known_sections(struct run *r, const char *list)
{
	char copy[WORD_LONGEST], *save = NULL;

	snprintf(copy, sizeof copy, "%s", list);
	if (strcmp(copy, "none") == 0 || strcmp(copy, "grounds") == 0)
		return true;
	for (char *p = strtok_r(copy, "+", &save); p != NULL;
	     p = strtok_r(NULL, "+", &save))
		if (!is_of(r, &pb_category__descriptor, p, "a section"))
			return false;
	return true;
}

/* Rules are named by lines "  - id: R00". */
static bool
has_rule(const char *path, const char *id)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, want[64];
	size_t room = 0;
	bool found = false;

	snprintf(want, sizeof want, "  - id: %.40s\n", id);
	while (f != NULL && !found && getline(&line, &room, f) >= 0)
		found = strcmp(line, want) == 0;
	free(line);
	if (f != NULL)
		fclose(f);
	return found;
}

/* Of the law as it is, or as it was before a LAW line changed it. */
static bool
known_rule(struct run *r, const char *id)
{
	if (has_rule("config/rules.yaml", id) ||
	    has_rule(r->world.config.law.rules, id))
		return true;
	(void)run_wrong(r, "found %s, expected the id of a rule, as R00", id);
	return false;
}

const struct notice notices[] = {
	{ "112", "Ring 112" },
	{ "child", "Er personen under 18" },
	{ "both", "Gælder først, når begge" },
	{ "journal", "Journaliser" },
	{ "informed", "Oplys, om personen er orienteret" },
	{ "correction", "Send rettelsen" },
	{ "progress", "Den handleansvarlige myndighed melder" },
	{ NULL, NULL },
};

static bool
known_notice(const char *word)
{
	if (strncmp(word, "notice:", 7) != 0)
		return false;
	for (const struct notice *n = notices; n->word != NULL; n++)
		if (strcmp(n->word, word + 7) == 0)
			return true;
	return false;
}

bool
known_verdict(struct run *r, const char *word)
{
	char copy[WORD_LONGEST], *node, *save = NULL;
	const char *part[4] = { "" };
	size_t n = 0, code, rule;

	snprintf(copy, sizeof copy, "%s", word);
	node = strchr(copy, '@');
	if (node != NULL)
		*node++ = '\0';
	copy[strcspn(copy, "/")] = '\0';
	for (char *p = strtok_r(copy, ":", &save); p != NULL && n < 4;
	     p = strtok_r(NULL, ":", &save))
		part[n++] = p;
	/* Which part is a code, which a rule; 0: neither may be there. */
	code = strcmp(part[0], "refuse") == 0 || strcmp(part[0], "nacked") == 0;
	rule = strcmp(part[0], "permit") == 0 ? 1 :
	    strcmp(part[0], "park") == 0      ? 1 :
	    strcmp(part[0], "refuse") == 0    ? 2 :
						0;
	if (known_notice(word))
		return true;
	if ((code == 0 && rule == 0 && strcmp(part[0], "acked") != 0) ||
	    n > 1 + (rule > code ? rule : code)) {
		(void)run_wrong(r,
		    "found %s, expected permit:RULE@NODE, park:RULE@NODE, "
		    "refuse:CODE:RULE/MISSING@NODE, acked@NODE, "
		    "nacked:CODE@NODE or notice:WORD",
		    word);
		return false;
	}
	return (n <= code || code == 0 || known_code(r, part[code])) &&
	    (n <= rule || rule == 0 || known_rule(r, part[rule])) &&
	    (node == NULL || known_node(r, node));
}
