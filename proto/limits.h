/*
 * SPDX-License-Identifier: MIT
 *
 * limits: every limit of the protocol, each with its reason.
 */
#ifndef INFOHUS_LIMITS_H
#define INFOHUS_LIMITS_H

#define PROTOCOL_VERSION 1

#define HEADER_MAX (16 * 1024)	 /* 32 commitments and ids need 1.5 KiB */
#define MESSAGE_MAX (256 * 1024) /* text only: a long report is 100 KiB */
#define FRAME_MAX (512 * 1024)	 /* offer = message + card + proofs + box */
#define ENTRY_MAX 4096		 /* a leaf; the tile format allows 65,535 */
#define ADDRESSEES_MAX 16	 /* an infohus meeting has fewer parties */
#define COMMITMENTS_MAX 32 /* grounds + 16 addressees + sections, padded */
#define APPROVALS_MAX 32   /* twice the custodians that a manifest names */
#define ACK_MAX 2048	   /* one ack: 32 commitments and ids */
#define PERSON_MAX 64	   /* a pseudonym, not a name */
#define ACKS_MAX 256	   /* acks in one frame */
#define FIELDS_MAX 4096	   /* fields in one parsed object, any depth */
#define PARSE_ARENA (4 * 1024 * 1024) /* memory of one message being parsed */

#define EXPIRES_MAX_MS (30ULL * 24 * 3600 * 1000) /* the protocol's 30 days */
#define DAY_MS (24ULL * 3600 * 1000)
#define TIME_MAX_MS 253402300799999ULL /* 9999-12-31, the last RFC 3339 has */

#endif
