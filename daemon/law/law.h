/*
 * SPDX-License-Identifier: MIT
 *
 * law: the manifest and everything in it, loaded and validated whole:
 * rules and the invariants they keep, places, kommuner, workflow, trust
 * anchors, CRLs, custodians. Immutable, so threads share it by reference
 * count; a reload builds a new one.
 */
#ifndef INFOHUS_LAW_H
#define INFOHUS_LAW_H

#include "proto/keys.h"
#include "kommuner.h"
#include "places.h"
#include "rules.h"
#include "workflow.h"

#define CUSTODIANS_MAX 16

struct law_files { /* paths, as in infohusd.yaml */
	const char *rules, *invariants, *places, *workflow;
	const char *kommune[KOMMUNE_FILES_MAX]; /* config/kommuner/ */
	size_t n_kommune;
	const char *anchor[8];
	size_t n_anchor;
	const char *crl[8];
	size_t n_crl;
	const char *custodian[CUSTODIANS_MAX]; /* PEM certificates */
	size_t n_custodian;
	const char *manifest; /* packed Approved of a Manifest */
};

struct law_text { /* one item of the manifest, kept for export */
	char
	    name[64]; /* rules, invariants, places, kommune-0101, anchor-0, … */
	struct digest sha256;
	struct bytes text;
};

struct law {
	struct rules *rules;
	struct places *places;
	struct kommuner *kommuner;
	struct workflow *workflow;
	struct anchors *anchors;
	struct cert *custodian[CUSTODIANS_MAX];
	size_t n_custodian;
	struct digest manifest; /* SHA-256 of the packed Manifest */
	struct bytes approved;	/* packed Approved, as read */
	struct law_text *text;
	size_t n_text;
};

/*
 * Reads all files, validates each, proves that the rules keep the invariants
 * and that no step is missing that is vital (vital.h), checks that the manifest
 * names exactly them by hash and carries two custodians' approvals. All
 * problems of all files in one run. NULL on any. want_approved false (for
 * --check before approval and for `infohus rules`) leaves the manifest out.
 */
struct law *
law_load(const struct law_files *f, bool want_approved, struct problems *p);
/*
 * From texts kept by hash (a snapshot): for replay under an old manifest.
 * It was proven when it came into force, and is not proven again.
 */
struct law *
law_from_texts(const struct law_text *text, size_t n, struct problems *p);
/*
 * The custodians of l whose approval counts at a time: the certificate is
 * within its dates and stands on no revocation list of l, nor of other (may
 * be NULL). left_out names the rest and why; "" when there are none.
 */
size_t law_custodians_at(const struct law *l, const struct law *other,
    uint64_t at_ms, struct cert *out[CUSTODIANS_MAX], struct why *left_out);
struct law *law_ref(struct law *l);
void law_unref(struct law *l);

/* The Manifest of files as packed bytes, in a; for `infohus rules manifest`. */
enum err law_manifest(struct arena *a, const struct law_files *f,
    struct bytes *out, struct why *why) MUST_CHECK;

#endif
