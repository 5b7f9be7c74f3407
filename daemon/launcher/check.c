/*
 * SPDX-License-Identifier: MIT
 *
 * check: see check.h.
 */
#include "check.h"

static void
check_key(const char *path, struct problems *p)
{
	struct why why;

	if (key_file_check(path, &why) != ERR_OK)
		problems_add(p, path, 0, 0, "%s", why.text);
}

struct config *
check_files(const char *file, struct problems *p)
{
	struct config *c = config_load(file, p);

	if (c == NULL)
		return NULL;
	law_unref(law_load(&c->law, true, p));
	check_key(c->log_key, p);
	check_key(c->box_key, p);
	check_key(c->curve_key, p);
	check_key(c->person_key, p);
	return c;
}
