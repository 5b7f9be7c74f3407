/*
 * SPDX-License-Identifier: MIT
 *
 * script: a scenario, line by line. docs/testing.md says what each word does.
 */
#ifndef INFOHUS_TESTS_REPLAY_SCRIPT_H
#define INFOHUS_TESTS_REPLAY_SCRIPT_H

#include "seat.h"

#define WORDS_MAX 64
#define TEXT_MAX 1500

enum outcome {
	RUN_FINE,
	RUN_WRONG,  /* the script is no script */
	RUN_FAILED, /* what came is not what was expected */
};

struct run {
	struct world world;
	struct seats seats;
	struct disk *kept;   /* by DISK keep, or NULL */
	struct notes *notes; /* of the invariants */
	const char *file;
	unsigned line;
	uint64_t seed, steps;
	bool begun;	 /* core has run: CONFIG and LAW come too late */
	bool each;	 /* invariants after every step */
	unsigned depth;	 /* of PLAY in PLAY */
	uint64_t logged; /* log entries that EXPECT log has counted from */
	enum outcome outcome;
	char text[TEXT_MAX + 200]; /* FILE:LINE: found …, expected … */
};

struct run *run_new(const char *file, uint64_t seed);
void run_free(struct run *r);
/* One line; after an outcome other than RUN_FINE nothing more is done. */
enum outcome run_line(struct run *r, unsigned line, const char *text);
/* What must hold at the end: nothing unread, the log whole. */
enum outcome run_end(struct run *r);
/* Is the line one of the language? Words and their number, nothing else. */
enum outcome run_check(struct run *r, unsigned line, const char *text);
/* A whole file: checks every line first. */
enum outcome run_file(struct run *r);

/* Before the program ends. */
void run_forget(void);

/* ------------------------------------------- between the files of script */

enum outcome run_wrong(struct run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
enum outcome run_failed(struct run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A whole number of at least min. */
bool is_number(const char *text, uint64_t min, uint64_t *out);
/* The same; false after run_wrong. */
bool run_number(struct run *r, const char *text, uint64_t min, uint64_t *out);
/*
 * The number of KEY=VALUE among all words; *out stays when it is not there.
 * False after run_wrong.
 */
bool run_number_at(
    struct run *r, char **word, size_t n, const char *key, uint64_t *out);
/* +2d, -90s, 1500ms; false after run_wrong. */
bool run_time(struct run *r, const char *text, int64_t *ms);
/* By its alias, and by its name; NULL after run_wrong. */
struct node *run_node(struct run *r, const char *alias);
struct seat *run_seat(struct run *r, const char *name);
/* That seat while it has a session, or a connection; NULL after run_wrong. */
struct seat *run_session(struct run *r, const char *name);
struct seat *run_connected(struct run *r, const char *name);
struct message *run_message(struct run *r, const char *label);
/* A lane by name; *lane stays when text is NULL. False after run_wrong. */
bool run_lane(struct run *r, const char *text, uint8_t *lane);
/* Core runs; false after run_wrong. */
bool run_is_up(struct run *r);
/* Starts core if it has never run. */
bool run_begin(struct run *r);
/* The value of KEY=VALUE among words from at on; NULL when not there. */
const char *run_value(char *const *word, size_t n, size_t at, const char *key);

/* Words from at on that are not KEY=VALUE of "a= b=": false after run_wrong. */
bool run_keys(
    struct run *r, char *const *word, size_t n, size_t at, const char *keys);

enum outcome expect_line(struct run *r, char **word, size_t n);
/* What may follow EXPECT, a line each behind the indent. */
void expect_print(const char *indent);
/* Everything that must hold at any time; sets seats.fault. */
void invariants_check(struct run *r, bool whole);
void invariants_forget(struct run *r);

#endif
