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

#define YAML_DEPTH_MAX 16
#define YAML_CHILDREN_MAX 16384		/* of one list or map */
#define YAML_SIZE_MAX (8 * 1024 * 1024) /* 12,000 rules need 7 */
#define YAML_ARENA (128 * 1024 * 1024)	/* enough for a tree of that size */

/* Where all errors of a run are collected, in the order found. */
struct problems {
	size_t count;
	char *text; /* lines, each ending in LF; NULL when none */
	size_t len;
};

void problems_free(struct problems *p);
/* Adds "file:line:column: text". line 0 leaves line and column out. */
void problems_add(struct problems *p, const char *file, unsigned line,
    unsigned column, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* YAML_ANY only in a schema: its reader looks at the kind itself. */
enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP, YAML_ANY };

/* A node of the parsed document, in the arena, marks kept. */
struct yaml {
	enum yaml_kind kind;
	unsigned line, column; /* from 1 */
	const char *text;      /* scalar, clean UTF-8 */
	bool quoted;
	const char *key; /* when in a map */
	unsigned key_line, key_column;
	struct yaml *child; /* first child of list or map */
	struct yaml *next;
	size_t n_child;
};

/*
 * Parses text (named file in errors) into a tree. Returns NULL when there is
 * no tree: broken YAML, too deep, too large, no memory. Anchors, tags and
 * duplicate keys add to problems too, but the tree is still returned, so
 * that one run finds everything: a loader must fail when p->count has grown.
 */
struct yaml *yaml_parse(
    struct arena *a, const char *file, struct bytes text, struct problems *p);

/*
 * Schema: which keys a map has. A key not listed, a missing required key, a
 * wrong kind: each is a problem; the walk goes on.
 */
struct yaml_key {
	const char *name;
	enum yaml_kind kind;
	bool required;
	const char *help; /* one line, used by docs and by expected-texts */
};

/*
 * Checks map m against keys[0..n) and sets value[i] to the child or NULL.
 * False if anything was wrong (problems added).
 */
bool
yaml_map(const struct yaml *m, const char *file, const struct yaml_key *keys,
    size_t n, const struct yaml **value, struct problems *p);

/*
 * Readers of one value. Each adds "found X, expected Y" and returns false
 * when v is not what it reads; v NULL returns false and adds nothing.
 */
bool yaml_number(const struct yaml *v, const char *file, uint64_t min,
    uint64_t max, uint64_t *out, struct problems *p); /* decimal digits */
bool yaml_flag(const struct yaml *v, const char *file, bool *out,
    struct problems *p); /* true, false */
bool yaml_time(const struct yaml *v, const char *file, uint64_t *ms,
    struct problems *p); /* RFC 3339 */
/* Not blank, at most max bytes, one line. */
bool yaml_text(const struct yaml *v, const char *file, size_t max,
    const char **out, struct problems *p);

/* "a list", "a map", "one value"; what v is, for error texts. */
const char *yaml_kind_name(enum yaml_kind k);
/* text in quotes, cut to fit, its line ends shown as spaces. */
#define YAML_QUOTE 64
const char *yaml_quote(char out[YAML_QUOTE], const char *text);

#endif
