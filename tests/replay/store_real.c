/*
 * SPDX-License-Identifier: MIT
 *
 * store_real: see store_real.h. Its own file, since here store_put and its
 * siblings mean those of LMDB.
 */
#define store_open real_store_open
#define store_close real_store_close
#define store_read real_store_read
#define store_write real_store_write
#define store_get real_store_get
#define store_put real_store_put
#define store_add real_store_add
#define store_delete real_store_delete
#define store_scan real_store_scan
#define store_last real_store_last
#define store_error real_store_error
#define store_fail real_store_fail
#define store_commit real_store_commit
#define store_abort real_store_abort
#define store_snapshot real_store_snapshot

#include "store_real.h"

#include <errno.h>
#include <sys/stat.h>

#include "daemon/ledger/store_lmdb.c"

#define SNAPSHOT_MAP (256ull * 1024 * 1024)

static struct {
	struct store *store;
	struct txn *txn;
} real;

enum err
real_begin(const char *dir, struct why *why)
{
	enum err e;

	if (mkdir(dir, 0700) != 0)
		return why_errno(why, errno == EEXIST ? ERR_EXISTS : ERR_IO,
		    "create folder %s", dir);
	e = store_open(&real.store, dir, SNAPSHOT_MAP, false, why);
	if (e == ERR_OK)
		e = store_write(real.store, &real.txn, why);
	return e;
}

void
real_put(enum table table, struct bytes key, struct bytes value)
{
	store_put(real.txn, table, key, value);
}

enum err
real_end(struct why *why)
{
	enum err e = store_commit(real.txn, why);

	store_close(real.store);
	real.store = NULL;
	real.txn = NULL;
	return e;
}
