/*
 * SPDX-License-Identifier: MIT
 *
 * codes: the table of answers, from the one list in codes.h. It must never
 * renumber or reuse a code: receipts and the ledger keep them for ever.
 */
#include "proto/codes.h"

const struct code_info code_table[] = {
#define X(number, NAME, name, class, retry, meaning) \
	{ CODE_##NAME, name, CLASS_##class, retry, meaning },
	CODES(X)
#undef X
};
const size_t code_count = sizeof(code_table) / sizeof(code_table[0]);

const struct code_info *
code_find(unsigned number)
{
	for (size_t i = 0; i < code_count; i++)
		if ((unsigned)code_table[i].code == number)
			return &code_table[i];
	return NULL;
}

const char *
code_name(unsigned number)
{
	const struct code_info *info = code_find(number);

	return info != NULL ? info->name : "unknown";
}

bool
code_may_retry(unsigned number)
{
	const struct code_info *info = code_find(number);

	return info != NULL && info->retry;
}
