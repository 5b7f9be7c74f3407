/*
 * SPDX-License-Identifier: MIT
 *
 * yaml: libyaml's events into a tree that keeps its marks. The only file
 * that knows libyaml. It must never take a construct that two readers could
 * understand differently: anchors, tags and duplicate keys are refused.
 */
#include "daemon/law/yaml.h"

#include <string.h>

#include <yaml.h>

struct level {
	struct yaml *node; /* the list or map being filled */
	struct yaml *last;
	const char *key; /* map: the key whose value comes next */
	unsigned key_line, key_column;
};

struct reader {
	struct arena *a;
	const char *file;
	struct problems *p;
	struct level level[YAML_DEPTH_MAX];
	size_t depth;
	struct yaml *root;
	bool ended; /* the document is complete */
};

static unsigned
line_of(const yaml_event_t *e)
{
	return (unsigned)e->start_mark.line + 1;
}

static unsigned
column_of(const yaml_event_t *e)
{
	return (unsigned)e->start_mark.column + 1;
}

/* A reader error has an offset only; it is turned into line and column. */
static void
add_broken(struct reader *r, const yaml_parser_t *parser, struct bytes text)
{
	unsigned line = (unsigned)parser->problem_mark.line + 1;
	unsigned column = (unsigned)parser->problem_mark.column + 1;

	if (parser->error == YAML_READER_ERROR) {
		line = column = 1;
		for (size_t i = 0; i < parser->problem_offset && i < text.len;
		     i++) {
			bool lf = text.data[i] == '\n';

			line += lf;
			column = lf ? 1 : column + 1;
		}
	}
	problems_add(r->p, r->file, line, column,
	    "found broken YAML (%s), expected one YAML document",
	    parser->problem != NULL ? parser->problem : "no memory");
}

static void
refuse_properties(struct reader *r, const yaml_event_t *e,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	char q[YAML_QUOTE];

	if (anchor != NULL)
		problems_add(r->p, r->file, line_of(e), column_of(e),
		    "found the anchor %s, expected a plain value",
		    yaml_quote(q, (const char *)anchor));
	if (tag != NULL)
		problems_add(r->p, r->file, line_of(e), column_of(e),
		    "found the tag %s, expected a plain value",
		    yaml_quote(q, (const char *)tag));
}

/* Text of a scalar in the arena. NULL when there is no memory for it. */
static const char *
scalar_text(struct reader *r, const yaml_event_t *e)
{
	struct bytes text = bytes_of(
	    e->data.scalar.value, e->data.scalar.length);

	if (!text_is_clean(text, true)) {
		problems_add(r->p, r->file, line_of(e), column_of(e),
		    "found text with a control character, expected clean "
		    "UTF-8");
		return "";
	}
	return arena_strdup(r->a, (const char *)text.data);
}

static struct yaml *
new_node(struct reader *r, const yaml_event_t *e)
{
	struct yaml *v = arena_alloc(r->a, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->line = line_of(e);
	v->column = column_of(e);
	switch (e->type) {
	case YAML_SEQUENCE_START_EVENT:
		v->kind = YAML_LIST;
		refuse_properties(r, e, e->data.sequence_start.anchor,
		    e->data.sequence_start.tag);
		return v;
	case YAML_MAPPING_START_EVENT:
		v->kind = YAML_MAP;
		refuse_properties(r, e, e->data.mapping_start.anchor,
		    e->data.mapping_start.tag);
		return v;
	case YAML_SCALAR_EVENT:
		v->kind = YAML_SCALAR;
		v->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		refuse_properties(
		    r, e, e->data.scalar.anchor, e->data.scalar.tag);
		v->text = scalar_text(r, e);
		return v->text != NULL ? v : NULL;
	default:
		v->kind = YAML_SCALAR;
		v->text = "";
		problems_add(r->p, r->file, v->line, v->column,
		    "found an alias, expected the value itself");
		return v;
	}
}

static void
check_duplicate(struct reader *r, const struct level *l)
{
	char q[YAML_QUOTE];

	for (const struct yaml *c = l->node->child; c != NULL; c = c->next)
		if (strcmp(c->key, l->key) == 0) {
			problems_add(r->p, r->file, l->key_line, l->key_column,
			    "found the key %s again, expected it once (it "
			    "stands in line %u)",
			    yaml_quote(q, l->key), c->key_line);
			return;
		}
}

/* Puts v where the document says. False when the reader must stop. */
static bool
place(struct reader *r, struct yaml *v)
{
	struct level *l;

	if (r->depth == 0) {
		r->root = v;
		return true;
	}
	l = &r->level[r->depth - 1];
	if (l->node->kind == YAML_MAP && l->key == NULL) {
		if (v->kind != YAML_SCALAR) {
			problems_add(r->p, r->file, v->line, v->column,
			    "found %s as a key, expected a word",
			    yaml_kind_name(v->kind));
			return false;
		}
		l->key = v->text;
		l->key_line = v->line;
		l->key_column = v->column;
		check_duplicate(r, l);
		return true;
	}
	if (l->node->n_child == YAML_CHILDREN_MAX) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found more than %d items, expected fewer",
		    YAML_CHILDREN_MAX);
		return false;
	}
	if (l->node->kind == YAML_MAP) {
		v->key = l->key;
		v->key_line = l->key_line;
		v->key_column = l->key_column;
		l->key = NULL;
	}
	if (l->last == NULL)
		l->node->child = v;
	else
		l->last->next = v;
	l->last = v;
	l->node->n_child++;
	return true;
}

static bool
take_node(struct reader *r, const yaml_event_t *e)
{
	struct yaml *v = new_node(r, e);

	if (v == NULL) {
		problems_add(r->p, r->file, line_of(e), column_of(e),
		    "found more than there is memory for, expected a smaller "
		    "file");
		return false;
	}
	if (!place(r, v))
		return false;
	if (v->kind == YAML_SCALAR)
		return true;
	if (r->depth == YAML_DEPTH_MAX) {
		problems_add(r->p, r->file, v->line, v->column,
		    "found nesting deeper than %d, expected less",
		    YAML_DEPTH_MAX);
		return false;
	}
	r->level[r->depth++] = (struct level){ .node = v };
	return true;
}

static bool
take(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (!r->ended)
			return true;
		problems_add(r->p, r->file, line_of(e), column_of(e),
		    "found a second document, expected one");
		return false;
	case YAML_DOCUMENT_END_EVENT:
		r->ended = true;
		return true;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return true;
	case YAML_SCALAR_EVENT:
	case YAML_ALIAS_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return take_node(r, e);
	default:
		return true;
	}
}

struct yaml *
yaml_parse(
    struct arena *a, const char *file, struct bytes text, struct problems *p)
{
	struct reader r = { .a = a, .file = file, .p = p };
	yaml_parser_t parser;
	yaml_event_t e;
	bool going = true, whole = false;

	if (text.len > YAML_SIZE_MAX) {
		problems_add(p, file, 0, 0,
		    "found %zu bytes, expected at most %d", text.len,
		    YAML_SIZE_MAX);
		return NULL;
	}
	if (!yaml_parser_initialize(&parser)) {
		problems_add(p, file, 0, 0, "no memory");
		return NULL;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, text.data, text.len);
	while (going) {
		if (!yaml_parser_parse(&parser, &e)) {
			add_broken(&r, &parser, text);
			break;
		}
		whole = e.type == YAML_STREAM_END_EVENT;
		going = take(&r, &e) && !whole;
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&parser);
	if (!whole)
		return NULL;
	if (r.root == NULL)
		problems_add(p, file, 1, 1, "found nothing, expected a map");
	return r.root;
}
