/*
 * SPDX-License-Identifier: MIT
 *
 * node: the words of infohus node, one file for keys (node.c), cards and
 * approvals (node_card.c), and what is asked of the daemon (node_admit.c).
 */
#ifndef INFOHUS_NODE_H
#define INFOHUS_NODE_H

#include "proto/keys.h"
#include "tool.h"

#define NODE_PATH_ROOM 4096

int node_card(int argc, char **argv);
int node_approve(int argc, char **argv);
int node_suspend(int argc, char **argv);
int node_admit(int argc, char **argv);
int node_list(int argc, char **argv);
int node_connect(int argc, char **argv);

/* "dir/name"; false (and said) when it does not fit. */
bool node_path(char out[NODE_PATH_ROOM], const char *dir, const char *name);
/* 1 to 32 of a-z, 0-9 and '-'. */
bool node_seat_is_valid(const char *name);
/* The certificate in dir/node.pem; NULL after saying why. */
struct cert *node_certificate(struct arena *a, const char *dir);
/*
 * The node's id: --node when given, else the certificate's common name.
 * NULL after saying what is wrong.
 */
const char *node_id(const struct args *a, const struct cert *c);

#endif
