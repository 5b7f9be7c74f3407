/*
 * SPDX-License-Identifier: MIT
 *
 * federation.h: a complete federation in a temporary folder, for tests.
 * This header is its manual; the command `fed` offers the same to shell
 * tests, word by word.
 *
 *	struct fed *f;
 *	struct why why;
 *
 *	if (fed_new(&f, NULL, &why) != ERR_OK)
 *		fail_msg("%s", why.text);
 *	... open clients/lib handles on fed_home(f, "politi/1470:agent", &why),
 *	... or start the tool: fed_receive(), fed_spawn()
 *	fed_passed(f);
 *	fed_end(f, &why);
 *
 * A federation has a certificate authority, two custodians, a law with a
 * manifest that both approved, nodes with cards and seats, and the daemon.
 * It is made in this process; the daemon and whatever fed_spawn starts are
 * children of its *keeper*, a process of its own, which also holds the ports
 * and runs the proxies. The keeper watches the test: when that is gone
 * without fed_end, however it ended, it ends every process of the federation
 * (also those that only carry FED=FOLDER in their environment) and removes
 * the folder. So nothing is left behind, also after SIGKILL.
 *
 * The folder, all of it plain files that a test may look at and change:
 *
 *	infohusd.yaml, ca/, custodian-one/, custodian-two/, keys/, law/,
 *	low/, run/, data/, daemon.log
 *			of the daemon
 *	nodes/NODE/	node.key, node.pem, seat-NAME/; NODE has _ for /
 *	nodes/NODE.card	its approved card
 *	inbox/NODE/	what the receivers of fed_receive stored
 *	log/NAME	what the process of that name printed
 *
 * WHO names a process: "launcher", "core", "gate", or the name given to
 * fed_spawn; a receiver is named as its seat. SEAT is "NODE:SEAT", or "NODE"
 * if the node has one seat only.
 *
 * Several federations in one test and many tests at once share nothing.
 * One struct fed belongs to one thread at a time. Functions without a time
 * of their own give up after FED_PATIENCE_MS with ERR_CLOSED and say for
 * what they waited; that is far more than a loaded machine needs, and no
 * test should assert less.
 */
#ifndef INFOHUS_TESTS_FEDERATION_H
#define INFOHUS_TESTS_FEDERATION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "proto/err.h"
#include "infohus.pb.h"

#define FED_PATIENCE_MS 60000

struct fed;
struct infohus;
struct infohus_event;

