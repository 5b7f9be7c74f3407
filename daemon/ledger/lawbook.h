/*
 * SPDX-License-Identifier: MIT
 *
 * lawbook: every manifest that was ever in force and all its texts, by hash,
 * so that a verdict can be judged again under the law it was made under.
 * Nothing is ever removed from it.
 */
#ifndef INFOHUS_LAWBOOK_H
#define INFOHUS_LAWBOOK_H

#include "daemon/law/law.h"
#include "store.h"

/* Keeps law's texts, its manifest and the manifest's approvals. */
enum err
lawbook_put(struct txn *t, struct arena *a, const struct law *law) MUST_CHECK;

/* ERR_NOT_FOUND; ERR_INVALID if what is kept does not hash to manifest. */
enum err lawbook_manifest(struct txn *t, struct arena *a,
    const struct digest *manifest, PbManifest **out) MUST_CHECK;
/* As lawbook_manifest, and every text named is there and hashes right. */
enum err lawbook_check(struct txn *t, struct arena *a,
    const struct digest *manifest, struct why *why) MUST_CHECK;
/* The law of a manifest, from the texts kept; NULL with problems. */
struct law *
lawbook_load(struct txn *t, const struct digest *manifest, struct problems *p);

#endif
