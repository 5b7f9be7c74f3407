/*
 * SPDX-License-Identifier: MIT
 *
 * node: the nodes of a replay, their keys, certificates and cards. What a
 * node's card says is what the node's struct describes just then.
 */
#ifndef INFOHUS_TESTS_REPLAY_NODE_H
#define INFOHUS_TESTS_REPLAY_NODE_H

#include "proto/envelope.h"
#include "proto/keys.h"

#define LABEL_MAX 40
#define NODE_SEATS 4
#define NODE_ROLES 8

struct node {
	struct node *next;
	char alias[LABEL_MAX], id[NODE_MAX + 1];
	size_t n_role, n_seat;
	char role[NODE_ROLES][96]; /* role[@place:code][,from=T][,to=T] */
	char seat[NODE_SEATS][33];
	uint64_t serial;
	unsigned certificate;	 /* the n-th of this node */
	uint64_t certificate_to; /* 0: as usual */
	bool chain;		 /* its issuer is the CA of the law */
	unsigned keys;		 /* of its seats, counts up */
};

const struct signer *node_signer(const struct node *n);
/* A seat's secret key of now: what is "box" or "curve". */
void node_secret(
    uint8_t out[32], const struct node *n, const char *seat, const char *what);
/* The packed Approved of the node's card, by who as in people_approve. */
struct bytes node_card(struct arena *a, const struct node *n, unsigned who);

#endif
