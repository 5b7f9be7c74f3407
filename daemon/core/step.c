/*
 * SPDX-License-Identifier: MIT
 *
 * step: see step.h. Empty in the shipped program.
 */
#include "step.h"

#ifdef TEST_HOOKS
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPEC_MAX 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What the file asks for now; false when there is none. */
static bool
read_file(const char *path, char spec[SPEC_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, spec, SPEC_MAX - 1) : -1;

	if (fd >= 0)
		(void)close(fd);
	if (n > 0)
		spec[n] = '\0';
	return n > 0;
}

/* Test builds only: the passes of the step that spec names. */
static void
count(const char *name, const char *spec, const char *file)
{
	static char counted[SPEC_MAX];
	static unsigned long passes;
	size_t len = strlen(name);

	if (strncmp(spec, name, len) != 0 || spec[len] != ':')
		return;
	if (strcmp(counted, spec) != 0) {
		(void)snprintf(counted, sizeof counted, "%s", spec);
		passes = 0;
	}
	if (++passes != strtoul(spec + len + 1, NULL, 10))
		return;
	if (file != NULL)
		(void)unlink(file);
	(void)raise(SIGKILL);
}

void
step_reached(const char *name)
{
	const char *wish = getenv("INFOHUS_CRASH");
	char spec[SPEC_MAX] = "";

	if (wish == NULL)
		return;
	pthread_mutex_lock(&lock);
	if (wish[0] != '@')
		count(name, wish, NULL);
	else if (read_file(wish + 1, spec))
		count(name, spec, wish + 1);
	pthread_mutex_unlock(&lock);
}
#else
typedef int step_is_empty;
#endif
