/*
 * SPDX-License-Identifier: MIT
 *
 * report: from the rounds to the figures.
 *
 *	report OUT.json < ROUNDS
 *
 * A line of ROUNDS is a name and JSON: "machine {…}", "commit \"…\"", "judge
 * {…}", or "SUITE floor {…}" and "SUITE real {…}", one after the other. Each
 * ratio is made of two rounds that ran next to each other; the median of
 * them counts, the least and the greatest are told. Writes OUT.json and
 * prints what a person wants to know.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 200

struct suite {
	const char *name;
	const char *measure; /* the figure that is compared */
	const char *ratio;
	bool real_over_floor; /* a time; else a rate, floor over real */
	const char *title, *unit;
};

static const struct suite suite_table[] = {
	{ "pair", "per_second", "ratio", false, "saturated pair",
	    "messages/s" },
	{ "single", "both_p50_us", "p50_ratio", true, "one at a time",
	    "us p50" },
	{ "pair_memory", "per_second", "ratio", false,
	    "saturated, clients' notes in memory", "messages/s" },
	{ "single_memory", "both_p50_us", "p50_ratio", true,
	    "one at a time, notes in memory", "us p50" },
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
number(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

static size_t
values(const json_t *rounds, const char *key, double out[ROUNDS_MAX])
{
	size_t n = json_array_size(rounds);

	if (n > ROUNDS_MAX)
		n = ROUNDS_MAX;
	for (size_t i = 0; i < n; i++)
		out[i] = number(json_array_get(rounds, i), key);
	return n;
}

static double
median(const json_t *rounds, const char *key)
{
	double v[ROUNDS_MAX];
	size_t n = values(rounds, key, v);

	if (n == 0)
		return 0;
	qsort(v, n, sizeof v[0], compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Median, and {least, greatest}, of what pairs of rounds give. */
static json_t *
ratios(const json_t *floor, const json_t *real, const struct suite *s,
    double *middle)
{
	double f[ROUNDS_MAX], r[ROUNDS_MAX];
	size_t n = values(floor, s->measure, f);
	size_t m = values(real, s->measure, r);

	n = n < m ? n : m;
	for (size_t i = 0; i < n; i++)
		r[i] /= f[i];
	qsort(r, n, sizeof r[0], compare);
	*middle = n % 2 ? r[n / 2] : (r[n / 2 - 1] + r[n / 2]) / 2;
	return json_pack("[f,f]", r[0], r[n - 1]);
}

static void
summarize(json_t *out, const json_t *raw, const struct suite *s)
{
	static const char *const side[] = { "floor", "real" };
	const json_t *rounds = json_object_get(raw, s->name);
	const json_t *floor = json_object_get(rounds, "floor");
	const json_t *real = json_object_get(rounds, "real");
	json_t *sum, *spread;
	double ratio;

	if (json_array_size(floor) == 0 || json_array_size(real) == 0)
		return;
	spread = ratios(floor, real, s, &ratio);
	sum = json_pack("{s:f,s:o}", s->ratio, ratio, "spread", spread);
	for (int i = 0; i < 2; i++) {
		const json_t *of = i == 0 ? floor : real;
		const json_t *first = json_array_get(of, 0);
		json_t *one = json_object();
		const char *key;
		json_t *value;

		json_object_foreach((json_t *)(uintptr_t)first, key, value)
			json_object_set_new(
			    one, key, json_real(median(of, key)));
		json_object_set_new(sum, side[i], one);
	}
	json_object_set_new(out, s->name, sum);
	printf("%-36s floor %8.1f  real %8.1f %-10s  ratio %.2f ", s->title,
	    median(floor, s->measure), median(real, s->measure), s->unit,
	    ratio);
	if (json_array_size(real) > 1)
		printf("(%.2f to %.2f)\n",
		    json_number_value(json_array_get(spread, 0)),
		    json_number_value(json_array_get(spread, 1)));
	else
		printf("(one round: no spread)\n");
	printf("%-36s floor %8.1f  real %8.1f us server, "
	       "clients %.1f and %.1f\n",
	    "    processor time a message", median(floor, "server_cpu_us"),
	    median(real, "server_cpu_us"), median(floor, "clients_cpu_us"),
	    median(real, "clients_cpu_us"));
}

static void
add_round(json_t *raw, const char *suite, const char *side, json_t *round)
{
	json_t *s = json_object_get(raw, suite), *list;

	if (s == NULL) {
		s = json_object();
		json_object_set_new(raw, suite, s);
	}
	list = json_object_get(s, side);
	if (list == NULL) {
		list = json_array();
		json_object_set_new(s, side, list);
	}
	json_array_append_new(list, round);
}

static bool
read_line(json_t *out, json_t *raw, char *line)
{
	char *rest = line, *name = strsep(&rest, " "), *side;
	json_t *value;

	if (rest == NULL)
		return false;
	side = strncmp(rest, "floor ", 6) == 0 ||
		strncmp(rest, "real ", 5) == 0 ?
	    strsep(&rest, " ") :
	    NULL;
	value = json_loads(rest, JSON_DECODE_ANY, NULL);
	if (value == NULL)
		return false;
	if (side != NULL)
		add_round(raw, name, side, value);
	else
		json_object_set_new(out, name, value);
	return true;
}

int
main(int argc, char **argv)
{
	json_t *out = json_object(), *raw = json_object();
	const json_t *judge;
	char line[4096];

	if (argc != 2)
		return 2;
	while (fgets(line, sizeof line, stdin) != NULL)
		if (!read_line(out, raw, line)) {
			fprintf(stderr, "bench: found %s", line);
			return 1;
		}
	for (size_t i = 0; i < sizeof suite_table / sizeof suite_table[0]; i++)
		summarize(out, raw, &suite_table[i]);
	judge = json_object_get(out, "judge");
	printf("%-36s median %.0f ns, p99 %.0f ns a recipient\n", "the judge",
	    number(judge, "median_ns"), number(judge, "p99_ns"));
	judge = json_object_get(judge, "generated");
	printf("%-36s median %.0f ns, p99 %.0f ns a recipient\n",
	    "the judge, 10,000 rules", number(judge, "median_ns"),
	    number(judge, "p99_ns"));
	json_object_set_new(out, "raw", raw);
	if (json_dump_file(
		out, argv[1], JSON_INDENT(1) | JSON_REAL_PRECISION(6)) != 0) {
		fprintf(stderr, "bench: %s cannot be written\n", argv[1]);
		return 1;
	}
	json_decref(out);
	return 0;
}
