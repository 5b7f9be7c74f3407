/*
 * SPDX-License-Identifier: MIT
 *
 * step: see step.h. Empty in the shipped program.
 */
#include "step.h"

#ifdef TEST_HOOKS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void
step_reached(const char *name)
{
	static atomic_ulong passes; /* test builds only */
	const char *spec = getenv("INFOHUS_CRASH");
	size_t len = strlen(name);

	if (spec == NULL || strncmp(spec, name, len) != 0 || spec[len] != ':')
		return;
	if (atomic_fetch_add(&passes, 1) + 1 ==
	    strtoul(spec + len + 1, NULL, 10))
		raise(SIGKILL);
}
#else
typedef int step_is_empty;
#endif
