/*
 * SPDX-License-Identifier: MIT
 *
 * audit_rig: a whole log for the tests of the audit, made by core itself
 * without sockets: an approved manifest, cards approved and admitted, the
 * messages of config/examples, offers and signed acks.
 */
#ifndef INFOHUS_TESTS_AUDIT_RIG_H
#define INFOHUS_TESTS_AUDIT_RIG_H

#include "daemon/core/core.h"
#include "people.h"

#define RIG_NODES 64
#define RIG_ORIGIN "audit.test/log"

struct rig_node {
	char id[NODE_MAX + 1];
	struct signer *signer;
};

struct rig {
	struct scratch *s;
	struct config config;
	struct core core;
	struct signer *ca;
	struct signer *custodian[4];
	struct rig_node node[RIG_NODES];
	size_t n_node;
};

/* Keys, law and a started log in s. Ends with rig_close. */
struct rig *rig_open(struct scratch *s);
void rig_close(struct rig *r);

/* Signs the law files as they are now by custodians a and b, and puts them
 * in force. */
void rig_adopt(struct rig *r, int a, int b);
/* The same by an operator whose core asks nobody in force before. */
void rig_force(struct rig *r, int a, int b);
/* Custodian files of the law: numbers of the rig's custodians. */
void rig_custodians(struct rig *r, int a, int b);

/* Admits all of tests/demo/nodes. */
void rig_admit_all(struct rig *r);
/* Suspends a node. */
void rig_suspend(struct rig *r, const char *node);
/* Plays up to n of the messages of config/examples, from the first on. */
void rig_play(struct rig *r, size_t n);
/* Offers everything that may be handed out, and acknowledges it. */
void rig_deliver(struct rig *r);

/* Opens core's secret as the operator has it. */
struct note_secret rig_secret(void);
/* The log's verifier key, as text. */
const char *rig_vkey(struct rig *r);

#endif
