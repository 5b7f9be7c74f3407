/*
 * SPDX-License-Identifier: MIT
 *
 * send_print: what infohus send keeps of each file's answer, and how it
 * shows it and compares it with what the draft expects.
 */
#ifndef INFOHUS_SEND_PRINT_H
#define INFOHUS_SEND_PRINT_H

#include "clients/lib/infohus.h"
#include "infohus.pb.h"
#include "tool.h"

enum sent_state {
	SENT_WAITING, /* no answer yet; stays in the outbox */
	SENT_RECORDED,
	SENT_REJECTED, /* for good */
	SENT_FAILED,   /* never sent */
};

struct sent_file {
	const char *name;
	struct bytes text;
	PbDraft *draft;
	bool acute;
	char id[INFOHUS_ID_TEXT];
	enum sent_state state;
	const struct infohus_receipt *receipt;
	const struct infohus_rejection *rejection; /* the newest */
	const char *reason; /* why there is no answer, or NULL */
};

/* Copies that live in the arena; an event's own end with the next call. */
void keep_receipt(
    struct arena *a, struct sent_file *f, const struct infohus_receipt *r);
void keep_rejection(
    struct arena *a, struct sent_file *f, const struct infohus_rejection *r);
void keep_reason(struct arena *a, struct sent_file *f, const char *reason);

/* Nothing more to wait for: answered, or (delivered) every permitted
 * recipient has. */
bool is_settled(const struct sent_file *f, bool delivered);

/* An answer about a message of an earlier call, one line. */
void print_other(const struct infohus_event *e);
void print_file(const struct sent_file *f);
void print_file_json(const struct sent_file *f);
/* EXIT_YES, EXIT_NO or EXIT_TROUBLE. */
int file_exit(const struct sent_file *f, bool delivered);

#endif
