/*
 * SPDX-License-Identifier: MIT
 *
 * dump: see dump.h.
 */
#include "dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "clients/lib/handle.h"

static enum err folder(struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes a folder, and those above it that are missing. */
static enum err
folder(struct why *why, const char *fmt, ...)
{
	char path[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof path, fmt, ap);
	va_end(ap);
	for (char *p = path + 1;; p++) {
		char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return why_errno(why, ERR_IO, "create %s", path);
		if (end == '\0')
			return ERR_OK;
		*p = end;
	}
}

static enum err
write_receipt(
    struct run *r, const char *home, const struct got *g, struct why *why)
{
	char path[600], id[37];
	struct bytes packed;
	enum err e;

	(void)r;
	id_format(id, &g->m->id);
	snprintf(path, sizeof path, "%s/state/sent/%s.receipt", home, id);
	e = envelope_pack(g->arena, g->receipt->receipt, &packed);
	if (e == ERR_OK)
		e = durable_write(path, packed, why);
	snprintf(path, sizeof path, "%s/state/sent/%s", home, id);
	return e == ERR_OK ? durable_write(path, g->m->packed, why) : e;
}

static enum err
write_offer(const char *inbox, const struct got *g, struct why *why)
{
	const struct infohus_message *m = view_message(g->arena, g->offer);
	char path[600];

	if (m == NULL)
		return why_set(why, ERR_NOMEM, "no memory for an offer");
	snprintf(path, sizeof path, "%s/%" PRIu64 "-%s.json", inbox, m->index,
	    m->id);
	return durable_write(path, bytes_str(m->json), why);
}

static enum err
dump_seat(struct run *r, const char *top, struct seat *s, struct why *why)
{
	char home[500], inbox[500], path[600];
	enum err e;

	snprintf(home, sizeof home, "%s/home/%s", top, s->name);
	snprintf(inbox, sizeof inbox, "%s/inbox/%s", top, s->node->id);
	for (char *c = inbox + strlen(top) + strlen("/inbox/"); *c != '\0'; c++)
		if (*c == '/')
			*c = '_';
	e = folder(why, "%s/state/sent", home);
	if (e == ERR_OK)
		e = folder(why, "%s", inbox);
	snprintf(path, sizeof path, "%s/state/checkpoint", home);
	if (e == ERR_OK && s->trust.note_len > 0)
		e = durable_write(
		    path, bytes_of(s->trust.note, s->trust.note_len), why);
	for (struct got *g = s->first; g != NULL && e == ERR_OK; g = g->next)
		if (g->kind == GOT_RECEIPT)
			e = write_receipt(r, home, g, why);
		else if (g->kind == GOT_OFFER)
			e = write_offer(inbox, g, why);
	return e;
}

enum err
dump_run(struct run *r, const char *top, struct why *why)
{
	char path[500], line[700];
	enum err e;

	if (!world_is_up(&r->world))
		return why_set(why, ERR_INVALID, "core does not run");
	if (mkdir(top, 0700) != 0)
		return why_errno(why, errno == EEXIST ? ERR_EXISTS : ERR_IO,
		    "create %s", top);
	snprintf(path, sizeof path, "%s/snapshot", top);
	snprintf(line, sizeof line, "{\"command\":\"snapshot\",\"dir\":\"%s\"}",
	    path);
	world_admin(&r->world, line);
	if (r->world.answer == NULL ||
	    strstr(r->world.answer, "\"ok\":true") == NULL)
		return why_set(why, ERR_IO, "%s",
		    r->world.answer != NULL ? r->world.answer : "no answer");
	note_key_format(line, &r->world.core.log_key.public);
	snprintf(path, sizeof path, "%s/vkey", top);
	e = durable_write(path, bytes_str(line), why);
	for (struct seat *s = r->seats.seat; s != NULL && e == ERR_OK;
	     s = s->next)
		e = dump_seat(r, top, s, why);
	return e;
}
