/*
 * SPDX-License-Identifier: MIT
 *
 * home: what a seat is and whom it trusts, read from its folder.
 */
#ifndef INFOHUS_HOME_H
#define INFOHUS_HOME_H

#include "proto/box.h"
#include "proto/keys.h"
#include "proto/note.h"
#include "result.h"

#define HOME_ENDPOINTS_MAX 8
#define HOME_CUSTODIANS_MAX 16
#define HOME_TEXT_MAX 256 /* of a name or an address in seat.json */

struct home {
	char node[NODE_MAX + 1];
	char seat[33];
	size_t n_endpoint;
	char endpoint[HOME_ENDPOINTS_MAX][HOME_TEXT_MAX];
	struct note_key log;
	struct box_key box;	  /* between the seat and core */
	uint8_t server_curve[32]; /* public */
	uint8_t curve_public[32];
	uint8_t curve_secret[32];
	size_t n_custodian;
	struct cert *custodian[HOME_CUSTODIANS_MAX];
	struct signer *signer;
};

/* Reads dir/seat.json and the keys; BAD_HOME, NO_MEMORY. */
enum infohus_result home_read(struct home *h, const char *dir, struct why *why);
/* Wipes and frees; fine after a failed home_read. */
void home_clear(struct home *h);

#endif
