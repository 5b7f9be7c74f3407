/*
 * SPDX-License-Identifier: MIT
 *
 * people: whose keys and certificates a replay needs, the same in every run:
 * key and serial come from the name, dates from the replay's clock. Made when
 * first asked for, kept until the program ends.
 */
#ifndef INFOHUS_TESTS_REPLAY_PEOPLE_H
#define INFOHUS_TESTS_REPLAY_PEOPLE_H

#include "proto/envelope.h"
#include "proto/keys.h"

#define PEOPLE_CUSTODIANS 3

/*
 * A folder in memory if there is one; removed by people_free, and by the
 * next run when this one is killed.
 */
void people_new(void);
void people_free(void);
const char *people_folder(void);

/* The certificate authority's file, and a custodian's. */
const char *people_ca_file(void);
const char *people_custodian_file(unsigned n);
struct cert *people_custodian(unsigned n);
const struct signer *people_custodian_signer(unsigned n);

/*
 * The n-th certificate (from 1) of this name. not_after 0: in three years.
 * A name without chain is signed by nobody's CA.
 */
struct signer *
people_signer(const char *name, unsigned n, uint64_t not_after_ms, bool chain);

/* Writes a list of the CA to path that revokes this certificate alone. */
void people_revoke(const struct signer *s, const char *path);

/* 32 bytes that belong to a name, for box and CURVE keys. */
void people_secret(uint8_t out[32], const char *name, const char *what);

/* Packed Approved of body by the custodians of who (a bit each). */
struct bytes people_approve(struct arena *a, unsigned kind, struct bytes body,
    unsigned who, uint64_t now_ms);

/* What key_memory.c has remembered; for people_free. */
void people_forget_certificates(void);

/* For what cannot fail in a replay but by a fault of the machine. */
void people_must(enum err e, const struct why *why);

#endif
