/*
 * SPDX-License-Identifier: MIT
 *
 * oracle: judges a run from outside. It reads what the seats kept on disk
 * (receipts, checkpoints, inboxes) and a snapshot of the log, and says every
 * way in which they do not fit. It uses none of the daemon's decisions.
 *
 *	oracle SNAPSHOT [--seat HOME]... [--inbox NODE DIR]...
 *
 *  - every receipt ever given names an entry that is still there, byte for
 *    byte, under a checkpoint that is a prefix of the log;
 *  - every checkpoint a seat keeps is a prefix of the log;
 *  - one message entry for each (sender, message id);
 *  - what lies in an inbox was permitted to that node and has an offered
 *    entry of its own; nothing lies there twice;
 *  - nothing acknowledged still waits in a mailbox.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ledger/ledger.h"
#include "daemon/ledger/mailbox.h"
#include "daemon/ledger/vault.h"
#include "proto/note.h"

#define ARENA (512u * 1024 * 1024)

struct known { /* what the log says of one entry */
	PbEntry *entry;
	PbDetails *details;
};

struct oracle {
	struct store *store;
	struct txn *t;
	struct arena *a;
	uint64_t size;
	struct known *log;
	unsigned long faults, receipts, inbox, messages, offers;
};

static void
fault(struct oracle *o, const char *what, const char *where, uint64_t index)
{
	printf("FAULT %s: %s (entry %llu)\n", where, what,
	    (unsigned long long)index);
	o->faults++;
}

static struct bytes
read_file(struct oracle *o, const char *path)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *data = arena_alloc(o->a, NOTE_MAX + (1u << 20));
	size_t n = 0;

	if (f != NULL && data != NULL)
		n = fread(data, 1, NOTE_MAX + (1u << 20), f);
	if (f != NULL)
		fclose(f);
	return bytes_of(data, n);
}

static bool
open_part(
    struct oracle *o, const ProtobufCBinaryData *commitment, PbOpening **out)
{
	struct digest d;

	if (commitment->len != DIGEST_SIZE)
		return false;
	memcpy(d.b, commitment->data, DIGEST_SIZE);
	return vault_open(o->t, o->a, &d, out) == ERR_OK;
}

static bool
load_log(struct oracle *o)
{
	o->size = ledger_size(o->t);
	o->log = calloc(o->size + 1, sizeof *o->log);
	for (uint64_t i = 0; o->log != NULL && i < o->size; i++) {
		struct bytes packed;
		PbOpening *part;

		if (ledger_entry(o->t, o->a, i, &packed) != ERR_OK ||
		    ENVELOPE_UNPACK(
			o->a, entry, packed, &o->log[i].entry, NULL) != CODE_OK)
			return false;
		if (o->log[i].entry->has_details &&
		    open_part(o, &o->log[i].entry->details, &part) &&
		    ENVELOPE_UNPACK(o->a, details,
			bytes_of(part->part.data, part->part.len),
			&o->log[i].details, NULL) != CODE_OK)
			return false;
		o->messages += o->log[i].entry->kind == ENTRY_KIND_MESSAGE;
		o->offers += o->log[i].entry->kind == ENTRY_KIND_OFFERED;
	}
	return o->log != NULL;
}

static bool
is_prefix(struct oracle *o, struct bytes note)
{
	const char *end = note.len > 0 ?
	    memmem(note.data, note.len, "\n\n", 2) :
	    NULL;
	struct checkpoint c;
	struct digest root;

	if (end == NULL)
		return false;
	size_t len = (size_t)(end - (const char *)note.data) + 1;
	return checkpoint_parse(&c, bytes_of(note.data, len), NULL) == ERR_OK &&
	    c.size <= o->size && ledger_root(o->t, c.size, &root) == ERR_OK &&
	    digest_eq(&root, &c.root);
}

static void
check_receipt(struct oracle *o, const char *path)
{
	struct bytes file = read_file(o, path), packed;
	PbReceipt *r;

	o->receipts++;
	if (ENVELOPE_UNPACK(o->a, receipt, file, &r, NULL) != CODE_OK) {
		fault(o, "a receipt that does not parse", path, 0);
		return;
	}
	if (ledger_entry(o->t, o->a, r->index, &packed) != ERR_OK ||
	    !bytes_eq(packed, bytes_of(r->entry.data, r->entry.len)))
		fault(o, "the receipt's entry is gone or changed", path,
		    r->index);
	if (!is_prefix(o, bytes_of(r->checkpoint.data, r->checkpoint.len)))
		fault(o, "the receipt's checkpoint is not of this log", path,
		    r->index);
}

static void
check_seat(struct oracle *o, const char *home)
{
	char path[4096];
	struct dirent *e;
	struct bytes note;
	DIR *d;

	snprintf(path, sizeof path, "%s/state/checkpoint", home);
	note = read_file(o, path);
	if (note.len > 0 && !is_prefix(o, note))
		fault(o, "the seat's checkpoint is not of this log", path, 0);
	snprintf(path, sizeof path, "%s/state/sent", home);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		const char *dot = strrchr(e->d_name, '.');
		if (dot == NULL || strcmp(dot, ".receipt") != 0)
			continue;
		snprintf(
		    path, sizeof path, "%s/state/sent/%s", home, e->d_name);
		check_receipt(o, path);
	}
	if (d != NULL)
		closedir(d);
}

