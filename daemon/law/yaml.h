/*
 * SPDX-License-Identifier: MIT
 *
 * yaml: one loader for config, rules, places and workflow. libyaml events
 * against a schema table; every value keeps its line and column, and one run
 * reports all errors, each as file:line:column: found X, expected Y.
 * Anchors, aliases, tags, duplicate keys and several documents are refused.
 */
#ifndef INFOHUS_YAML_H
#define INFOHUS_YAML_H

#include <stdio.h>

#include "proto/arena.h"

/* Where all errors of a run are collected, in the order found. */
struct problems {
	size_t count;
	char *text;		/* lines, each ending in LF; NULL when none */
	size_t len;
};

void problems_free(struct problems *p);
/* Adds "file:line:column: text". line 0 leaves line and column out. */
void problems_add(struct problems *p, const char *file, unsigned line,
    unsigned column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

/* A node of the parsed document, in the arena, marks kept. */
struct yaml {
	enum yaml_kind kind;
	unsigned line, column;	/* from 1 */
	const char *text;	/* scalar, clean UTF-8 */
	bool quoted;
	const char *key;	/* when in a map */
	unsigned key_line, key_column;
	struct yaml *child;	/* first child of list or map */
	struct yaml *next;
	size_t n_child;
};

/*
 * Parses text (named file in errors) into a tree. Returns NULL and adds to
 * problems on any error. Depth at most 16, size at most 4 MiB.
 */
struct yaml *yaml_parse(struct arena *a, const char *file, struct bytes text,
    struct problems *p);

/*
 * Schema: which keys a map has. A key not listed, a missing required key, a
 * wrong kind: each is a problem; the walk goes on.
 */
struct yaml_key {
	const char *name;
	enum yaml_kind kind;
	bool required;
	const char *help;	/* one line, used by docs and by expected-texts */
};

/*
 * Checks map m against keys[0..n) and sets value[i] to the child or NULL.
 * False if anything was wrong (problems added).
 */
bool yaml_map(const struct yaml *m, const char *file,
    const struct yaml_key *keys, size_t n, const struct yaml **value,
    struct problems *p);

#endif
