/*
 * SPDX-License-Identifier: MIT
 *
 * thin: from a whole corpus to the seeds that are committed. Of each kind
 * and each answer the smallest input and the middle one; of what is taken
 * also a cut and a flipped copy, so that its refusal is recorded too.
 *
 *	thin CORPUS SEEDS	writes SEEDS/KIND/NAME and SEEDS/answers
 *
 * A corpus without a single input of some kind is refused before anything is
 * written: its seeds would replace all there are.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "damage.h"
#include "seeds.h"

#define PATH_ROOM 512
#define INPUTS_MAX 4096
#define ANSWERS 8 /* different ones of a kind */
#define DAMAGE_TRIES 256
#define LARGE (8 * 1024) /* only the smallest of an answer may be longer */

struct input {
	char name[64];
	uint8_t *data;
	size_t len;
	int answer;
};

struct kind {
	const struct parser *parser;
	size_t n;
	struct input input[INPUTS_MAX];
};

static int
by_size(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Reads and runs all of a kind. */
static void
load(struct kind *k, const char *corpus)
{
	char path[PATH_ROOM + 80];
	struct dirent *e;
	DIR *d;

	k->n = 0;
	(void)snprintf(path, sizeof path, "%s/%s", corpus, k->parser->kind);
	d = opendir(path);
	while (d != NULL && k->n < INPUTS_MAX && (e = readdir(d)) != NULL) {
		struct input *i = &k->input[k->n];

		if (e->d_name[0] == '.' || strlen(e->d_name) >= sizeof i->name)
			continue;
		memcpy(i->name, e->d_name, strlen(e->d_name) + 1);
		(void)snprintf(path, sizeof path, "%s/%s/%s", corpus,
		    k->parser->kind, i->name);
		i->data = seeds_read_file(path, &i->len);
		if (i->data == NULL)
			continue;
		i->answer = k->parser->run(i->data, i->len);
		k->n++;
	}
	if (d != NULL)
		(void)closedir(d);
	qsort(k->input, k->n, sizeof k->input[0], by_size);
}

/* Is there something of every kind? Says of which there is nothing. */
static bool
is_whole(const char *corpus)
{
	size_t missing = 0;

	for (size_t i = 0; i < parser_count; i++) {
		char path[PATH_ROOM];
		struct dirent *e = NULL;
		DIR *d;

		(void)snprintf(
		    path, sizeof path, "%s/%s", corpus, parser_table[i].kind);
		d = opendir(path);
		while (d != NULL && (e = readdir(d)) != NULL &&
		    e->d_name[0] == '.')
			;
		if (d != NULL)
			(void)closedir(d);
		if (e == NULL && missing++ < 3)
			fprintf(stderr, "%s: nothing of this kind is there\n",
			    path);
	}
	if (missing > 0)
		fprintf(stderr,
		    "%zu of %zu kinds are missing; expected a whole corpus: "
		    "make corpus\n",
		    missing, parser_count);
	return missing == 0;
}

static bool
write_seed(const char *seeds, const struct parser *p, const char *name,
    const uint8_t *data, size_t len, FILE *answers)
{
	char path[PATH_ROOM];
	FILE *f;
	bool ok;

	(void)snprintf(path, sizeof path, "%s/%s", seeds, p->kind);
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return false;
	(void)snprintf(path, sizeof path, "%s/%s/%s", seeds, p->kind, name);
	f = fopen(path, "wbe");
	if (f == NULL)
		return false;
	ok = fwrite(data, 1, len, f) == len;
	return fclose(f) == 0 && ok &&
	    fprintf(answers, "%s/%s %d\n", p->kind, name, p->run(data, len)) >
	    0;
}

/* The first damage of its sort that is refused; the last tried if none is. */
static uint8_t *
refused_copy(
    const struct parser *p, const struct input *i, enum damage how, size_t *len)
{
	uint8_t *copy = NULL;

	for (uint64_t n = 0; n < DAMAGE_TRIES; n++) {
		free(copy);
		*len = i->len;
		copy = damage_copy(how, n, i->data, len);
		if (copy == NULL || p->run(copy, *len) != 0)
			break;
	}
	return copy;
}

static bool
write_damaged(const char *seeds, const struct parser *p, const struct input *i,
    FILE *answers)
{
	static const char *const word[] = { "cut", "flip" };
	bool ok = true;

	for (size_t how = 0; ok && how < 2; how++) {
		size_t len;
		uint8_t *copy = refused_copy(p, i, (enum damage)how, &len);
		char name[80];

		(void)snprintf(name, sizeof name, "%s-%s", i->name, word[how]);
		ok = copy != NULL &&
		    write_seed(seeds, p, name, copy, len, answers);
		free(copy);
	}
	return ok;
}

/* Is this answer one that came before in the list? */
static bool
is_new(const struct kind *k, size_t i)
{
	for (size_t n = 0; n < i; n++)
		if (k->input[n].answer == k->input[i].answer)
			return false;
	return true;
}

/* The middle one of those that were answered as number i was. */
static size_t
middle(const struct kind *k, size_t i)
{
	size_t n = 0, half;

	for (size_t m = i; m < k->n; m++)
		n += k->input[m].answer == k->input[i].answer;
	half = n / 2;
	for (n = i; half > 0; half--)
		do
			n++;
		while (k->input[n].answer != k->input[i].answer);
	return n;
}

/* The smallest and the middle one of an answer. */
static size_t
thin_answer(const struct kind *k, size_t i, const char *seeds, FILE *answers)
{
	const struct input *small = &k->input[i], *other;

	other = &k->input[middle(k, i)];
	if (!write_seed(seeds, k->parser, small->name, small->data, small->len,
		answers))
		return 0;
	if (other == small || other->len > LARGE)
		other = small;
	else if (!write_seed(seeds, k->parser, other->name, other->data,
		     other->len, answers))
		return 0;
	if (small->answer == 0 &&
	    !write_damaged(seeds, k->parser, other, answers))
		return 0;
	return 1 + (other != small) + 2 * (small->answer == 0);
}

static bool
thin(const struct kind *k, const char *seeds, FILE *answers)
{
	size_t written = 0, n, done = 0;

	for (size_t i = 0; i < k->n && done < ANSWERS; i++) {
		if (!is_new(k, i))
			continue;
		n = thin_answer(k, i, seeds, answers);
		if (n == 0)
			return false;
		written += n;
		done++;
	}
	printf(
	    "%-20s %5zu inputs, %zu seeds\n", k->parser->kind, k->n, written);
	return true;
}

int
main(int argc, char **argv)
{
	static struct kind k;
	char path[PATH_ROOM];
	FILE *answers;
	bool ok = true;

	if (argc != 3) {
		fprintf(stderr, "usage: thin CORPUS SEEDS\n");
		return 2;
	}
	if (!is_whole(argv[1]))
		return 1;
	(void)mkdir(argv[2], 0755);
	(void)snprintf(path, sizeof path, "%s/answers", argv[2]);
	answers = fopen(path, "we");
	for (size_t i = 0; answers != NULL && ok && i < parser_count; i++) {
		k.parser = &parser_table[i];
		load(&k, argv[1]);
		ok = thin(&k, argv[2], answers);
		for (size_t n = 0; n < k.n; n++)
			free(k.input[n].data);
	}
	if (answers == NULL || fclose(answers) != 0 || !ok) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