static bool
was_permitted(struct oracle *o, uint64_t index, const char *node)
{
	const PbEntry *e = o->log[index].entry;

	for (size_t i = 0; i < e->n_verdict; i++) {
		PbOpening *part;
		PbVerdict *v;

		if (open_part(o, &e->verdict[i], &part) &&
		    ENVELOPE_UNPACK(o->a, verdict,
			bytes_of(part->part.data, part->part.len), &v,
			NULL) == CODE_OK &&
		    v->outcome == OUTCOME_PERMIT && v->node != NULL &&
		    strcmp(v->node, node) == 0)
			return true;
	}
	return false;
}

static bool
has_entry_of(
    struct oracle *o, PbEntryKind kind, uint64_t index, const char *node)
{
	for (uint64_t i = index + 1; i < o->size; i++) {
		const PbDetails *d = o->log[i].details;
		if (o->log[i].entry->kind == kind && d != NULL &&
		    d->of == index && d->node != NULL &&
		    strcmp(d->node, node) == 0)
			return true;
	}
	return false;
}

static void
check_inbox(struct oracle *o, const char *node, const char *dir)
{
	uint8_t *seen = calloc(1, o->size + 1);
	struct dirent *e;
	DIR *d = opendir(dir);

	while (seen != NULL && d != NULL && (e = readdir(d)) != NULL) {
		char *end;
		unsigned long long index = strtoull(e->d_name, &end, 10);

		if (end == e->d_name || *end != '-')
			continue;
		o->inbox++;
		if (index >= o->size ||
		    o->log[index].entry->kind != ENTRY_KIND_MESSAGE) {
			fault(o, "received, but no message of the log", dir,
			    index);
			continue;
		}
		if (seen[index]++)
			fault(o, "received twice", dir, index);
		if (!was_permitted(o, index, node))
			fault(o, "received without a permit", dir, index);
		if (!has_entry_of(o, ENTRY_KIND_OFFERED, index, node))
			fault(
			    o, "received without an offered entry", dir, index);
	}
	if (d != NULL)
		closedir(d);
	free(seen);
}

static int
by_key(const void *a, const void *b)
{
	return memcmp(a, b, NODE_MAX + ID_SIZE);
}

static void
check_one_decision(struct oracle *o)
{
	uint8_t(*key)[NODE_MAX + ID_SIZE] = calloc(
	    o->messages + 1, sizeof *key);
	size_t n = 0;

	for (uint64_t i = 0; key != NULL && i < o->size; i++) {
		const PbDetails *d = o->log[i].details;
		if (o->log[i].entry->kind != ENTRY_KIND_MESSAGE || d == NULL)
			continue;
		memcpy(key[n], d->sender, strlen(d->sender));
		memcpy(key[n++] + NODE_MAX, d->message_id.data, ID_SIZE);
	}
	if (key != NULL)
		qsort(key, n, sizeof *key, by_key);
	for (size_t i = 1; i < n; i++)
		if (memcmp(key[i - 1], key[i], sizeof *key) == 0)
			fault(o, "one message id decided twice", "log", 0);
	free(key);
}

struct waiting {
	struct oracle *o;
	const char *node;
};

static bool
visit_item(void *ctx, const PbMailboxItem *item)
{
	struct waiting *w = ctx;

	if (has_entry_of(w->o, ENTRY_KIND_ACKED, item->index, w->node))
		fault(w->o, "acknowledged, but waits still", w->node,
		    item->index);
	if (!was_permitted(w->o, item->index, w->node))
		fault(w->o, "waits without a permit", w->node, item->index);
	return true;
}

static void
check_mailbox(struct oracle *o, const char *node)
{
	struct waiting w = { o, node };

	for (unsigned lane = LANE_ORDINARY; lane <= LANE_ACUTE; lane++)
		if (mailbox_walk(o->t, o->a, node, (PbLane)lane, 0, visit_item,
			&w) != ERR_OK)
			fault(o, "the mailbox cannot be read", node, 0);
}

static int
run(struct oracle *o, int argc, char **argv)
{
	if (!load_log(o)) {
		fprintf(stderr, "oracle: the log cannot be read\n");
		return 3;
	}
	check_one_decision(o);
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], "--seat") == 0 && i + 1 < argc) {
			check_seat(o, argv[i + 1]);
			i += 1;
		} else if (strcmp(argv[i], "--inbox") == 0 && i + 2 < argc) {
			check_inbox(o, argv[i + 1], argv[i + 2]);
			check_mailbox(o, argv[i + 1]);
			i += 2;
		} else {
			fprintf(stderr, "oracle: %s?\n", argv[i]);
			return 2;
		}
	printf("oracle: %llu entries, %lu messages, %lu offers, %lu receipts, "
	       "%lu received, %lu faults\n",
	    (unsigned long long)o->size, o->messages, o->offers, o->receipts,
	    o->inbox, o->faults);
	return o->faults == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct oracle o = { .size = 0 };
	struct why why = { "" };
	int status = 3;

	if (argc < 2)
		return 2;
	if (arena_new(&o.a, ARENA) == ERR_OK &&
	    store_open(&o.store, argv[1], 1ull << 32, true, &why) == ERR_OK &&
	    store_read(o.store, &o.t, &why) == ERR_OK)
		status = run(&o, argc, argv);
	else
		fprintf(stderr, "oracle: %s: %s\n", argv[1], why.text);
	store_abort(o.t);
	store_close(o.store);
	arena_free(o.a);
	free(o.log);
	return status;
}
