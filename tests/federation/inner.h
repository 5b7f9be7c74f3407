/*
 * SPDX-License-Identifier: MIT
 *
 * inner: what the files of the federation library share; not for tests.
 */
#ifndef INFOHUS_TESTS_INNER_H
#define INFOHUS_TESTS_INNER_H

#include <jansson.h>

#include "federation.h"
#include "keeper.h"
#include "proto/arena.h"

#define FED_PATH 512   /* room for any path in a federation */
#define FED_FOLDER 256 /* of these for the folder */

struct fed {
	char folder[FED_FOLDER], build[FED_FOLDER];
	int keeper;
	bool passed, keep;
	pid_t owner;	     /* process that fed_new was called in, or 0 */
	struct fed *next;    /* of those that were made here */
	struct arena *arena; /* what fed_path and fed_home returned */
};

/* One request to the keeper: words as arguments. */
#define INNER_ASK(f, answer, why, ...) \
	keeper_ask((f)->keeper, (const char *const[]){ __VA_ARGS__, NULL }, \
	    answer, why)

/* FOLDER/fmt into out; what does not fit is cut and fails when opened. */
void inner_path(const struct fed *f, char out[FED_PATH], const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The node's name as a file: _ for /. */
void inner_file_name(char *out, size_t room, const char *node);
/* " name" after what list holds, or " ..." when that does not fit. */
void inner_list(char *list, size_t room, const char *name);
/* Was it made? ERR_NOT_FOUND lists those that were. */
enum err
inner_node(const struct fed *f, const char *node, struct why *why) MUST_CHECK;
/* NODE and SEAT of "NODE:SEAT", or of "NODE" with a single seat. ERR_NOT_FOUND
 * lists the nodes, or the node's seats. */
enum err inner_seat(const struct fed *f, const char *text, char node[100],
    char seat[40], struct why *why) MUST_CHECK;
/* Is there run/NAME? */
bool inner_is_marked(const struct fed *f, const char *name);
/* Writes a whole file; ERR_IO or ERR_FULL name it. */
enum err inner_write(const char *path, struct bytes content, unsigned mode,
    struct why *why) MUST_CHECK;
enum err inner_mkdir(const char *path, struct why *why) MUST_CHECK;
enum err
inner_copy(const char *from, const char *to, struct why *why) MUST_CHECK;

/* A new secret key of 32 bytes, in hex. */
enum err make_key(const char *path, struct why *why) MUST_CHECK;
/* Key and certificate FOLDER/FILE.key and .pem; by itself if FILE is ca. */
enum err make_issue(const struct fed *f, const char *folder, const char *file,
    const char *name, const char *kind, struct why *why) MUST_CHECK;
/* body as an object of kind, approved by each custodian in who, packed. */
enum err
make_approved(struct fed *f, struct arena *a, unsigned kind, struct bytes body,
    const char *who, struct bytes *out, struct why *why) MUST_CHECK;

/* make.c: authority, custodians, keys, law, configuration; not the nodes. */
enum err make_ground(struct fed *f, const struct fed_options *o,
    unsigned first_port, unsigned doors, struct why *why) MUST_CHECK;
/* make_node.c: keys, certificate, seats and card of one node. */
enum err
make_node(struct fed *f, const struct fed_node *n, struct why *why) MUST_CHECK;
/* An approved suspension of the node's first card, packed in a. */
enum err make_suspension(struct fed *f, struct arena *a, const char *node,
    struct bytes *out, struct why *why) MUST_CHECK;
/* Is n a node that can be made? ERR_INVALID says what was expected. */
enum err make_check_node(const struct fed_node *n, struct why *why) MUST_CHECK;

/* admit.c: submits what is not admitted yet and writes seat.json files. */
enum err admit_all(struct fed *f, struct why *why) MUST_CHECK;
enum err
admit_object(struct fed *f, struct bytes object, struct why *why) MUST_CHECK;
/* The port that the seat's home names; with a new one, changes it. */
enum err admit_port(struct fed *f, const char *seat, unsigned change_to,
    unsigned *port, struct why *why) MUST_CHECK;

#endif
