/*
 * SPDX-License-Identifier: MIT
 *
 * keep_law: keeps what the parsers of daemon/law and daemon/common are
 * given; see keep.h.
 */
#include "daemon/common/config.h"
#include "daemon/common/link.h"
#include "daemon/law/casebook.h"
#include "daemon/law/invariants.h"
#include "keep_wrap.h"
#include "pieces.h"

WRAPPED(struct yaml *, yaml_parse, struct arena *a, const char *file,
    struct bytes text, struct problems *p)
{
	keep("yaml", text);
	return __real_yaml_parse(a, file, text, p);
}

WRAPPED(struct rules *, rules_load, const char *file, struct bytes text,
    struct problems *p)
{
	keep("rules", text);
	return __real_rules_load(file, text, p);
}

WRAPPED(bool, casebook_read, struct casebook *b, const char *file,
    struct bytes text, struct problems *p)
{
	keep("casebook", text);
	return __real_casebook_read(b, file, text, p);
}

WRAPPED(struct invariants *, invariants_load, const char *file,
    struct bytes text, const struct rules *r, struct problems *p)
{
	keep("invariants", text);
	return __real_invariants_load(file, text, r, p);
}

WRAPPED(struct places *, places_load, const char *file, struct bytes text,
    struct problems *p)
{
	keep("places", text);
	return __real_places_load(file, text, p);
}

WRAPPED(struct workflow *, workflow_load, const char *file, struct bytes text,
    struct problems *p)
{
	keep("workflow", text);
	return __real_workflow_load(file, text, p);
}

WRAPPED(bool, kommuner_read, struct kommuner *k, const char *file,
    struct bytes text, struct problems *p)
{
	keep("kommune", text);
	return __real_kommuner_read(k, file, text, p);
}

WRAPPED(struct config *, config_load, const char *file, struct problems *p)
{
	keep_file("config", file);
	return __real_config_load(file, p);
}

WRAPPED(struct law *, law_from_texts, const struct law_text *text, size_t n,
    struct problems *p)
{
	struct bytes piece[PIECES_MAX];
	size_t k = 0;

	for (size_t i = 0; i < n && k + 1 < PIECES_MAX; i++) {
		piece[k++] = text_bytes(text[i].name);
		piece[k++] = text[i].text;
	}
	keep_pieces("law", piece, k);
	return __real_law_from_texts(text, n, p);
}

WRAPPED(bool, link_next, struct link *l, uint32_t *door, struct bytes *frame)
{
	bool is = __real_link_next(l, door, frame);
	uint8_t number[2][4];

	if (is) {
		const struct bytes piece[] = { { number[0], 4 },
			{ number[1], 4 }, *frame };

		put_u32(number[0], (uint32_t)frame->len + 4);
		put_u32(number[1], *door);
		keep_joined("link", piece, 3);
	}
	return is;
}

WRAPPED(enum err, link_event_parse, struct bytes frame, enum link_event *e,
    uint32_t *door, uint32_t *connection, struct bytes *more)
{
	keep("link_event", frame);
	return __real_link_event_parse(frame, e, door, connection, more);
}
