/*
 * SPDX-License-Identifier: MIT
 *
 * config: infohusd.yaml, one schema for launcher, gate and core.
 * Every path is relative to the folder of the file. Nothing has a default
 * that would weaken anything; a missing file is an error.
 */
#ifndef INFOHUS_CONFIG_H
#define INFOHUS_CONFIG_H

#include "daemon/law/law.h"

struct config {
	char *origin;	     /* name of the log, e.g. infohus.example.dk/log */
	char *listen;	     /* address the doors bind, e.g. 127.0.0.1 */
	unsigned first_port; /* door n listens on first_port + n */
	unsigned doors;	     /* size of the pool, spares included */
	char *data;	     /* folder of the LMDB environment */
	uint64_t map_bytes;
	char *low_water; /* file outside data: the newest checkpoint */
	char *run;	 /* folder of admin socket and doors.json */
	char *log_key;	 /* 32-byte hex key files, mode 0600 */
	char *box_key;
	char *curve_key;	   /* the gate's CURVE key */
	char *person_key;	   /* keys the CPR hash that links cases */
	unsigned verify_threads;   /* 1 .. 16 */
	unsigned batch;		   /* messages in one commit, 1 .. 1024 */
	unsigned tick_seconds;	   /* 1 .. 60 */
	unsigned rate_per_minute;  /* per door, ordinary lane */
	unsigned acute_per_minute; /* per door, acute lane, its own */
	struct law_files law;
};

/* NULL with all problems on any error. Free with config_free. */
struct config *config_load(const char *file, struct problems *p);
void config_free(struct config *c);

/* One line per key: name, kind, range, help. For --help-config and docs. */
void config_print_schema(FILE *out);

#endif
