/*
 * SPDX-License-Identifier: MIT
 *
 * exchange: three seats that use one real infohus-core as clients do. One
 * sends; two take what they are offered and acknowledge it. Whatever core
 * says is verified by the client library's own checks and noted (notes.h).
 * Core may be started anew in between; the seats remember.
 *
 * What must never happen is a finding: printed at once, and counted.
 */
#ifndef INFOHUS_TESTS_EXCHANGE_H
#define INFOHUS_TESTS_EXCHANGE_H

#include "clients/lib/check.h"
#include "clients/lib/vetted.h"
#include "notes.h"
#include "tests/system/peer.h"

#define SEATS 3 /* 0 sends, 1 and 2 receive */
#define MAILS 64

struct seat {
	struct peer peer;
	const struct home *home;
	struct trust trust;
	struct vetted vetted;
	bool in_session;
	unsigned place; /* in the exchange */
};

struct mail { /* a message and what its sender was told */
	struct id id;
	struct bytes message;
	struct envelope env;
	enum code want; /* of its first verdict */
	size_t stages;
	bool asked, answered; /* in this session */
	bool told;	      /* ever: index and entry are what it was */
	uint64_t index;
	struct bytes entry;
};

struct exchange {
	struct gate gate;
	struct seat seat[SEATS];
	struct mail mail[MAILS];
	size_t n_mail;
	struct arena *arena;
	struct notes notes;
	char log[4096];	   /* what core says on stderr */
	const char *label; /* of findings */
	bool calm;	   /* no fault is at work: nobody may be put off */
	unsigned findings; /* since it was begun */
	unsigned put_off;  /* busy, bye, lost session */
	unsigned silences; /* waited in vain, then knocked anew */
};

/* The federation: homes of its seats, read once. */
struct cast {
	struct home home[SEATS];
	uint32_t door[SEATS];
	char seat_file[SEATS][1024];
};

/* Reads the three seats' homes and their doors. False: why. */
bool cast_read(struct cast *c, const char *fed, struct why *why);
void cast_clear(struct cast *c);

struct exchange *exchange_new(const struct cast *c, const char *label);
void exchange_free(struct exchange *x);

/* A life of core: exchange_start, exchange_greet, exchange_run, end. */
bool exchange_start(struct exchange *x, const char *core, const char *scene,
    const char *const *more);
/* Every seat in session and with credit. */
bool exchange_greet(struct exchange *x);

enum mail_kind {
	MAIL_LAWFUL,
	MAIL_LONG,
	MAIL_ACUTE,
	MAIL_PROHIBITED,
	MAIL_NO_PERMIT,
	MAIL_KINDS
};
/* Writes a message; it is sent by the next run. */
void exchange_write(struct exchange *x, enum mail_kind kind);
/*
 * Until everything written is answered, delivered and acknowledged. False
 * when core has gone, or does not get there (then a finding if calm).
 */
bool exchange_run(struct exchange *x);
/* SIGTERM; the wait status, -1 if core had to be killed. */
int exchange_end(struct exchange *x);

void exchange_finding(struct exchange *x, const char *text, ...)
    __attribute__((format(printf, 2, 3)));

#endif
