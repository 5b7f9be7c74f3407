/*
 * SPDX-License-Identifier: MIT
 *
 * pem: certificates as text.
 */
#ifndef INFOHUS_PEM_H
#define INFOHUS_PEM_H

#include "proto/arena.h"
#include "proto/keys.h"

#define PEM_MAX (64 * 1024)

/* The first certificate of a PEM text; ERR_INVALID. Free with cert_free. */
enum err pem_certificate(struct arena *a, struct bytes text,
    struct cert **out, struct why *why) MUST_CHECK;

#endif
