/*
 * SPDX-License-Identifier: MIT
 *
 * job: see job.h.
 */
#include "job.h"

#include <stdlib.h>

struct job *
job_new(enum job_kind kind, size_t cap)
{
	struct job *j = calloc(1, sizeof *j);

	if (j == NULL)
		return NULL;
	j->kind = kind;
	if (arena_new(&j->arena, cap) != ERR_OK) {
		free(j);
		return NULL;
	}
	return j;
}

void
job_free(struct job *j)
{
	if (j == NULL)
		return;
	registry_unref(j->registry);
	arena_free(j->arena);
	free(j);
}

void
job_drop(void *job)
{
	job_free(job);
}