/* For tests with cmocka: fails with the reason in a struct why of this name. */
#define FED_OK(call) \
	do { \
		if ((call) != ERR_OK) \
			fail_msg("%s: %s", #call, why.text); \
	} while (0)
/* The same for a call of clients/lib, whose reason is in a struct infohus_why
 * named reason. */
#define FED_CLIENT_OK(call) \
	do { \
		enum infohus_result fed_result = (call); \
		if (fed_result != INFOHUS_OK) \
			fail_msg("%s: %s: %s", #call, \
			    infohus_result_name(fed_result), reason.text); \
	} while (0)

/* ------------------------------------------------------------ make and end */

struct fed_node {
	const char *id;	   /* "kommune/0101" */
	const char *seats; /* "agent cli"; may be "" */
	const char *roles; /* "kom_tovholder@kommune:0101 ..." as for the tool:
			      ROLE[@PLACE:CODE|@country][,from=T][,to=T] */
	const char *name;  /* display name; NULL: the id */
	const char *kind;  /* "ed25519" (NULL), "p256", "rsa3072" */
};

/*
 * The usual three, when no others are given: the jobcenter (seats cli, two)
 * and the tovholder of kommune 0101 (agent, cli), police 1470 (agent,
 * triage). fed_concern is a message from the first to both others.
 */
#define FED_SENDER "kommune/0101/jobcenter:cli"
#define FED_KOMMUNE "kommune/0101:agent"
#define FED_POLICE "politi/1470:agent"

struct fed_options {		     /* 0 and NULL: what stands behind */
	const char *label;	     /* part of the folder's name: "fed" */
	const struct fed_node *node; /* the usual three */
	size_t n_node;
	unsigned batch;	       /* 64 */
	unsigned tick_seconds; /* 1 */
	unsigned map_mib;      /* 1024: address space only */
	unsigned doors;	       /* seats of all nodes + 16, at least 32 */
	const char *ports;     /* "FIRST-LAST" to choose doors from; 10000 up to
				  the ephemeral range */
	const char *bin;       /* folder of the programs: BUILD/bin */
	bool hooks;   /* the programs with test hooks: BUILD/test-bin */
	bool stopped; /* make all of it, but do not start the daemon */
};

/*
 * Makes a federation in a new folder below TMPDIR (/tmp). o may be NULL. On
 * return the daemon serves, every node is admitted and every seat's home is
 * complete. ERR_FULL: no free run of ports; ERR_IO: folder or disk; else the
 * daemon's own last words. Nothing is left behind by a failure.
 */
enum err fed_new(
    struct fed **out, const struct fed_options *o, struct why *why) MUST_CHECK;
/* The same with another process to watch than the caller; for `fed`. */
enum err fed_new_for(struct fed **out, const struct fed_options *o, pid_t owner,
    struct why *why) MUST_CHECK;
/* One that is there, by its folder. It must be ended with fed_end by one
 * only; the others let go of it with fed_close. */
enum err
fed_open(struct fed **out, const char *folder, struct why *why) MUST_CHECK;
void fed_close(struct fed *f);

/* The test has reached its end and found nothing wrong. */
void fed_passed(struct fed *f);
/* Nothing was found wrong here but elsewhere in the test: fed_end keeps the
 * folder and only names it. */
void fed_keep(struct fed *f);
/*
 * Stops the daemon, ends every process, and frees f in any case. After
 * fed_passed the folder is removed, unless FED_KEEP is set in the
 * environment; otherwise it is kept and stderr says how to look at it. A test
 * that exits without fed_end has failed: the same is done for it then.
 * ERR_INVALID if the daemon did not end with status 0, a sanitizer spoke in
 * daemon.log or log/, core or gate broke (SEGV and the like; ABRT of core), or
 * a named process died of a signal that was not sent by fed_signal or fed_kill:
 * then the folder is kept as well.
 */
enum err fed_end(struct fed *f, struct why *why) MUST_CHECK;

const char *fed_folder(const struct fed *f);
/* PATH below the folder; valid until f is freed. */
const char *fed_path(struct fed *f, const char *path);
const char *fed_build(const struct fed *f); /* build folder of the programs */
/* Home of a seat, for infohus_open and the tool's --home. */
enum err fed_home(struct fed *f, const char *seat, const char **home,
    struct why *why) MUST_CHECK;

/* The first of count free ports in a row, held while the federation lives, for
 * programs of the test's own. ERR_FULL. */
enum err fed_ports(
    struct fed *f, unsigned count, unsigned *first, struct why *why) MUST_CHECK;

/* Makes a node with its card; if the daemon serves, admits and connects it. */
enum err
fed_node(struct fed *f, const struct fed_node *n, struct why *why) MUST_CHECK;
/* Ends the rights of a node at once, by two custodians. */
enum err
fed_suspend(struct fed *f, const char *node, struct why *why) MUST_CHECK;
/* A new custodian/NAME in custodian-NAME/, not yet in any law. */
enum err
fed_custodian(struct fed *f, const char *name, struct why *why) MUST_CHECK;
/*
 * Writes law/manifest anew, of what infohusd.yaml now names, approved by the
 * custodians in who, e.g. "one two". Not in force before a reload or start.
 */
enum err
fed_manifest(struct fed *f, const char *who, struct why *why) MUST_CHECK;

/* --------------------------------------------------------------- processes */

/*
 * Starts the daemon and waits until it serves; admits and connects every
 * node that is not. env: "NAME=VALUE" strings ended by NULL, or NULL; hooks
 * and bin as in fed_options.
 */
struct fed_start {
	const char *const *env;
	const char *bin;
	bool hooks;
	bool wait_not; /* do not wait: it will never serve, or not yet */
};
enum err
fed_start(struct fed *f, const struct fed_start *s, struct why *why) MUST_CHECK;
/* SIGTERM, and waits. ERR_INVALID when it ended otherwise than with 0. */
enum err fed_stop(struct fed *f, struct why *why) MUST_CHECK;

/*
 * Starts argv[0] (a path, or a program of the PATH) under a name, with output
 * to log/NAME (slashes become _). ERR_EXISTS while one of that name lives.
 */
enum err fed_spawn(struct fed *f, const char *name, const char *const *argv,
    const char *const *env, struct why *why) MUST_CHECK;
/* infohus receive --follow of a seat into inbox/NODE, named as the seat. lane
 * may be NULL, "acute" or "ordinary". */
enum err fed_receive(struct fed *f, const char *seat, const char *lane,
    struct why *why) MUST_CHECK;
/* Waits for the end of a named process; *status as from a shell, 128 + n
 * after signal n. ERR_CLOSED after timeout_ms. */
enum err fed_wait(struct fed *f, const char *name, int timeout_ms, int *status,
    struct why *why) MUST_CHECK;

/* Process id; ERR_NOT_FOUND when it does not run. */
enum err
fed_pid(struct fed *f, const char *who, pid_t *pid, struct why *why) MUST_CHECK;
enum err fed_signal(struct fed *f, const char *who, int signal_number,
    struct why *why) MUST_CHECK;
/* SIGKILL, and waits until the process is gone. The launcher starts core and
 * gate again by itself: fed_serving waits for it. */
enum err fed_kill(struct fed *f, const char *who, struct why *why) MUST_CHECK;
/*
 * Core kills itself with SIGKILL the nth time from now that a step begins:
 * "R7:3". Once. Needs a daemon with hooks. Arming again replaces.
 */
enum err
fed_kill_at(struct fed *f, const char *point, struct why *why) MUST_CHECK;
/* Waits until that has happened and the daemon serves again. */
enum err
fed_kill_wait(struct fed *f, int timeout_ms, struct why *why) MUST_CHECK;
/* SIGSTOP, and waits until it stands; SIGCONT. */
enum err fed_pause(struct fed *f, const char *who, struct why *why) MUST_CHECK;
enum err
fed_continue(struct fed *f, const char *who, struct why *why) MUST_CHECK;
/*
 * Launcher: stop and start as it was started last. Core, gate: kill, and wait
 * until they serve again. Others: SIGTERM, wait, start again as they were.
 */
enum err
fed_restart(struct fed *f, const char *who, struct why *why) MUST_CHECK;

/* How often the daemon got ready since it was made, and waiting for more. */
enum err fed_lives(struct fed *f, unsigned *lives, struct why *why) MUST_CHECK;
enum err
fed_serving(struct fed *f, unsigned more_than, struct why *why) MUST_CHECK;

/* ----------------------------------------------------------------- clients */

/*
 * infohus_next that goes on over whatever may pass by itself, such as
 * INFOHUS_LOST when core or the gate was killed. ERR_CLOSED when no event
 * came in time; ERR_INVALID for an alarm, with the client's reason.
 */
enum err fed_next(struct infohus *seat, int timeout_ms,
    struct infohus_event *event, struct why *why) MUST_CHECK;
/*
 * Sends a draft (NULL: a concern of the usual sender) by a client of this
 * process and waits until it is recorded, refused or not. ERR_DENIED names the
 * code of a rejection; else as fed_next.
 */
enum err fed_send(struct fed *f, const char *seat, const char *draft,
    struct why *why) MUST_CHECK;

/* -------------------------------------------------------------- conditions */

/* Waits until a session of the seat is open. */
enum err fed_online(struct fed *f, const char *seat, int timeout_ms,
    struct why *why) MUST_CHECK;
/* Waits until no mailbox holds anything. */
enum err fed_drained(struct fed *f, int timeout_ms, struct why *why) MUST_CHECK;

/* ----------------------------------------------------------------- reading */

/* One request to the admin socket, e.g. {"command": "status"}; takes the
 * request. A refusal is an answer; NULL when there is none. */
struct json_t;
struct json_t *
fed_admin(struct fed *f, struct json_t *request, struct why *why);
/* A field of the status as text ("size", "waiting_acute", "manifest" ...). */
enum err fed_status(struct fed *f, const char *field, char *out, size_t room,
    struct why *why) MUST_CHECK;
/* The log's verification key, for infohus audit --vkey. */
enum err fed_vkey(struct fed *f, char out[256], struct why *why) MUST_CHECK;

/*
 * Takes a snapshot into a new folder and lets infohus audit verify it and
 * judge every message again. dir NULL: snapshot-1, -2 ... below the folder.
 * *taken (may be NULL) is where it is. ERR_INVALID with what audit said.
 */
enum err fed_snapshot(struct fed *f, const char *dir, const char **taken,
    struct why *why) MUST_CHECK;

/*
 * fed_snapshot, and then the oracle (tests/oracle) on it, every seat's home
 * and every inbox; again while there are faults and the log grows, until
 * one is found twice running. ERR_INVALID with the faults it found.
 */
enum err fed_judge(struct fed *f, struct why *why) MUST_CHECK;

/* A snapshot opened: entries and mailboxes. */
struct fed_ledger;
enum err fed_ledger_open(
    struct fed_ledger **out, const char *snapshot, struct why *why) MUST_CHECK;
void fed_ledger_close(struct fed_ledger *l);
uint64_t fed_ledger_size(const struct fed_ledger *l);
/* *details is NULL for an entry without. Valid until close. ERR_NOT_FOUND. */
enum err fed_ledger_entry(struct fed_ledger *l, uint64_t index,
    const PbEntry **entry, const PbDetails **details) MUST_CHECK;
/* Indexes of what waits for a node, at most room; *n is how many wait.
 * ERR_NOT_FOUND for a node that was not admitted. */
enum err fed_ledger_mailbox(struct fed_ledger *l, const char *node,
    uint64_t *index, size_t room, size_t *n, struct why *why) MUST_CHECK;

/*
 * How many messages lie in inbox/NODE. A file there is named after its entry
 * and its message, so that one handed over twice still counts as one:
 * fed_judge sees that. ERR_NOT_FOUND for a node that was not made.
 */
enum err fed_inbox(
    struct fed *f, const char *node, size_t *count, struct why *why) MUST_CHECK;

/* ----------------------------------------------------------------- proxies */

/*
 * Puts a proxy between a seat and its door, for sessions that begin
 * afterwards: ERR_EXISTS if the seat's receiver runs already or a proxy is
 * there. The home then names the proxy's port.
 */
enum err fed_proxy(struct fed *f, const char *seat, struct why *why) MUST_CHECK;
/*
 * Changes what the proxy does, at once, also to what is open. Words:
 *
 *	heal		all of the following off, but see drop
 *	delay=MS	everything arrives MS later, in both directions
 *	rate=BYTES	so many bytes a second in each direction; 0: no limit
 *	cut		connections end; new ones are refused, until heal
 *	hold=WAY	nothing moves that way until heal; nothing is lost
 *	drop=WAY	half-open: what goes that way vanishes, also its end.
 *			A connection that lost bytes is reset by heal: no real
 *			network hands over a stream with a hole
 *	vanish		peers of the connections there are vanish without a
 *			word (no FIN, no RST); new ones are as ever
 *	reset		the connections there are get an RST; new ones are as
 *			ever
 *
 * WAY: up (seat to gate), down, both. Several words: one after another.
 * ERR_INVALID names the word and what was expected; nothing is changed then.
 */
enum err fed_proxy_set(struct fed *f, const char *seat, const char *words,
    struct why *why) MUST_CHECK;
struct fed_proxy_counts {
	uint64_t accepted, open;   /* connections */
	uint64_t up, down;	   /* bytes passed on */
	uint64_t dropped, waiting; /* bytes */
};
enum err fed_proxy_counts(struct fed *f, const char *seat,
    struct fed_proxy_counts *out, struct why *why) MUST_CHECK;

/* ------------------------------------------------------------------ drafts */

/* An ordinary concern of the usual sender about an invented person, as the
 * JSON of a draft. text must need no escaping in JSON. Free it. */
char *fed_concern(const char *text);

#endif
